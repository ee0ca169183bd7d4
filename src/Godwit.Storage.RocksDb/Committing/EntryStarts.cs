namespace Godwit.Storage.RocksDb.Committing;

/// <summary>Where the entries of a journal start that are on disk, oldest first: a few, in a ring that exists only while there are some.</summary>
internal struct EntryStarts
{
    /// <summary>A journal with more entries is long, and is trimmed by ranges.</summary>
    private const int CountMax = 32;

    private long[]? _ring;
    private int _first;

    public int Count { get; private set; }

    public readonly long Oldest => _ring![_first];

    /// <summary>The start of the entry behind the oldest; there have to be two.</summary>
    public readonly long Second => _ring![(_first + 1) & (_ring.Length - 1)];

    /// <summary>False when there are too many; then all are forgotten.</summary>
    public bool TryAdd(long start)
    {
        if (Count == CountMax)
        {
            Clear();
            return false;
        }

        if (_ring is null || Count == _ring.Length)
        {
            var larger = new long[Math.Max(2, Count * 2)];
            for (int i = 0; i < Count; i++)
            {
                larger[i] = _ring![(_first + i) & (_ring.Length - 1)];
            }

            _ring = larger;
            _first = 0;
        }

        _ring[(_first + Count++) & (_ring.Length - 1)] = start;
        return true;
    }

    public void RemoveOldest()
    {
        _first = (_first + 1) & (_ring!.Length - 1);
        Count--;
    }

    private void Clear()
    {
        _ring = null;
        _first = 0;
        Count = 0;
    }
}
