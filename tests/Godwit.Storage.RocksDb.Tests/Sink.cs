using System.Collections.Concurrent;
using Godwit.Engine.Durability;
using Godwit.Engine.Journals;

namespace Godwit.Storage.RocksDb.Tests;

/// <summary>An engine that only notes what it is told.</summary>
internal sealed class Sink : ICommitSink
{
    public ConcurrentQueue<StoreBatch> CommittedBatches { get; } = new();

    public ConcurrentQueue<Exception> Failures { get; } = new();

    public List<RetainedChange> Retained { get; } = [];

    public int ReliefCount { get; private set; }

    public List<(int Shard, Journal Journal)> Ready { get; } = [];

    public void Committed(StoreBatch batch) => CommittedBatches.Enqueue(batch);

    public void ReadReady(int shard, Journal journal) => Ready.Add((shard, journal));

    public void TakeRetainedChanges(List<RetainedChange> changes)
    {
        changes.AddRange(Retained);
        Retained.Clear();
    }

    public void Failed(Exception error) => Failures.Enqueue(error);

    public void Relieved() => ReliefCount++;
}
