using System.Runtime.InteropServices;
using Godwit.Engine.Connections;
using Godwit.Engine.Journals;
using Godwit.Engine.Mailboxes;
using Godwit.Engine.Messages;
using Godwit.Engine.Observation;
using Godwit.Engine.Sessions;
using Godwit.Engine.SharedGroups;
using Godwit.Engine.Subscriptions;
using Godwit.Protocol;

namespace Godwit.Engine.Delivery;

/// <summary>
/// The way of a message from its publisher to everyone who gets it. Matched once, on the publisher's loop. From there:
/// subscribers of this loop are served directly; other loops get a reference and the matching filters; journals and shared
/// groups get an append in the open batch.
/// </summary>
internal sealed class Router(Shard shard)
{
    private readonly MatchCache _matches = new(shard.Subscriptions);
    private readonly TargetList _targets = new();
    private readonly HashSet<Journal> _privates = [];
    private ulong _routeMark;

    // Index at which the message of the current route stands in each match's lag journal, −1 if it does not (yet).
    private long[] _lagIndexes = new long[16];
    private long _lagSequence;

    /// <summary>Routes one publication. Not reentrant: nothing that it calls may publish.</summary>
    public RouteOutcome Route(scoped ref Publication publication, long now)
    {
        var matches = _matches.Match(publication.Topic, publication.TopicHash);
        if (matches.Length == 0)
        {
            return default;
        }

        _privates.Clear();
        bool hasSubscribers = false;
        bool awaitsCommit = false;
        ulong shards = 0;
        foreach (var entry in matches)
        {
            hasSubscribers |= entry.HasSubscribers;
            shards |= entry.ShardMask();
            if (publication.QoS != QualityOfService.AtMostOnce)
            {
                foreach (var journal in entry.Journals)
                {
                    // A session's own journal stands behind each of its filters, and takes the message once ([MQTT-3.3.4-2] to -4).
                    if (journal.IsPrivate && matches.Length > 1 && !_privates.Add(journal))
                    {
                        continue;
                    }

                    Append(journal, ref publication, ref awaitsCommit);
                }
            }

            foreach (var group in entry.Groups)
            {
                ToGroup(group, ref publication, ref awaitsCommit, now);
            }
        }

        ulong self = 1UL << shard.Index;
        if ((shards & self) != 0)
        {
            DeliverHere(ref publication, matches, now);
        }

        for (ulong others = shards & ~self; others != 0; others &= others - 1)
        {
            ToOtherLoop(System.Numerics.BitOperations.TrailingZeroCount(others), ref publication, matches);
        }

        return new RouteOutcome(hasSubscribers, awaitsCommit);
    }

