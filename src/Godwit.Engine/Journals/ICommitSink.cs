namespace Godwit.Engine.Journals;

/// <summary>The engine as the store sees it. May be called from any thread.</summary>
public interface ICommitSink
{
    /// <summary><paramref name="batch"/> is committed at the store's durability level.</summary>
    void Committed(StoreBatch batch);

    /// <summary>What <see cref="IStore.TryRead"/> reported as pending for <paramref name="shard"/> can be read now.</summary>
    void ReadReady(int shard, Journal journal);
}
