using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Engine.Messages;

namespace Godwit.Engine.Tests;

/// <summary>
/// What a crash leaves: sessions, subscriptions, queues, and the places in them, of which some may not have been written. A restart is
/// a new engine that restores from the one it is given.
/// </summary>
internal sealed class DiskStore(DiskStore? before = null) : IStore
{
    private readonly MemoryStore _inner = new();
    private readonly Dictionary<long, StoredSession> _sessions = before is null ? [] : new(before._sessions);
    private readonly Dictionary<(long Session, string Filter), StoredSubscription> _subscriptions = before is null ? [] : new(before._subscriptions);
    private readonly Dictionary<long, (Journal Journal, List<StoredText> Messages)> _journals = [];
    private readonly Dictionary<long, StoredCursor[]> _places = before is null ? [] : new(before._places);
    private MessagePool _pool = null!;
    private long _tickets;

    /// <summary>What the crash took: the places written in this life.</summary>
    public bool LosesPlaces { get; init; }

    /// <summary>Numbers of the sessions of which a place was written.</summary>
    public ICollection<long> Placed => _places.Keys;

    public DurabilityLevel Level => DurabilityLevel.Fsync;

    public StoreCondition Condition => StoreCondition.Ready;

    public long CommittedSequence => _inner.CommittedSequence;

    public long NextSweepAt => _inner.NextSweepAt;

    public void Sweep(long now) => _inner.Sweep(now);

    public void Attach(ICommitSink sink, MessagePool pool)
    {
        _pool = pool;
        _inner.Attach(sink, pool);
    }

    public void Open(Journal journal) => _inner.Open(journal);

    public ReadStatus TryRead(Journal journal, long index, int shard, out JournalRecord record) => _inner.TryRead(journal, index, shard, out record);

    public bool Submit(StoreBatch batch)
    {
        bool isCommitted = _inner.Submit(batch);
        foreach (ref var operation in batch.Operations)
        {
            Keep(batch, in operation);
        }

        return isCommitted;
    }

    public void Restore(IRestoreSink sink)
    {
        sink.Begin(1);
        foreach (var (id, (old, messages)) in before?._journals ?? [])
        {
            var journal = sink.RestoreJournal(old.Kind, id, old.Key, 0, 0);
            Open(journal);
            var batch = new StoreBatch(0) { Ticket = ++_tickets };
            foreach (var message in messages)
            {
                batch.Add(new StoreOperation { Kind = StoreOperationKind.Append, Journal = journal, Message = message.Rent(_pool) });
            }

            Submit(batch);
        }

        foreach (var session in _sessions.Values)
        {
            sink.RestoreSession(new RestoredSession(session, 0));
        }

        foreach (var (key, subscription) in _subscriptions)
        {
            sink.RestoreSubscription(key.Session, subscription);
        }

        foreach (var (session, cursors) in _places)
        {
            sink.RestoreProgress(session, new SessionProgress { Cursors = cursors });
        }
    }

    private void Keep(StoreBatch batch, in StoreOperation operation)
    {
        switch (operation.Kind)
        {
            case StoreOperationKind.Append:
                if (!_journals.TryGetValue(operation.Journal!.Id, out var kept))
                {
                    _journals.Add(operation.Journal.Id, kept = (operation.Journal, []));
                }

                kept.Messages.Add(new StoredText(operation.Message!));
                break;
            case StoreOperationKind.JournalEnd:
                _journals.Remove(operation.Journal!.Id);
                break;
            case StoreOperationKind.SessionPut:
                var session = (StoredSession)operation.State!;
                _sessions[session.Number] = session;
                break;
            case StoreOperationKind.SubscriptionPut when operation.State is StoredSubscription subscription:
                _subscriptions[(operation.Session, Convert.ToHexString(subscription.RequestedFilter))] = subscription;
                break;
            case StoreOperationKind.ProgressPut when !LosesPlaces && batch.ProgressOf(in operation).Cursors is { Length: > 0 } cursors:
                _places[operation.Session] = cursors.ToArray();
                break;
        }
    }

    private sealed class StoredText(Message message)
    {
        private readonly byte[] _topic = message.Topic.ToArray();
        private readonly byte[] _payload = message.Payload.ToArray();
        private readonly Godwit.Protocol.QualityOfService _qos = message.QoS;

        public Message Rent(MessagePool pool) =>
            pool.Rent(new StoredMessage { Topic = _topic, Payload = _payload, QoS = _qos, ExpiresAt = long.MaxValue, Publisher = [] });
    }
}
