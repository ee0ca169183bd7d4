using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Godwit.Engine.Connections;
using Godwit.Engine.Journals;
using Godwit.Engine.Messages;
using Godwit.Engine.Observation;
using Godwit.Engine.Sessions;
using Godwit.Engine.SharedGroups;
using Godwit.Engine.Subscriptions;
using Godwit.Protocol;

namespace Godwit.Engine.Delivery;

/// <summary>
/// Brings to connected sessions what waits for them, as far as the client's window and the output buffer have room: first
/// what has to be sent again after a reconnect, then what shared groups handed over, then the journals, then retained
/// messages for new subscriptions. The journals are read by <see cref="JournalReader"/>.
/// </summary>
internal sealed class SessionFeed
{
    // Retained messages that one turn sends for new subscriptions, of all sessions together: some 0.1 ms. A client that takes them as
    // fast as they come would otherwise hold up all others of its loop until it has the last of a million.
    private const int ReplaysPerTurn = 256;

    // What a step of a walk that finds nothing counts for.
    private const int FruitlessStep = 32;

    private readonly Shard _shard;
    private readonly JournalReader _journals;
    private readonly Queue<Session> _queue = new();
    private readonly Dictionary<Journal, List<object>> _awaitingRead = [];
    private readonly Stack<List<object>> _spare = new();
    private int _replaysLeft;

    public SessionFeed(Shard shard)
    {
        _shard = shard;
        _journals = new JournalReader(shard, this);
    }

    public bool HasQueued => _queue.Count > 0;

    /// <summary>The session is fed before the turn ends.</summary>
    public void Queue(Session session)
    {
        if (!session.IsFeedQueued && session.IsOnline)
        {
            session.IsFeedQueued = true;
            _queue.Enqueue(session);
        }
    }

    /// <summary>Feeds the connected sessions of this loop that read the filter's journals.</summary>
    public void QueueReaders(FilterEntry entry)
    {
        if (entry.LocalsOf(_shard.Index) is not { } locals)
        {
            return;
        }

        foreach (var subscription in locals.Present)
        {
            if (subscription.Session.IsDurable && subscription.Options.MaximumQoS != QualityOfService.AtMostOnce)
            {
                Queue(subscription.Session);
            }
        }
    }

    /// <summary>A session or a shared group is fed again when the store has fetched what it reads in the journal.</summary>
    public void AwaitRead(Journal journal, object reader)
    {
        if (!_awaitingRead.TryGetValue(journal, out var readers))
        {
            readers = _spare.TryPop(out var spare) ? spare : [];
            _awaitingRead.Add(journal, readers);
        }

        readers.Add(reader);
    }

    /// <summary>The store has fetched something of the journal: whoever waits for that asks again.</summary>
    public void HandleReadReady(Journal journal)
    {
        if (!_awaitingRead.Remove(journal, out var readers))
        {
            return;
        }

        foreach (object reader in readers)
        {
            if (reader is Session session)
            {
                Queue(session);
            }
            else
            {
                _shard.Groups.Queue((SharedGroup)reader);
            }
        }

        readers.Clear();
        _spare.Push(readers);
    }

    /// <summary>A turn begins to feed.</summary>
    public void BeginTurn() => _replaysLeft = ReplaysPerTurn;

    public void Run(long now)
    {
        for (int count = _queue.Count; count > 0; count--)
        {
            var session = _queue.Dequeue();
            session.IsFeedQueued = false;
            if (session.IsOnline)
            {
                Feed(session, session.Connection!, now);
            }
        }
    }

    /// <summary>A QoS 0 message of a shared group, for a member here: sent now or dropped.</summary>
    public void DeliverShared(GroupMember member, scoped ref Publication publication, long now)
    {
        var subscription = member.Subscription;
        var session = subscription.Session;
        if (!session.IsOnline)
        {
            _shard.Counters.CountDrop(DropReason.NoMemberOnline);
            return;
        }

        bool retain = subscription.Options.RetainAsPublished && publication.Retain;
        uint identifier = subscription.Identifier;
        var identifiers = MemoryMarshal.CreateReadOnlySpan(ref identifier, identifier == 0 ? 0 : 1);
        _shard.ReceiveGate.SendAtMostOnce(session.Connection!, ref publication, retain, identifiers, now);
    }

