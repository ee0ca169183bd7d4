using Godwit.Engine.Access;
using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Engine.Mailboxes;
using Godwit.Engine.Messages;
using Godwit.Engine.Retained;
using Godwit.Engine.Sessions;
using Godwit.Engine.Subscriptions;

namespace Godwit.Engine;

/// <summary>
/// One broker: what its loops share (subscription index, retained messages, directory of sessions, store) and one
/// <see cref="Shard"/> per loop, which owns all the rest.
/// </summary>
public sealed class BrokerCore : ICommitSink
{
    /// <summary>Shards are named in 64-bit masks.</summary>
    public const int ShardsMax = 64;

    private readonly ulong _topicSeed;
    private readonly Shard[] _shards;
    private readonly Mailbox[] _mailboxes;
    private long _journalCount;
    private long _connectCount;
    private long _sessionCount;

    /// <summary>Creates a broker with no sessions.</summary>
    public BrokerCore(EngineOptions options, EnginePorts ports)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(ports);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Shards, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Shards, ShardsMax);
        Options = options;
        Ports = ports;
        _topicSeed = ports.Entropy.NextUInt64();
        Subscriptions = new SubscriptionIndex(_topicSeed);
        Directory = new SessionDirectory(ports.Entropy.NextUInt64());
        Retained = new RetainedStore(options.RetainedMessagesMax, options.RetainedBytesMax);
        ports.Store.Attach(this, new MessagePool(Messages, Subscriptions));
        _mailboxes = new Mailbox[options.Shards];
        _shards = new Shard[options.Shards];
        for (int i = 0; i < options.Shards; i++)
        {
            _mailboxes[i] = new Mailbox();
        }

        for (int i = 0; i < options.Shards; i++)
        {
            _shards[i] = new Shard(this, i);
        }

        if (ports.Store.Level != DurabilityLevel.Memory)
        {
            Retained.TrackChanges(ports.Entropy.NextUInt64());
        }
    }

    /// <summary>Limits and features.</summary>
    public EngineOptions Options { get; }

    /// <summary>Number of shards.</summary>
    public int ShardCount => Options.Shards;

    /// <summary>Sessions in all, connected or not; a recent value.</summary>
    public int SessionCount => Directory.Count;

    /// <summary>Retained messages in all; a recent value.</summary>
    public int RetainedCount => Retained.Count;

    /// <summary>Distinct Topic Filters; a recent value.</summary>
    public int FilterCount => Subscriptions.Count;

    internal EnginePorts Ports { get; }

    internal MessagePool.Exchange Messages { get; } = new();

    internal SubscriptionIndex Subscriptions { get; }

    internal SessionDirectory Directory { get; }

    internal RetainedStore Retained { get; }

    /// <summary>The shard of loop <paramref name="index"/>.</summary>
    public Shard GetShard(int index) => _shards[index];

    /// <summary>
    /// Answers a question to which the access policy said <see cref="AccessDecision.Later"/>, once. On any thread; without
    /// effect when the connection has ended meanwhile.
    /// </summary>
    public void Answer(AccessQuestion question, AccessDecision decision)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(decision);
        if (ReferenceEquals(decision, AccessDecision.Later))
        {
            throw new ArgumentException("the answer is due", nameof(decision));
        }

        Post(question.Connection.OwnerIndex, new MailItem { Kind = MailKind.AccessAnswered, Subject = question, Member = decision });
    }

    /// <inheritdoc/>
    void ICommitSink.Committed(StoreBatch batch) =>
        Post(batch.Shard, new MailItem { Kind = MailKind.BatchCommitted, Subject = batch });

    /// <inheritdoc/>
    void ICommitSink.ReadReady(int shard, Journal journal) =>
        Post(shard, new MailItem { Kind = MailKind.ReadReady, Subject = journal });

    /// <inheritdoc/>
    void ICommitSink.TakeRetainedChanges(List<RetainedChange> changes) => Retained.TakeChanges(changes);

    /// <inheritdoc/>
    void ICommitSink.Failed(Exception error) => Ports.HandleStoreFailure(error);

    /// <inheritdoc/>
    void ICommitSink.Relieved()
    {
        for (int i = 0; i < ShardCount; i++)
        {
            Post(i, new MailItem { Kind = MailKind.StoreRelieved });
        }
    }

    /// <summary>
    /// Brings back what the store has kept. Called once, before any shard is used, on the thread that made the broker;
    /// <paramref name="now"/> is the time of the shards' clock.
    /// </summary>
    public RestoreSummary Restore(long now)
    {
        var restorer = new Restorer(this, now);
        Ports.Store.Restore(restorer);
        return restorer.Complete();
    }

    internal long NextSessionNumber() => Interlocked.Increment(ref _sessionCount);

    internal void SkipSessionNumbers(long used) => _sessionCount = Math.Max(_sessionCount, used);

    /// <summary>Numbers that something which survived refers to are not given out again, also when their journals have left no trace.</summary>
    internal void SkipJournalNumbers(long used) => _journalCount = Math.Max(_journalCount, used);

    /// <summary>The place of a CONNECT that has come just now among all.</summary>
    internal long NextConnectNumber() => Interlocked.Increment(ref _connectCount);

    internal Mailbox MailboxOf(int shard) => _mailboxes[shard];

    /// <summary>A journal that the broker's store keeps.</summary>
    internal Journal CreateJournal(JournalKind kind, ReadOnlySpan<byte> key, object owner)
    {
        var journal = NewJournal(kind, Interlocked.Increment(ref _journalCount), key, owner);
        Ports.Store.Open(journal);
        return journal;
    }

    /// <summary>A journal for transient sessions of one loop that lag.</summary>
    internal Journal CreateLagJournal(Shard shard, JournalKind kind, ReadOnlySpan<byte> key, object owner)
    {
        var journal = NewJournal(kind, Interlocked.Increment(ref _journalCount), key, owner, isConfined: true);
        shard.LagStore.Open(journal);
        return journal;
    }

    /// <summary>A journal with the number that it had before a restart, or that something which survived refers to. The store has to be told.</summary>
    internal Journal RestoreJournal(JournalKind kind, long id, ReadOnlySpan<byte> key)
    {
        _journalCount = Math.Max(_journalCount, id);
        return NewJournal(kind, id, key, owner: null);
    }

    private Journal NewJournal(JournalKind kind, long id, ReadOnlySpan<byte> key, object? owner, bool isConfined = false)
    {
        bool rejectsNewest = kind == JournalKind.Session && Options.QueueOverflow == QueueOverflow.DropNewest;
        var limits = kind == JournalKind.Group
            ? new JournalLimits(Options.SharedGroupQueuedMessagesMax, Options.SharedGroupQueuedBytesMax, rejectsNewest)
            {
                AgeMillisecondsMax = Milliseconds(Options.SharedGroupQueuedAgeSecondsMax),
            }
            : new JournalLimits(Options.QueuedMessagesMax, Options.QueuedBytesMax, rejectsNewest)
            {
                AgeMillisecondsMax = Milliseconds(Options.QueuedAgeSecondsMax),
            };
        return new Journal(kind, id, key, limits, _topicSeed) { Owner = owner, IsConfined = isConfined };
    }

    private static long Milliseconds(uint seconds) => seconds == EngineOptions.Unlimited ? long.MaxValue : seconds * 1000L;

    private void Post(int shard, MailItem item)
    {
        if (_mailboxes[shard].Post([item]))
        {
            Ports.Waker.Wake(shard);
        }
    }
}
