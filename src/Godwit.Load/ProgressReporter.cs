using System.Diagnostics;

namespace Godwit.Load;

/// <summary>Turns counters into the figures of the last second.</summary>
internal sealed class ProgressReporter(Action<LoadProgress>? progress, Histogram latency, Func<long>? sentCount, Func<long>? deliveredCount, Func<int> readyCount)
{
    private readonly Histogram _earlier = new();
    private LoadPhase _phase = LoadPhase.Connecting;
    private long _phaseStart = Stopwatch.GetTimestamp();
    private long _time = Stopwatch.GetTimestamp();
    private long _sent;
    private long _delivered;
    private int _ready;

    internal void Enter(LoadPhase phase)
    {
        _phase = phase;
        _phaseStart = Stopwatch.GetTimestamp();
    }

    internal void Report(long now)
    {
        if (progress is null)
        {
            return;
        }

        var seconds = Stopwatch.GetElapsedTime(_time, now).TotalSeconds;
        var (sent, delivered, ready) = (sentCount?.Invoke() ?? 0, deliveredCount?.Invoke() ?? 0, readyCount());
        if (latency.Count < _earlier.Count)
        {
            _earlier.Clear(); // It was emptied meanwhile.
        }

        progress(new LoadProgress(
            _phase,
            Stopwatch.GetElapsedTime(_phaseStart, now),
            ready,
            (sent - _sent) / seconds,
            (delivered - _delivered) / seconds,
            (sentCount is null ? Math.Max(0, latency.Count - _earlier.Count) : Math.Max(0, ready - _ready)) / seconds,
            latency.QuantileMicroseconds(0.99, _earlier)));
        (_time, _sent, _delivered, _ready) = (now, sent, delivered, ready);
        _earlier.CopyFrom(latency);
    }
}
