using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Engine.Retained;
using Godwit.Engine.SharedGroups;
using Godwit.Engine.Subscriptions;
using Godwit.Protocol;

namespace Godwit.Engine.Sessions;

/// <summary>Makes, replaces and ends the subscriptions of this loop's sessions (§3.8.4, §3.10.4).</summary>
internal sealed class SubscriptionKeeper(Shard shard)
{
    /// <summary>Subscribes or replaces the options of a subscription that is there ([MQTT-3.8.4-3]).</summary>
    public void Subscribe(
        Session session,
        ReadOnlySpan<byte> requestedFilter,
        ReadOnlySpan<byte> shareName,
        ReadOnlySpan<byte> filter,
        SubscriptionOptions options,
        uint identifier,
        long now)
    {
        var subscription = session.Subscriptions.Find(requestedFilter);
        bool isNew = subscription is null;
        SubscriptionChange? change = null;
        if (subscription is null)
        {
            subscription = shareName.IsEmpty
                ? Add(session, requestedFilter, filter, options, identifier, out change)
                : Join(session, requestedFilter, shareName, filter, options, identifier, now);
        }
        else
        {
            change = Replace(subscription, options, identifier, now);
        }

        // A shared subscription gets no retained messages (§4.8.2).
        bool replays = options.RetainHandling == RetainHandling.SendAtSubscribe
            || (options.RetainHandling == RetainHandling.SendAtSubscribeIfNew && isNew);
        if (subscription.Group is null && replays)
        {
            Replay(session, subscription, isNew);
        }

        session.ChangesPending += change is null ? 0 : 1;
        Write(subscription, change);
    }

    /// <summary>False when there was no such subscription.</summary>
    public bool Unsubscribe(Session session, ReadOnlySpan<byte> requestedFilter, long now)
    {
        // Compared byte by byte [MQTT-3.10.4-1].
        if (session.Subscriptions.Find(requestedFilter) is not { } subscription)
        {
            return false;
        }

        if (session.IsDurable && shard.Commits.IsPersistent)
        {
            shard.Commits.Open.Add(new StoreOperation
            {
                Kind = StoreOperationKind.SubscriptionEnd,
                Session = session.Number,
                Key = subscription.RequestedFilter,
            });
        }

        Remove(session, subscription, now);
        return true;
    }

    /// <summary>A subscription that has survived a restart; its cursor, or its group, comes later.</summary>
    public Subscription Restore(Session session, StoredSubscription stored)
    {
        var filter = stored.RequestedFilter.AsSpan();
        bool isShared = SharedFilter.TryParse(filter, out _, out var inner) == SharedFilterKind.Valid;
        Subscription subscription;
        lock (shard.Subscriptions.WriteLock)
        {
            var entry = shard.Subscriptions.GetOrAdd(isShared ? inner : filter);
            subscription = new Subscription(session, entry, isShared ? stored.RequestedFilter : entry.Filter)
            {
                Options = new SubscriptionOptions(stored.Options),
                Identifier = stored.Identifier,
                RetainFence = stored.RetainFence,
                RestoredSince = stored.Since,
            };
            if (!isShared)
            {
                var locals = entry.GetOrAddLocals(shard.Index);
                subscription.Locals = locals;
                locals.Add(subscription);
            }
        }

        for (int i = stored.Earlier.Count - 1; i >= 0; i--)
        {
            var each = stored.Earlier[i];
            subscription.Earlier = new EarlierOptions(new SubscriptionOptions(each.Options), each.Identifier) { EndIndex = each.EndIndex, Next = subscription.Earlier };
        }

        Count(session, subscription);
        return subscription;
    }

    /// <summary>The session's own journal is there again: the filters of its subscriptions feed it.</summary>
    public void AttachRestoredPrivate(Session session)
    {
        lock (shard.Subscriptions.WriteLock)
        {
            foreach (var subscription in session.Subscriptions.Span)
            {
                if (subscription.Locals is not null && subscription.Options.MaximumQoS != QualityOfService.AtMostOnce)
                {
                    shard.Queues.AttachLocked(subscription);
                }
            }
        }
    }

