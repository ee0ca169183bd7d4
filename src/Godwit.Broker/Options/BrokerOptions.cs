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

    /// <summary>What an acknowledged message survives. Above <see cref="DurabilityLevel.Memory"/> it takes an <see cref="OpenStore"/>.</summary>
    public DurabilityLevel Durability { get; init; } = DurabilityLevel.Memory;

    /// <summary>Directory of the store, for a <see cref="Durability"/> above <see cref="DurabilityLevel.Memory"/>. Default: <c>data</c> below the current directory.</summary>
    public string DataDirectory { get; init; } = "data";

    /// <summary>Space on its disk that the store leaves free, in bytes, 1 MiB to 1 TiB; below it messages that would have to be stored are refused. Default 128 MiB.</summary>
    public long FreeSpaceMin { get; init; } = 128 * 1024 * 1024;

    /// <summary>
    /// Opens the store that survives the process, at <see cref="Durability"/> and in <see cref="DataDirectory"/>; the broker
    /// disposes it. Not a setting of files: the host decides which store there is. Null: none, and <see cref="Durability"/> is memory.
    /// </summary>
    public Func<BrokerOptions, IStore>? OpenStore { get; init; }

    /// <summary>Limits on connections.</summary>
    public AcceptLimits Accept { get; init; } = new();

    /// <summary>Limits and features of the engine; <see cref="EngineOptions.Shards"/> is taken from <see cref="Loops"/>.</summary>
    public EngineOptions Engine { get; init; } = new();

    /// <summary>Code that the broker asks or tells. Not a setting of files.</summary>
    public BrokerHooks Hooks { get; init; } = BrokerHooks.None;

    /// <summary>Time in which a stopping broker takes leave of its clients, in milliseconds, 0 to 600,000. Default 10,000: service managers kill after 30 to 90 s.</summary>
    public long DrainTimeoutMilliseconds { get; init; } = 10_000;
}
