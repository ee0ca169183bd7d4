namespace Godwit.Engine.Subscriptions;

/// <summary>
/// The named children of a trie node: open addressing, at most half full. While there is room a writer adds in place by one
/// reference write; growing and removing build a new table beside the old one. So a node with a million children costs a
/// publish one probe and a subscribe no copy of a million references.
/// </summary>
internal sealed class LevelTable
{
    public static readonly LevelTable Empty = new(new WildcardTrie.Node?[1]);

    private readonly WildcardTrie.Node?[] _slots;
    private int _removed;

    private LevelTable(WildcardTrie.Node?[] slots) => _slots = slots;

    private static readonly WildcardTrie.Node Tombstone = new([], 0, parent: null);

    public int Count { get; private set; }

    public WildcardTrie.Node? Find(ReadOnlySpan<byte> level, ulong hash)
    {
        var slots = _slots;
        int mask = slots.Length - 1;
        int slot = (int)hash & mask;
        while (Volatile.Read(ref slots[slot]) is { } node)
        {
            if (node.Hash == hash && level.SequenceEqual(node.Level) && !ReferenceEquals(node, Tombstone))
            {
                return node;
            }

            slot = (slot + 1) & mask;
        }

        return null;
    }

    public LevelTable With(WildcardTrie.Node node)
    {
        var table = (Count + _removed + 1) * 2 > _slots.Length ? Rebuilt(Count + 1) : this;
        table.Insert(node);
        return table;
    }

    public LevelTable Without(WildcardTrie.Node node)
    {
        if (Count == 1)
        {
            return Empty;
        }

        int mask = _slots.Length - 1;
        int slot = (int)node.Hash & mask;
        while (!ReferenceEquals(_slots[slot], node))
        {
            slot = (slot + 1) & mask;
        }

        Volatile.Write(ref _slots[slot], Tombstone);
        Count--;
        _removed++;
        return Count * 8 < _slots.Length ? Rebuilt(Count) : this;
    }

    private LevelTable Rebuilt(int count)
    {
        int size = 2;
        while (size < count * 2)
        {
            size *= 2;
        }

        var table = new LevelTable(new WildcardTrie.Node?[size]);
        foreach (var node in _slots)
        {
            if (node is not null && !ReferenceEquals(node, Tombstone))
            {
                table.Insert(node);
            }
        }

        return table;
    }

    private void Insert(WildcardTrie.Node node)
    {
        int mask = _slots.Length - 1;
        int slot = (int)node.Hash & mask;
        while (_slots[slot] is not null)
        {
            slot = (slot + 1) & mask;
        }

        Volatile.Write(ref _slots[slot], node);
        Count++;
    }
}
