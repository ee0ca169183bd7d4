using Godwit.Storage.RocksDb.Records;

namespace Godwit.Storage.RocksDb.Committing;

/// <summary>
/// How old entries are. The time of day alone lasts through a restart, but may be set at any moment: what this run has written is
/// as old as the engine's clock says, which nobody sets.
/// </summary>
internal sealed class EntryAges
{
    private const long StepMilliseconds = 1000;
    private const int StepsMax = 64;

    // From that sequence on the time of day was ahead of the engine's clock by so much.
    private readonly List<(long Sequence, long Ahead)> _steps = [];
    private long _now;
    private long _timeOfDay;

    /// <summary>A commit begins; what it appends has sequences from <paramref name="sequence"/> on.</summary>
    public void Begin(long sequence, long now, long timeOfDay)
    {
        _now = now;
        _timeOfDay = timeOfDay;
        long ahead = timeOfDay - now;
        if (_steps.Count > 0 && Math.Abs(ahead - _steps[^1].Ahead) <= StepMilliseconds)
        {
            return;
        }

        if (_steps.Count == StepsMax)
        {
            _steps.RemoveAt(0);
        }

        _steps.Add((sequence, ahead));
    }

    /// <summary>Milliseconds since the entry was written, never below 0.</summary>
    public long AgeOf(in EntryHeader header)
    {
        for (int i = _steps.Count - 1; i >= 0; i--)
        {
            if (header.Sequence >= _steps[i].Sequence)
            {
                return Math.Max(0, _now - (header.WrittenAt - _steps[i].Ahead));
            }
        }

        return Math.Max(0, _timeOfDay - header.WrittenAt);
    }
}
