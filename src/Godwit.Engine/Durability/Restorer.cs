using System.Runtime.CompilerServices;
using Godwit.Engine.Journals;
using Godwit.Engine.Messages;
using Godwit.Engine.Retained;
using Godwit.Engine.Sessions;
using Godwit.Engine.SharedGroups;
using Godwit.Engine.Subscriptions;
using Godwit.Protocol;

namespace Godwit.Engine.Durability;

/// <summary>Builds the engine's objects from what a store has kept. Runs before any loop, so it may touch all shards.</summary>
internal sealed class Restorer(BrokerCore core, long now) : IRestoreSink
{
    private readonly Dictionary<long, Journal> _journals = [];
    private readonly Dictionary<long, long[]> _settled = [];
    private readonly Dictionary<long, Session> _sessions = [];
    private readonly Dictionary<long, RestoredSession> _restored = [];
    private readonly Dictionary<(long Session, long Journal), Subscription> _readers = [];
    private readonly Dictionary<(long Session, ushort PacketIdentifier), Message> _outbound = [];
    private readonly Dictionary<long, Journal> _unread = [];
    private int _subscriptions;
    private int _exchanges;
    private int _wills;

    public void Begin(long epoch) => core.Retained.StartAt(epoch << IRestoreSink.EpochShift);

    public void SkipJournals(long used) => core.SkipJournalNumbers(used);

    public Journal RestoreJournal(JournalKind kind, long id, ReadOnlySpan<byte> key, long first, long horizon)
    {
        var journal = core.RestoreJournal(kind, id, key);
        journal.First = first;
        journal.Horizon = Math.Max(first, horizon);
        _journals.Add(id, journal);
        return journal;
    }

    public void RestoreGroup(Journal journal, ReadOnlySpan<long> settled) => _settled[journal.Id] = settled.ToArray();

    public void RestoreSession(in RestoredSession session)
    {
        var stored = session.Session;
        core.SkipSessionNumbers(stored.Number);
        var shard = core.GetShard((int)(stored.Number % core.ShardCount));
        if (core.Directory.Find(stored.ClientIdentifier) is { } older)
        {
            // The loops' batches were committed in another order than the client saw: the later session is the one.
            _sessions.Remove(older.Number);
            shard.Sessions.Discard(older);
        }

        var restored = shard.Sessions.Restore(stored);
        _sessions.Add(stored.Number, restored);
        _restored[stored.Number] = session;
    }

    public void RestoreSubscription(long session, StoredSubscription subscription)
    {
        core.SkipJournalNumbers(subscription.Journal);
        if (!_sessions.TryGetValue(session, out var owner))
        {
            return;
        }

        _subscriptions++;
        var restored = core.GetShard(owner.Home).SubscriptionKeeper.Restore(owner, subscription);
        if (restored.Locals is not null && subscription.Journal != 0)
        {
            _readers[(session, subscription.Journal)] = restored;
        }
    }

    public void RestoreOutbound(long session, ushort packetIdentifier, Message message)
    {
        if (_sessions.ContainsKey(session))
        {
            _outbound[(session, packetIdentifier)] = message;
        }
    }

    public void RestoreProgress(long session, in SessionProgress progress)
    {
        foreach (ref readonly var cursor in progress.Cursors)
        {
            core.SkipJournalNumbers(cursor.Journal);
        }

        if (!_sessions.TryGetValue(session, out var owner))
        {
            return;
        }

        owner.IsWide |= progress.IsWide;
        foreach (ref readonly var cursor in progress.Cursors)
        {
            RestoreCursor(owner, in cursor, in progress);
        }

        foreach (ref readonly var exchange in progress.Exchanges)
        {
            RestoreExchange(owner, in exchange);
        }

        if (progress.LastPacketIdentifier != 0)
        {
            (owner.Outbound ??= new OutboundWindow()).LastGiven = progress.LastPacketIdentifier;
        }

        foreach (ushort packetIdentifier in progress.Inbound)
        {
            (owner.Inbound ??= new InboundIdentifiers()).Add(packetIdentifier);
        }

        foreach (ref readonly var replay in progress.Replays)
        {
            RestoreReplay(owner, in replay);
        }
    }

    public void RestoreWill(long session, Message message, long delayMilliseconds, uint? expirySeconds)
    {
        if (_sessions.TryGetValue(session, out var owner))
        {
            _wills++;
            owner.Will = new Will(message, delayMilliseconds, expirySeconds);
            owner.HasStoredWill = true;
        }
    }

    public void RestoreRetained(Message message) => core.Retained.Restore(message);

