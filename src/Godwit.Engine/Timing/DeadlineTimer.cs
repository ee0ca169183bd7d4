namespace Godwit.Engine.Timing;

/// <summary>Something that wants to hear when its time has come. Base class of what has a deadline, so that a timer costs no object.</summary>
public abstract class DeadlineTimer
{
    internal const int NotQueued = -1;

    internal long Deadline { get; set; }

    internal int QueueIndex { get; set; } = NotQueued;

    internal ulong QueueOrder { get; set; }

    internal abstract void OnDeadline(long now);
}
