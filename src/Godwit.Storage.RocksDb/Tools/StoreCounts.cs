namespace Godwit.Storage.RocksDb.Tools;

/// <summary>How much there is in a store.</summary>
public sealed record StoreCounts
{
    /// <summary>Format of the store; null when nothing was ever written.</summary>
    public int? Format { get; init; }

    /// <summary>Number of the last run.</summary>
    public long Epoch { get; init; }

    /// <summary>Level of the last run, <c>os</c> or <c>fsync</c>; null when it is not known.</summary>
    public string? Level { get; init; }

    /// <summary>Sessions, those included that are known for their will alone.</summary>
    public long Sessions { get; set; }

    /// <summary>Subscriptions.</summary>
    public long Subscriptions { get; set; }

    /// <summary>Queues: one per Topic Filter of persistent sessions, one per shared group, some of single sessions.</summary>
    public long Queues { get; set; }

    /// <summary>Of these, queues of shared groups.</summary>
    public long Groups { get; set; }

    /// <summary>Messages in queues; one that several sessions wait for counts once. Up to some thousand per queue that nobody needs any more are included.</summary>
    public long QueuedMessages { get; set; }

    /// <summary>Bytes of topics, properties and payloads of these.</summary>
    public long QueuedBytes { get; set; }

    /// <summary>Messages on their way to clients that lie in no queue.</summary>
    public long OutgoingMessages { get; set; }

    /// <summary>Wills that wait.</summary>
    public long Wills { get; set; }

    /// <summary>Retained messages.</summary>
    public long RetainedMessages { get; set; }

    /// <summary>Bytes of topics, properties and payloads of these.</summary>
    public long RetainedBytes { get; set; }
}
