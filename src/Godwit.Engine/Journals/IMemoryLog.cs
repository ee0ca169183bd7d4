using Godwit.Engine.Messages;

namespace Godwit.Engine.Journals;

/// <summary>The records of one journal in memory.</summary>
internal interface IMemoryLog
{
    /// <summary>Appends under the journal's limits. The index of the record, or <see cref="StoreOperation.Rejected"/> or <see cref="StoreOperation.NobodyReads"/>.</summary>
    long Append(Message message, long sequence, long now, MessagePool pool);

    /// <summary>Reads without waiting; the caller owns a reference to what it gets.</summary>
    ReadStatus TryRead(long index, out JournalRecord record);

    /// <summary>What is below <paramref name="floor"/> is not needed any more.</summary>
    void Trim(long floor, MessagePool pool);

    /// <summary>Nobody reads any more.</summary>
    void End(MessagePool pool);

    /// <summary>Whether something in it falls due; the sweeper's.</summary>
    SweepState Sweep { get; set; }

    /// <summary>Nothing waits.</summary>
    bool IsEmpty { get; }

    /// <summary>
    /// Gives up records at the front that have expired or waited for too long, as many as the budget allows. When the first
    /// that is left falls due; <see cref="long.MaxValue"/>: never, or there is none.
    /// </summary>
    long GiveUpDue(long now, ref int budget, MessagePool pool);

    /// <summary>The log that fits the journal.</summary>
    static IMemoryLog For(Journal journal, LogSweeper sweeper, QueueTotals? totals) =>
        journal.Latest is { } latest ? new LatestLog(journal, latest, sweeper, totals) : new MemoryLog(journal, sweeper, totals);
}
