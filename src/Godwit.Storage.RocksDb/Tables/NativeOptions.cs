using Godwit.Storage.RocksDb.Native;

namespace Godwit.Storage.RocksDb.Tables;

/// <summary>RocksDB's options for our tables. They live until the database is open.</summary>
internal sealed unsafe class NativeOptions : IDisposable
{
    private const int MiB = 1 << 20;
    private const double FilterBitsPerKey = 10;
    private const int EntriesTtlSeconds = 600;
    private readonly NativeHandle _entries;
    private readonly NativeHandle _others;

    public NativeOptions(TablesOptions options, int recoveryMode)
    {
        var cache = RocksDbNative.CreateCache((nuint)options.BlockCacheBytes);
        _others = Create(options, recoveryMode, cache);
        _entries = Create(options, recoveryMode, cache);

        // Journals are appended at their ends and deleted at their beginnings, mostly while still in memory. Larger buffers
        // let more of it die there.
        RocksDbNative.SetWriteBufferSize(_entries.Value, 16 * MiB);
        RocksDbNative.SetMaxWriteBufferNumber(_entries.Value, 4);
        RocksDbNative.SetTargetFileSize(_entries.Value, 16 * MiB);
        RocksDbNative.SetMaxBytesForLevelBase(_entries.Value, 64 * MiB);

        // What died on disk is given back when a compaction meets it. Files move down after ten minutes at the latest, so
        // that the deletions in them reach the records; files full of deletions are compacted at once.
        RocksDbNative.SetTtl(_entries.Value, EntriesTtlSeconds);
        RocksDbNative.AddCompactOnDeletion(_entries.Value, 4096, 2048);

        // Every read looks through all range deletions in memory: write them out before they are many.
        RocksDbNative.SetMemtableMaxRangeDeletions(_entries.Value, 2000);
        RocksDbNative.DestroyCache(cache);
    }

    /// <summary>For <see cref="Table.Entries"/>.</summary>
    public nint Entries => _entries.Value;

    /// <summary>For the database and all other tables.</summary>
    public nint Others => _others.Value;

    public void Dispose()
    {
        _entries.Dispose();
        _others.Dispose();
    }

    private static NativeHandle Create(TablesOptions options, int recoveryMode, nint cache)
    {
        var handle = new NativeHandle(RocksDbNative.CreateOptions(), &RocksDbNative.DestroyOptions);
        var native = handle.Value;
        RocksDbNative.SetCreateIfMissing(native, 1);
        RocksDbNative.SetCreateMissingColumnFamilies(native, 1);
        RocksDbNative.SetParanoidChecks(native, 1);

        // The manifest names the closed logs and how long they are: a lost or shortened one is found at the start.
        RocksDbNative.SetTrackAndVerifyWals(native, 1);
        RocksDbNative.SetWalRecoveryMode(native, recoveryMode);

        RocksDbNative.SetDatabaseWriteBufferSize(native, (nuint)options.WriteBufferBytes);
        RocksDbNative.SetWriteBufferSize(native, 4 * MiB);
        RocksDbNative.SetMaxWriteBufferNumber(native, 3);
        RocksDbNative.SetMaxTotalWalSize(native, (ulong)options.LogBytesMax);
        RocksDbNative.SetTargetFileSize(native, 8 * MiB);
        RocksDbNative.SetMaxBytesForLevelBase(native, 32 * MiB);
        RocksDbNative.SetMaxOpenFiles(native, options.OpenFilesMax);
        RocksDbNative.SetMaxFileOpeningThreads(native, 2);
        RocksDbNative.SetMaxBackgroundJobs(native, 2);

        // Table files are pushed to the disk as they are written, so that a commit's sync does not wait behind a whole file.
        RocksDbNative.SetBytesPerSync(native, MiB);

        RocksDbNative.SetKeepLogFileNumber(native, 3);
        RocksDbNative.SetMaxLogFileSize(native, MiB);
        RocksDbNative.SetInfoLogLevel(native, RocksDbNative.LogLevelWarn);
        RocksDbNative.SetMaxManifestFileSize(native, 16 * MiB);
        RocksDbNative.SetStatsDumpPeriod(native, 0);
        RocksDbNative.SetStatsPersistPeriod(native, 0);
        RocksDbNative.SetSkipStatsUpdateOnOpen(native, 1);

        // All native libraries of the package have LZ4. The upper levels are short-lived and stay as they are.
        RocksDbNative.SetCompression(native, RocksDbNative.CompressionLz4);
        RocksDbNative.SetMinLevelToCompress(native, 2);

        // A key that was deleted once but put twice is our bug; the tables in memory find it in tests. Here it must not stop
        // the compaction of a store that is otherwise well.
        RocksDbNative.SetEnforceSingleDeleteContracts(native, 0);

        var format = RocksDbNative.CreateTableOptions();
        RocksDbNative.SetBlockCache(format, cache);
        RocksDbNative.SetBlockSize(format, 8 * 1024);

        // Indexes and filters count against the cache, or ten million queued messages would grow the process.
        RocksDbNative.SetCacheIndexAndFilterBlocks(format, 1);
        RocksDbNative.SetFilterPolicy(format, RocksDbNative.CreateBloomFilter(FilterBitsPerKey));
        RocksDbNative.SetTableFormat(native, format);
        RocksDbNative.DestroyTableOptions(format);
        return handle;
    }
}
