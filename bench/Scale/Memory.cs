using System.Globalization;

namespace Godwit.ScaleBench;

/// <summary>What this process holds.</summary>
/// <param name="Heap">Bytes of live objects on the managed heap.</param>
/// <param name="Resident">VmRSS in bytes.</param>
internal readonly record struct Memory(long Heap, long Resident)
{
    /// <summary>Behind a full collection, and how long all threads stood still for the last of those that it takes.</summary>
    internal static Memory Take(out double milliseconds)
    {
        long heap = GC.GetTotalMemory(forceFullCollection: true);
        var paused = GC.GetTotalPauseDuration();
        GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: false);
        milliseconds = (GC.GetTotalPauseDuration() - paused).TotalMilliseconds;
        foreach (string line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith("VmRSS:", StringComparison.Ordinal))
            {
                return new Memory(heap, 1_024 * long.Parse(line.AsSpan(6).Trim()[..^3], NumberStyles.None, CultureInfo.InvariantCulture));
            }
        }

        return new Memory(heap, 0);
    }
}
