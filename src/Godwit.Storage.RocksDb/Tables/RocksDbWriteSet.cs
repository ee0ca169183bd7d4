using Godwit.Storage.RocksDb.Native;

namespace Godwit.Storage.RocksDb.Tables;

/// <summary>The writes of a commit, in RocksDB's own format from the start.</summary>
internal sealed unsafe class RocksDbWriteSet : IWriteSet
{
    private readonly RocksDbTables _tables;
    private readonly NativeHandle _batch;

    public RocksDbWriteSet(RocksDbTables tables)
    {
        _tables = tables;
        _batch = new NativeHandle(RocksDbNative.CreateBatch(), &RocksDbNative.DestroyBatch);
    }

    public int Count => RocksDbNative.CountBatch(Batch);

    public long Size
    {
        get
        {
            nuint length;
            RocksDbNative.GetBatchData(Batch, &length);
            return (long)length;
        }
    }

    internal nint Batch
    {
        get
        {
            ObjectDisposedException.ThrowIf(_batch.IsClosed, this);
            return _batch.Value;
        }
    }

    public void Put(Table table, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        fixed (byte* keyPointer = key, valuePointer = value)
        {
            RocksDbNative.BatchPut(Batch, _tables.Family(table), keyPointer, (nuint)key.Length, valuePointer, (nuint)value.Length);
        }
    }

    public void Delete(Table table, ReadOnlySpan<byte> key)
    {
        fixed (byte* pointer = key)
        {
            RocksDbNative.BatchDelete(Batch, _tables.Family(table), pointer, (nuint)key.Length);
        }
    }

    public void DeleteOnce(Table table, ReadOnlySpan<byte> key)
    {
        fixed (byte* pointer = key)
        {
            RocksDbNative.BatchSingleDelete(Batch, _tables.Family(table), pointer, (nuint)key.Length);
        }
    }

    public void DeleteRange(Table table, ReadOnlySpan<byte> from, ReadOnlySpan<byte> end)
    {
        fixed (byte* fromPointer = from, endPointer = end)
        {
            RocksDbNative.BatchDeleteRange(Batch, _tables.Family(table), fromPointer, (nuint)from.Length, endPointer, (nuint)end.Length);
        }
    }

    public void Clear() => RocksDbNative.ClearBatch(Batch);

    public void Dispose() => _batch.Dispose();
}
