using Godwit.Engine.Access;
using Godwit.Engine.Connections;
using Godwit.Engine.Delivery;
using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Engine.Mailboxes;
using Godwit.Engine.Messages;
using Godwit.Engine.Observation;
using Godwit.Engine.Retained;
using Godwit.Engine.Sessions;
using Godwit.Engine.SharedGroups;
using Godwit.Engine.Subscriptions;
using Godwit.Engine.Timing;
using Godwit.Protocol;

namespace Godwit.Engine;

/// <summary>
/// The engine of one event loop: owns its connections and sessions, takes bytes and the time, and leaves bytes and wishes
/// behind. Called by that loop's thread only; it never blocks, never waits and starts nothing.
/// </summary>
/// <remarks>
/// A turn of the loop: wait; <see cref="Awoken"/>; <see cref="BeginTurn"/>; take <see cref="TryTakeAdopted"/>; then
/// <see cref="Open"/>, <see cref="Receive"/> and <see cref="TransportClosed"/> for what the wait reported;
/// <see cref="EndTurn"/>; act on each connection of <see cref="TryTakeAttention"/>; before the next wait
/// <see cref="TryPrepareSleep"/>, with <see cref="NextDeadline"/> as its end. All times are milliseconds of one monotonic
/// clock.
/// </remarks>
public sealed partial class Shard
{
    private readonly Queue<Connection> _attention = new();
    private readonly Queue<Connection> _adopted = new();
    private readonly List<Session> _ending = [];
    private bool _draining;

    internal Shard(BrokerCore core, int index)
    {
        Core = core;
        Index = index;
        Messages = new MessagePool(core.Messages, core.Subscriptions);
        LagStore = new LagStore(Messages);
        Outboxes = new Outboxes(core, index);
        Commits = new CommitQueue(this, core.Ports.Store);
        Progress = new ProgressKeeper(this);
        Router = new Router(this);
        Publishes = new PublishWriter(this);
        Answers = new AnswerWriter(this);
        Feed = new SessionFeed(this);
        Exchanges = new ExchangeKeeper(this);
        Sessions = new SessionKeeper(this);
        SubscriptionKeeper = new SubscriptionKeeper(this);
        Queues = new SessionQueues(this);
        Groups = new GroupKeeper(this);
        Connections = new ConnectionKeeper(this);
        Receiver = new PacketReceiver(this);
        PacketGate = new PacketGate(this);
        ReceiveGate = new ReceiveGate(this);
        Connects = new ConnectHandler(this);
        PublishHandler = new PublishHandler(this);
        SubscribeHandler = new SubscribeHandler(this);
        RetainedSweeper = new RetainedSweeper(this);
        RetainedFlusher = new RetainedFlusher(this);
        QueueSweeper = new QueueSweeper(this);
    }

    /// <summary>Number of the shard and its loop, from 0.</summary>
    public int Index { get; }

    /// <summary>What this shard has counted.</summary>
    public ShardCounters Counters { get; } = new();

    /// <summary>When the shard wants its next turn at the latest; at or before the current time: do not wait. <see cref="long.MaxValue"/>: nothing to wait for.</summary>
    public long NextDeadline
    {
        get
        {
            if (Feed.HasQueued || Groups.HasQueued || Commits.HasWrites || Connections.HasHeld || !Outboxes.IsEmpty || _attention.Count > 0 || _ending.Count > 0)
            {
                return long.MinValue;
            }

            // Under pressure the mailboxes of the others are looked at every turn.
            return IsUnderPressure ? Math.Min(Deadlines.Next, _now + 1) : Deadlines.Next;
        }
    }

    /// <summary>True after <see cref="BeginDrain"/>, when no connection is left.</summary>
    public bool IsDrained => _draining && Counters.ConnectionsOpen == 0;

    /// <summary>Sends in the middle of a turn; null: output leaves at the end of turns only.</summary>
    public IOutputFlusher? Flusher { get; set; }

    internal BrokerCore Core { get; }

    internal EngineOptions Options => Core.Options;

    internal SubscriptionIndex Subscriptions => Core.Subscriptions;

    internal RetainedStore Retained => Core.Retained;

    internal MessagePool Messages { get; }

    internal BufferPool Buffers { get; } = new();

    internal DeadlineQueue Deadlines { get; } = new();

    internal LagStore LagStore { get; }

    internal Outboxes Outboxes { get; }

    internal CommitQueue Commits { get; }

    internal ProgressKeeper Progress { get; }

    internal Router Router { get; }

    internal PublishWriter Publishes { get; }

    internal AnswerWriter Answers { get; }

    internal SessionFeed Feed { get; }

    internal ExchangeKeeper Exchanges { get; }

    internal SessionKeeper Sessions { get; }

    internal SubscriptionKeeper SubscriptionKeeper { get; }

    internal SessionQueues Queues { get; }

    internal GroupKeeper Groups { get; }

    internal ConnectionKeeper Connections { get; }

    internal PacketReceiver Receiver { get; }

    internal ConnectHandler Connects { get; }

    internal PacketGate PacketGate { get; }

    internal ReceiveGate ReceiveGate { get; }

    internal PublishHandler PublishHandler { get; }

    internal SubscribeHandler SubscribeHandler { get; }

    internal RetainedSweeper RetainedSweeper { get; }

