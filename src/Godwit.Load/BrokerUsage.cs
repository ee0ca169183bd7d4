namespace Godwit.Load;

/// <summary>What the measured interval cost the broker's processes.</summary>
public sealed record BrokerUsage
{
    /// <summary>CPU in microseconds per delivered message; in a storm per connection served, in idle 0.</summary>
    public required double CpuMicrosecondsPerUnit { get; init; }

    /// <summary>Cores kept busy.</summary>
    public required double CoresBusy { get; init; }

    /// <summary>Resident memory at the end, in KiB.</summary>
    public required long ResidentKiB { get; init; }

    /// <summary>What the resident memory grew by per connection, in KiB; null where that is not what the scenario is about.</summary>
    public double? ResidentKiBPerConnection { get; init; }

    /// <summary>Threads at the end.</summary>
    public required int Threads { get; init; }

    internal static BrokerUsage Of(ProcessMeter meter, ProcessSample spent, long units) => new()
    {
        CpuMicrosecondsPerUnit = units == 0 ? 0 : spent.BrokerCpu / 1_000.0 / units,
        CoresBusy = spent.BrokerBusy,
        ResidentKiB = meter.ResidentKiB(),
        Threads = meter.Threads(),
    };
}
