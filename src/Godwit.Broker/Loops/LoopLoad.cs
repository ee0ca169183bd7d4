namespace Godwit.Broker.Loops;

/// <summary>
/// How busy a loop is: the share of wall time that it did not spend waiting, as a moving average with a time constant of
/// some 300 ms. Written by its loop, read by any.
/// </summary>
internal sealed class LoopLoad
{
    private const double WindowMilliseconds = 100;
    private const double TimeConstantMilliseconds = 300;

    private static readonly long Window = (long)WindowMilliseconds * MonotonicClock.TicksPerMillisecond;

    private double _share;
    private long _waitingSince;
    private long _wokeAt;
    private long _windowStart;
    private long _busy;

    public LoopLoad(long timestamp)
    {
        _waitingSince = timestamp;
        _wokeAt = timestamp;
        _windowStart = timestamp;
    }

    /// <summary>The loop's wait returned.</summary>
    public void Woke(long timestamp)
    {
        Volatile.Write(ref _wokeAt, timestamp);
        Volatile.Write(ref _waitingSince, 0);
    }

    /// <summary>The loop is about to wait.</summary>
    public void Waits(long timestamp)
    {
        _busy += timestamp - _wokeAt;
        long wall = timestamp - _windowStart;
        if (wall >= Window)
        {
            double sample = Math.Min(1.0, (double)_busy / wall);
            double kept = Decay(wall);
            Volatile.Write(ref _share, (_share * kept) + (sample * (1 - kept)));
            _windowStart = timestamp;
            _busy = 0;
        }

        Volatile.Write(ref _waitingSince, timestamp);
    }

    /// <summary>Share of time spent working, 0 to 1, as of <paramref name="timestamp"/>: a long sleep or a long turn counts although it has not ended.</summary>
    public double Current(long timestamp)
    {
        double share = Volatile.Read(ref _share);
        long waitingSince = Volatile.Read(ref _waitingSince);
        if (waitingSince != 0)
        {
            long waited = timestamp - waitingSince;
            return waited > Window ? share * Decay(waited) : share;
        }

        return timestamp - Volatile.Read(ref _wokeAt) > Window ? 1.0 : share;
    }

    private static double Decay(long ticks) =>
        Math.Exp(-(double)ticks / MonotonicClock.TicksPerMillisecond / TimeConstantMilliseconds);
}
