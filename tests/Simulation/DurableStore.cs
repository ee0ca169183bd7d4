using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Engine.Messages;
using Godwit.Storage.RocksDb;
using Godwit.Storage.RocksDb.Committing;
using Godwit.Storage.RocksDb.Reading;
using Godwit.Storage.RocksDb.Recovery;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Simulation;

/// <summary>
/// The durable store of one life of the broker: its real committer, fetcher and loader over tables in memory, with the threads
/// around them as a seed schedules them. Dies with the broker; the disk stays.
/// </summary>
#pragma warning disable CA1001 // Dies with its broker, which disposes of nothing.
internal sealed class DurableStore : IStore
#pragma warning restore CA1001
{
    // How long a batch for which nobody waits may be kept back.
    private const int KeptBackMax = 20;
    private const int RetryInterval = 50;

    private readonly StorePlan _plan;
    private readonly MemoryDisk _disk;
    private readonly DiskSpace _space;
    private readonly CrashingTables _tables;
    private readonly SimulatedClock _clock;
    private readonly Agenda _agenda;
    private readonly Chance _chance;
    private readonly Func<CrashPoint, bool> _passes;
    private readonly Committer _committer;
    private readonly List<StoreBatch> _queue = [];
    private ICommitSink _sink = null!;
    private MessagePool _pool = null!;
    private RecordFetcher _fetcher = null!;
    private long _commitAt = Model.Never;
    private long _toldAt;
    private bool _isDead;

    /// <param name="plan">How slow it is.</param>
    /// <param name="disk">What outlives it.</param>
    /// <param name="space">Whether there is room on it.</param>
    /// <param name="clock">The clocks of this life.</param>
    /// <param name="agenda">The time.</param>
    /// <param name="chance">Its chance.</param>
    /// <param name="passes">Asked at each point where the broker may die: false when it has.</param>
    public DurableStore(StorePlan plan, MemoryDisk disk, DiskSpace space, SimulatedClock clock, Agenda agenda, Chance chance, Func<CrashPoint, bool> passes)
    {
        _plan = plan;
        _disk = disk;
        _space = space;
        _clock = clock;
        _agenda = agenda;
        _chance = chance;
        _passes = passes;
        _tables = new CrashingTables(new MemoryTables(disk));
        _committer = new Committer(_tables, clock, plan.Level == DurabilityLevel.Fsync ? WriteGuarantee.Fsync : WriteGuarantee.Os, plan.TailBytesMax, sharedBytesMin: 1);
    }

    public DurabilityLevel Level => _plan.Level;

    public StoreCondition Condition => _space.IsFull ? StoreCondition.Full : StoreCondition.Ready;

    public long CommittedSequence => _committer.CommittedSequence;

    public void Attach(ICommitSink sink, MessagePool pool)
    {
        _sink = sink;
        _pool = pool;
        _fetcher = new RecordFetcher(_tables, _clock, pool.Fork(), sink, _plan.ChunkBytesMax);
    }

    public void Restore(IRestoreSink sink)
    {
        long epoch = StoreFormat.Begin(_tables);
        _committer.StartAt(epoch << IRestoreSink.EpochShift);
        new StoreLoader(_tables, _clock, _pool, _committer).Load(sink, epoch);
        CommitAt(_agenda.Now + _chance.Below(KeptBackMax + 1));
    }

    public void Open(Journal journal) => journal.StoreState = new JournalState(journal);

    public bool Submit(StoreBatch batch)
    {
        _queue.Add(batch);
        long delay = _plan.CommitDelayMax == 0 ? 0 : _chance.Below(_plan.CommitDelayMax + 1);
        long at = _agenda.Now + delay + (batch.IsAwaited ? 0 : _chance.Below(KeptBackMax + 1));
        CommitAt(at);
        _passes(CrashPoint.AfterSubmit);
        return false;
    }

    public ReadStatus TryRead(Journal journal, long index, int shard, out JournalRecord record)
    {
        var state = (JournalState)journal.StoreState!;
        var status = state.TryRead(index, shard, out record, out bool isToBeFetched);
        if (isToBeFetched)
        {
            _agenda.After(_chance.Between(0, 20), () => Fetch(state, index));
        }

        return status;
    }

    /// <summary>The broker dies; of what the disk has not synced a part is lost, and the commit under way is lost or just made it.</summary>
    public void Die()
    {
        if (_isDead)
        {
            return;
        }

        _isDead = true;
        if (_queue.Count > 0 && _chance.Percent(50))
        {
            _tables.SyncsNoMore = true;
            _committer.Commit(_queue.GetRange(0, _chance.Between(1, _queue.Count)), _sink, _pool);
        }

        int unsynced = _disk.UnsyncedCommits;
        _disk.Crash(Level == DurabilityLevel.Fsync ? _chance.Between(0, unsynced) : unsynced);
    }

    private void CommitAt(long at)
    {
        if (at >= _commitAt)
        {
            return;
        }

        _commitAt = at;
        _agenda.At(at, () =>
        {
            if (_commitAt == at)
            {
                Commit();
            }
        });
    }

    private void Fetch(JournalState state, long index)
    {
        if (!_isDead)
        {
            _fetcher.Fetch(state, index);
        }
    }

    // One committer: batches commit in their order, all together that have come since the commit before.
    private void Commit()
    {
        _commitAt = Model.Never;
        if (_isDead)
        {
            return;
        }

        if (_space.RefusesWrites)
        {
            _commitAt = _agenda.Now + RetryInterval;
            _agenda.At(_commitAt, Commit);
            return;
        }

        if (!_passes(CrashPoint.BeforeCommit))
        {
            return;
        }

        var group = _queue.ToArray();
        _queue.Clear();
        _committer.Commit(group, _sink, _pool);
        if (!_passes(CrashPoint.AfterCommit))
        {
            return;
        }

        if (_committer.NextSweepAt is var sweepAt and not long.MaxValue)
        {
            CommitAt(Math.Max(_agenda.Now, _clock.OnAgenda(sweepAt)) + _chance.Below(KeptBackMax + 1));
        }

        foreach (var batch in group)
        {
            _toldAt = Math.Max(_toldAt, _agenda.Now + (_chance.Percent(70) ? 0 : _chance.Between(1, 5)));
            _agenda.At(_toldAt, () =>
            {
                if (!_isDead && _passes(CrashPoint.BeforeNotice))
                {
                    _sink.Committed(batch);
                    _passes(CrashPoint.AfterNotice);
                }
            });
        }
    }
}
