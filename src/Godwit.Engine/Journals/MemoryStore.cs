using Godwit.Engine.Durability;
using Godwit.Engine.Messages;

namespace Godwit.Engine.Journals;

/// <summary>
/// Journals in memory: everything is committed at once, nothing survives the process. The other operations of a batch need
/// no work here, since the engine's own objects are the only copy.
/// </summary>
public sealed class MemoryStore : IStore
{
    private readonly Lock _commit = new();
    private MessagePool? _pool;
    private long _sequence;
    private long _committed;

    /// <inheritdoc/>
    public DurabilityLevel Level => DurabilityLevel.Memory;

    /// <inheritdoc/>
    public StoreCondition Condition => StoreCondition.Ready;

    /// <inheritdoc/>
    public long CommittedSequence => Volatile.Read(ref _committed);

    private MessagePool Pool => _pool ?? throw new InvalidOperationException("The store is not attached to an engine.");

    /// <inheritdoc/>
    public void Attach(ICommitSink sink, MessagePool pool) => _pool = pool;

    /// <inheritdoc/>
    public void Restore(IRestoreSink sink)
    {
        // Nothing survives.
    }

    /// <inheritdoc/>
    public void Open(Journal journal) => journal.StoreState = IMemoryLog.For(journal);

    /// <inheritdoc/>
    public bool Submit(StoreBatch batch)
    {
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
                        operation.Index = LogOf(operation.Journal!).Append(operation.Message!, _sequence, Pool);
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
        }

        return true;
    }

    /// <inheritdoc/>
    public ReadStatus TryRead(Journal journal, long index, int shard, out JournalRecord record) =>
        LogOf(journal).TryRead(index, out record);

    private static IMemoryLog LogOf(Journal journal) => (IMemoryLog)journal.StoreState!;
}
