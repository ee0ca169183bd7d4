using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Engine.Observation;
using Godwit.Engine.Subscriptions;
using Godwit.Protocol;

namespace Godwit.Engine.Sessions;

/// <summary>Ties sessions to journals: which cursor reads what, and when a journal has lost its last reader.</summary>
internal sealed class SessionQueues(Shard shard)
{
    /// <summary>
    /// Gives a subscription of a persistent session at QoS 1 or 2 its cursor in the filter's journal; where it begins to read
    /// is settled by the commit (<see cref="Settle"/>). Under the index's write lock, so that no publish is between the index
    /// and the journal.
    /// </summary>
    public CursorChange AttachLocked(Subscription subscription)
    {
        var session = subscription.Session;
        if (session.PrivateCursor is { } own)
        {
            if (Array.IndexOf(subscription.Entry.Journals, own.Journal) < 0)
            {
                subscription.Entry.AddJournal(own.Journal);
            }

            return CursorChange.None;
        }

        if (subscription.Cursor is { } known)
        {
            // Else the subscription had been lowered to QoS 0, and its queue is draining.
            bool wasOpen = known.IsOpen;
            known.IsOpen = true;
            return wasOpen ? CursorChange.None : CursorChange.GoesOn;
        }

        var entry = subscription.Entry;
        var journal = FindShared(entry);
        if (journal is null)
        {
            journal = shard.Core.CreateJournal(JournalKind.Filter, entry.Filter, entry);
            entry.AddJournal(journal);
        }

        subscription.Cursor = new Cursor(journal, journal.Horizon, subscription);
        (session.Cursors ??= []).Add(subscription.Cursor);
        shard.Progress.Touch(session);
        return CursorChange.Starts;
    }

    /// <summary>
    /// The options of a transient session's subscription were replaced. The filter's lag journal goes on for others of this
    /// loop: what they queue there while this subscription is at QoS 0 was sent to it already.
    /// </summary>
    public static void FollowOptions(Subscription subscription)
    {
        bool isQueued = subscription.Options.MaximumQoS != QualityOfService.AtMostOnce;
        if (subscription.Cursor is not { } cursor || cursor.IsOpen == isQueued)
        {
            return;
        }

        cursor.IsOpen = isQueued;
        if (isQueued)
        {
            cursor.GoOnAt(cursor.Journal.Horizon);
        }
        else
        {
            cursor.End = cursor.Journal.Horizon;
        }
    }

    /// <summary>The SUBSCRIBE is committed: its options hold for the records from <paramref name="index"/> on.</summary>
    public void Settle(SubscriptionChange change, long index)
    {
        var session = change.Subscription.Session;
        var cursor = change.Cursor;
        session.ChangesPending--;
        shard.Progress.Touch(session);
        if (change.Earlier is { } earlier)
        {
            earlier.EndIndex = index;
            if (ReferenceEquals(session.Subscriptions.Find(change.Subscription.RequestedFilter), change.Subscription))
            {
                // Not when an UNSUBSCRIBE, or the session's end, came meanwhile: it would be there again after a restart.
                shard.SubscriptionKeeper.Write(change.Subscription, change: null);
            }
        }

        if (!cursor.HasLeft)
        {
            switch (change.Kind)
            {
                case CursorChange.Starts:
                    Skip(session, cursor, index);
                    break;
                case CursorChange.Ends:
                    cursor.End = index;
                    if (IsDrained(session, cursor))
                    {
                        Detach(session, cursor);
                    }

                    break;
                case CursorChange.GoesOn:
                    bool isDrained = cursor.Position == cursor.End;
                    cursor.GoOnAt(index);
                    if (isDrained && cursor.TryLeap(out long target))
                    {
                        Skip(session, cursor, target);
                    }

                    break;
            }
        }

        if (session.ChangesPending == 0 && session.HasUnread)
        {
            shard.Feed.Queue(session);
        }
    }

    /// <summary>The session has read up to <paramref name="position"/>.</summary>
    public void MoveTo(Session session, Cursor cursor, long position)
    {
        cursor.ForgetHead(shard.Messages);
        if (session.IsDurable)
        {
            // Written, and the journal trimmed, at the end of the turn.
            cursor.ReadOn(position);
            shard.Progress.Touch(session);
            return;
        }

        long floor = cursor.MoveTo(position);
        if (floor > cursor.Journal.First)
        {
            shard.LagStore.Trim(cursor.Journal, floor);
        }
    }

    /// <summary>The next record was superseded, or crowded out: the session goes on at the next one that it gets.</summary>
    public void PassSuperseded(Session session, Cursor cursor)
    {
        var latest = cursor.Journal.Latest!;
        var givenUp = latest.TakeGivenUp();
        long target = Math.Min(latest.NextFrom(cursor.Position), cursor.Journal.Horizon);
        long passed = target - cursor.Position;
        long expired = Math.Min(givenUp.Expired, passed);
        long tooOld = Math.Min(givenUp.TooOld, passed - expired);
        long crowdedOut = Math.Min(givenUp.QueueFull, passed - expired - tooOld);
        shard.Counters.CountDrop(DropReason.QueueFull, crowdedOut);
        shard.Counters.CountDrop(DropReason.Expired, expired);
        shard.Counters.CountDrop(DropReason.TooOld, tooOld);
        shard.Counters.CountDrop(DropReason.Superseded, passed - crowdedOut - expired - tooOld);
        MoveTo(session, cursor, target);
    }

