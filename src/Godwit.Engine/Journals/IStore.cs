using Godwit.Engine.Durability;
using Godwit.Engine.Messages;

namespace Godwit.Engine.Journals;

/// <summary>
/// Where journals and durable state live. Loops never wait for it: writes are handed over in batches, one per loop and turn,
/// and take effect in the order of one committer; reads are answered from what the store has at hand, or later.
/// </summary>
public interface IStore
{
    /// <summary>What an acknowledged message survives.</summary>
    DurabilityLevel Level { get; }

    /// <summary>How much it can take at the moment. Read on any loop, for each publish that needs the store.</summary>
    StoreCondition Condition { get; }

    /// <summary>
    /// The sequence up to which commits are whole: in every journal a record at or below it can be read. Read on any loop,
    /// before the journals of a session: the parts of one publish become readable one after the other.
    /// </summary>
    long CommittedSequence { get; }

    /// <summary>
    /// When queues hold something to give up because it has expired or grown too old, in milliseconds of the engine's clock;
    /// <see cref="long.MaxValue"/>: never, or the store sees to it by itself. Read on any loop.
    /// </summary>
    long NextSweepAt => long.MaxValue;

    /// <summary>Gives that up, a slice of it. Called on any loop, from <see cref="NextSweepAt"/> on.</summary>
    void Sweep(long now)
    {
        // The store sees to it by itself.
    }

    /// <summary>Called once before anything else. <paramref name="pool"/> is the store's own, for the references that it gives back; the store serialises its use.</summary>
    void Attach(ICommitSink sink, MessagePool pool);

    /// <summary>Brings back what has survived. Called once, after <see cref="Attach"/> and before any loop runs.</summary>
    void Restore(IRestoreSink sink);

    /// <summary>Called once per journal, before its first use, on any loop; sets <see cref="Journal.StoreState"/>. Writes nothing: a journal that is never appended to leaves no trace.</summary>
    void Open(Journal journal);

    /// <summary>
    /// Hands over the writes of one turn; called on the loop of <see cref="StoreBatch.Shard"/>. True when they are already
    /// committed (the batch then carries indexes and sequences); false when <see cref="ICommitSink.Committed"/> will tell.
    /// Batches commit in the order in which they were submitted, whatever their shard; all operations of a batch commit together.
    /// </summary>
    bool Submit(StoreBatch batch);

    /// <summary>Reads the record at <paramref name="index"/> without waiting, for a session of <paramref name="shard"/>. Called on that shard's loop.</summary>
    ReadStatus TryRead(Journal journal, long index, int shard, out JournalRecord record);
}
