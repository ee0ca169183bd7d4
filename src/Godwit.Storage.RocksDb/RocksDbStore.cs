using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Engine.Messages;
using Godwit.Storage.RocksDb.Committing;
using Godwit.Storage.RocksDb.Reading;
using Godwit.Storage.RocksDb.Recovery;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb;

/// <summary>
/// The engine's store on RocksDB, in a directory of its own. One thread commits what all loops have written since its last
/// commit, with one sync; another reads for clients that lag.
/// </summary>
public sealed class RocksDbStore : IStore, IDisposable
{
    private readonly RocksDbStoreOptions _options;
    private readonly RocksDbTables _tables;
    private readonly SpaceWatch _space;
    private readonly Committer _committer;
    private readonly QueueTotals? _totals;
    private readonly Lock _disposeGate = new();
    private CommitThread? _commits;
    private ReadThread? _reads;
    private SpaceReclaimer? _reclaimer;
    private bool _isDisposed;

    private RocksDbStore(RocksDbStoreOptions options, RocksDbTables tables)
    {
        _options = options;
        _tables = tables;
        _space = new SpaceWatch(options.FreeBytes ?? FreeBytesOf(tables.Directory), options.FreeBytesMin);
        var guarantee = options.Level == DurabilityLevel.Fsync ? WriteGuarantee.Fsync : WriteGuarantee.Os;
        bool isLimited = options.QueuedMessagesMax != long.MaxValue || options.QueuedBytesMax != long.MaxValue;
        _totals = isLimited ? new QueueTotals(options.QueuedMessagesMax, options.QueuedBytesMax) : null;
        _committer = new Committer(tables, options.Clock, guarantee, options.LatestBytesMax, totals: _totals);
    }

    /// <inheritdoc/>
    public DurabilityLevel Level => _options.Level;

    /// <summary>The directory, as a full path.</summary>
    public string Directory => _tables.Directory;

    /// <inheritdoc/>
    public long CommittedSequence => _committer.CommittedSequence;

    /// <inheritdoc/>
    public StoreCondition Condition => _space.IsFull || _totals is { IsFull: true } ? StoreCondition.Full : _commits is { IsBusy: true } ? StoreCondition.Busy : StoreCondition.Ready;

    private CommitThread Commits => _commits ?? throw new InvalidOperationException("The store is not attached to an engine.");

    /// <summary>Opens the store, or makes one. The directory is this process's alone until <see cref="Dispose"/>.</summary>
    /// <exception cref="StoreException">The directory cannot be used, another process uses it, or what is in it is damaged or newer than this build.</exception>
    public static RocksDbStore Open(RocksDbStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Level is not (DurabilityLevel.Os or DurabilityLevel.Fsync))
        {
            throw new ArgumentException($"A store on disk keeps level os or fsync, not {options.Level}.", nameof(options));
        }

        var tables = RocksDbTables.Open(options.Directory, new TablesOptions { CutDamagedLog = LevelMark.AllowsCut(options.Directory) });
        try
        {
            StoreFormat.Read(tables);
            LevelMark.Write(tables.Directory, options.Level);
            ReportOpened(options, tables);
            return new RocksDbStore(options, tables);
        }
        catch
        {
            tables.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Attach(ICommitSink sink, MessagePool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        _reclaimer = new SpaceReclaimer(_tables.Flush, sink.Failed);
        _commits = new CommitThread(_committer, sink, pool, _space, _reclaimer, _options.WaitingBytesMax, _options.Report, _totals);
        var readPool = pool.Fork();
        _reads = new ReadThread(() => new RecordFetcher(_tables, _options.Clock, readPool, sink, _options.ReadBytesMax, _options.Report), sink);
    }

    /// <inheritdoc/>
    public void Restore(IRestoreSink sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        long epoch = StoreFormat.Begin(_tables);
        _committer.StartAt(epoch << IRestoreSink.EpochShift);
        new StoreLoader(_tables, _options.Clock, Commits.Pool, _committer).Load(sink, epoch);
        Commits.Start();
        _reads!.Start();
    }

    /// <inheritdoc/>
    public void Open(Journal journal)
    {
        ArgumentNullException.ThrowIfNull(journal);
        journal.StoreState = new JournalState(journal);
    }

    /// <inheritdoc/>
    public bool Submit(StoreBatch batch)
    {
        Commits.Submit(batch);
        return false;
    }

    /// <inheritdoc/>
    public ReadStatus TryRead(Journal journal, long index, int shard, out JournalRecord record)
    {
        ArgumentNullException.ThrowIfNull(journal);
        var state = (JournalState)journal.StoreState!;
        var status = state.TryRead(index, shard, out record, out bool isToBeFetched);
        if (isToBeFetched)
        {
            _reads!.Ask(state, index);
        }

        return status;
    }

    /// <summary>Commits what waits, durably, and closes the directory.</summary>
    public void Dispose()
    {
        lock (_disposeGate)
        {
            if (_isDisposed)
            {
                return;
            }

            _isDisposed = true;
        }

        _reads?.Dispose();
        _commits?.Dispose();
        _reclaimer?.Dispose();
        _committer.Dispose();
        _tables.Dispose();
    }

    private static void ReportOpened(RocksDbStoreOptions options, RocksDbTables tables)
    {
        if (tables.LogCut is { } cut)
        {
            options.Report?.Invoke(new StoreEvent(
                StoreEventKind.LogCut,
                cut.CommitsFollow
                    ? $"The log {cut.File} was damaged at byte {cut.Offset}; what followed there was dropped, as the last run kept level os, which does not promise to survive loss of power."
                    : $"The log {cut.File} ended at byte {cut.Offset} in a commit that was not finished; it was dropped, and nothing that was acknowledged can have been in it."));
        }

        options.Report?.Invoke(new StoreEvent(
            StoreEventKind.Opened,
            $"Opened the store in {tables.Directory}: format {StoreFormat.Read(tables) ?? StoreFormat.Current}, run {StoreFormat.ReadEpoch(tables) + 1}."));
    }

    private static Func<long> FreeBytesOf(string directory)
    {
        var drive = new DriveInfo(directory);
        return () => drive.AvailableFreeSpace;
    }
}