    /// <summary>All has been brought: ties up what belongs together, sets what is due, gives up what nobody reads.</summary>
    public RestoreSummary Complete()
    {
        PassGivenUp();
        RestoreGroups();
        DropDrained();
        int durable = 0;
        foreach (var session in _sessions.Values)
        {
            durable += session.IsDurable ? 1 : 0;
            var (stored, away) = _restored[session.Number];
            core.GetShard(session.Home).Sessions.SetRestoredDeadlines(session, away, stored.IsConnected, now);
        }

        var first = core.GetShard(0);
        int read = 0;
        long queued = 0;
        foreach (var journal in _journals.Values)
        {
            if (journal.ReaderCount == 0)
            {
                first.Commits.Open.Add(new StoreOperation { Kind = StoreOperationKind.JournalEnd, Journal = journal });
                continue;
            }

            read++;
            queued += journal.Latest?.Count ?? (journal.Horizon - journal.First);
        }

        if (core.Retained.HasExpiring)
        {
            first.RetainedSweeper.Schedule(now);
        }

        return new RestoreSummary(durable, _subscriptions, read, queued, _exchanges, core.RetainedCount, _wills);
    }

    private void RestoreCursor(Session session, in StoredCursor stored, in SessionProgress progress)
    {
        long id = stored.Journal;
        _readers.TryGetValue((session.Number, id), out var subscription);
        if (!_journals.TryGetValue(id, out var journal))
        {
            if (subscription is null)
            {
                return;
            }

            // Nothing was ever appended to it, or everything is read.
            journal = core.RestoreJournal(JournalKind.Filter, id, subscription.Entry.Filter);
            core.Ports.Store.Open(journal);
            journal.First = journal.Horizon = stored.Position;
            _journals.Add(id, journal);
        }

        if (stored.Position > journal.Horizon)
        {
            // Everything is read: it goes on where the readers stand.
            journal.First = journal.First == journal.Horizon ? stored.Position : journal.First;
            journal.Horizon = stored.Position;
        }

        if (journal.Kind == JournalKind.Filter ? subscription is null : journal.Kind == JournalKind.Group || session.PrivateCursor is not null)
        {
            return;
        }

        long floor = stored.Position;
        foreach (ref readonly var exchange in progress.Exchanges)
        {
            if (exchange.Journal == id && !exchange.Released)
            {
                floor = Math.Min(floor, exchange.Index);
            }
        }

        var cursor = new Cursor(journal, Math.Max(floor, journal.First), subscription) { End = stored.End, IsOpen = stored.End == long.MaxValue };
        cursor.ReadOn(Math.Max(stored.Position, journal.First));
        foreach (ref readonly var gap in progress.Gaps)
        {
            if (gap.Journal == id)
            {
                cursor.RestoreGap(gap.From, gap.To);
            }
        }

        (session.Cursors ??= []).Add(cursor);
        if (subscription is not null)
        {
            subscription.Cursor = cursor;
            SettleOpenChanges(session, cursor, subscription);
            Own(journal, subscription.Entry);
        }
        else
        {
            journal.Owner = session;
            session.PrivateCursor = cursor;
            core.GetShard(session.Home).SubscriptionKeeper.AttachRestoredPrivate(session);
        }
    }

    // A SUBSCRIBE was committed, and the crash came before what it changes was written down. Written now: with the next crash
    // nothing else would be known of it.
    private void SettleOpenChanges(Session session, Cursor cursor, Subscription? subscription)
    {
        if (subscription is null)
        {
            return;
        }

        long place = subscription.RestoredSince >= 0 ? subscription.RestoredSince : cursor.Journal.Horizon;
        var shard = core.GetShard(session.Home);
        bool isLowered = subscription.Options.MaximumQoS == QualityOfService.AtMostOnce;
        if (cursor.IsOpen == isLowered)
        {
            cursor.IsOpen = !isLowered;
            if (isLowered)
            {
                cursor.End = place;
            }
            else
            {
                cursor.GoOnAt(place);
            }

            shard.Progress.Touch(session);
        }

        bool isChanged = false;
        for (var earlier = subscription.Earlier; earlier is not null; earlier = earlier.Next)
        {
            isChanged |= earlier.EndIndex == long.MaxValue;
            earlier.EndIndex = Math.Min(earlier.EndIndex, place);
        }

        if (isChanged)
        {
            shard.SubscriptionKeeper.Write(subscription, change: null);
        }
    }