    /// <summary>A message that a shared group hands to a member here. Takes a reference of its own.</summary>
    public void AcceptShared(GroupMember member, long index, Message message, QualityOfService qos, long now)
    {
        if (qos == QualityOfService.AtMostOnce)
        {
            var publication = message.AsPublication();
            DeliverShared(member, ref publication, now);
            return;
        }

        var session = member.Subscription.Session;
        if (!session.IsOnline || session.HasEnded || member.Subscription.Group is null)
        {
            // Its client left while the message was on its way.
            _shard.Groups.Settle(member, index, Settlement.Returned);
            return;
        }

        message.AddReference();
        (session.SharedPending ??= new Queue<SharedDelivery>()).Enqueue(new SharedDelivery(member, index, message, qos));
        Queue(session);
    }

    internal bool TryWrite(Connection connection, scoped in Publication publication, in DeliveryHead head, uint identifier, long now)
    {
        var identifiers = MemoryMarshal.CreateReadOnlySpan(ref identifier, identifier == 0 ? 0 : 1);
        return _shard.Publishes.TryWrite(connection, in publication, in head, identifiers, now);
    }

    private void Feed(Session session, Connection connection, long now)
    {
        if (session.Resending is not null && !Resend(session, connection, now))
        {
            return;
        }

        while (session.SharedPending is { Count: > 0 } pending && _shard.HasRoom(connection))
        {
            var publication = pending.Peek().Message.AsPublication();
            var permission = publication.IsExpired(now)
                ? Permission.Granted
                : _shard.ReceiveGate.Ask(connection, ref publication, pending.Peek().QoS, now);
            if (permission == Permission.Later)
            {
                return;
            }

            SendShared(session, connection, pending.Dequeue(), permission, now);
        }

        if (session.Cursors is not null)
        {
            _journals.Feed(session, connection, now);
        }

        if (session.Replays is { Count: > 0 })
        {
            Replay(session, connection, now);
        }
    }

    // Unacknowledged PUBLISH packets and PUBRELs in their order, under their old packet identifiers [MQTT-4.4.0-1].
    private bool Resend(Session session, Connection connection, long now)
    {
        var identifiers = session.Resending!;
        while (session.ResendingAt < identifiers.Length)
        {
            if (!_shard.HasRoom(connection))
            {
                return false;
            }

            ref var exchange = ref session.Outbound!.Find(identifiers[session.ResendingAt]);
            if (Unsafe.IsNullRef(ref exchange) || exchange.SentHere)
            {
                session.ResendingAt++;
                continue;
            }

            bool wasReleased = exchange.Released;
            if (!wasReleased && exchange.Message is null && !TryReadAgain(session, ref exchange))
            {
                return false;
            }

            session.ResendingAt++;
            if (exchange.PacketIdentifier == 0)
            {
                continue;
            }

            exchange.SentHere = true;
            connection.SendQuotaUsed++;
            if (exchange.Released)
            {
                // Decided just now it is durable first, or after a crash the message might be there again and be sent anew.
                long ticket = wasReleased ? 0 : _shard.Commits.DurableTicket;
                _shard.Commits.Answer(connection, new PendingAcknowledgement(ticket, PacketType.PubRel, ReasonCode.Success, exchange.PacketIdentifier, null));
                continue;
            }

            var publication = exchange.Message!.AsPublication();
            var head = new DeliveryHead(exchange.QoS, exchange.PacketIdentifier, Dup: true, exchange.Retain);
            if (!_shard.Publishes.TryWrite(connection, in publication, in head, IdentifiersFor(session, publication.Topic), now))
            {
                // As though its delivery were complete [MQTT-3.1.2-25].
                _shard.Counters.CountDrop(DropReason.TooLargeForClient);
                _shard.Exchanges.Complete(session, ref exchange);
            }
        }

        session.Resending = null;
        return true;
    }

