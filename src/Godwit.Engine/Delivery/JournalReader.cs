using Godwit.Engine.Connections;
using Godwit.Engine.Journals;
using Godwit.Engine.Messages;
using Godwit.Engine.Observation;
using Godwit.Engine.Sessions;
using Godwit.Engine.Subscriptions;
using Godwit.Protocol;

namespace Godwit.Engine.Delivery;

/// <summary>
/// Reads a session's journals in the order of their records' sequences and sends what concerns the session. A record that
/// lies in several of them is one message that matched several filters: it is sent once, with all their identifiers.
/// </summary>
internal sealed class JournalReader(Shard shard, SessionFeed feed)
{
    private readonly List<Cursor> _heads = [];
    private uint[] _identifiers = new uint[16];

    public void Feed(Session session, Connection connection, long now)
    {
        while (session.ChangesPending == 0 && shard.HasRoom(connection))
        {
            var status = TryReadNext(session, out var record);
            if (status == ReadStatus.Pending)
            {
                return;
            }

            if (status != ReadStatus.Ready)
            {
                HandleCaughtUp(session);
                return;
            }

            bool isSettled = TrySend(session, connection, in record, now);
            record.Message.Release(shard.Messages);
            if (!isSettled || session.HasEnded)
            {
                return;
            }
        }
    }

    // The record with the lowest sequence, and in _heads every cursor that stands on it.
    private ReadStatus TryReadNext(Session session, out JournalRecord next)
    {
        next = default;
        _heads.Clear();

        // Another loop's commit may be on its way into the journals, one after the other: what lies in several is read when it
        // lies in all of them, or it would be sent twice.
        long committed = session.IsDurable ? shard.Core.Ports.Store.CommittedSequence : long.MaxValue;
        foreach (var cursor in session.Cursors!)
        {
            var status = TryReadHead(session, cursor, out var record);
            if (status == ReadStatus.Ready && record.Sequence > committed)
            {
                record.Message.Release(shard.Messages);
                continue;
            }

            if (status == ReadStatus.Pending)
            {
                feed.AwaitRead(cursor.Journal, session);
                Drop(ref next);
                return ReadStatus.Pending;
            }

            if (status != ReadStatus.Ready)
            {
                continue;
            }

            if (_heads.Count > 0 && record.Sequence >= next.Sequence)
            {
                if (record.Sequence == next.Sequence)
                {
                    _heads.Add(cursor);
                }

                record.Message.Release(shard.Messages);
                continue;
            }

            Drop(ref next);
            next = record;
            _heads.Clear();
            _heads.Add(cursor);
        }

        return _heads.Count > 0 ? ReadStatus.Ready : ReadStatus.AtHorizon;
    }

    private void Drop(ref JournalRecord record)
    {
        record.Message?.Release(shard.Messages);
        record = default;
    }

    private ReadStatus TryReadHead(Session session, Cursor cursor, out JournalRecord record)
    {
        while (cursor.HasMore)
        {
            if (cursor.TryLeap(out long target))
            {
                shard.Queues.MoveTo(session, cursor, target);
                continue;
            }

            if (cursor.Position >= cursor.Journal.First && cursor.TryGetHead(out record))
            {
                return ReadStatus.Ready;
            }

            var status = session.IsDurable
                ? shard.Core.Ports.Store.TryRead(cursor.Journal, cursor.Position, shard.Index, out record)
                : LagStore.TryRead(cursor.Journal, cursor.Position, out record);
            if (status == ReadStatus.Ready && session is { IsDurable: true, Cursors.Count: > 1 })
            {
                cursor.KeepHead(in record);
            }

            if (status == ReadStatus.Superseded)
            {
                shard.Queues.PassSuperseded(session, cursor);
                continue;
            }

            if (status != ReadStatus.GivenUp)
            {
                return status;
            }

            // The journal moved on without this session: its oldest messages are lost to it.
            long first = Math.Min(cursor.Journal.First, cursor.End);
            bool wasFull = shard.CountGivenUp(cursor.Journal, cursor.Position, first);
            shard.Queues.MoveTo(session, cursor, first);
            if (wasFull && shard.Options.QueueOverflow == QueueOverflow.Disconnect)
            {
                shard.EndLater(session);
            }
        }

        record = default;
        return ReadStatus.AtHorizon;
    }

