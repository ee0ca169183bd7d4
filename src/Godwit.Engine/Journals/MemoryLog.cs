using Godwit.Engine.Messages;

namespace Godwit.Engine.Journals;

/// <summary>The records of one journal in memory: a ring that grows and shrinks with what waits in it.</summary>
internal sealed class MemoryLog(Journal journal) : IMemoryLog
{
    private const int CapacityMin = 8;

    private readonly Lock _gate = new();
    private Entry[] _entries = [];
    private long _bytes;
    private bool _hasEnded;

    public long Append(Message message, long sequence, MessagePool pool)
    {
        lock (_gate)
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

            long index = journal.Horizon;
            int count = (int)(index - journal.First);
            if (count == _entries.Length)
            {
                Resize(Math.Max(CapacityMin, count * 2));
            }

            message.AddReference();
            _entries[index & (_entries.Length - 1)] = new Entry(message, sequence);
            _bytes += message.Size;
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
        lock (_gate)
        {
            long end = Math.Min(floor, journal.Horizon);
            while (journal.First < end)
            {
                DropFirst(pool);
            }

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
    }

    public void End(MessagePool pool)
    {
        lock (_gate)
        {
            _hasEnded = true;
        }

        Trim(long.MaxValue, pool);
    }

    private void DropFirst(MessagePool pool)
    {
        ref var entry = ref _entries[journal.First & (_entries.Length - 1)];
        _bytes -= entry.Message.Size;
        entry.Message.Release(pool);
        entry = default;
        journal.First++;
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

    private readonly record struct Entry(Message Message, long Sequence);
}
