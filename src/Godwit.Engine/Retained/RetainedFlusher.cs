using Godwit.Engine.Timing;

namespace Godwit.Engine.Retained;

/// <summary>
/// Has retained messages written for whose publication nobody waits (QoS 0, expiry): a second after the first change, so that
/// a sensor that repeats itself does not wear out a memory card.
/// </summary>
internal sealed class RetainedFlusher(Shard shard) : DeadlineTimer
{
    private const long DelayMilliseconds = 1000;

    public void Schedule(long now)
    {
        if (QueueIndex == NotQueued && shard.Commits.IsPersistent)
        {
            shard.Deadlines.Set(this, now + DelayMilliseconds);
        }
    }

    internal override void OnDeadline(long now) => shard.Commits.SyncRetained();
}
