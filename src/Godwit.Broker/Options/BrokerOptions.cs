using Godwit.Broker.Hooks;
using Godwit.Engine;
using Godwit.Engine.Journals;

namespace Godwit.Broker.Options;

/// <summary>Everything a broker can be told at start. The names in files and in the environment are those of <see cref="BrokerSettings"/>.</summary>
public sealed record BrokerOptions
{
    /// <summary>Where to listen. Default: <see cref="ListenerOptions.DefaultUrl"/>, so that nobody else on the network can connect unless asked for.</summary>
    public IReadOnlyList<ListenerOptions> Listeners { get; init; } = [new ListenerOptions()];

    /// <summary>Number of event loops, 1 to 64. Default: one per core.</summary>
    public int Loops { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, BrokerCore.ShardsMax);

    /// <summary>On which loop a new session lives.</summary>
    public LoopPlacement Placement { get; init; } = LoopPlacement.Fill;

    /// <summary>How the loops talk to the network.</summary>
    public IoDriver Io { get; init; } = IoDriver.Auto;

    /// <summary>What an acknowledged message survives. This build knows <see cref="DurabilityLevel.Memory"/> alone.</summary>
    public DurabilityLevel Durability { get; init; } = DurabilityLevel.Memory;

    /// <summary>Limits on connections.</summary>
    public AcceptLimits Accept { get; init; } = new();

    /// <summary>Limits and features of the engine; <see cref="EngineOptions.Shards"/> is taken from <see cref="Loops"/>.</summary>
    public EngineOptions Engine { get; init; } = new();

    /// <summary>Code that the broker asks or tells. Not a setting of files.</summary>
    public BrokerHooks Hooks { get; init; } = BrokerHooks.None;

    /// <summary>Time in which a stopping broker takes leave of its clients, in milliseconds, 0 to 600,000. Default 10,000: service managers kill after 30 to 90 s.</summary>
    public long DrainTimeoutMilliseconds { get; init; } = 10_000;
}
