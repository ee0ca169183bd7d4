using Godwit.Engine.Messages;
using Godwit.Engine.Subscriptions;

namespace Godwit.Engine.Journals;

/// <summary>Where one session reads in one journal. Owned by the session's loop.</summary>
internal sealed class Cursor
{
    // Ranges of records that do not concern the session, in their order; null when there are none, as almost always.
    private Queue<(long From, long To)>? _gaps;
    private JournalRecord _head;
    private long _headIndex = -1;

    public Cursor(Journal journal, long position, Subscription? subscription)
    {
        Journal = journal;
        Position = position;
        Floor = position;
        Subscription = subscription;
        journal.Enter(position);
    }

    public Journal Journal { get; }

    /// <summary>Index of the next record to read.</summary>
    public long Position { get; private set; }

    /// <summary>
    /// The oldest record that the session still needs: the next one to read, or one before that is on its way to the client
    /// and has not arrived. The journal keeps what is at or above the floors of its cursors.
    /// </summary>
    public long Floor { get; private set; }

    /// <summary>Scratch of <see cref="Durability.ProgressKeeper"/>: the oldest record on its way to the client.</summary>
    public long Needed { get; set; } = long.MaxValue;

    /// <summary>In a wide session: the position has changed since it was written.</summary>
    public bool IsDirty { get; set; } = true;

    /// <summary>Index behind the last record that concerns the session; <see cref="long.MaxValue"/> while the subscription lasts.</summary>
    public long End
    {
        get;
        set
        {
            field = value;
            IsDirty = true;
        }
    } = long.MaxValue;

    /// <summary>False from the SUBSCRIBE on that lowered the subscription to QoS 0; <see cref="End"/> follows with the commit.</summary>
    public bool IsOpen { get; set; } = true;

    /// <summary>Nobody reads here any more.</summary>
    public bool HasLeft { get; private set; }

    /// <summary>The subscription whose filter owns the journal; null for a session's private journal.</summary>
    public Subscription? Subscription { get; }

    /// <summary>The subscription is above QoS 0 again: what lies from <see cref="End"/> to <paramref name="index"/> was sent at QoS 0 and is passed over.</summary>
    public void GoOnAt(long index)
    {
        if (index > End)
        {
            (_gaps ??= new Queue<(long, long)>()).Enqueue((End, index));
        }

        End = long.MaxValue;
    }

    /// <summary>Ranges that the session passes over, in their order.</summary>
    public IReadOnlyCollection<(long From, long To)> Gaps => _gaps ?? (IReadOnlyCollection<(long From, long To)>)[];

    /// <summary>A range to pass over that was known before a restart.</summary>
    public void RestoreGap(long from, long to) => (_gaps ??= new Queue<(long, long)>()).Enqueue((from, to));

    /// <summary>Where to go on when the next record is one to pass over.</summary>
    public bool TryLeap(out long target)
    {
        if (_gaps is { Count: > 0 } gaps && Position >= gaps.Peek().From)
        {
            target = Math.Max(Position, gaps.Dequeue().To);
            return true;
        }

        target = Position;
        return false;
    }

    /// <summary>The next record, where it was read already while others of the session's journals had to be fetched: a store need not hold all at once.</summary>
    public bool TryGetHead(out JournalRecord record)
    {
        record = _head;
        if (_headIndex != Position)
        {
            return false;
        }

        record.Message.AddReference();
        return true;
    }

    /// <summary>The next record was read. Takes a reference of its own.</summary>
    public void KeepHead(in JournalRecord record)
    {
        record.Message.AddReference();
        _head = record;
        _headIndex = Position;
    }

    /// <summary>Lets go of what <see cref="KeepHead"/> has kept.</summary>
    public void ForgetHead(MessagePool pool)
    {
        if (_headIndex >= 0)
        {
            _headIndex = -1;
            _head.Message.Release(pool);
            _head = default;
        }
    }

    public bool HasMore => Position < Math.Min(Journal.Horizon, End);

    /// <summary>Records that were not read yet were given up since there was no room for them; not because they had expired or grown too old.</summary>
    public bool HasLostForLackOfRoom => Journal.First is var first && Position < first && Journal.CountGivenUp(Position, first).QueueFull > 0;

    /// <summary>Records between here and the horizon that are still there; of a queue of latest messages no more than these.</summary>
    public long Lag => Math.Min(Math.Max(0, Math.Min(Journal.Horizon, End) - Math.Max(Position, Journal.First)), Journal.Latest?.Count ?? long.MaxValue);

    /// <summary>Reads on from <paramref name="position"/>; what was passed is still needed.</summary>
    public void ReadOn(long position)
    {
        Position = position;
        IsDirty = true;
    }

    /// <summary>What is below <paramref name="floor"/> is not needed here any more; answers the index below which nobody needs the journal.</summary>
    public long MoveFloor(long floor)
    {
        long from = Floor;
        Floor = floor;
        return Journal.Move(from, floor);
    }

    /// <summary>Moves on, with nothing left behind that is still needed; answers the index below which nobody needs the journal.</summary>
    public long MoveTo(long position)
    {
        ReadOn(position);
        return MoveFloor(position);
    }

    public long Leave()
    {
        HasLeft = true;
        return Journal.Leave(Floor);
    }
}
