using System.Collections.Immutable;

namespace Godwit.Storage.RocksDb.Tables;

/// <summary>A cursor over one table of <see cref="MemoryTables"/>.</summary>
internal sealed class MemoryCursor : ITableCursor
{
    private const int Nowhere = -1;
    private readonly MemoryTables _tables;
    private readonly Table _table;
    private ImmutableSortedSet<MemoryRecord> _view;
    private byte[] _from = [];
    private byte[] _end = [];
    private int _index = Nowhere;

    public MemoryCursor(MemoryTables tables, Table table)
    {
        _tables = tables;
        _table = table;
        _view = tables.View(table);
    }

    public bool IsValid => _index >= 0 && _index < _view.Count && IsInside(_view[_index].Key);

    public ReadOnlySpan<byte> Key => Current.Key;

    public ReadOnlySpan<byte> Value => Current.Value;

    private MemoryRecord Current => IsValid ? _view[_index] : throw new InvalidOperationException("The cursor stands on no record.");

    public void Refresh()
    {
        _view = _tables.View(_table);
        _index = Nowhere;
    }

    public void Bound(ReadOnlySpan<byte> from, ReadOnlySpan<byte> end)
    {
        _from = from.ToArray();
        _end = end.ToArray();
        Refresh();
    }

    public bool Seek(ReadOnlySpan<byte> key)
    {
        _tables.ThrowWhenGone();
        _index = FirstFrom(key.SequenceCompareTo(_from) < 0 ? _from : key);
        return IsValid;
    }

    public bool SeekForPrevious(ReadOnlySpan<byte> key)
    {
        _tables.ThrowWhenGone();
        if (_end.Length > 0 && key.SequenceCompareTo(_end) >= 0)
        {
            _index = FirstFrom(_end) - 1;
        }
        else
        {
            var first = FirstFrom(key);
            _index = first < _view.Count && key.SequenceEqual(_view[first].Key) ? first : first - 1;
        }

        return IsValid;
    }

    public bool SeekToFirst() => Seek(_from);

    public bool MoveNext()
    {
        _tables.ThrowWhenGone();
        _ = Current;
        _index++;
        return IsValid;
    }

    public void Dispose() => _index = Nowhere;

    private bool IsInside(byte[] key) =>
        key.AsSpan().SequenceCompareTo(_from) >= 0 && (_end.Length == 0 || key.AsSpan().SequenceCompareTo(_end) < 0);

    private int FirstFrom(ReadOnlySpan<byte> key)
    {
        var index = _view.IndexOf(MemoryRecord.Probe(key));
        return index < 0 ? ~index : index;
    }
}
