using Godwit.Engine.Journals;
using Godwit.Engine.Messages;
using Godwit.Storage.RocksDb.Reading;

namespace Godwit.Storage.RocksDb;

/// <summary>
/// What the store knows of one journal beyond the disk: its latest records in memory, for readers that keep up; chunks read
/// from disk, for those that lag; and what the committer has to remember. A journal at rest holds no records.
/// </summary>
internal sealed class JournalState(Journal journal)
{
    private const int TailCapacityMin = 8;

    private CachedRecord[] _tail = [];
    private int _tailCount;
    private List<Chunk>? _chunks;
    private List<(long Index, ulong Shards)>? _asked;

    public Journal Journal { get; } = journal;

    /// <summary>Guards the records in memory; held for one look-up, or for one record to enter or leave.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Index of the first record of the tail; the tail ends with what was appended last.</summary>
    public long TailFirst { get; private set; }

    public long TailEnd => TailFirst + _tailCount;

    /// <summary>What the committer remembers; nobody else may look.</summary>
    public Committing.AppendState? Appends { get; set; }

    /// <summary>In the list of journals that hold records in memory; the committer's.</summary>
    public LinkedListNode<JournalState>? Place { get; set; }

    /// <summary>Bytes of the records in the tail, roughly.</summary>
    public long TailSize { get; private set; }

    /// <summary>
    /// The record, with a reference for the caller, or why it is not there. <paramref name="isToBeFetched"/>: the caller has to have
    /// it fetched; nobody was asked for it yet.
    /// </summary>
    public ReadStatus TryRead(long index, int shard, out JournalRecord record, out bool isToBeFetched)
    {
        record = default;
        isToBeFetched = false;
        lock (Gate)
        {
            if (index >= Journal.Horizon)
            {
                return ReadStatus.AtHorizon;
            }

            if (index < Journal.First)
            {
                return ReadStatus.GivenUp;
            }

            if (Journal.Latest is { } latest && !latest.Contains(index))
            {
                return ReadStatus.Superseded;
            }

            if (TryFind(index, out var found))
            {
                found.Message.AddReference();
                record = new JournalRecord(found.Message, found.Sequence);
                return ReadStatus.Ready;
            }

            isToBeFetched = Ask(index, shard);
            return ReadStatus.Pending;
        }
    }

    /// <summary>The record, if it is in memory. Under <see cref="Gate"/>.</summary>
    public bool TryFind(long index, out CachedRecord record)
    {
        if (index >= TailFirst && index < TailEnd)
        {
            record = TailAt(index);
            return true;
        }

        foreach (var chunk in _chunks ?? [])
        {
            if (index >= chunk.First && index < chunk.End)
            {
                record = chunk.Records[index - chunk.First];
                return true;
            }
        }

        record = default;
        return false;
    }

    /// <summary>A record that is appended; it takes over the caller's reference. Under <see cref="Gate"/>.</summary>
    public void PushTail(long index, in CachedRecord record)
    {
        if (_tailCount == 0)
        {
            TailFirst = index;
        }

        if (_tailCount == _tail.Length)
        {
            Resize(Math.Max(TailCapacityMin, _tailCount * 2));
        }

        _tail[index & (_tail.Length - 1)] = record;
        _tailCount++;
        TailSize += SizeOf(in record);
    }

    /// <summary>Records below <paramref name="floor"/> leave the memory. Under <see cref="Gate"/>.</summary>
    public void DropBelow(long floor, MessagePool pool)
    {
        while (_tailCount > 0 && TailFirst < floor)
        {
            ref var record = ref TailAt(TailFirst);
            TailSize -= SizeOf(in record);
            record.Message.Release(pool);
            record = default;
            TailFirst++;
            _tailCount--;
        }

        if (_tailCount == 0)
        {
            _tail = [];
        }
        else if (_tail.Length > 64 && _tailCount < _tail.Length / 8)
        {
            Resize(_tail.Length / 2);
        }

        for (int i = (_chunks?.Count ?? 0) - 1; i >= 0; i--)
        {
            if (_chunks![i].End <= floor)
            {
                RemoveChunk(_chunks[i], pool);
            }
        }
    }

    /// <summary>True when someone has to fetch the record: nobody has been asked for it yet. Under <see cref="Gate"/>.</summary>
    private bool Ask(long index, int shard)
    {
        _asked ??= [];
        for (int i = 0; i < _asked.Count; i++)
        {
            if (_asked[i].Index == index)
            {
                _asked[i] = (index, _asked[i].Shards | (1UL << shard));
                return false;
            }
        }

        _asked.Add((index, 1UL << shard));
        return true;
    }

    /// <summary>The record was fetched, or is gone: the shards to tell. Under <see cref="Gate"/>.</summary>
    public ulong Answered(long index)
    {
        for (int i = 0; i < _asked!.Count; i++)
        {
            if (_asked[i].Index == index)
            {
                ulong shards = _asked[i].Shards;
                _asked.RemoveAt(i);
                _asked = _asked.Count == 0 ? null : _asked;
                return shards;
            }
        }

        return 0;
    }

    /// <summary>Under <see cref="Gate"/>.</summary>
    public void AddChunk(Chunk chunk) => (_chunks ??= []).Add(chunk);

    /// <summary>Gives up a chunk; false when it is gone already. Under <see cref="Gate"/>.</summary>
    public bool RemoveChunk(Chunk chunk, MessagePool pool)
    {
        if (_chunks is null || !_chunks.Remove(chunk))
        {
            return false;
        }

        foreach (ref readonly var record in chunk.Records.AsSpan())
        {
            record.Message.Release(pool);
        }

        _chunks = _chunks.Count == 0 ? null : _chunks;
        return true;
    }

    private static long SizeOf(in CachedRecord record) => record.Message.Size + 128L;

    private ref CachedRecord TailAt(long index) => ref _tail[index & (_tail.Length - 1)];

    private void Resize(int capacity)
    {
        var resized = new CachedRecord[capacity];
        for (long index = TailFirst; index < TailEnd; index++)
        {
            resized[index & (capacity - 1)] = TailAt(index);
        }

        _tail = resized;
    }
}
