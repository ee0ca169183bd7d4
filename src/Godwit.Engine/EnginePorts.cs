using Godwit.Engine.Access;
using Godwit.Engine.Journals;
using Godwit.Engine.Observation;

namespace Godwit.Engine;

/// <summary>The world as the engine sees it: everything that is not pure computation comes in here.</summary>
public sealed record EnginePorts
{
    /// <summary>Wakes the loop of a shard that sleeps.</summary>
    public required IShardWaker Waker { get; init; }

    /// <summary>Places new sessions on loops.</summary>
    public required IHomeSelector HomeSelector { get; init; }

    /// <summary>Source of chance: hash seeds and assigned client identifiers.</summary>
    public required IEntropySource Entropy { get; init; }

    /// <summary>Where queued messages and durable state live.</summary>
    public required IStore Store { get; init; }

    /// <summary>Called when the store can do nothing any more, on a thread of the store: the broker has to end.</summary>
    public Action<Exception> HandleStoreFailure { get; init; } = static _ => { };

    /// <summary>Who may do what.</summary>
    public IAccessPolicy Access { get; init; } = OpenPolicy.Instance;

    /// <summary>Told of what operators want to know.</summary>
    public IEngineObserver Observer { get; init; } = SilentObserver.Instance;
}
