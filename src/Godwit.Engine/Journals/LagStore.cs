using Godwit.Engine.Messages;

namespace Godwit.Engine.Journals;

/// <summary>
/// The journals of one loop's transient sessions that lag. Only that loop writes and reads them, and nothing in them has to
/// survive, so appends take effect at once and need no batch; everything else is the same as in any store.
/// </summary>
internal sealed class LagStore(MessagePool pool)
{
    private long _sequence;

    public long NextSequence() => ++_sequence;

    public static void Open(Journal journal) => journal.StoreState = IMemoryLog.For(journal);

    /// <summary>The index of the record, or −1 when the journal's limits rejected it.</summary>
    public long Append(Journal journal, Message message, long sequence) => LogOf(journal).Append(message, sequence, pool);

    public static ReadStatus TryRead(Journal journal, long index, out JournalRecord record) => LogOf(journal).TryRead(index, out record);

    public void Trim(Journal journal, long floor) => LogOf(journal).Trim(floor, pool);

    private static IMemoryLog LogOf(Journal journal) => (IMemoryLog)journal.StoreState!;
}
