using System.Diagnostics;

namespace Godwit.ClientBench;

/// <summary>Counts messages in a client process; when it receives, tells the feeder so that it goes on.</summary>
internal sealed class Meter(int payloadLength, Stream? credits)
{
    /// <summary>Messages per byte of credit.</summary>
    internal const int MessagesPerCredit = 500;

    private volatile bool _isRunning = true;
    private long _messages;
    private long _wrong;

    internal bool IsRunning => _isRunning;

    internal void Stop() => _isRunning = false;

    internal void Count(int length)
    {
        if (length != payloadLength)
        {
            Interlocked.Increment(ref _wrong);
        }

        if (Interlocked.Increment(ref _messages) % MessagesPerCredit == 0)
        {
            credits?.WriteByte((byte)'.');
        }
    }

    /// <summary>Lets the load warm up, then measures.</summary>
    internal async Task<Sample> MeasureAsync(TimeSpan warmup, TimeSpan measured)
    {
        await Task.Delay(warmup);
        var messages = Interlocked.Read(ref _messages);
        var cpu = Environment.CpuUsage.TotalTime;
        var bytes = GC.GetTotalAllocatedBytes(precise: true);
        var started = Stopwatch.GetTimestamp();
        await Task.Delay(measured);
        var sample = new Sample(
            Interlocked.Read(ref _messages) - messages,
            Stopwatch.GetElapsedTime(started).TotalSeconds,
            (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds,
            GC.GetTotalAllocatedBytes(precise: true) - bytes);
        return _wrong == 0 ? sample : throw new InvalidOperationException($"{_wrong} messages had a wrong length.");
    }
}
