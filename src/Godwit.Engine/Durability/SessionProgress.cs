namespace Godwit.Engine.Durability;

/// <summary>How far a session has come, whole: takes the place of what was written of it before.</summary>
public readonly ref struct SessionProgress
{
    /// <summary>
    /// True when the session reads so many journals that each cursor has a record of its own; <see cref="Cursors"/> then
    /// are those that have moved, else all of them.
    /// </summary>
    public bool IsWide { get; init; }

    /// <summary>The packet identifier that was given out last.</summary>
    public ushort LastPacketIdentifier { get; init; }

    /// <summary>Where it reads.</summary>
    public ReadOnlySpan<StoredCursor> Cursors { get; init; }

    /// <summary>What it passes over there.</summary>
    public ReadOnlySpan<StoredGap> Gaps { get; init; }

    /// <summary>What is on its way to the client: when it is written in any order, when it is read in that of <see cref="StoredExchange.Order"/>.</summary>
    public ReadOnlySpan<StoredExchange> Exchanges { get; init; }

    /// <summary>Packet identifiers of QoS 2 messages that were taken over from the client and await PUBREL.</summary>
    public ReadOnlySpan<ushort> Inbound { get; init; }

    /// <summary>Retained messages still to be sent.</summary>
    public ReadOnlySpan<StoredReplay> Replays { get; init; }
}