    /// <summary>The groups are there again: the session's shared subscriptions join them, away for the time being; and what lost its journal gets one.</summary>
    public void JoinRestored(Session session)
    {
        foreach (var subscription in session.Subscriptions.Span)
        {
            lock (shard.Subscriptions.WriteLock)
            {
                if (subscription.Locals is not null)
                {
                    if (subscription.Options.MaximumQoS != QualityOfService.AtMostOnce && subscription.Cursor is null)
                    {
                        shard.Queues.AttachLocked(subscription);
                    }

                    continue;
                }

                SharedFilter.TryParse(subscription.RequestedFilter, out var name, out _);
                subscription.Group = shard.Groups.JoinLocked(subscription.Entry, name);
            }

            subscription.Member = new GroupMember(subscription.Group, subscription, shard.Index);
            GroupKeeper.AddRestored(subscription.Member);
        }
    }

    public void Remove(Session session, Subscription subscription, long now)
    {
        session.Subscriptions.Remove(subscription);
        shard.Counters.Subscriptions--;
        session.QoS0Identifiers -= CountsForQoS0(subscription) ? 1 : 0;
        session.Replays?.RemoveAll(replay => ReferenceEquals(replay.Subscription, subscription));
        if (subscription.Group is not null)
        {
            Leave(session, subscription, now);
            return;
        }

        // Nothing more is queued, and what is queued is dropped; what is on its way is completed [MQTT-3.10.4-2, -3].
        if (subscription.Cursor is { } cursor)
        {
            shard.Queues.Detach(session, cursor);
        }

        var locals = subscription.Locals!;
        locals.Remove(subscription);
        lock (shard.Subscriptions.WriteLock)
        {
            SessionQueues.DetachPrivateLocked(subscription);
            if (locals.Count == 0)
            {
                subscription.Entry.RemoveLocals(locals);
                shard.Subscriptions.RemoveIfUnused(subscription.Entry);
            }
        }
    }

    private static bool CountsForQoS0(Subscription subscription) =>
        subscription.Identifier != 0 && subscription.Group is null && subscription.Options.MaximumQoS == QualityOfService.AtMostOnce;

    private Subscription Add(
        Session session,
        ReadOnlySpan<byte> requestedFilter,
        ReadOnlySpan<byte> filter,
        SubscriptionOptions options,
        uint identifier,
        out SubscriptionChange? change)
    {
        Subscription subscription;
        change = null;
        lock (shard.Subscriptions.WriteLock)
        {
            var entry = shard.Subscriptions.GetOrAdd(filter);
            subscription = new Subscription(session, entry, entry.Filter) { Options = options, Identifier = identifier };
            var locals = entry.GetOrAddLocals(shard.Index);
            subscription.Locals = locals;
            locals.Add(subscription);
            if (session.IsDurable && options.MaximumQoS != QualityOfService.AtMostOnce)
            {
                change = ChangeOf(subscription, shard.Queues.AttachLocked(subscription), null);
            }
        }

        Count(session, subscription);
        return subscription;
    }

    private Subscription Join(
        Session session,
        ReadOnlySpan<byte> requestedFilter,
        ReadOnlySpan<byte> shareName,
        ReadOnlySpan<byte> filter,
        SubscriptionOptions options,
        uint identifier,
        long now)
    {
        Subscription subscription;
        lock (shard.Subscriptions.WriteLock)
        {
            var entry = shard.Subscriptions.GetOrAdd(filter);
            subscription = new Subscription(session, entry, requestedFilter.ToArray()) { Options = options, Identifier = identifier };
            subscription.Group = shard.Groups.JoinLocked(entry, shareName);
        }

        subscription.Member = new GroupMember(subscription.Group, subscription, shard.Index);
        Count(session, subscription);
        shard.Groups.Tell(subscription.Member, MemberChange.Joined, now);
        return subscription;
    }

    /// <summary>Writes the subscription down; with a change, also to hear from where in the journal it holds.</summary>
    public void Write(Subscription subscription, SubscriptionChange? change)
    {
        var session = subscription.Session;
        bool isKept = session.IsDurable && shard.Commits.IsPersistent;
        if (!isKept && change is null)
        {
            return;
        }

        shard.Commits.Open.Add(new StoreOperation
        {
            Kind = StoreOperationKind.SubscriptionPut,
            Session = session.Number,
            State = isKept ? AsStored(subscription) : null,
            Journal = change?.Cursor.Journal,
            Change = change,
        });
        shard.Progress.Touch(session);
    }

