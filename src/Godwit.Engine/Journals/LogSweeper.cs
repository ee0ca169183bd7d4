using Godwit.Engine.Messages;

namespace Godwit.Engine.Journals;

/// <summary>
/// Gives up records in memory that have expired or grown too old, in slices, without anybody reading them. Knows the journals
/// whose first record falls due; whoever writes journals of one store serialises its use.
/// </summary>
internal sealed class LogSweeper
{
    // A journal is looked at so often at most.
    private const long PeriodMilliseconds = 1000;

    // And, as long as something in it falls due, so often at least: one that nobody needs any more is not held for longer.
    private const long HoldMilliseconds = 60_000;

    private const int RecordsPerSlice = 4096;

    private readonly PriorityQueue<IMemoryLog, long> _queue = new();
    private long _now;
    private long _nextAt = long.MaxValue;

    /// <summary>When <see cref="Sweep"/> has something to do; <see cref="long.MaxValue"/>: never. Read from any loop.</summary>
    public long NextAt => Volatile.Read(ref _nextAt);

    /// <summary>A record that falls due at <paramref name="due"/> was appended.</summary>
    public void NoteAppended(IMemoryLog log, long due, long now)
    {
        _now = now;
        if (due != long.MaxValue && log.Sweep == SweepState.Idle)
        {
            Enqueue(log, due);
        }
    }

    /// <summary>The first record has gone of a journal whose other records fall due.</summary>
    public void NoteFrontGone(IMemoryLog log) => Enqueue(log, _now);

    public void Sweep(long now, MessagePool pool)
    {
        _now = now;
        int budget = RecordsPerSlice;
        while (budget > 0 && _queue.TryPeek(out var log, out long at) && at <= now)
        {
            _queue.Dequeue();
            budget--;
            log.Sweep = SweepState.Idle;
            long due = log.GiveUpDue(now, ref budget, pool);
            if (due <= now)
            {
                Requeue(log, now);
            }
            else if (due != long.MaxValue)
            {
                Enqueue(log, due);
            }
            else if (!log.IsEmpty)
            {
                log.Sweep = SweepState.AwaitsFront;
            }
        }

        SetNext();
    }

    private void Enqueue(IMemoryLog log, long due) => Requeue(log, Math.Clamp(due, _now + PeriodMilliseconds, _now + HoldMilliseconds));

    private void Requeue(IMemoryLog log, long at)
    {
        log.Sweep = SweepState.Queued;
        _queue.Enqueue(log, at);
        SetNext();
    }

    private void SetNext() => Volatile.Write(ref _nextAt, _queue.TryPeek(out _, out long next) ? next : long.MaxValue);
}