    // False when the message has to wait for the access policy: the cursors stay in front of it.
    private bool TrySend(Session session, Connection connection, in JournalRecord record, long now)
    {
        var publication = record.Message.AsPublication();
        var decision = Decide(session, in publication);
        bool isExpired = publication.IsExpired(now);
        var permission = decision.IsDelivered && !isExpired
            ? shard.ReceiveGate.Ask(connection, ref publication, decision.QoS, now)
            : Permission.Refused;
        if (permission == Permission.Later)
        {
            return false;
        }

        var source = _heads[0];
        long index = source.Position;
        foreach (var head in _heads)
        {
            shard.Queues.MoveTo(session, head, head.Position + 1);
        }

        if (decision.IsDelivered && isExpired)
        {
            shard.Counters.CountDrop(DropReason.Expired);
        }

        if (permission == Permission.Refused)
        {
            return true;
        }

        var identifiers = _identifiers.AsSpan(0, decision.IdentifierCount);
        if (decision.QoS == QualityOfService.AtMostOnce)
        {
            var head = new DeliveryHead(QualityOfService.AtMostOnce, 0, Dup: false, decision.Retain);
            if (!shard.Publishes.TryWrite(connection, in publication, in head, identifiers, now))
            {
                shard.Counters.CountDrop(DropReason.TooLargeForClient);
            }
        }
        else
        {
            // A queue of latest messages may lose what is on its way to a later one of the same topic: that gets a record of its own.
            var journal = source.Journal.Latest is null ? source.Journal : null;
            feed.TrySend(session, connection, in publication, decision.QoS, decision.Retain, identifiers, journal, index, now);
        }

        return true;
    }

    // What the session's subscriptions say of the message, each as of the message's place in its journal.
    private DeliveryDecision Decide(Session session, scoped in Publication publication)
    {
        var decision = default(DeliveryDecision);
        foreach (var head in _heads)
        {
            if (head.Subscription is { } subscription)
            {
                var (options, identifier) = subscription.AsOf(head.Position);
                Include(ref decision, session, in publication, subscription, options, identifier);
            }
            else
            {
                IncludeAll(ref decision, session, in publication);
            }
        }

        if (session.QoS0Identifiers > 0 && session.PrivateCursor is null)
        {
            // Subscriptions at QoS 0 read no journal, or drain it, but their identifiers belong on the one copy [MQTT-3.3.4-4].
            foreach (var each in session.Subscriptions.Span)
            {
                if (each is { Group: null, Identifier: not 0, Options.MaximumQoS: QualityOfService.AtMostOnce }
                    && (each.Cursor is null || !_heads.Contains(each.Cursor))
                    && TopicFilter.Matches(each.Entry.Filter, publication.Topic))
                {
                    Include(ref decision, session, in publication, each, each.Options, each.Identifier);
                }
            }
        }

        return decision;
    }

    // A private journal holds the messages of all filters. What No Local keeps from all those that are queued was sent at once to
    // those at QoS 0.
    private void IncludeAll(ref DeliveryDecision decision, Session session, scoped in Publication publication)
    {
        bool isQueued = false;
        foreach (var each in session.Subscriptions.Span)
        {
            if (each is { Group: null, Options.MaximumQoS: not QualityOfService.AtMostOnce } && TopicFilter.Matches(each.Entry.Filter, publication.Topic))
            {
                isQueued = true;
                Include(ref decision, session, in publication, each, each.Options, each.Identifier);
            }
        }

        if (isQueued && !decision.IsDelivered)
        {
            return;
        }

        foreach (var each in session.Subscriptions.Span)
        {
            if (each is { Group: null, Options.MaximumQoS: QualityOfService.AtMostOnce } && TopicFilter.Matches(each.Entry.Filter, publication.Topic))
            {
                Include(ref decision, session, in publication, each, each.Options, each.Identifier);
            }
        }

        if (!isQueued && decision.IsDelivered)
        {
            // Queued before all of them were lowered to QoS 0 [MQTT-3.8.4-4]; it was asked for at QoS 1 at least, and what came
            // at QoS 0 since then has overtaken it.
            decision.QoS = QualityOfService.AtLeastOnce;
        }
    }

    private void Include(
        ref DeliveryDecision decision,
        Session session,
        scoped in Publication publication,
        Subscription subscription,
        SubscriptionOptions options,
        uint identifier)
    {
        if (options.NoLocal && publication.Publisher.AsSpan().SequenceEqual(session.ClientIdentifier))
        {
            return;
        }

        if (identifier != 0)
        {
            if (decision.IdentifierCount == _identifiers.Length)
            {
                Array.Resize(ref _identifiers, decision.IdentifierCount * 2);
            }

            _identifiers[decision.IdentifierCount++] = identifier;
        }

        decision.Retain |= options.RetainAsPublished && publication.Retain;
        var qos = options.MaximumQoS < publication.QoS ? options.MaximumQoS : publication.QoS;
        decision.QoS = qos > decision.QoS ? qos : decision.QoS;

        // A retained message set before the subscription was made comes by its replay.
        decision.IsDelivered |= publication.RetainSequence == 0 || publication.RetainSequence > subscription.RetainFence;
    }

    private void HandleCaughtUp(Session session)
    {
        if (!session.IsDurable)
        {
            session.IsLagging = false;
            shard.Queues.DropLagCursors(session);
            return;
        }

        shard.Queues.DropDrainedCursors(session);
    }
}
