using System.Diagnostics;

namespace Godwit.Storage.RocksDb;

/// <summary>The two clocks of a store: that of the engine, which never goes back, and the time of day, which alone lasts through a restart.</summary>
public abstract class StoreClock
{
    /// <summary>The clocks of this machine.</summary>
    public static StoreClock System { get; } = new SystemClock();

    /// <summary>Milliseconds of the engine's clock.</summary>
    public abstract long Now { get; }

    /// <summary>Milliseconds since 1970, by the time of day.</summary>
    public abstract long TimeOfDay { get; }

    private sealed class SystemClock : StoreClock
    {
        private static readonly long TicksPerMillisecond = Stopwatch.Frequency / 1000;

        public override long Now => Stopwatch.GetTimestamp() / TicksPerMillisecond;

        public override long TimeOfDay => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
    }
}
