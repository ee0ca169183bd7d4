using Godwit.Engine.Timing;

namespace Godwit.Engine.Journals;

/// <summary>
/// Has the queues in memory give up what has expired or grown too old while nobody reads it: those of the store, which all loops
/// share, and this loop's own of sessions that lag. Set only while something falls due.
/// </summary>
internal sealed class QueueSweeper(Shard shard) : DeadlineTimer
{
    /// <summary>Something falls due at <paramref name="at"/>.</summary>
    public void Arm(long at)
    {
        if (at != long.MaxValue && (QueueIndex == NotQueued || at < Deadline))
        {
            shard.Deadlines.Set(this, at);
        }
    }

    internal override void OnDeadline(long now)
    {
        var store = shard.Core.Ports.Store;
        if (store.NextSweepAt <= now)
        {
            store.Sweep(now);
        }

        if (shard.LagStore.NextSweepAt <= now)
        {
            shard.LagStore.Sweep(now);
        }

        // A slice at a time: what is left comes with the next turn.
        long next = Math.Min(store.NextSweepAt, shard.LagStore.NextSweepAt);
        Arm(next == long.MaxValue ? next : Math.Max(next, now + 1));
    }
}
