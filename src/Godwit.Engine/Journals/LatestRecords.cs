using Godwit.Engine.Observation;
using Godwit.Engine.Sessions;

namespace Godwit.Engine.Journals;

/// <summary>
/// Which records of a journal are still the latest of their topics: the others are superseded, and nobody gets them. Written by
/// the store as it appends, read by the session's loop.
/// </summary>
public sealed class LatestRecords
{
    // Room that a list may waste on superseded records before it is packed.
    private const int WasteMin = 32;

    private readonly Lock _gate = new();
    private readonly Dictionary<byte[], long> _byTopic;
    private readonly Dictionary<byte[], long>.AlternateLookup<ReadOnlySpan<byte>> _bySpan;
    private readonly JournalLimits _limits;

    // In the order of their indexes; those before _head are gone, and so are those without a topic.
    private readonly List<Slot> _slots = [];
    private int _head;
    private long _bytes;
    private long _crowdedOut;
    private long _expired;
    private long _tooOld;

    internal LatestRecords(in JournalLimits limits, ulong seed)
    {
        _limits = limits;
        _byTopic = new Dictionary<byte[], long>(new ByteArrayComparer(seed));
        _bySpan = _byTopic.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    /// <summary>Topics that have a record.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _byTopic.Count;
            }
        }
    }

    /// <summary>Bytes of topic, properties and payload of the records that are the latest.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _bytes;
            }
        }
    }

    /// <summary>Notes a record behind all others. Adds to <paramref name="gone"/> what it supersedes, and what the limits leave no room for.</summary>
    /// <param name="index">Index of the record.</param>
    /// <param name="topic">Its topic.</param>
    /// <param name="size">Its bytes of topic, properties and payload.</param>
    /// <param name="gone">Indexes of records that nobody gets any more.</param>
    public void Add(long index, ReadOnlySpan<byte> topic, int size, List<long> gone)
    {
        ArgumentNullException.ThrowIfNull(gone);
        lock (_gate)
        {
            if (_bySpan.TryGetValue(topic, out byte[]? key, out long older))
            {
                Clear(Find(older));
                gone.Add(older);
            }

            key ??= topic.ToArray();
            _byTopic[key] = index;
            _slots.Add(new Slot(index, key, size));
            _bytes += size;
            while (_byTopic.Count > 1 && (_byTopic.Count > _limits.MessagesMax || _bytes > _limits.BytesMax))
            {
                TryTakeOldest(long.MaxValue, out long oldest);
                gone.Add(oldest);
                _crowdedOut++;
            }

            Pack();
        }
    }

    /// <summary>Takes out the oldest record below <paramref name="floor"/>; false when there is none.</summary>
    public bool TryTake(long floor, out long index)
    {
        lock (_gate)
        {
            return TryTakeOldest(floor, out index);
        }
    }

    /// <summary>Takes out the oldest record, which is that at <paramref name="index"/>, because it has expired or grown too old.</summary>
    public void GiveUp(long index, DropReason reason)
    {
        lock (_gate)
        {
            if (TryTakeOldest(index + 1, out _))
            {
                _expired += reason == DropReason.Expired ? 1 : 0;
                _tooOld += reason == DropReason.TooOld ? 1 : 0;
            }
        }
    }

    /// <summary>True while the record is the latest of its topic.</summary>
    public bool Contains(long index)
    {
        lock (_gate)
        {
            int place = Find(index);
            return place < _slots.Count && _slots[place].Index == index && _slots[place].Topic is not null;
        }
    }

    /// <summary>The next record at or above <paramref name="index"/>; <see cref="long.MaxValue"/> when there is none.</summary>
    public long NextFrom(long index)
    {
        lock (_gate)
        {
            for (int place = Find(index); place < _slots.Count; place++)
            {
                if (_slots[place].Topic is not null)
                {
                    return _slots[place].Index;
                }
            }

            return long.MaxValue;
        }
    }

    /// <summary>How many records were given up since the last call, apart from those that were superseded.</summary>
    internal GivenUpCount TakeGivenUp()
    {
        lock (_gate)
        {
            var count = new GivenUpCount(_crowdedOut, _expired, _tooOld);
            _crowdedOut = _expired = _tooOld = 0;
            return count;
        }
    }

    private bool TryTakeOldest(long floor, out long index)
    {
        for (; _head < _slots.Count; _head++)
        {
            var slot = _slots[_head];
            if (slot.Topic is null)
            {
                continue;
            }

            index = slot.Index;
            if (index >= floor)
            {
                return false;
            }

            _byTopic.Remove(slot.Topic);
            Clear(_head++);
            return true;
        }

        index = 0;
        return false;
    }

    private void Clear(int place)
    {
        _bytes -= _slots[place].Size;
        _slots[place] = new Slot(_slots[place].Index, null, 0);
    }

    // The first slot at or above the index, among those that are not gone.
    private int Find(long index)
    {
        int low = _head;
        int high = _slots.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_slots[middle].Index < index)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private void Pack()
    {
        if (_slots.Count > (2 * _byTopic.Count) + WasteMin)
        {
            _slots.RemoveAll(slot => slot.Topic is null);
            _head = 0;
        }
    }

    private readonly record struct Slot(long Index, byte[]? Topic, int Size);
}
