using Godwit.Engine.Messages;

namespace Godwit.Engine.Journals;

/// <summary>The records of one journal in memory.</summary>
internal interface IMemoryLog
{
    /// <summary>Appends under the journal's limits. The index of the record, or <see cref="StoreOperation.Rejected"/> or <see cref="StoreOperation.NobodyReads"/>.</summary>
    long Append(Message message, long sequence, MessagePool pool);

    /// <summary>Reads without waiting; the caller owns a reference to what it gets.</summary>
    ReadStatus TryRead(long index, out JournalRecord record);

    /// <summary>What is below <paramref name="floor"/> is not needed any more.</summary>
    void Trim(long floor, MessagePool pool);

    /// <summary>Nobody reads any more.</summary>
    void End(MessagePool pool);

    /// <summary>The log that fits the journal.</summary>
    static IMemoryLog For(Journal journal) => journal.Latest is { } latest ? new LatestLog(journal, latest) : new MemoryLog(journal);
}
