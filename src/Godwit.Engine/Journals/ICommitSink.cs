using Godwit.Engine.Durability;

namespace Godwit.Engine.Journals;

/// <summary>The engine as the store sees it. May be called from any thread.</summary>
public interface ICommitSink
{
    /// <summary><paramref name="batch"/> is committed at the store's durability level.</summary>
    void Committed(StoreBatch batch);

    /// <summary>What <see cref="IStore.TryRead"/> reported as pending for <paramref name="shard"/> can be read now.</summary>
    void ReadReady(int shard, Journal journal);

    /// <summary>Adds to <paramref name="changes"/> the latest change of each topic whose retained message has changed since the last call, and forgets them.</summary>
    void TakeRetainedChanges(List<RetainedChange> changes);

    /// <summary>The store can do nothing any more: nothing will be acknowledged, and the broker has to end.</summary>
    void Failed(Exception error);

    /// <summary><see cref="IStore.Condition"/> has become better.</summary>
    void Relieved();
}