    // What was given up before the restart is counted by nobody any more, nor is it a reason to end a session now.
    private void PassGivenUp()
    {
        foreach (var session in _sessions.Values)
        {
            foreach (var cursor in session.Cursors ?? [])
            {
                if (cursor.Position < cursor.Journal.First)
                {
                    cursor.ReadOn(cursor.Journal.First);
                }
            }
        }
    }

    // A queue that a subscription lowered to QoS 0 has left empty takes nothing more.
    private void DropDrained()
    {
        foreach (var session in _sessions.Values)
        {
            foreach (var cursor in session.Cursors?.ToArray() ?? [])
            {
                if (SessionQueues.IsDrained(session, cursor))
                {
                    core.GetShard(session.Home).Queues.Detach(session, cursor);
                }
            }
        }
    }

    private static void Own(Journal journal, FilterEntry entry)
    {
        if (journal.Owner is null)
        {
            journal.Owner = entry;
            entry.AddJournal(journal);
        }
    }

    private void RestoreExchange(Session session, in StoredExchange stored)
    {
        _outbound.Remove((session.Number, stored.PacketIdentifier), out var message);
        _journals.TryGetValue(stored.Journal, out var journal);
        bool isKnown = message is not null || (journal is not null && stored.Index >= journal.First);
        bool released = stored.Released || (!isKnown && stored.QoS == QualityOfService.ExactlyOnce);
        if (!isKnown && !released)
        {
            // Nobody needed the record any more: it has been acknowledged.
            return;
        }

        session.Outbound ??= new OutboundWindow();
        ref var exchange = ref session.Outbound.Restore(stored.PacketIdentifier);
        if (Unsafe.IsNullRef(ref exchange))
        {
            return;
        }

        _exchanges++;
        exchange.QoS = stored.QoS;
        exchange.Released = released;
        exchange.Retain = stored.Retain;
        exchange.Message = released ? null : message;
        exchange.HasOwnRecord = message is not null;
        exchange.Journal = journal;
        exchange.Index = stored.Index;
    }

    private static void RestoreReplay(Session session, in StoredReplay stored)
    {
        if (session.Subscriptions.Find(stored.RequestedFilter) is not { } subscription)
        {
            return;
        }

        var replay = new RetainedReplay(subscription, stored.Fence);
        if (stored.Position is { } topic)
        {
            replay.Position = MessagePool.Keep(new Publication { Topic = topic, Publisher = [] });
        }

        (session.Replays ??= []).Add(replay);
    }

    private void RestoreGroups()
    {
        // Falling, so that of two queues of one group, whose end was not written, the later one is taken.
        foreach (var journal in _journals.Values.Where(journal => journal.Kind == JournalKind.Group).OrderByDescending(journal => journal.Id).ToList())
        {
            var home = core.GetShard((int)(journal.Id % core.ShardCount));
            home.Groups.Restore(journal, _settled.GetValueOrDefault(journal.Id) ?? [], now);
        }

        FindUnread();
        foreach (var session in _sessions.Values)
        {
            if (session.IsDurable && session.Cursors is null)
            {
                RestorePrivate(session);
            }

            core.GetShard(session.Home).SubscriptionKeeper.JoinRestored(session);
        }
    }

    // The session has read nothing, so it has written down no place: either nothing was ever queued for it, and its own queue,
    // where it had one, left no trace; or what is in it came before the place could be written.
    private void RestorePrivate(Session session)
    {
        var home = core.GetShard(session.Home);
        if (_unread.GetValueOrDefault(session.Number) is { } journal)
        {
            journal.Owner = session;
            session.PrivateCursor = new Cursor(journal, journal.First, subscription: null);
            session.Cursors = [session.PrivateCursor];
            home.Progress.Touch(session);
        }
        else
        {
            home.Queues.OpenPrivate(session);
        }

        home.SubscriptionKeeper.AttachRestoredPrivate(session);
    }

    // The queues of single sessions that nobody has a place in, by session: of two of one client the later one.
    private void FindUnread()
    {
        if (!_journals.Values.Any(journal => journal is { IsPrivate: true, ReaderCount: 0 }))
        {
            return;
        }

        var sessions = _sessions.Values.Where(session => session is { IsDurable: true, Cursors: null }).ToDictionary(session => session.ClientIdentifier, new ByteArrayComparer(core.Ports.Entropy.NextUInt64()));
        foreach (var (id, journal) in _journals.OrderBy(each => each.Key))
        {
            if (journal is { IsPrivate: true, ReaderCount: 0 } && sessions.TryGetValue(journal.Key, out var session))
            {
                _unread[session.Number] = journal;
            }
        }
    }
}
