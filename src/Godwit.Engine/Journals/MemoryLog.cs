using Godwit.Engine.Messages;
using Godwit.Engine.Observation;

namespace Godwit.Engine.Journals;

/// <summary>The records of one journal in memory: a ring that grows and shrinks with what waits in it.</summary>
internal sealed class MemoryLog(Journal journal, LogSweeper sweeper, QueueTotals? totals) : IMemoryLog
{
    private const int CapacityMin = 8;

    private readonly Lock _gate = new();
    private Entry[] _entries = [];
    private long _bytes;
    private bool _hasEnded;

    public SweepState Sweep { get; set; }

    public bool IsEmpty => journal.Horizon == journal.First;

    public long Append(Message message, long sequence, long now, MessagePool pool)
    {
        long index;
        using (Enter())
        {
            if (_hasEnded)
            {
                return StoreOperation.NobodyReads;
            }

            var limits = journal.Limits;
            while (journal.Horizon > journal.First
                && (journal.Horizon - journal.First >= limits.MessagesMax || _bytes + message.Size > limits.BytesMax))
            {
                if (limits.RejectsNewest)
                {
                    return StoreOperation.Rejected;
                }

                DropFirst(pool);
            }

            index = journal.Horizon;
            int count = (int)(index - journal.First);
            if (count == _entries.Length)
            {
                Resize(Math.Max(CapacityMin, count * 2));
            }

            message.AddReference();
            _entries[index & (_entries.Length - 1)] = new Entry(message, sequence, now);
            _bytes += message.Size;
            totals?.Add(1, message.Size);
            journal.Horizon = index + 1;
        }

        sweeper.NoteAppended(this, journal.Limits.DueOf(message.ExpiresAt, now), now);
        return index;
    }

    public ReadStatus TryRead(long index, out JournalRecord record)
    {
        using (Enter())
        {
            record = default;
            if (index >= journal.Horizon)
            {
                return ReadStatus.AtHorizon;
            }

            if (index < journal.First)
            {
                return ReadStatus.GivenUp;
            }

            var entry = _entries[index & (_entries.Length - 1)];
            entry.Message.AddReference();
            record = new JournalRecord(entry.Message, entry.Sequence);
            return ReadStatus.Ready;
        }
    }

    public void Trim(long floor, MessagePool pool)
    {
        using (Enter())
        {
            long end = Math.Min(floor, journal.Horizon);
            while (journal.First < end)
            {
                DropFirst(pool);
            }

            journal.ForgetGivenUp(end);
            Shrink();
        }
    }

    public long GiveUpDue(long now, ref int budget, MessagePool pool)
    {
        using (Enter())
        {
            long due = long.MaxValue;
            while (journal.First < journal.Horizon)
            {
                ref readonly var entry = ref _entries[journal.First & (_entries.Length - 1)];
                due = journal.Limits.DueOf(entry.Message.ExpiresAt, entry.WrittenAt);
                if (due > now || budget <= 0)
                {
                    break;
                }

                budget--;
                due = long.MaxValue;
                journal.NoteGivenUp(journal.First + 1, entry.Message.ExpiresAt <= now ? DropReason.Expired : DropReason.TooOld);
                DropFirst(pool);
            }

            Shrink();
            return due;
        }
    }

    public void End(MessagePool pool)
    {
        using (Enter())
        {
            _hasEnded = true;
        }

        Trim(long.MaxValue, pool);
    }

    private Lock.Scope Enter() => journal.IsConfined ? default : _gate.EnterScope();

    private void DropFirst(MessagePool pool)
    {
        ref var entry = ref _entries[journal.First & (_entries.Length - 1)];
        _bytes -= entry.Message.Size;
        totals?.Add(-1, -entry.Message.Size);
        entry.Message.Release(pool);
        entry = default;
        journal.First++;
        if (Sweep == SweepState.AwaitsFront)
        {
            sweeper.NoteFrontGone(this);
        }
    }

    private void Shrink()
    {
        int count = (int)(journal.Horizon - journal.First);
        if (count == 0 && _entries.Length > 64)
        {
            _entries = [];
        }
        else if (_entries.Length > 64 && count < _entries.Length / 8)
        {
            Resize(_entries.Length / 2);
        }
    }

    private void Resize(int capacity)
    {
        var resized = new Entry[capacity];
        for (long index = journal.First; index < journal.Horizon; index++)
        {
            resized[index & (capacity - 1)] = _entries[index & (_entries.Length - 1)];
        }

        _entries = resized;
    }

    private readonly record struct Entry(Message Message, long Sequence, long WrittenAt);
}
