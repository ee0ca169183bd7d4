using System.Net;

namespace Godwit.Load;

/// <summary>A scenario with what is around it.</summary>
public sealed record LoadPlan
{
    /// <summary>What the clients are and do.</summary>
    public required Scenario Scenario { get; init; }

    /// <summary>Where the broker listens.</summary>
    public required IPEndPoint Broker { get; init; }

    /// <summary>How long the load runs before it counts; a storm has at least one round that does not count.</summary>
    public TimeSpan Warmup { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long it counts. A storm goes on until the round under way has ended; in idle, how long the connections are kept.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How long to wait in the end while nothing comes of what is outstanding.</summary>
    public TimeSpan DrainPatience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The broker's process id, whose CPU, memory and threads are then told; null: not known.</summary>
    public int? BrokerProcessId { get; init; }

    /// <summary>Polls instead of sleeping: an open loop is then punctual to the microsecond, and a core is busy.</summary>
    public bool Spins { get; init; }

    /// <summary>Told once a second, on the thread of the run.</summary>
    public Action<LoadProgress>? Progress { get; init; }
}
