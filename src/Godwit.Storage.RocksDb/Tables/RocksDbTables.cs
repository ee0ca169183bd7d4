using System.Buffers;
using System.Runtime.InteropServices;
using Godwit.Storage.RocksDb.Native;

namespace Godwit.Storage.RocksDb.Tables;

/// <summary>Tables on disk: one RocksDB database in one directory, one column family per table.</summary>
internal sealed unsafe class RocksDbTables : IRecordTables
{
    private const byte SizesOfFilesAndMemory = 3;
    private const int ValueSizeHint = 512;
    private readonly DirectoryLock _lock;
    private readonly OpenedDatabase _opened;
    private readonly NativeHandle _syncWrites;
    private readonly NativeHandle _plainWrites;
    private readonly NativeHandle _reads;
    private volatile bool _disposed;

    private RocksDbTables(string directory, DirectoryLock directoryLock, OpenedDatabase opened, LogDamage? logCut)
    {
        Directory = directory;
        LogCut = logCut;
        _lock = directoryLock;
        _opened = opened;
        var database = opened.Database;
        _syncWrites = new NativeHandle(RocksDbNative.CreateWriteOptions(), &RocksDbNative.DestroyWriteOptions, database);
        RocksDbNative.SetSync(_syncWrites.Value, 1);
        _plainWrites = new NativeHandle(RocksDbNative.CreateWriteOptions(), &RocksDbNative.DestroyWriteOptions, database);
        _reads = new NativeHandle(RocksDbNative.CreateReadOptions(), &RocksDbNative.DestroyReadOptions, database);
    }

    /// <summary>The directory, as a full path.</summary>
    public string Directory { get; }

    /// <summary>The end of the log that the opening dropped, if it did: torn by a loss of power, or cut as asked for.</summary>
    public LogDamage? LogCut { get; }

    /// <summary>Opens the tables in <paramref name="directory"/>, or creates them there.</summary>
    /// <exception cref="StoreException">The directory cannot be used, another process uses it, or what is in it is damaged.</exception>
    public static RocksDbTables Open(string directory, TablesOptions? options = null)
    {
        options ??= new TablesOptions();
        directory = StoreDirectory.Prepare(directory);
        var directoryLock = DirectoryLock.Acquire(directory);
        try
        {
            StoreDirectory.ThrowIfForeign(directory);

            // RocksDB by itself either drops everything behind the first damage of a log (point in time) or reports a torn
            // last record as corruption where the kernel wrote its pages out of order (tolerate corrupted tail), and reads
            // on behind a page of zeros. So the logs are judged first: a torn end that no commit follows cannot hold
            // anything acknowledged and is dropped; damage that commits follow is an error.
            var damage = LogScan.FindDamage(directory, acrossLogs: options.CutDamagedLog);
            if (damage is { CommitsFollow: true } && !options.CutDamagedLog)
            {
                throw new StoreException(
                    $"The log {damage.File} of the store is damaged at byte {damage.Offset}, and commits follow the damage: acknowledged messages are lost. "
                    + $"Keep a copy of {directory}, run `godwit-server store check --data {directory}` to see what is left, and restore a backup.",
                    StoreFault.Corruption);
            }

            var mode = damage is null ? RocksDbNative.RecoveryTolerateCorruptedTail : RocksDbNative.RecoveryPointInTime;
            using var native = new NativeOptions(options, mode);
            var database = OpenDatabase(directory, native, [StoreDirectory.DefaultFamily, .. TableNames.All]);
            return new RocksDbTables(directory, directoryLock, database, damage);
        }
        catch
        {
            directoryLock.Dispose();
            throw;
        }
    }

