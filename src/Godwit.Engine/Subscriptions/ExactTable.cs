namespace Godwit.Engine.Subscriptions;

/// <summary>
/// Filters without wildcards, keyed by their bytes: open addressing with linear probing, at most half full. A writer
/// publishes an entry by one reference write into a free slot; growing builds a new array beside the old one, so a reader
/// always walks a consistent array.
/// </summary>
internal sealed class ExactTable
{
    // Marks a slot whose entry has left: a probe goes on behind it.
    private static readonly FilterEntry Tombstone = new([], 0, hasWildcards: false);

    private volatile FilterEntry?[] _slots = new FilterEntry?[16];
    private int _used;
    private int _live;

    public FilterEntry? Find(ReadOnlySpan<byte> filter, ulong hash)
    {
        var slots = _slots;
        int mask = slots.Length - 1;
        int slot = (int)hash & mask;
        while (Volatile.Read(ref slots[slot]) is { } entry)
        {
            if (entry.Hash == hash && filter.SequenceEqual(entry.Filter) && !ReferenceEquals(entry, Tombstone))
            {
                return entry;
            }

            slot = (slot + 1) & mask;
        }

        return null;
    }

    public void Add(FilterEntry entry)
    {
        if ((_used + 1) * 2 > _slots.Length)
        {
            Rebuild();
        }

        Insert(_slots, entry);
        _used++;
        _live++;
    }

    public void Remove(FilterEntry entry)
    {
        int mask = _slots.Length - 1;
        int slot = (int)entry.Hash & mask;
        while (!ReferenceEquals(_slots[slot], entry))
        {
            slot = (slot + 1) & mask;
        }

        Volatile.Write(ref _slots[slot], Tombstone);
        _live--;
    }

    private static void Insert(FilterEntry?[] slots, FilterEntry entry)
    {
        int mask = slots.Length - 1;
        int slot = (int)entry.Hash & mask;
        while (slots[slot] is not null)
        {
            slot = (slot + 1) & mask;
        }

        Volatile.Write(ref slots[slot], entry);
    }

    private void Rebuild()
    {
        int size = 16;
        while (size < (_live + 1) * 4)
        {
            size *= 2;
        }

        var slots = new FilterEntry?[size];
        foreach (var entry in _slots)
        {
            if (entry is not null && !ReferenceEquals(entry, Tombstone))
            {
                Insert(slots, entry);
            }
        }

        _used = _live;
        _slots = slots;
    }
}
