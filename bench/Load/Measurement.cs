namespace Godwit.LoadBench;

/// <summary>What one run of one row against one broker gave.</summary>
internal sealed record Measurement(Row Row, string Broker, int Round)
{
    /// <summary>Broker CPU in microseconds per delivered message or per CONNECT, or memory in KiB per connection.</summary>
    internal double Cost { get; init; }

    /// <summary>Storm: broker CPU in microseconds per DISCONNECT and close, which <see cref="Cost"/> leaves out; else 0.</summary>
    internal double CloseCost { get; init; }

    /// <summary>Messages delivered, or connections served, per second of the measured interval.</summary>
    internal double PerSecond { get; init; }

    internal double LatencyP50Microseconds { get; init; }

    internal double LatencyP99Microseconds { get; init; }

    /// <summary>From the time a PUBLISH was due to its PUBACK, or at QoS 2 to its PUBREC; 0 at QoS 0.</summary>
    internal double AcknowledgedP50Microseconds { get; init; }

    internal double AcknowledgedP99Microseconds { get; init; }

    internal double AcknowledgedP999Microseconds { get; init; }

    /// <summary>End of the measured interval on the clock of <see cref="System.Diagnostics.Stopwatch"/>; 0 where there is no traffic.</summary>
    internal long MeasuredUntil { get; init; }

    internal long Lost { get; init; }

    internal long Duplicated { get; init; }

    internal long Reordered { get; init; }

    /// <summary>Resident memory of the broker with all its processes at the end of the measured interval.</summary>
    internal double ResidentMiB { get; init; }

    /// <summary>Broker CPU time over elapsed time; well below 1 in a closed loop means that the load was the bottleneck.</summary>
    internal double BrokerBusy { get; init; }

    internal double LoadBusy { get; init; }

    /// <summary>Share of the broker's core that other processes or the hypervisor took meanwhile; NaN without pinning.</summary>
    internal double ForeignBusy { get; init; }

    /// <summary>What the load's loop allocated in the measured interval, in bytes; its own promise is next to nothing.</summary>
    internal long LoadAllocatedBytes { get; init; }

    /// <summary>Why this run does not count; null when it does.</summary>
    internal string? Void { get; init; }
}
