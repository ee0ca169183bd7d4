using Godwit.LoadBench;

namespace Godwit.ScaleBench;

/// <summary>Counts the garbage collections of this process since it was made. <see cref="Look"/> is called often, so that the longest pause is not missed.</summary>
internal sealed class CollectionMeter
{
    private readonly int[] _before = [GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2)];
    private readonly TimeSpan _pausedBefore = GC.GetTotalPauseDuration();
    private int _seen = GC.CollectionCount(0);

    internal double LongestMilliseconds { get; private set; }

    internal double PausedMilliseconds => (GC.GetTotalPauseDuration() - _pausedBefore).TotalMilliseconds;

    /// <summary>Collections of generations 0, 1 and 2, each counted once.</summary>
    internal string Counts
    {
        get
        {
            int[] now = [GC.CollectionCount(0) - _before[0], GC.CollectionCount(1) - _before[1], GC.CollectionCount(2) - _before[2]];
            return $"{now[0] - now[1]}/{now[1] - now[2]}/{now[2]}";
        }
    }

    internal void Look()
    {
        int count = GC.CollectionCount(0);
        if (count != _seen)
        {
            _seen = count;
            foreach (var pause in GC.GetGCMemoryInfo(GCKind.Any).PauseDurations)
            {
                LongestMilliseconds = Math.Max(LongestMilliseconds, pause.TotalMilliseconds);
            }
        }
    }
}
