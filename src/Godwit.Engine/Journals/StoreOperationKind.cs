namespace Godwit.Engine.Journals;

/// <summary>What a <see cref="StoreOperation"/> writes.</summary>
public enum StoreOperationKind : byte
{
    /// <summary>A message becomes the next record of a journal.</summary>
    Append,

    /// <summary>Records of a journal below an index are no longer needed.</summary>
    Trim,

    /// <summary>A shared group is done with the record at an index.</summary>
    Settle,

    /// <summary>Nobody reads the journal any more and nobody will: it is gone with all its records. What is still appended goes nowhere.</summary>
    JournalEnd,

    /// <summary>Retained messages have changed: <see cref="ICommitSink.TakeRetainedChanges"/> tells which.</summary>
    RetainedSync,

    /// <summary>A session exists, as <see cref="StoreOperation.State"/> says (a <see cref="Durability.StoredSession"/>).</summary>
    SessionPut,

    /// <summary>A session and everything of it is gone.</summary>
    SessionEnd,

    /// <summary>
    /// A subscription exists, as <see cref="StoreOperation.State"/> says (a <see cref="Durability.StoredSubscription"/>; null where
    /// nothing survives). With a <see cref="StoreOperation.Journal"/> the store tells from which index on there the options hold,
    /// in <see cref="StoreOperation.Index"/>.
    /// </summary>
    SubscriptionPut,

    /// <summary>The subscription to the filter in <see cref="StoreOperation.Key"/> is gone.</summary>
    SubscriptionEnd,

    /// <summary>A session has come as far as <see cref="StoreBatch.ProgressOf"/> says.</summary>
    ProgressPut,

    /// <summary>A wide session no longer reads a journal.</summary>
    CursorEnd,

    /// <summary>A message that lies in no journal is on its way to a client under a packet identifier.</summary>
    OutboundPut,

    /// <summary>It has arrived, or need not any more.</summary>
    OutboundEnd,

    /// <summary>A will waits: its delay in <see cref="StoreOperation.Value"/>, its expiry in seconds in <see cref="StoreOperation.Index"/> (−1: none).</summary>
    WillPut,

    /// <summary>A will is gone.</summary>
    WillEnd,
}
