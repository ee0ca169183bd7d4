using System.Diagnostics;

namespace Godwit.Broker.Loops;

/// <summary>The one clock of a broker's loops: it never goes back, whatever happens to the time of day.</summary>
internal static class MonotonicClock
{
    /// <summary>Ticks of <see cref="Timestamp"/> per millisecond.</summary>
    public static readonly long TicksPerMillisecond = Stopwatch.Frequency / 1000;

    public static long Timestamp => Stopwatch.GetTimestamp();

    public static long ToMilliseconds(long timestamp) => timestamp / TicksPerMillisecond;
}
