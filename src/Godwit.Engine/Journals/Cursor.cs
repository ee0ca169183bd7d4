using Godwit.Engine.Subscriptions;

namespace Godwit.Engine.Journals;

/// <summary>Where one session reads in one journal. Owned by the session's loop.</summary>
internal sealed class Cursor
{
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

    /// <summary>The subscription whose filter owns the journal; null for a session's private journal.</summary>
    public Subscription? Subscription { get; }

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

    public long Leave() => Journal.Leave(Position);
}
