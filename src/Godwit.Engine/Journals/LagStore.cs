using Godwit.Engine.Messages;

namespace Godwit.Engine.Journals;

/// <summary>
/// The journals of one loop's transient sessions that lag. Only that loop writes and reads them, and nothing in them has to
/// survive, so appends take effect at once and need no batch; everything else is the same as in any store.
/// </summary>
internal sealed class LagStore(MessagePool pool)
{
    private readonly LogSweeper _sweeper = new();
    private long _sequence;

    /// <summary>When something in the journals falls due; <see cref="long.MaxValue"/>: never.</summary>
    public long NextSweepAt => _sweeper.NextAt;

    public long NextSequence() => ++_sequence;

    public void Open(Journal journal) => journal.StoreState = IMemoryLog.For(journal, _sweeper, totals: null);

    /// <summary>The index of the record, or −1 when the journal's limits rejected it.</summary>
    public long Append(Journal journal, Message message, long sequence, long now) => LogOf(journal).Append(message, sequence, now, pool);

    public static ReadStatus TryRead(Journal journal, long index, out JournalRecord record) => LogOf(journal).TryRead(index, out record);

    public void Trim(Journal journal, long floor) => LogOf(journal).Trim(floor, pool);

    /// <summary>Gives up what has expired or grown too old, a slice of it.</summary>
    public void Sweep(long now) => _sweeper.Sweep(now, pool);

    private static IMemoryLog LogOf(Journal journal) => (IMemoryLog)journal.StoreState!;
}
