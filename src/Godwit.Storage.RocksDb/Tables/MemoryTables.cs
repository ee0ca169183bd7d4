using System.Buffers;
using System.Collections.Immutable;

namespace Godwit.Storage.RocksDb.Tables;

/// <summary>
/// Tables in memory on a <see cref="MemoryDisk"/>, for tests and for the simulator. Every state is a persistent tree, so a
/// cursor's view costs nothing. Stricter than the real tables: a <see cref="IWriteSet.DeleteOnce"/> of a key that was put
/// more than once is a bug in the caller and throws.
/// </summary>
internal sealed class MemoryTables : IRecordTables
{
    private readonly MemoryDisk _disk;
    private volatile ImmutableSortedSet<MemoryRecord>[] _state;
    private volatile bool _disposed;
    private volatile bool _dead;

    public MemoryTables(MemoryDisk? disk = null)
    {
        _disk = disk ?? new MemoryDisk();
        _state = _disk.Attach(this);
    }

    /// <summary>The disk below.</summary>
    public MemoryDisk Disk => _disk;

    public IWriteSet CreateWriteSet() => new MemoryWriteSet();

    public void Commit(IWriteSet writes, WriteGuarantee guarantee)
    {
        ThrowWhenGone();
        if (_disk.Refusal is { } fault)
        {
            throw new StoreException($"The disk in memory refuses to write ({fault}), as it was told to.", fault);
        }

        var state = _state.ToArray();
        ((MemoryWriteSet)writes).ApplyTo(state);
        _disk.Written(state, guarantee);
        _state = state;
    }

    public bool TryGet(Table table, ReadOnlySpan<byte> key, IBufferWriter<byte> value)
    {
        ThrowWhenGone();
        if (!_state[(int)table].TryGetValue(MemoryRecord.Probe(key), out var record))
        {
            return false;
        }

        value.Write(record.Value);
        return true;
    }

    public ITableCursor OpenCursor(Table table)
    {
        ThrowWhenGone();
        return new MemoryCursor(this, table);
    }

    public void Dispose()
    {
        _disposed = true;
        _disk.Detach(this);
    }

    internal void Die() => _dead = true;

    internal ImmutableSortedSet<MemoryRecord> View(Table table)
    {
        ThrowWhenGone();
        return _state[(int)table];
    }

    internal void ThrowWhenGone()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_dead)
        {
            throw new StoreException("The process that had these tables open has crashed; open them again.");
        }
    }
}
