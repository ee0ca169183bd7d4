using Godwit.Engine.Messages;

namespace Godwit.Engine.Journals;

/// <summary>The records of one journal in memory that keeps the latest message of each topic.</summary>
internal sealed class LatestLog(Journal journal, LatestRecords latest) : IMemoryLog
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, JournalRecord> _records = [];
    private readonly List<long> _gone = [];
    private bool _hasEnded;

    public long Append(Message message, long sequence, MessagePool pool)
    {
        lock (_gate)
        {
            if (_hasEnded)
            {
                return StoreOperation.NobodyReads;
            }

            long index = journal.Horizon;
            message.AddReference();
            _records.Add(index, new JournalRecord(message, sequence));
            latest.Add(index, message.Topic, message.Size, _gone);
            foreach (long gone in _gone)
            {
                Drop(gone, pool);
            }

            _gone.Clear();
            journal.Horizon = index + 1;
            return index;
        }
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

            if (!_records.TryGetValue(index, out record))
            {
                return index < journal.First ? ReadStatus.GivenUp : ReadStatus.Superseded;
            }

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
        _records.Remove(index, out var record);
        record.Message.Release(pool);
    }
}
