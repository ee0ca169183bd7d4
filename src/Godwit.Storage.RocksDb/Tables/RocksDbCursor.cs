using System.Runtime.InteropServices;
using Godwit.Storage.RocksDb.Native;

namespace Godwit.Storage.RocksDb.Tables;

/// <summary>A cursor over one column family.</summary>
internal sealed unsafe class RocksDbCursor : ITableCursor
{
    private readonly RocksDbTables _tables;
    private readonly NativeHandle _database;
    private readonly Table _table;
    private NativeHandle _options;
    private NativeHandle _iterator;

    // RocksDB keeps pointers to the bounds as long as the iterator lives.
    private byte* _bounds;
    private bool _disposed;

    public RocksDbCursor(RocksDbTables tables, NativeHandle database, Table table)
    {
        _tables = tables;
        _database = database;
        _table = table;
        (_options, _iterator) = Create([], []);
    }

    ~RocksDbCursor() => NativeMemory.Free(_bounds);

    public bool IsValid { get; private set; }

    public ReadOnlySpan<byte> Key => IsValid ? RocksDbNative.GetKey(_iterator.Value).Span : throw NoRecord();

    public ReadOnlySpan<byte> Value => IsValid ? RocksDbNative.GetValue(_iterator.Value).Span : throw NoRecord();

    public void Refresh()
    {
        IsValid = false;
        byte* error = null;
        RocksDbNative.RefreshIterator(Iterator(), &error);
        _tables.ThrowIfAny(error, Action);
    }

    public void Bound(ReadOnlySpan<byte> from, ReadOnlySpan<byte> end)
    {
        IsValid = false;
        _ = Iterator();
        Release();
        (_options, _iterator) = Create(from, end);
    }

    public bool Seek(ReadOnlySpan<byte> key)
    {
        fixed (byte* pointer = key)
        {
            RocksDbNative.Seek(Iterator(), pointer, (nuint)key.Length);
        }

        return Landed();
    }

    public bool SeekForPrevious(ReadOnlySpan<byte> key)
    {
        fixed (byte* pointer = key)
        {
            RocksDbNative.SeekForPrevious(Iterator(), pointer, (nuint)key.Length);
        }

        return Landed();
    }

    public bool SeekToFirst()
    {
        RocksDbNative.SeekToFirst(Iterator());
        return Landed();
    }

    public bool MoveNext()
    {
        if (!IsValid)
        {
            throw NoRecord();
        }

        RocksDbNative.MoveNext(Iterator());
        return Landed();
    }

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            IsValid = false;
            Release();
            GC.SuppressFinalize(this);
        }
    }

    private string Action => $"read its table {TableNames.Of(_table)}";

    private static InvalidOperationException NoRecord() => new("The cursor stands on no record.");

    private nint Iterator()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _iterator.Value;
    }

    private bool Landed()
    {
        if (RocksDbNative.IsValid(_iterator.Value) != 0)
        {
            return IsValid = true;
        }

        IsValid = false;
        byte* error = null;
        RocksDbNative.GetIteratorError(_iterator.Value, &error);
        _tables.ThrowIfAny(error, Action);
        return false;
    }

    private (NativeHandle Options, NativeHandle Iterator) Create(ReadOnlySpan<byte> from, ReadOnlySpan<byte> end)
    {
        var options = new NativeHandle(RocksDbNative.CreateReadOptions(), &RocksDbNative.DestroyReadOptions, _database);
        // Files that only this cursor kept are deleted by a background thread, not by the reader.
        RocksDbNative.SetBackgroundPurge(options.Value, 1);
        if (from.Length + end.Length > 0)
        {
            _bounds = (byte*)NativeMemory.Alloc((nuint)(from.Length + end.Length));
            from.CopyTo(new Span<byte>(_bounds, from.Length));
            end.CopyTo(new Span<byte>(_bounds + from.Length, end.Length));
            if (from.Length > 0)
            {
                RocksDbNative.SetLowerBound(options.Value, _bounds, (nuint)from.Length);
            }

            if (end.Length > 0)
            {
                RocksDbNative.SetUpperBound(options.Value, _bounds + from.Length, (nuint)end.Length);
            }
        }

        var iterator = RocksDbNative.CreateIterator(_database.Value, options.Value, _tables.Family(_table));
        return (options, new NativeHandle(iterator, &RocksDbNative.DestroyIterator, options));
    }

    private void Release()
    {
        _iterator.Dispose();
        _options.Dispose();
        NativeMemory.Free(_bounds);
        _bounds = null;
    }
}
