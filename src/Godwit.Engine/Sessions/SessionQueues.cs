using Godwit.Engine.Journals;
using Godwit.Engine.Subscriptions;
using Godwit.Protocol;

namespace Godwit.Engine.Sessions;

/// <summary>Ties sessions to journals: which cursor reads what, and when a journal has lost its last reader.</summary>
internal sealed class SessionQueues(Shard shard)
{
    /// <summary>
    /// Gives a subscription of a persistent session at QoS 1 or 2 its place in the filter's journal, from the horizon on.
    /// Under the index's write lock, so that no publish is between the index and the journal.
    /// </summary>
    public void AttachLocked(Subscription subscription)
    {
        var session = subscription.Session;
        if (session.PrivateCursor is { } own)
        {
            if (Array.IndexOf(subscription.Entry.Journals, own.Journal) < 0)
            {
                subscription.Entry.AddJournal(own.Journal);
            }

            return;
        }

        if (subscription.Cursor is { } known)
        {
            if (known.End == long.MaxValue)
            {
                return;
            }

            // The subscription had been lowered to QoS 0, and its queue was draining.
            if (known.HasMore)
            {
                known.GoOn();
                return;
            }

            Detach(session, known);
        }

        var entry = subscription.Entry;
        var journal = FindShared(entry);
        if (journal is null)
        {
            journal = shard.Core.CreateJournal(entry.Filter, entry);
            entry.AddJournal(journal);
        }

        subscription.Cursor = new Cursor(journal, journal.Horizon, subscription);
        (session.Cursors ??= []).Add(subscription.Cursor);
    }

    /// <summary>The subscription no longer takes QoS 1 and 2: what is queued is still delivered, nothing is added.</summary>
    public void EndAtHorizon(Subscription subscription)
    {
        // One that drains already has its end.
        if (subscription.Cursor is { End: long.MaxValue } cursor)
        {
            cursor.End = cursor.Journal.Horizon;
            if (!cursor.HasMore)
            {
                Detach(subscription.Session, cursor);
            }
        }
    }

    /// <summary>Drops what is queued behind a subscription.</summary>
    public void Detach(Session session, Cursor cursor)
    {
        session.Cursors!.Remove(cursor);
        if (cursor.Subscription is { } subscription)
        {
            subscription.Cursor = null;
        }

        long floor = cursor.Leave();
        if (!session.IsDurable)
        {
            DetachLag(cursor, floor);
            return;
        }

        var journal = cursor.Journal;
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
            shard.Core.Ports.Store.Discard(journal);
        }
        else if (floor > journal.First)
        {
            shard.Commits.Open.Add(new StoreOperation { Kind = StoreOperationKind.Trim, Journal = journal, Index = floor });
        }
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

            if (cursor.End != long.MaxValue)
            {
                Detach(session, cursor);
            }
        }
    }

    /// <summary>The session's own journal, where the overflow policy drops the newest message.</summary>
    public void OpenPrivate(Session session)
    {
        if (shard.Options.QueueOverflow != QueueOverflow.DropNewest)
        {
            return;
        }

        var journal = session.IsDurable
            ? shard.Core.CreateJournal(session.ClientIdentifier, session)
            : shard.Core.CreateLagJournal(session.ClientIdentifier, session);
        session.PrivateCursor = new Cursor(journal, 0, subscription: null);
        session.Cursors = [session.PrivateCursor];
    }

    /// <summary>Removes the session's own journal from a filter that it no longer subscribes to at QoS 1 or 2. Under the index's write lock.</summary>
    public static void DetachPrivateLocked(Subscription subscription)
    {
        if (subscription.Session.PrivateCursor is { } own)
        {
            subscription.Entry.RemoveJournal(own.Journal);
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
