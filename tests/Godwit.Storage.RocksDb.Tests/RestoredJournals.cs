using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Engine.Messages;

namespace Godwit.Storage.RocksDb.Tests;

/// <summary>An engine that only takes the journals that are brought back.</summary>
internal sealed class RestoredJournals(JournalLimits limits) : IRestoreSink
{
    public Dictionary<long, Journal> ById { get; } = [];

    public void Begin(long epoch)
    {
    }

    public Journal RestoreJournal(JournalKind kind, long id, ReadOnlySpan<byte> key, long first, long horizon)
    {
        var journal = new Journal(kind, id, key, limits) { First = first, Horizon = horizon };
        ById.Add(id, journal);
        return journal;
    }

    public void SkipJournals(long used)
    {
    }

    public void RestoreGroup(Journal journal, ReadOnlySpan<long> settled)
    {
    }

    public void RestoreSession(in RestoredSession session)
    {
    }

    public void RestoreSubscription(long session, StoredSubscription subscription)
    {
    }

    public void RestoreOutbound(long session, ushort packetIdentifier, Message message)
    {
    }

    public void RestoreProgress(long session, in SessionProgress progress)
    {
    }

    public void RestoreWill(long session, Message message, long delayMilliseconds, uint? expirySeconds)
    {
    }

    public void RestoreRetained(Message message)
    {
    }
}