    internal RetainedFlusher RetainedFlusher { get; }

    internal QueueSweeper QueueSweeper { get; }

    /// <summary>Some mailbox is over its bound, or the store has more to commit than it should: whoever published into it is read more slowly.</summary>
    internal bool IsUnderPressure { get; set; }

    internal bool IsStoreFull => Core.Ports.Store.Condition == StoreCondition.Full;

    internal bool IsStoreBusy => Core.Ports.Store.Condition == StoreCondition.Busy;

    /// <summary>True when a QoS 1 or 2 message may be sent: the client's window and the output buffer have room ([MQTT-3.3.4-9]).</summary>
    internal bool HasRoom(Connection connection) =>
        connection.SendQuotaUsed < connection.SendQuota && connection.Output.Count < Options.OutputBufferBytesMax;

    /// <summary>The message that the access policy put in the place of another.</summary>
    internal Publication ApplyChange(MessageChange change, byte[] publisher, long expiresAt) => new()
    {
        Topic = change.Topic,
        Properties = change.Properties.Span,
        Payload = change.Payload.Span,
        QoS = change.QoS,
        Retain = change.Retain,
        ExpiresAt = expiresAt,
        Publisher = publisher,
        TopicHash = Subscriptions.HashOf(change.Topic),
    };

    /// <summary>
    /// Before <paramref name="size"/> bytes are written: what would make the output outgrow the buffers that are cheap to keep and to copy
    /// from goes out now. Only the bytes of a peer that does not take them pile up.
    /// </summary>
    internal void FlushEarly(Connection connection, int size)
    {
        int waiting = connection.Output.Count;
        if (waiting > 0 && waiting + size > OutputBuffer.EarlyFlushBytes && connection.StalledSince == long.MaxValue)
        {
            Flusher?.Flush(connection);
        }
    }

    /// <summary>True when a QoS 0 message may be sent: a peer that takes its bytes gets them now rather than losing what is beyond the buffer.</summary>
    internal bool MakeRoom(Connection connection)
    {
        if (connection.Output.Count >= Options.OutputBufferBytesMax && connection.StalledSince == long.MaxValue)
        {
            Flusher?.Flush(connection);
        }

        return connection.Output.Count < Options.OutputBufferBytesMax;
    }

    internal bool HasAllowedLevels(ReadOnlySpan<byte> topic) =>
        topic.Length <= Options.TopicLevelsMax || System.MemoryExtensions.Count(topic, (byte)'/') < Options.TopicLevelsMax;

    /// <summary>Publishes: keeps it as the retained message where asked, then routes it. The reason code for its acknowledgement.</summary>
    internal ReasonCode Publish(scoped ref Publication publication, long now, out RouteOutcome outcome)
    {
        if (IsStoreFull && publication.QoS != QualityOfService.AtMostOnce && Router.NeedsStore(in publication))
        {
            outcome = new RouteOutcome(HasSubscribers: true, AwaitsCommit: false, StoreIsFull: true);
            return ReasonCode.QuotaExceeded;
        }

        return PublishTaken(ref publication, now, out outcome);
    }

    /// <summary>As <see cref="Publish"/>, of what was taken before the store was full: a will, which was acknowledged with its CONNECT and makes room where it lay.</summary>
    internal ReasonCode PublishTaken(scoped ref Publication publication, long now, out RouteOutcome outcome)
    {
        bool isRetainedWrite = publication.Retain;
        if (isRetainedWrite)
        {
            // Before the match, so that a racing SUBSCRIBE sees the message once: see RetainedStore.
            if (!Retained.TryApply(ref publication, out var stored))
            {
                outcome = default;
                return ReasonCode.QuotaExceeded;
            }

            if (publication.QoS == QualityOfService.AtMostOnce)
            {
                RetainedFlusher.Schedule(now);
            }
            else
            {
                Commits.SyncRetained();
            }

            if (stored is { ExpiresAt: not long.MaxValue })
            {
                RetainedSweeper.Schedule(now);
            }
        }

        outcome = Router.Route(ref publication, now);
        if (isRetainedWrite && Commits.IsPersistent)
        {
            outcome = outcome with { AwaitsCommit = true };
        }

        return outcome.HasSubscribers ? ReasonCode.Success : ReasonCode.NoMatchingSubscribers;
    }

    /// <summary>A reader has crossed records that were given up before it came. True when some of them were given up for lack of room.</summary>
    internal bool CountGivenUp(Journal journal, long from, long to)
    {
        var count = journal.CountGivenUp(from, to);
        Counters.CountDrop(DropReason.QueueFull, count.QueueFull);
        Counters.CountDrop(DropReason.Expired, count.Expired);
        Counters.CountDrop(DropReason.TooOld, count.TooOld);
        return count.QueueFull > 0;
    }

    /// <summary>The driver is to look at the connection after this turn.</summary>
    internal void CallAttention(Connection connection)
    {
        if (!connection.IsInAttention)
        {
            connection.IsInAttention = true;
            _attention.Enqueue(connection);
        }
    }

    /// <summary>The session overflowed under the policy that ends it; done when no list is being walked.</summary>
    internal void EndLater(Session session) => _ending.Add(session);

    internal void HandleConnectionDeadline(Connection connection, long now) => Connections.HandleDeadline(connection, now);
}