    /// <summary>True when the publication, at QoS 1 or 2, would have to be kept in the store.</summary>
    public bool NeedsStore(scoped in Publication publication)
    {
        if (publication.Retain)
        {
            return true;
        }

        foreach (var entry in _matches.Match(publication.Topic, publication.TopicHash))
        {
            if (entry.Journals.Length > 0 || entry.Groups.Length > 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Delivers to this loop's subscribers of the filters that a publish on another loop has matched.</summary>
    public void DeliverHere(scoped ref Publication publication, ReadOnlySpan<FilterEntry> matches, long now)
    {
        if (publication.IsExpired(now))
        {
            shard.Counters.CountDrop(DropReason.Expired);
            return;
        }

        ForgetLagIndexes(matches.Length);
        if (matches.Length == 1)
        {
            if (matches[0].LocalsOf(shard.Index) is { } locals)
            {
                foreach (var subscription in locals.Present)
                {
                    Deliver(subscription, ref publication, matches, now);
                }
            }

            return;
        }

        // Several filters match: a session behind more than one of them gets one copy ([MQTT-3.3.4-2] to -4).
        _targets.Clear();
        _routeMark++;
        foreach (var entry in matches)
        {
            if (entry.LocalsOf(shard.Index) is { } locals)
            {
                foreach (var subscription in locals.Present)
                {
                    if (!IsOwnMessage(subscription, in publication))
                    {
                        _targets.Add(subscription, _routeMark, publication.QoS);
                    }
                }
            }
        }

        for (int i = 0; i < _targets.Count; i++)
        {
            DeliverMerged(ref _targets[i], ref publication, matches, now);
        }
    }

    private static bool IsOwnMessage(Subscription subscription, scoped in Publication publication) =>
        // [MQTT-3.8.3-3]
        subscription.Options.NoLocal && publication.Publisher.AsSpan().SequenceEqual(subscription.Session.ClientIdentifier);

    private static QualityOfService Lower(QualityOfService left, QualityOfService right) => left < right ? left : right;

    private void Append(Journal journal, scoped ref Publication publication, ref bool awaitsCommit)
    {
        var message = publication.Materialize(shard.Messages);
        message.AddReference();
        shard.Commits.Open.Add(new StoreOperation
        {
            Kind = StoreOperationKind.Append,
            ContinuesPublish = awaitsCommit,
            Journal = journal,
            Message = message,
        });
        awaitsCommit = true;
    }

    private void ToGroup(SharedGroup group, scoped ref Publication publication, ref bool awaitsCommit, long now)
    {
        if (group.MemberCount == 0)
        {
            return;
        }

        if (publication.QoS != QualityOfService.AtMostOnce)
        {
            Append(group.Journal, ref publication, ref awaitsCommit);
        }
        else if (group.Home == shard.Index)
        {
            shard.Groups.PublishAtMostOnce(group, ref publication, now);
        }
        else if (shard.Outboxes.IsFull(group.Home))
        {
            shard.Counters.CountDrop(DropReason.MailboxFull);
        }
        else
        {
            shard.Outboxes.AddMessage(group.Home, MailKind.GroupPublish, publication.Materialize(shard.Messages), group);
        }
    }

    private void ToOtherLoop(int target, scoped ref Publication publication, ReadOnlySpan<FilterEntry> matches)
    {
        if (shard.Outboxes.IsFull(target))
        {
            if (publication.QoS == QualityOfService.AtMostOnce)
            {
                shard.Counters.CountDrop(DropReason.MailboxFull);
                return;
            }

            // QoS 1 and 2 are passed on all the same; the publisher is read more slowly until the mailbox has room.
            shard.IsUnderPressure = true;
        }

        var message = publication.Materialize(shard.Messages);
        FilterEntry? last = null;
        foreach (var entry in matches)
        {
            if ((entry.ShardMask() & (1UL << target)) == 0)
            {
                continue;
            }

            if (last is not null)
            {
                shard.Outboxes.Add(target, new MailItem { Kind = MailKind.Deliver, Continues = true, Subject = last });
            }

            last = entry;
        }

        if (last is not null)
        {
            shard.Outboxes.AddMessage(target, MailKind.Deliver, message, last);
        }
    }

    private void Deliver(Subscription subscription, scoped ref Publication publication, ReadOnlySpan<FilterEntry> matches, long now)
    {
        if (IsOwnMessage(subscription, in publication) || IsReplayed(subscription, in publication))
        {
            return;
        }

        var options = subscription.Options;
        var qos = Lower(publication.QoS, options.MaximumQoS);
        bool retain = options.RetainAsPublished && publication.Retain;
        uint identifier = subscription.Identifier;
        var identifiers = MemoryMarshal.CreateReadOnlySpan(ref identifier, identifier == 0 ? 0 : 1);
        Send(subscription.Session, ref publication, qos, retain, identifiers, matches, now);
    }

    private void DeliverMerged(ref DeliveryTarget target, scoped ref Publication publication, ReadOnlySpan<FilterEntry> matches, long now)
    {
        Span<uint> identifiers = stackalloc uint[16];
        int count = 0;
        bool retain = false;
        bool anyLive = false;
        for (int link = target.FirstLink; link >= 0; link = _targets.Link(link).Next)
        {
            var subscription = _targets.Link(link).Subscription;
            anyLive |= !IsReplayed(subscription, in publication);
            retain |= subscription.Options.RetainAsPublished;
            if (subscription.Identifier != 0)
            {
                if (count == identifiers.Length)
                {
                    var larger = new uint[count * 2];
                    identifiers.CopyTo(larger);
                    identifiers = larger;
                }

                identifiers[count++] = subscription.Identifier;
            }
        }

        if (anyLive)
        {
            Send(target.Session, ref publication, target.QoS, retain && publication.Retain, identifiers[..count], matches, now);
        }
    }

    // The message was set as retained before this subscription was made, so its replay covers it (see RetainedStore).
    private static bool IsReplayed(Subscription subscription, scoped in Publication publication) =>
        publication.RetainSequence != 0 && publication.RetainSequence <= subscription.RetainFence;

    private void Send(
        Session session,
        scoped ref Publication publication,
        QualityOfService qos,
        bool retain,
        scoped ReadOnlySpan<uint> identifiers,
        ReadOnlySpan<FilterEntry> matches,
        long now)
    {
        if (qos != QualityOfService.AtMostOnce && session.IsDurable)
        {
            // Its journal has the message, or will have it with the commit of the open batch.
            return;
        }

        if (!session.IsOnline)
        {
            return;
        }

        var connection = session.Connection!;
        if (qos == QualityOfService.AtMostOnce)
        {
            shard.ReceiveGate.SendAtMostOnce(connection, ref publication, retain, identifiers, now);
            return;
        }

        if (session.IsLagging || session.SharedPending is { Count: > 0 } || !shard.HasRoom(connection))
        {
            Lag(session, ref publication, matches, now);
            return;
        }

        switch (shard.ReceiveGate.Ask(connection, ref publication, qos, now))
        {
            case Permission.Refused:
                return;
            case Permission.Later:
                Lag(session, ref publication, matches, now);
                return;
            default:
                break;
        }

        session.Outbound ??= new OutboundWindow();
        ref var exchange = ref session.Outbound.Add();
        if (!shard.Publishes.TryWrite(connection, in publication, new DeliveryHead(qos, exchange.PacketIdentifier, Dup: false, retain), identifiers, now))
        {
            session.Outbound.Remove(ref exchange);
            shard.Counters.CountDrop(DropReason.TooLargeForClient);
            return;
        }

        exchange.QoS = qos;
        exchange.SentHere = true;
        connection.SendQuotaUsed++;
    }

    /// <summary>
    /// The session cannot take the message now: it goes, once for all who lag on this loop, into the lag journals of the
    /// filters behind which it matched, and the session reads on from there.
    /// </summary>
    private void Lag(Session session, scoped ref Publication publication, ReadOnlySpan<FilterEntry> matches, long now)
    {
        session.IsLagging = true;
        if (session.PrivateCursor is { } own)
        {
            if (AppendToLag(own.Journal, ref publication, now) < 0)
            {
                shard.Counters.CountDrop(DropReason.QueueFull);
            }

            return;
        }

        for (int i = 0; i < matches.Length; i++)
        {
            if (matches[i].LocalsOf(shard.Index) is not { } locals || FindSubscription(locals, session, matches[i]) is not { } subscription)
            {
                continue;
            }

            if (subscription.Options.MaximumQoS == QualityOfService.AtMostOnce || IsOwnMessage(subscription, in publication))
            {
                continue;
            }

            var journal = locals.LagJournal ??= shard.Core.CreateLagJournal(shard, JournalKind.Filter, matches[i].Filter, matches[i]);
            if (_lagIndexes[i] < 0)
            {
                _lagIndexes[i] = AppendToLag(journal, ref publication, now);
            }

            if (subscription.Cursor is null)
            {
                subscription.Cursor = new Cursor(journal, _lagIndexes[i], subscription);
                (session.Cursors ??= []).Add(subscription.Cursor);
            }
            else if (shard.Options.QueueOverflow == QueueOverflow.Disconnect && subscription.Cursor.HasLostForLackOfRoom)
            {
                shard.EndLater(session);
            }
        }
    }

    private static Subscription? FindSubscription(LocalSubscribers locals, Session session, FilterEntry entry) =>
        locals.Present.Length == 1
            ? (ReferenceEquals(locals.Present[0].Session, session) ? locals.Present[0] : null)
            : session.Subscriptions.Find(entry.Filter);

    private long AppendToLag(Journal journal, scoped ref Publication publication, long now)
    {
        if (_lagSequence == 0)
        {
            _lagSequence = shard.LagStore.NextSequence();
        }

        long index = shard.LagStore.Append(journal, publication.Materialize(shard.Messages), _lagSequence, now);
        shard.QueueSweeper.Arm(shard.LagStore.NextSweepAt);
        return index;
    }

    private void ForgetLagIndexes(int count)
    {
        if (_lagIndexes.Length < count)
        {
            _lagIndexes = new long[Math.Max(count, _lagIndexes.Length * 2)];
        }

        _lagIndexes.AsSpan(0, count).Fill(-1);
        _lagSequence = 0;
    }
}