    public IWriteSet CreateWriteSet()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return new RocksDbWriteSet(this);
    }

    public void Commit(IWriteSet writes, WriteGuarantee guarantee)
    {
        byte* error = null;
        var options = guarantee == WriteGuarantee.Fsync ? _syncWrites : _plainWrites;
        RocksDbNative.Write(Database.Value, options.Value, ((RocksDbWriteSet)writes).Batch, &error);
        ThrowIfAny(error, "write its log");
    }

    public bool TryGet(Table table, ReadOnlySpan<byte> key, IBufferWriter<byte> value)
    {
        var database = Database.Value;
        var family = Family(table);
        fixed (byte* keyPointer = key)
        {
            // A value that does not fit is asked for again; it may have grown in between.
            for (var hint = ValueSizeHint; ;)
            {
                var span = value.GetSpan(hint);
                nuint length;
                byte found, fits;
                byte* error = null;
                fixed (byte* buffer = span)
                {
                    fits = RocksDbNative.GetIntoBuffer(database, _reads.Value, family, keyPointer, (nuint)key.Length, buffer, (nuint)span.Length, &length, &found, &error);
                }

                ThrowIfAny(error, $"read its table {TableNames.Of(table)}");
                if (found == 0)
                {
                    return false;
                }

                if (fits != 0)
                {
                    value.Advance((int)length);
                    return true;
                }

                hint = checked((int)length);
            }
        }
    }

    public ITableCursor OpenCursor(Table table) => new RocksDbCursor(this, Database, table);

    /// <summary>Writes all tables out to files, so that the next start has no log to read.</summary>
    public void Flush()
    {
        var families = stackalloc nint[TableNames.Count];
        for (var i = 0; i < TableNames.Count; i++)
        {
            families[i] = Family((Table)i);
        }

        using var options = new NativeHandle(RocksDbNative.CreateFlushOptions(), &RocksDbNative.DestroyFlushOptions);
        byte* error = null;
        RocksDbNative.Flush(Database.Value, options.Value, families, TableNames.Count, &error);
        ThrowIfAny(error, "write its tables out");
    }

    /// <summary>Rewrites a whole table, so that the space of all deleted records is given back. Takes as long as reading and writing it.</summary>
    public void CompactRange(Table table)
    {
        using var options = new NativeHandle(RocksDbNative.CreateCompactOptions(), &RocksDbNative.DestroyCompactOptions);
        RocksDbNative.SetExclusiveManualCompaction(options.Value, 0);
        RocksDbNative.SetBottommostLevelCompaction(options.Value, RocksDbNative.BottommostForce);
        RocksDbNative.CompactRange(Database.Value, Family(table), options.Value, null, 0, null, 0);
    }

    /// <summary>A figure or text of RocksDB about the whole database, such as <c>rocksdb.background-errors</c>; null when it has none of that name.</summary>
    public string? GetProperty(string name)
    {
        fixed (byte* pointer = NativeText.Of(name))
        {
            return TakeText(RocksDbNative.GetProperty(Database.Value, pointer));
        }
    }

    /// <summary>A figure or text of RocksDB about one table, such as <c>rocksdb.estimate-num-keys</c>; null when it has none of that name.</summary>
    public string? GetProperty(Table table, string name)
    {
        fixed (byte* pointer = NativeText.Of(name))
        {
            return TakeText(RocksDbNative.GetFamilyProperty(Database.Value, Family(table), pointer));
        }
    }

    /// <summary>About how many bytes the records of a table take, on disk and in memory, deleted ones included until they are compacted away.</summary>
    public long ApproximateSize(Table table)
    {
        // No key of ours is longer, and none starts with 255 that often.
        var last = stackalloc byte[64];
        new Span<byte>(last, 64).Fill(255);
        byte* first = null;
        nuint firstLength = 0, lastLength = 64;
        ulong size;
        byte* error = null;
        RocksDbNative.GetApproximateSizes(Database.Value, Family(table), 1, &first, &firstLength, &last, &lastLength, SizesOfFilesAndMemory, &size, &error);
        ThrowIfAny(error, $"tell the size of its table {TableNames.Of(table)}");
        return (long)size;
    }

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _reads.Dispose();
        _plainWrites.Dispose();
        _syncWrites.Dispose();
        _opened.Dispose();
        _lock.Dispose();
    }

    internal nint Family(Table table)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);

        // The first is RocksDB's default one, which stays empty.
        return _opened.Families[(int)table + 1].Value;
    }

    internal void ThrowIfAny(byte* error, string action) => NativeError.ThrowIfAny(error, Directory, action);

    private NativeHandle Database
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _opened.Database;
        }
    }

    private static string? TakeText(byte* text) => text is null ? null : NativeError.Take(text);

    /// <summary>Opens a database with these column families; the first is the default one.</summary>
    internal static OpenedDatabase OpenDatabase(string directory, NativeOptions options, ReadOnlySpan<string> families)
    {
        var count = families.Length;
        var handles = new nint[count];
        var texts = new GCHandle[count];
        var names = stackalloc byte*[count];
        var familyOptions = stackalloc nint[count];
        try
        {
            for (var i = 0; i < count; i++)
            {
                texts[i] = GCHandle.Alloc(NativeText.Of(families[i]), GCHandleType.Pinned);
                names[i] = (byte*)texts[i].AddrOfPinnedObject();
                familyOptions[i] = families[i] == TableNames.Of(Table.Entries) ? options.Entries : options.Others;
            }

            byte* error = null;
            fixed (byte* path = NativeText.Of(directory))
            fixed (nint* first = handles)
            {
                var value = RocksDbNative.OpenColumnFamilies(options.Others, path, count, names, familyOptions, first, &error);
                NativeError.ThrowIfAny(error, directory, "be opened");
                var database = new NativeHandle(value, &RocksDbNative.Close);
                return new OpenedDatabase(database, [.. handles.Select(handle => NewFamily(handle, database))]);
            }
        }
        finally
        {
            foreach (var text in texts)
            {
                if (text.IsAllocated)
                {
                    text.Free();
                }
            }
        }
    }

    private static NativeHandle NewFamily(nint handle, NativeHandle database) => new(handle, &RocksDbNative.DestroyColumnFamily, database);

    /// <summary>An open database and its column families, in the order of their names.</summary>
    internal sealed record OpenedDatabase(NativeHandle Database, NativeHandle[] Families) : IDisposable
    {
        public void Dispose()
        {
            foreach (var family in Families)
            {
                family.Dispose();
            }

            Database.Dispose();
        }
    }
}
