using Godwit.Engine.Messages;
using Godwit.Engine.Timing;

namespace Godwit.Engine.Retained;

/// <summary>Frees retained messages that have expired without anybody asking for them: a bounded slice a second, and only while some can expire.</summary>
internal sealed class RetainedSweeper(Shard shard) : DeadlineTimer
{
    private const long PeriodMilliseconds = 1000;
    private const int TopicsPerSlice = 4096;

    private Message? _position;

    /// <summary>A retained message with an expiry was stored on this loop.</summary>
    public void Schedule(long now)
    {
        if (QueueIndex == NotQueued)
        {
            shard.Deadlines.Set(this, now + PeriodMilliseconds);
        }
    }

    internal override void OnDeadline(long now)
    {
        if (shard.Retained.Sweep(now, TopicsPerSlice, ref _position))
        {
            shard.RetainedFlusher.Schedule(now);
        }

        if (shard.Retained.HasExpiring)
        {
            Schedule(now);
        }
    }
}
