using Godwit.Engine.Journals;
using Godwit.Engine.Sessions;

namespace Godwit.Engine.Durability;

/// <summary>
/// Writes down how far the persistent sessions of one loop have come: once per session and batch, whatever happened to it
/// meanwhile. Moves the floors of their cursors, too, so that the journals can be trimmed.
/// </summary>
internal sealed class ProgressKeeper(Shard shard)
{
    private readonly List<Session> _touched = [];
    private readonly Dictionary<Journal, Cursor> _cursors = [];

    public bool HasTouched => _touched.Count > 0;

    /// <summary>Something of the session has changed that has to be written down with this turn.</summary>
    public void Touch(Session session)
    {
        if (session.IsDurable && !session.IsTouched)
        {
            session.IsTouched = true;
            _touched.Add(session);
        }
    }

    /// <summary>Adds what has changed to the batch of the turn.</summary>
    public void WriteTo(StoreBatch batch)
    {
        foreach (var session in _touched)
        {
            session.IsTouched = false;
            if (session.HasEnded)
            {
                continue;
            }

            MoveFloors(session, batch);
            if (shard.Commits.IsPersistent)
            {
                Write(session, batch);
            }
        }

        _touched.Clear();
    }

    /// <summary>Records below <paramref name="floor"/> are not needed by anyone.</summary>
    public static void Trim(Journal journal, long floor, StoreBatch batch)
    {
        if (floor > journal.First && floor > journal.TrimAsked)
        {
            journal.TrimAsked = floor;
            batch.Add(new StoreOperation { Kind = StoreOperationKind.Trim, Journal = journal, Index = floor });
        }
    }

    // In memory nothing is read twice: what is on its way is kept by its exchange. Where a restart has to find it again, the
    // journal keeps it until it has arrived.
    private void MoveFloors(Session session, StoreBatch batch)
    {
        if (session.Cursors is not { Count: > 0 } cursors)
        {
            return;
        }

        if (shard.Commits.IsPersistent && session.Outbound is { Count: > 0 } outbound)
        {
            LowerNeeds(cursors, outbound);
        }

        foreach (var cursor in cursors)
        {
            long floor = Math.Min(cursor.Position, cursor.Needed);
            cursor.Needed = long.MaxValue;
            if (floor > cursor.Floor)
            {
                Trim(cursor.Journal, cursor.MoveFloor(floor), batch);
            }
        }
    }

    private void LowerNeeds(List<Cursor> cursors, OutboundWindow outbound)
    {
        foreach (var cursor in cursors)
        {
            _cursors[cursor.Journal] = cursor;
        }

        foreach (ref readonly var exchange in outbound.Slots)
        {
            if (exchange.IsInJournal && !exchange.Released && _cursors.TryGetValue(exchange.Journal!, out var cursor))
            {
                cursor.Needed = Math.Min(cursor.Needed, exchange.Index);
            }
        }

        _cursors.Clear();
    }

    private void Write(Session session, StoreBatch batch)
    {
        var start = batch.BeginProgress();
        if (session.Cursors is { } cursors)
        {
            WriteCursors(session, cursors, batch);
        }

        if (session.Outbound is { Count: > 0 } outbound)
        {
            foreach (ref readonly var exchange in outbound.Slots)
            {
                if (exchange.IsInJournal || exchange.HasOwnRecord || exchange.Released)
                {
                    batch.Add(new StoredExchange(
                        exchange.PacketIdentifier, exchange.Order, exchange.QoS, exchange.Released, exchange.Retain, exchange.IsInJournal ? exchange.Journal!.Id : 0, exchange.Index));
                }
            }
        }

        session.Inbound?.CopyTo(batch);
        if (session.Replays is { } replays)
        {
            foreach (var replay in replays)
            {
                batch.Add(new StoredReplay(replay.Subscription.RequestedFilter, replay.Fence, replay.Position?.Topic.ToArray()));
            }
        }

        batch.EndProgress(session.Number, in start, session.IsWide, session.Outbound?.LastGiven ?? 0);
    }

    // A session that reads too many journals at a time writes each cursor by itself from then on.
    private void WriteCursors(Session session, List<Cursor> cursors, StoreBatch batch)
    {
        if (!session.IsWide && cursors.Count > shard.Options.CursorsPerRecordMax)
        {
            session.IsWide = true;
            cursors.ForEach(cursor => cursor.IsDirty = true);
        }

        foreach (var cursor in cursors)
        {
            if (session.IsWide && !cursor.IsDirty)
            {
                continue;
            }

            cursor.IsDirty = false;
            batch.Add(new StoredCursor(cursor.Journal.Id, cursor.Position, cursor.End));
            foreach (var (from, to) in cursor.Gaps)
            {
                batch.Add(new StoredGap(cursor.Journal.Id, from, to));
            }
        }
    }
}