    /// <summary>Drops what is queued behind a subscription.</summary>
    public void Detach(Session session, Cursor cursor)
    {
        cursor.ForgetHead(shard.Messages);
        long lost = Math.Min(cursor.Journal.First, cursor.End);
        if (cursor.Position < lost)
        {
            shard.CountGivenUp(cursor.Journal, cursor.Position, lost);
        }

        session.Cursors!.Remove(cursor);
        if (cursor.Subscription is { } subscription)
        {
            subscription.Cursor = null;
            subscription.Earlier = null;
        }

        long floor = cursor.Leave();
        if (!session.IsDurable)
        {
            DetachLag(cursor, floor);
            return;
        }

        var journal = cursor.Journal;
        shard.Exchanges.HandleDetached(session, journal);
        bool isLast;
        lock (shard.Subscriptions.WriteLock)
        {
            isLast = journal.ReaderCount == 0;
            if (isLast && cursor.Subscription is { } last)
            {
                last.Entry.RemoveJournal(journal);
                shard.Subscriptions.RemoveIfUnused(last.Entry);
            }
        }

        if (isLast)
        {
            shard.Commits.Open.Add(new StoreOperation { Kind = StoreOperationKind.JournalEnd, Journal = journal });
        }
        else
        {
            ProgressKeeper.Trim(journal, floor, shard.Commits.Open);
        }

        if (session.IsWide && !session.HasEnded && shard.Commits.IsPersistent)
        {
            shard.Commits.Open.Add(new StoreOperation { Kind = StoreOperationKind.CursorEnd, Session = session.Number, Journal = journal });
        }

        shard.Progress.Touch(session);
    }

    /// <summary>A transient session has caught up: it is fed directly again.</summary>
    public void DropLagCursors(Session session)
    {
        for (int i = session.Cursors!.Count - 1; i >= 0; i--)
        {
            if (session.Cursors[i] != session.PrivateCursor)
            {
                Detach(session, session.Cursors[i]);
            }
        }
    }

    /// <summary>Cursors whose subscription was lowered to QoS 0 leave once they have delivered what was queued; replaced options are forgotten.</summary>
    public void DropDrainedCursors(Session session)
    {
        for (int i = session.Cursors!.Count - 1; i >= 0; i--)
        {
            var cursor = session.Cursors[i];
            if (cursor.HasMore)
            {
                continue;
            }

            if (cursor.Subscription is { } subscription)
            {
                subscription.Earlier = null;
            }

            if (cursor.End != long.MaxValue && !HasUnreadExchanges(session, cursor.Journal))
            {
                Detach(session, cursor);
            }
        }
    }

    /// <summary>The subscription was lowered to QoS 0, and nothing behind the cursor is needed any more.</summary>
    public static bool IsDrained(Session session, Cursor cursor) =>
        cursor is { IsOpen: false, HasMore: false } && !HasUnreadExchanges(session, cursor.Journal);

    // Something from the journal is on its way to the client and has not been read again since a restart: the journal alone has it.
    private static bool HasUnreadExchanges(Session session, Journal journal)
    {
        if (session.Outbound is not { Count: > 0 } outbound)
        {
            return false;
        }

        foreach (ref readonly var exchange in outbound.Slots)
        {
            if (exchange is { PacketIdentifier: not 0, IsInJournal: true, Released: false, Message: null } && ReferenceEquals(exchange.Journal, journal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The session's own journal, where the overflow policy cannot be kept in journals that are shared.</summary>
    public void OpenPrivate(Session session)
    {
        JournalKind kind;
        switch (shard.Options.QueueOverflow)
        {
            case QueueOverflow.DropNewest:
                kind = JournalKind.Session;
                break;
            case QueueOverflow.KeepLatest:
                kind = JournalKind.SessionLatest;
                break;
            default:
                return;
        }

        var journal = session.IsDurable
            ? shard.Core.CreateJournal(kind, session.ClientIdentifier, session)
            : shard.Core.CreateLagJournal(shard, kind, session.ClientIdentifier, session);
        session.PrivateCursor = new Cursor(journal, 0, subscription: null);
        session.Cursors = [session.PrivateCursor];
        shard.Progress.Touch(session);
    }

    /// <summary>Removes the session's own journal from a filter that it no longer subscribes to at QoS 1 or 2. Under the index's write lock.</summary>
    public static void DetachPrivateLocked(Subscription subscription)
    {
        if (subscription.Session.PrivateCursor is { } own)
        {
            subscription.Entry.RemoveJournal(own.Journal);
        }
    }

    /// <summary>The client is away: nothing is held for it in memory.</summary>
    public void ForgetHeads(Session session)
    {
        foreach (var cursor in session.Cursors ?? [])
        {
            cursor.ForgetHead(shard.Messages);
        }
    }

    /// <summary>Drops everything queued for a session that ends.</summary>
    public void Close(Session session)
    {
        while (session.Cursors is { Count: > 0 } cursors)
        {
            Detach(session, cursors[^1]);
        }
    }

    private void Skip(Session session, Cursor cursor, long position)
    {
        if (position > cursor.Position)
        {
            MoveTo(session, cursor, position);
        }
    }

    private static Journal? FindShared(FilterEntry entry)
    {
        foreach (var journal in entry.Journals)
        {
            if (ReferenceEquals(journal.Owner, entry))
            {
                return journal;
            }
        }

        return null;
    }

    private void DetachLag(Cursor cursor, long floor)
    {
        shard.LagStore.Trim(cursor.Journal, floor);
        if (cursor.Journal.ReaderCount == 0 && cursor.Subscription?.Locals is { } locals && ReferenceEquals(locals.LagJournal, cursor.Journal))
        {
            locals.LagJournal = null;
        }
    }
}
