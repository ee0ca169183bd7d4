namespace Godwit.Engine.Journals;

/// <summary>How much may wait in a journal.</summary>
/// <param name="MessagesMax">Records, at least 1.</param>
/// <param name="BytesMax">Bytes of topic, properties and payload; one message may exceed it alone.</param>
/// <param name="RejectsNewest">True: what does not fit is not appended; false: the oldest record makes room.</param>
public readonly record struct JournalLimits(int MessagesMax, long BytesMax, bool RejectsNewest)
{
    /// <summary>How long a record may wait, in milliseconds; <see cref="long.MaxValue"/>: without end.</summary>
    public long AgeMillisecondsMax { get; init; } = long.MaxValue;

    /// <summary>When a record falls due to be given up, by the clock of <paramref name="writtenAt"/> and <paramref name="expiresAt"/>; <see cref="long.MaxValue"/>: never.</summary>
    public long DueOf(long expiresAt, long writtenAt) =>
        AgeMillisecondsMax == long.MaxValue ? expiresAt : Math.Min(expiresAt, writtenAt + AgeMillisecondsMax);
}
