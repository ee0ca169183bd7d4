using Godwit.Engine.Subscriptions;

namespace Godwit.Engine.Journals;

/// <summary>Where one session reads in one journal. Owned by the session's loop.</summary>
internal sealed class Cursor
{
    // Ranges of records that do not concern the session, in their order; null when there are none, as almost always.
    private Queue<(long From, long To)>? _gaps;

    public Cursor(Journal journal, long position, Subscription? subscription)
    {
        Journal = journal;
        Position = position;
        Subscription = subscription;
        journal.Enter(position);
    }

    public Journal Journal { get; }

    /// <summary>Index of the next record to read.</summary>
    public long Position { get; private set; }

    /// <summary>Index behind the last record that concerns the session; <see cref="long.MaxValue"/> while the subscription lasts.</summary>
    public long End { get; set; } = long.MaxValue;

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

    public bool HasMore => Position < Math.Min(Journal.Horizon, End);

    /// <summary>Records between here and the horizon.</summary>
    public long Lag => Math.Max(0, Math.Min(Journal.Horizon, End) - Position);

    /// <summary>Moves on; answers the index below which nobody reads the journal any more.</summary>
    public long MoveTo(long position)
    {
        long from = Position;
        Position = position;
        return Journal.Move(from, position);
    }

    public long Leave()
    {
        HasLeft = true;
        return Journal.Leave(Position);
    }
}
