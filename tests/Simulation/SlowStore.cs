using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Engine.Messages;

namespace Godwit.Simulation;

/// <summary>The store of a run: commits and answers late, in the order that the port promises.</summary>
internal sealed class SlowStore(StorePlan plan, DiskSpace space, Agenda agenda, Chance chance) : IStore
{
    private readonly MemoryStore _inner = new();
    private readonly HashSet<(int Shard, Journal Journal)> _asked = [];
    private long _lastCommit = -1;
    private ICommitSink _sink = null!;

    // What a crash would leave is not looked at here, but everything waits for it as though it were.
    public DurabilityLevel Level => DurabilityLevel.Fsync;

    public StoreCondition Condition => space.IsFull ? StoreCondition.Full : StoreCondition.Ready;

    public long CommittedSequence => _inner.CommittedSequence;

    public long NextSweepAt => _inner.NextSweepAt;

    public void Sweep(long now) => _inner.Sweep(now);

    public void Attach(ICommitSink sink, MessagePool pool)
    {
        _sink = sink;
        _inner.Attach(sink, pool);
    }

    public void Restore(IRestoreSink sink) => _inner.Restore(sink);

    public void Open(Journal journal) => _inner.Open(journal);

    public bool Submit(StoreBatch batch)
    {
        if (plan.CommitDelayMax == 0 || (_lastCommit < agenda.Now && chance.Percent(30)))
        {
            return _inner.Submit(batch);
        }

        // One committer: batches commit in their order, often several at once.
        long at = Math.Max(agenda.Now + chance.Between(1, plan.CommitDelayMax), _lastCommit);
        _lastCommit = at;
        agenda.At(at, () =>
        {
            _inner.Submit(batch);
            _sink.Committed(batch);
        });
        return false;
    }

    public ReadStatus TryRead(Journal journal, long index, int shard, out JournalRecord record)
    {
        if (plan.LateReadPercent > 0 && !_asked.Remove((shard, journal)) && chance.Percent(plan.LateReadPercent))
        {
            _asked.Add((shard, journal));
            agenda.After(chance.Between(1, 20), () => _sink.ReadReady(shard, journal));
            record = default;
            return ReadStatus.Pending;
        }

        return _inner.TryRead(journal, index, shard, out record);
    }
}
