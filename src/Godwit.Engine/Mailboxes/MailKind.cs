namespace Godwit.Engine.Mailboxes;

/// <summary>What one loop tells another.</summary>
internal enum MailKind : byte
{
    /// <summary>A message and a filter that it matched: deliver to the filter's subscribers here.</summary>
    Deliver,

    /// <summary>A filter's journals have new committed records: feed the subscribers here that read them.</summary>
    JournalAdvanced,

    /// <summary>A QoS 0 message for a shared group that lives here.</summary>
    GroupPublish,

    /// <summary>A group's journal has new committed records.</summary>
    GroupAdvanced,

    /// <summary>A group hands a message to a member whose session lives here.</summary>
    GroupDeliver,

    /// <summary>A member is done with a message of a group that lives here.</summary>
    GroupSettled,

    /// <summary>A member's standing changed in a group that lives here.</summary>
    GroupMember,

    /// <summary>A connection whose session lives here.</summary>
    Handover,

    /// <summary>The store has committed a batch of this shard.</summary>
    BatchCommitted,

    /// <summary>The access policy has answered a question about a connection here.</summary>
    AccessAnswered,

    /// <summary>The store has fetched what a session here waits for.</summary>
    ReadReady,

    /// <summary>The store can take more again.</summary>
    StoreRelieved,
}
