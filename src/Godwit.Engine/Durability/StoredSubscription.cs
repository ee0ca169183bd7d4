namespace Godwit.Engine.Durability;

/// <summary>A subscription as the store keeps it.</summary>
/// <param name="RequestedFilter">The filter as the client wrote it, with <c>$share/NAME/</c> where it had one.</param>
/// <param name="Options">Subscription Options (§3.8.3.1).</param>
/// <param name="Identifier">Subscription Identifier, 0 for none.</param>
/// <param name="Journal">Number of the filter's or the group's journal; 0 for none.</param>
/// <param name="RetainFence">What was retained later than this comes as a live message.</param>
/// <param name="Earlier">Options that hold for what was queued before they were replaced, oldest first.</param>
public sealed record StoredSubscription(
    byte[] RequestedFilter, byte Options, uint Identifier, long Journal, long RetainFence, IReadOnlyList<StoredOptions> Earlier)
{
    /// <summary>The first record of the journal for which the options hold, as the store saw when it committed them; −1 where that had no place in a journal.</summary>
    public long Since { get; init; } = -1;
}