    // After a restart the message lies in its journal alone. False: it is being fetched.
    private bool TryReadAgain(Session session, ref OutboundExchange exchange)
    {
        var status = _shard.Core.Ports.Store.TryRead(exchange.Journal!, exchange.Index, _shard.Index, out var record);
        switch (status)
        {
            case ReadStatus.Ready:
                exchange.Message = record.Message;
                return true;
            case ReadStatus.Pending:
                AwaitRead(exchange.Journal!, session);
                return false;
            default:
                // Nobody needed the record any more, so its acknowledgement had come and was not written down before the end.
                // At QoS 2 the client may still wait for the rest of the handshake.
                if (exchange.QoS == QualityOfService.ExactlyOnce)
                {
                    exchange.Released = true;
                    _shard.Progress.Touch(session);
                }
                else
                {
                    _shard.Exchanges.Complete(session, ref exchange);
                }

                return true;
        }
    }

    private static uint[] IdentifiersFor(Session session, ReadOnlySpan<byte> topic)
    {
        List<uint>? found = null;
        foreach (var subscription in session.Subscriptions.Span)
        {
            if (subscription.Identifier != 0 && TopicFilter.Matches(subscription.Entry.Filter, topic))
            {
                (found ??= []).Add(subscription.Identifier);
            }
        }

        return found is null ? [] : [.. found];
    }

    private void SendShared(Session session, Connection connection, in SharedDelivery delivery, Permission permission, long now)
    {
        var message = delivery.Message;
        var subscription = delivery.Member.Subscription;
        if (message.ExpiresAt <= now || permission == Permission.Refused)
        {
            if (permission != Permission.Refused)
            {
                _shard.Counters.CountDrop(DropReason.Expired);
            }

            _shard.Groups.Settle(delivery.Member, delivery.Index, Settlement.Done);
            message.Release(_shard.Messages);
            return;
        }

        session.Outbound ??= new OutboundWindow();
        ref var exchange = ref session.Outbound.Add();
        exchange.QoS = delivery.QoS;
        exchange.Retain = subscription.Options.RetainAsPublished && message.Retain;
        var publication = message.AsPublication();
        var head = new DeliveryHead(delivery.QoS, exchange.PacketIdentifier, Dup: false, exchange.Retain);
        bool isHeld = delivery.QoS == QualityOfService.ExactlyOnce && _shard.Commits.IsPersistent;
        if (!isHeld && !TryWrite(connection, in publication, in head, subscription.Identifier, now))
        {
            _shard.Counters.CountDrop(DropReason.TooLargeForClient);
            session.Outbound.Remove(ref exchange);
            _shard.Groups.Settle(delivery.Member, delivery.Index, Settlement.Done);
            message.Release(_shard.Messages);
            return;
        }

        exchange.SentHere = true;
        exchange.Message = message;
        exchange.Member = delivery.Member;
        exchange.Index = delivery.Index;
        connection.SendQuotaUsed++;
        if (isHeld)
        {
            // Once sent it stays with this session [MQTT-4.8.2-4]: the group gives it up in the batch with which the session takes it over.
            _shard.Groups.WriteSettled(delivery.Member.Group, delivery.Index);
            if (session.IsDurable)
            {
                _shard.Exchanges.GiveOwnRecord(session, ref exchange);
                _shard.Progress.Touch(session);
            }

            _shard.Commits.Hold(connection, exchange.PacketIdentifier, subscription.Identifier == 0 ? null : [subscription.Identifier]);
        }
    }

    private void Replay(Session session, Connection connection, long now)
    {
        var replays = session.Replays!;
        while (replays.Count > 0)
        {
            var replay = replays[0];
            if (!_shard.HasRoom(connection))
            {
                return;
            }

            if (_replaysLeft <= 0)
            {
                // Behind the others that wait for their share.
                Queue(session);
                return;
            }

            var subscription = replay.Subscription;
            var position = replay.Position;
            var message = _shard.Retained.Next(subscription.Entry.Filter, replay.Fence, now, ref replay.Position, out bool done);
            _replaysLeft -= message is not null || done ? 1 : FruitlessStep;
            if (message is not null)
            {
                _shard.Progress.Touch(session);
                if (!TrySendRetained(session, connection, subscription, message, now))
                {
                    // It waits for the access policy: this place is looked at again when the answer has come.
                    replay.Position = position;
                    return;
                }
            }
            else if (done)
            {
                replays.RemoveAt(0);
                _shard.Progress.Touch(session);
            }
            else
            {
                // A long walk without a find: let the others have their turn.
                Queue(session);
                return;
            }
        }
    }

