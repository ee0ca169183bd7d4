using Godwit.Engine.Durability;
using Godwit.Engine.Messages;

namespace Godwit.Engine.Journals;

/// <summary>
/// Journals in memory: everything is committed at once, nothing survives the process. The other operations of a batch need
/// no work here, since the engine's own objects are the only copy.
/// </summary>
/// <param name="totals">Limits of all queues together; null: none.</param>
/// <param name="report">Told, on any loop, when those limits are reached and when there is room again; must not wait. Null: nobody is told.</param>
public sealed class MemoryStore(QueueTotals? totals = null, Action<QueueTotals>? report = null) : IStore
{
    private readonly Lock _commit = new();
    private readonly LogSweeper _sweeper = new();
    private ICommitSink? _sink;
    private MessagePool? _pool;
    private long _sequence;
    private long _committed;

    /// <inheritdoc/>
    public DurabilityLevel Level => DurabilityLevel.Memory;

    /// <inheritdoc/>
    public StoreCondition Condition => totals is { IsFull: true } ? StoreCondition.Full : StoreCondition.Ready;

    /// <inheritdoc/>
    public long CommittedSequence => Volatile.Read(ref _committed);

    private MessagePool Pool => _pool ?? throw new InvalidOperationException("The store is not attached to an engine.");

    /// <inheritdoc/>
    public long NextSweepAt => _sweeper.NextAt;

    /// <inheritdoc/>
    public void Sweep(long now)
    {
        bool hasChanged;
        lock (_commit)
        {
            _sweeper.Sweep(now, Pool);
            hasChanged = totals is not null && totals.Look();
        }

        Tell(hasChanged);
    }

    /// <inheritdoc/>
    public void Attach(ICommitSink sink, MessagePool pool)
    {
        _sink = sink;
        _pool = pool;
    }

    /// <inheritdoc/>
    public void Restore(IRestoreSink sink)
    {
        // Nothing survives.
    }

    /// <inheritdoc/>
    public void Open(Journal journal) => journal.StoreState = IMemoryLog.For(journal, _sweeper, totals);

    /// <inheritdoc/>
    public bool Submit(StoreBatch batch)
    {
        bool hasChanged;

        // One committer: sequences grow in the order of the indexes, in every journal.
        lock (_commit)
        {
            foreach (ref var operation in batch.Operations)
            {
                switch (operation.Kind)
                {
                    case StoreOperationKind.Append:
                        if (!operation.ContinuesPublish)
                        {
                            _sequence++;
                        }

                        operation.Sequence = _sequence;
                        operation.Index = LogOf(operation.Journal!).Append(operation.Message!, _sequence, batch.SubmittedAt, Pool);
                        break;
                    case StoreOperationKind.SubscriptionPut when operation.Journal is { } journal:
                        operation.Index = journal.Horizon;
                        break;
                    case StoreOperationKind.Trim:
                        LogOf(operation.Journal!).Trim(operation.Index, Pool);
                        break;
                    case StoreOperationKind.JournalEnd:
                        LogOf(operation.Journal!).End(Pool);
                        break;
                }
            }

            Volatile.Write(ref _committed, _sequence);
            hasChanged = totals is not null && totals.Look();
        }

        Tell(hasChanged);

        return true;
    }

    /// <inheritdoc/>
    public ReadStatus TryRead(Journal journal, long index, int shard, out JournalRecord record) =>
        LogOf(journal).TryRead(index, out record);

    private void Tell(bool hasChanged)
    {
        if (!hasChanged)
        {
            return;
        }

        report?.Invoke(totals!);
        if (!totals!.IsFull)
        {
            _sink!.Relieved();
        }
    }

    private static IMemoryLog LogOf(Journal journal) => (IMemoryLog)journal.StoreState!;
}
