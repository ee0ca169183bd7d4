using Godwit.Engine.Journals;
using Godwit.Engine.Messages;

namespace Godwit.Engine.Durability;

/// <summary>
/// The engine as a store sees it that brings back what has survived, before any loop runs. The store calls in the order of
/// the members; what a later call refers to and an earlier one has not brought is put right or left out, never an error:
/// batches of different loops may have been committed in either order.
/// </summary>
public interface IRestoreSink
{
    /// <summary>First of all: the number of this run, larger than that of any before. Sequences of this run start at <paramref name="epoch"/> shifted left by <see cref="EpochShift"/>.</summary>
    void Begin(long epoch);

    /// <summary>Bits of a sequence below the epoch.</summary>
    const int EpochShift = 40;

    /// <summary>Something that has survived refers to journals with numbers up to <paramref name="used"/>: they are not given out again, also where nothing else is left of them.</summary>
    void SkipJournals(long used);

    /// <summary>A journal with its oldest index and the one behind the latest. The store sets its <see cref="Journal.StoreState"/>.</summary>
    Journal RestoreJournal(JournalKind kind, long id, ReadOnlySpan<byte> key, long first, long horizon);

    /// <summary>What is settled out of turn in a shared group's journal, rising.</summary>
    void RestoreGroup(Journal journal, ReadOnlySpan<long> settled);

    /// <summary>A session.</summary>
    void RestoreSession(in RestoredSession session);

    /// <summary>A subscription of a session.</summary>
    void RestoreSubscription(long session, StoredSubscription subscription);

    /// <summary>A message on its way that has a record of its own. Takes over the caller's reference.</summary>
    void RestoreOutbound(long session, ushort packetIdentifier, Message message);

    /// <summary>How far a session has come. Cursors of a wide session come in calls of their own, before the one with the rest.</summary>
    void RestoreProgress(long session, in SessionProgress progress);

    /// <summary>A will that waits. Takes over the caller's reference.</summary>
    void RestoreWill(long session, Message message, long delayMilliseconds, uint? expirySeconds);

    /// <summary>A retained message. Takes over the caller's reference.</summary>
    void RestoreRetained(Message message);
}