    private bool TrySendRetained(Session session, Connection connection, Subscription subscription, Message message, long now)
    {
        var publication = message.AsPublication();
        var qos = message.QoS < subscription.Options.MaximumQoS ? message.QoS : subscription.Options.MaximumQoS;
        var permission = _shard.ReceiveGate.Ask(connection, ref publication, qos, now);
        if (permission != Permission.Granted)
        {
            return permission == Permission.Refused;
        }

        // Sent because of a new subscription: RETAIN is 1 (§3.3.1.3; 3.1.1 [MQTT-3.3.1-8]).
        if (qos == QualityOfService.AtMostOnce)
        {
            var head = new DeliveryHead(qos, 0, Dup: false, Retain: true);
            if (!TryWrite(connection, in publication, in head, subscription.Identifier, now))
            {
                _shard.Counters.CountDrop(DropReason.TooLargeForClient);
            }

            return true;
        }

        uint identifier = subscription.Identifier;
        var identifiers = MemoryMarshal.CreateReadOnlySpan(ref identifier, identifier == 0 ? 0 : 1);
        TrySend(session, connection, in publication, qos, retain: true, identifiers, journal: null, index: 0, now);
        return true;
    }

    /// <summary>
    /// Sends at QoS 1 or 2 under a new packet identifier; the caller has made sure of room. What the client does not take for
    /// its size is dropped. <paramref name="journal"/> and <paramref name="index"/>: where the message lies; null when nowhere.
    /// </summary>
    internal void TrySend(
        Session session,
        Connection connection,
        scoped in Publication publication,
        QualityOfService qos,
        bool retain,
        scoped ReadOnlySpan<uint> identifiers,
        Journal? journal,
        long index,
        long now)
    {
        session.Outbound ??= new OutboundWindow();
        ref var exchange = ref session.Outbound.Add();
        ushort packetIdentifier = exchange.PacketIdentifier;
        bool isHeld = qos == QualityOfService.ExactlyOnce && MustSurvive(session);
        var head = new DeliveryHead(qos, packetIdentifier, Dup: false, retain);
        if (!isHeld && !_shard.Publishes.TryWrite(connection, in publication, in head, identifiers, now))
        {
            session.Outbound.Remove(ref exchange);
            _shard.Counters.CountDrop(DropReason.TooLargeForClient);
            return;
        }

        exchange.QoS = qos;
        exchange.Retain = retain;
        exchange.SentHere = true;
        connection.SendQuotaUsed++;
        if (!session.IsDurable)
        {
            return;
        }

        publication.Message!.AddReference();
        exchange.Message = publication.Message;
        exchange.Journal = journal;
        exchange.Index = index;
        _shard.Progress.Touch(session);
        if (journal is null)
        {
            _shard.Exchanges.GiveOwnRecord(session, ref exchange);
        }

        if (isHeld)
        {
            _shard.Commits.Hold(connection, packetIdentifier, identifiers.IsEmpty ? null : identifiers.ToArray());
        }
    }

    /// <summary>The packet identifier is committed: the message goes out.</summary>
    internal void SendHeld(Session session, Connection connection, ushort packetIdentifier, uint[]? identifiers, long now)
    {
        if (session.Outbound is null)
        {
            return;
        }

        ref var exchange = ref session.Outbound.Find(packetIdentifier);
        if (Unsafe.IsNullRef(ref exchange) || !exchange.SentHere || exchange.Message is not { } message)
        {
            return;
        }

        var publication = message.AsPublication();
        var head = new DeliveryHead(exchange.QoS, packetIdentifier, Dup: false, exchange.Retain);
        if (!_shard.Publishes.TryWrite(connection, in publication, in head, identifiers, now))
        {
            // As though its delivery were complete [MQTT-3.1.2-25].
            _shard.Counters.CountDrop(DropReason.TooLargeForClient);
            _shard.Exchanges.Complete(session, ref exchange);
        }
    }

    private bool MustSurvive(Session session) => session.IsDurable && _shard.Commits.IsPersistent;
}
