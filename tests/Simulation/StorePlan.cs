using Godwit.Engine.Journals;

namespace Godwit.Simulation;

/// <summary>Which store a run has, and how slow it is.</summary>
/// <param name="CommitDelayMax">Milliseconds until a batch is committed, at most; 0: at once.</param>
/// <param name="LateReadPercent">So many reads of a hundred are answered later; for the store in memory.</param>
internal sealed record StorePlan(int CommitDelayMax, int LateReadPercent)
{
    /// <summary>The broker crashes, and what it has acknowledged has to survive.</summary>
    public bool IsDurable { get; init; }

    /// <summary>So little may wait for a session that queues overflow.</summary>
    public bool HasSmallQueues { get; init; }

    /// <summary>What survives.</summary>
    public DurabilityLevel Level { get; init; } = DurabilityLevel.Fsync;

    /// <summary>Bytes of records that the durable store keeps of what was appended last.</summary>
    public long TailBytesMax { get; init; }

    /// <summary>Bytes of records that it keeps of what it has read.</summary>
    public long ChunkBytesMax { get; init; }
}
