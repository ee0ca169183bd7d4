using System.Diagnostics;

namespace Godwit.ClientBench;

/// <summary>Counts messages in a client process; when it receives, tells the feeder so that it goes on.</summary>
internal sealed class Meter(int payloadLength, Stream? credits)
{
    /// <summary>Messages per byte of credit.</summary>
    internal const int MessagesPerCredit = 500;

    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly Lock _creditsLock = new();
    private volatile bool _isRunning = true;
    private volatile TaskCompletionSource? _pause;
    private int _withheldCredits;
    private long _messages;
    private long _wrong;

    internal bool IsRunning => _isRunning;

    /// <summary>What a publisher has to await before it goes on, or null.</summary>
    internal Task? Paused => _pause?.Task;

    internal void Stop() => _isRunning = false;

    internal void Count(int length)
    {
        if (length != payloadLength)
        {
            Interlocked.Increment(ref _wrong);
        }

        if (Interlocked.Increment(ref _messages) % MessagesPerCredit == 0)
        {
            lock (_creditsLock)
            {
                if (_pause is not null)
                {
                    _withheldCredits++;
                }
                else
                {
                    credits?.WriteByte((byte)'.');
                }
            }
        }
    }

    /// <summary>
    /// Lets the load warm up, then measures. Two thirds of the warm-up come in bursts: in the pauses the runtime compiles what the load
    /// has shown to be hot, for which a client that fills its core leaves it little time.
    /// </summary>
    internal async Task<Sample> MeasureAsync(TimeSpan warmup, TimeSpan measured)
    {
        for (var rest = warmup * 2 / 3; rest > TimeSpan.Zero; rest -= Burst + Pause)
        {
            await Task.Delay(Burst);
            _pause = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await Task.Delay(Pause);
            Resume();
        }

        await Task.Delay(warmup / 3);
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

    private void Resume()
    {
        lock (_creditsLock)
        {
            var pause = _pause;
            _pause = null;
            for (; _withheldCredits > 0; _withheldCredits--)
            {
                credits?.WriteByte((byte)'.');
            }

            pause?.SetResult();
        }
    }
}
