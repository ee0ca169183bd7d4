using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Engine.Messages;

namespace Godwit.Engine.Tests;

/// <summary>A store that commits when told to: shows what waits for a commit and what does not.</summary>
internal sealed class HeldStore : IStore
{
    private readonly MemoryStore _inner = new();
    private readonly Queue<StoreBatch> _held = new();
    private readonly List<(int Shard, Journal Journal)> _asked = [];
    private ICommitSink _sink = null!;

    public bool IsHolding { get; set; } = true;

    /// <summary>True: each read is first answered with "later".</summary>
    public bool ReadsLater { get; set; }

    public List<StoreOperationKind> Written { get; } = [];

    public DurabilityLevel Level => DurabilityLevel.Fsync;

    public StoreCondition Condition { get; set; }

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
        foreach (var operation in batch.Operations)
        {
            Written.Add(operation.Kind);
        }

        if (!IsHolding)
        {
            return _inner.Submit(batch);
        }

        _held.Enqueue(batch);
        return false;
    }

    public ReadStatus TryRead(Journal journal, long index, int shard, out JournalRecord record)
    {
        if (ReadsLater && !_asked.Remove((shard, journal)))
        {
            _asked.Add((shard, journal));
            record = default;
            _sink.ReadReady(shard, journal);
            return ReadStatus.Pending;
        }

        return _inner.TryRead(journal, index, shard, out record);
    }

    /// <summary>There is room again, and whoever waits is told.</summary>
    public void Relieve()
    {
        Condition = StoreCondition.Ready;
        _sink.Relieved();
    }

    public void CommitAll()
    {
        while (_held.TryDequeue(out var batch))
        {
            _inner.Submit(batch);
            _sink.Committed(batch);
        }
    }
}
