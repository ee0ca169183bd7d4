using Godwit.Engine.Messages;
using Godwit.Engine.Observation;

namespace Godwit.Engine.Journals;

/// <summary>The records of one journal in memory that keeps the latest message of each topic.</summary>
internal sealed class LatestLog(Journal journal, LatestRecords latest, LogSweeper sweeper, QueueTotals? totals) : IMemoryLog
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, Entry> _records = [];
    private readonly List<long> _gone = [];
    private bool _hasEnded;

    public SweepState Sweep { get; set; }

    public bool IsEmpty => _records.Count == 0;

    public long Append(Message message, long sequence, long now, MessagePool pool)
    {
        long index;
        lock (_gate)
        {
            if (_hasEnded)
            {
                return StoreOperation.NobodyReads;
            }

            index = journal.Horizon;
            message.AddReference();
            _records.Add(index, new Entry(new JournalRecord(message, sequence), now));
            totals?.Add(1, message.Size);
            latest.Add(index, message.Topic, message.Size, _gone);
            foreach (long gone in _gone)
            {
                Drop(gone, pool);
            }

            _gone.Clear();
            journal.Horizon = index + 1;
        }

        sweeper.NoteAppended(this, journal.Limits.DueOf(message.ExpiresAt, now), now);
        return index;
    }

    public ReadStatus TryRead(long index, out JournalRecord record)
    {
        lock (_gate)
        {
            record = default;
            if (index >= journal.Horizon)
            {
                return ReadStatus.AtHorizon;
            }

            if (!_records.TryGetValue(index, out var entry))
            {
                return index < journal.First ? ReadStatus.GivenUp : ReadStatus.Superseded;
            }

            record = entry.Record;
            record.Message.AddReference();
            return ReadStatus.Ready;
        }
    }

    public void Trim(long floor, MessagePool pool)
    {
        lock (_gate)
        {
            while (latest.TryTake(floor, out long index))
            {
                Drop(index, pool);
            }

            journal.First = Math.Max(journal.First, Math.Min(floor, journal.Horizon));
        }
    }

    public long GiveUpDue(long now, ref int budget, MessagePool pool)
    {
        lock (_gate)
        {
            while (latest.NextFrom(0) is var front and not long.MaxValue)
            {
                var entry = _records[front];
                long due = journal.Limits.DueOf(entry.Record.Message.ExpiresAt, entry.WrittenAt);
                if (due > now || budget <= 0)
                {
                    return due;
                }

                budget--;
                latest.GiveUp(front, entry.Record.Message.ExpiresAt <= now ? DropReason.Expired : DropReason.TooOld);
                Drop(front, pool);
            }

            return long.MaxValue;
        }
    }

    public void End(MessagePool pool)
    {
        lock (_gate)
        {
            _hasEnded = true;
        }

        Trim(long.MaxValue, pool);
    }

    private void Drop(long index, MessagePool pool)
    {
        _records.Remove(index, out var entry);
        totals?.Add(-1, -entry.Record.Message.Size);
        entry.Record.Message.Release(pool);
        if (Sweep == SweepState.AwaitsFront)
        {
            sweeper.NoteFrontGone(this);
        }
    }

    private readonly record struct Entry(JournalRecord Record, long WrittenAt);
}
