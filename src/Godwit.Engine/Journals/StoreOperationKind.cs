namespace Godwit.Engine.Journals;

/// <summary>What a <see cref="StoreOperation"/> writes.</summary>
public enum StoreOperationKind : byte
{
    /// <summary>A message becomes the next record of a journal.</summary>
    Append,

    /// <summary>Records of a journal below an index are no longer needed.</summary>
    Trim,

    /// <summary>A message becomes the retained message of its topic.</summary>
    RetainedPut,

    /// <summary>A topic's retained message is gone.</summary>
    RetainedDelete,

    /// <summary>A session exists: its expiry interval in <see cref="StoreOperation.Value"/>.</summary>
    SessionPut,

    /// <summary>A session and everything of it is gone.</summary>
    SessionDelete,

    /// <summary>
    /// A subscription exists: filter in <see cref="StoreOperation.Key"/>, options in <see cref="StoreOperation.Value"/> (low
    /// byte) and identifier above it. With a <see cref="StoreOperation.Journal"/> the store tells from which index on there
    /// the options hold, in <see cref="StoreOperation.Index"/>.
    /// </summary>
    SubscriptionPut,

    /// <summary>A subscription is gone.</summary>
    SubscriptionDelete,

    /// <summary>A session's cursor stands at <see cref="StoreOperation.Index"/>.</summary>
    CursorPut,

    /// <summary>A record is on its way to a client under a packet identifier; <see cref="StoreOperation.Value"/> tells the state of the exchange.</summary>
    OutboundPut,

    /// <summary>An outgoing exchange is complete.</summary>
    OutboundDelete,

    /// <summary>A QoS 2 message was taken over under a packet identifier that awaits PUBREL.</summary>
    InboundPut,

    /// <summary>An incoming QoS 2 exchange is complete.</summary>
    InboundDelete,

    /// <summary>A will waits; its delay in <see cref="StoreOperation.Value"/>.</summary>
    WillPut,

    /// <summary>A will is gone.</summary>
    WillDelete,
}