    private static StoredSubscription AsStored(Subscription subscription)
    {

        var earlier = new List<StoredOptions>();
        for (var each = subscription.Earlier; each is not null; each = each.Next)
        {
            earlier.Add(new StoredOptions(each.Options.Value, each.Identifier, each.EndIndex));
        }

        long journal = subscription.Group?.Journal.Id ?? subscription.Cursor?.Journal.Id ?? 0;
        return new StoredSubscription(
            subscription.RequestedFilter, subscription.Options.Value, subscription.Identifier, journal, subscription.RetainFence, earlier);
    }

    private void Count(Session session, Subscription subscription)
    {
        session.Subscriptions.Add(subscription);
        shard.Counters.Subscriptions++;
        session.QoS0Identifiers += CountsForQoS0(subscription) ? 1 : 0;
    }

    private SubscriptionChange? Replace(Subscription subscription, SubscriptionOptions options, uint identifier, long now)
    {
        var session = subscription.Session;
        var earlier = KeepEarlierOptions(subscription, options, identifier);
        session.QoS0Identifiers -= CountsForQoS0(subscription) ? 1 : 0;
        subscription.Options = options;
        subscription.Identifier = identifier;
        session.QoS0Identifiers += CountsForQoS0(subscription) ? 1 : 0;
        if (subscription.Member is { } member)
        {
            shard.Groups.Tell(member, MemberChange.Joined, now);
            return null;
        }

        if (!session.IsDurable)
        {
            SessionQueues.FollowOptions(subscription);
            return null;
        }

        if (options.MaximumQoS != QualityOfService.AtMostOnce)
        {
            lock (shard.Subscriptions.WriteLock)
            {
                return ChangeOf(subscription, shard.Queues.AttachLocked(subscription), earlier);
            }
        }

        lock (shard.Subscriptions.WriteLock)
        {
            SessionQueues.DetachPrivateLocked(subscription);
        }

        if (subscription.Cursor is not { IsOpen: true } cursor)
        {
            return ChangeOf(subscription, CursorChange.None, earlier);
        }

        // Re-subscribing loses no message [MQTT-3.8.4-4]: what is queued drains under the options it was queued under.
        cursor.IsOpen = false;
        return ChangeOf(subscription, CursorChange.Ends, earlier);
    }

    private static SubscriptionChange? ChangeOf(Subscription subscription, CursorChange kind, EarlierOptions? earlier) =>
        subscription.Cursor is { } cursor && (kind != CursorChange.None || earlier is not null)
            ? new SubscriptionChange(subscription, cursor, kind, earlier)
            : null;

    private static EarlierOptions? KeepEarlierOptions(Subscription subscription, SubscriptionOptions options, uint identifier)
    {
        if (subscription.Cursor is not { } cursor || (options == subscription.Options && identifier == subscription.Identifier))
        {
            return null;
        }

        // A lag journal takes effect at once, the others when the SUBSCRIBE is committed.
        var earlier = new EarlierOptions(subscription.Options, subscription.Identifier);
        if (!subscription.Session.IsDurable)
        {
            earlier.EndIndex = cursor.Journal.Horizon;
        }

        if (subscription.Earlier is null)
        {
            subscription.Earlier = earlier;
            return earlier;
        }

        var last = subscription.Earlier;
        while (last.Next is not null)
        {
            last = last.Next;
        }

        last.Next = earlier;
        return earlier;
    }

    private void Replay(Session session, Subscription subscription, bool isNew)
    {
        // The index knows the subscription by now; see RetainedStore for why the fence is taken after that. A subscription
        // that was there before keeps its fence: what is queued for it must not be taken for replayed.
        long fence = shard.Retained.Fence();
        if (isNew)
        {
            subscription.RetainFence = fence;
        }

        if (shard.Retained.Count == 0)
        {
            return;
        }

        session.Replays ??= [];
        session.Replays.RemoveAll(replay => ReferenceEquals(replay.Subscription, subscription));
        session.Replays.Add(new RetainedReplay(subscription, fence));
        shard.Feed.Queue(session);
    }

    private void Leave(Session session, Subscription subscription, long now)
    {
        var member = subscription.Member!;
        lock (shard.Subscriptions.WriteLock)
        {
            subscription.Group!.MemberCount--;
        }

        subscription.Group = null;
        shard.Exchanges.ReturnPending(session, member);
        shard.Groups.Tell(member, MemberChange.Left, now);
    }
}
