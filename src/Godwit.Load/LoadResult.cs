namespace Godwit.Load;

/// <summary>What a run gave. Counts of messages and connections are those of the measured interval; what went wrong counts in the whole run.</summary>
public sealed record LoadResult
{
    /// <summary>What was run.</summary>
    public required Scenario Scenario { get; init; }

    /// <summary>The measured interval on the clocks; in a storm the sum of the times in which connections were opened.</summary>
    public required ProcessSample Spent { get; init; }

    /// <summary>It was stopped before its time.</summary>
    public bool IsInterrupted { get; init; }

    /// <summary>Messages published.</summary>
    public long SentCount { get; init; }

    /// <summary>Messages delivered, one for each subscriber.</summary>
    public long DeliveredCount { get; init; }

    /// <summary>Messages published per second.</summary>
    public double SentPerSecond => PerSecond(SentCount);

    /// <summary>Messages delivered per second.</summary>
    public double DeliveredPerSecond => PerSecond(DeliveredCount);

    /// <summary>From when a PUBLISH was sent, in an open loop from when it was due, to its delivery.</summary>
    public required Histogram Latency { get; init; }

    /// <summary>From the same moment to its PUBACK, or at QoS 2 to its PUBREC; empty at QoS 0.</summary>
    public required Histogram AcknowledgementLatency { get; init; }

    /// <summary>From the SYN of a connection, or from when it was due, to its CONNACK.</summary>
    public required Histogram ConnectLatency { get; init; }

    /// <summary>Connections served: in a storm those of the measured interval, else all.</summary>
    public long ConnectCount { get; init; }

    /// <summary>Connections served per second, while they were opened; 0 where nothing was measured about that.</summary>
    public double ConnectsPerSecond { get; init; }

    /// <summary>Deliveries that should have come and have not, refused messages among them.</summary>
    public long OutstandingCount { get; init; }

    /// <summary>Deliveries that should have come and have not, although nobody refused the message.</summary>
    public long LostCount => Math.Max(0, OutstandingCount - (RefusedCount * Scenario.CopiesPerMessage));

    /// <summary>Copies of what had come already.</summary>
    public long DuplicatedCount { get; init; }

    /// <summary>Those among them that lack the DUP flag.</summary>
    public long UnmarkedCount { get; init; }

    /// <summary>Messages that came behind a later one of the same publisher.</summary>
    public long ReorderedCount { get; init; }

    /// <summary>Messages whose PUBACK or PUBCOMP has not come.</summary>
    public long UnacknowledgedCount { get; init; }

    /// <summary>Messages that the broker refused, with a reason code of 0x80 or above in PUBACK or PUBREC.</summary>
    public long RefusedCount { get; init; }

    /// <summary>The latest of these reason codes; null when none was refused.</summary>
    public byte? RefusalCode { get; init; }

    /// <summary>Deliveries of messages that others published, or another run.</summary>
    public long ForeignCount { get; init; }

    /// <summary>What it cost the broker; null when its process was not given.</summary>
    public BrokerUsage? Broker { get; init; }

    /// <summary>What the load itself allocated on the managed heap in the measured interval, in bytes: next to nothing, but for what progress reports take.</summary>
    public long AllocatedBytes { get; init; }

    private double PerSecond(long count) => Spent.Time == 0 ? 0 : count / Spent.Seconds;
}
