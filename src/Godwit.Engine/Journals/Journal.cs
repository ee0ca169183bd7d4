using Godwit.Engine.Observation;

namespace Godwit.Engine.Journals;

/// <summary>
/// A sequence of messages with a dense index, appended to by publishers on any loop and read through cursors: the queue of
/// everyone who shares it. One per Topic Filter with persistent QoS 1 or 2 subscribers, one per shared group, and one per
/// filter and loop for transient sessions that lag.
/// </summary>
/// <remarks>
/// The store holds the records; this object knows how far they are committed (<see cref="Horizon"/>), how far the oldest
/// have been given up (<see cref="First"/>), and where the readers stand, so that what nobody needs any more can be trimmed.
/// Readers are counted by runs of <see cref="RunLength"/> records; a sole reader is followed exactly.
/// </remarks>
public sealed class Journal
{
    private const int RunShift = 6;

    /// <summary>Readers of a journal shared by several are tracked to this many records.</summary>
    public const int RunLength = 1 << RunShift;

    private readonly Lock _gate = new();
    private long _horizon;
    private long _first;
    private long _trimAsked;

    // _readers[(run) & mask] counts the readers that stand in that run, from _baseRun on; a reader that stands before
    // _baseRun, because the records under it were given up, is counted at _baseRun.
    private int[] _readers = new int[4];
    private long _baseRun;
    private int _readerCount;

    // Null as long as records were given up for the limits in messages and bytes alone, or not at all.
    private volatile GivenUpRecords? _givenUp;

    internal Journal(JournalKind kind, long id, ReadOnlySpan<byte> key, JournalLimits limits, ulong topicSeed = 0)
    {
        Kind = kind;
        Id = id;
        Key = key.ToArray();
        Limits = limits;
        Latest = kind == JournalKind.SessionLatest ? new LatestRecords(in limits, topicSeed) : null;
    }

    /// <summary>Whose queue this is.</summary>
    public JournalKind Kind { get; }

    /// <summary>True when it is one session's own.</summary>
    public bool IsPrivate => Kind is JournalKind.Session or JournalKind.SessionLatest;

    /// <summary>Only one loop ever touches it, so nothing has to be locked.</summary>
    internal bool IsConfined { get; init; }

    /// <summary>Number of the journal, from 1, never used again.</summary>
    public long Id { get; }

    /// <summary>A Topic Filter, <c>$share/NAME/FILTER</c>, or a Client Identifier, after the <see cref="Kind"/>.</summary>
    public byte[] Key { get; }

    /// <summary>How much may wait here.</summary>
    public JournalLimits Limits { get; }

    /// <summary>What is the latest of each topic, where the journal keeps nothing else; null in the others.</summary>
    public LatestRecords? Latest { get; }

    /// <summary>The filter's entry, the shared group or the session that this is the queue of.</summary>
    internal object? Owner { get; set; }

    /// <summary>What the store keeps for this journal.</summary>
    public object? StoreState { get; set; }

    /// <summary>Index behind the last committed record. Set by the store, read from any loop.</summary>
    public long Horizon
    {
        get => Volatile.Read(ref _horizon);
        set => Volatile.Write(ref _horizon, value);
    }

    /// <summary>Index of the oldest record that is still there. Set by the store, read from any loop.</summary>
    public long First
    {
        get => Volatile.Read(ref _first);
        set => Volatile.Write(ref _first, value);
    }

    /// <summary>The highest index up to which some loop has asked for a trim, so that it is asked once. May be read a little late.</summary>
    internal long TrimAsked
    {
        get => Volatile.Read(ref _trimAsked);
        set => Volatile.Write(ref _trimAsked, value);
    }

    /// <summary>Cursors on this journal.</summary>
    public int ReaderCount => Volatile.Read(ref _readerCount);

    /// <summary>
    /// Told by the store before it raises <see cref="First"/> to <paramref name="first"/> over records that some reader may still want:
    /// each reader that crosses them counts them with this reason. For <see cref="DropReason.QueueFull"/> it need not tell.
    /// </summary>
    public void NoteGivenUp(long first, DropReason reason) => (_givenUp ??= new GivenUpRecords()).Note(First, first, reason);

    /// <summary>Told by the store: no reader stands below <paramref name="floor"/> any more.</summary>
    public void ForgetGivenUp(long floor) => _givenUp?.ForgetBelow(floor);

    /// <summary>Why the records from <paramref name="from"/> up to <paramref name="to"/>, at most <see cref="First"/>, were given up.</summary>
    internal GivenUpCount CountGivenUp(long from, long to) => _givenUp?.Count(from, to) ?? new GivenUpCount(to - from, 0, 0);

    internal void Enter(long position)
    {
        using (EnterGate())
        {
            if (_readerCount == 0)
            {
                _baseRun = position >> RunShift;
            }

            FoldGivenUp();
            LowerBase(position >> RunShift);
            _readerCount++;
            SlotOf(position)++;
        }
    }

    /// <summary>A reader moved on. Answers the index below which nobody reads any more.</summary>
    internal long Move(long from, long to)
    {
        if (_readerCount > 1 && from >> RunShift == to >> RunShift)
        {
            return First;
        }

        using (EnterGate())
        {
            if (from >> RunShift != to >> RunShift)
            {
                FoldGivenUp();
                SlotOf(from)--;
                SlotOf(to)++;
            }

            return _readerCount == 1 ? to : Floor();
        }
    }

    /// <summary>A reader left. Answers the index below which nobody reads any more.</summary>
    internal long Leave(long position)
    {
        using (EnterGate())
        {
            FoldGivenUp();
            SlotOf(position)--;
            _readerCount--;
            return Floor();
        }
    }

    private Lock.Scope EnterGate() => IsConfined ? default : _gate.EnterScope();

    private long Floor()
    {
        if (_readerCount == 0)
        {
            return long.MaxValue;
        }

        while (_readers[_baseRun & (_readers.Length - 1)] == 0)
        {
            _baseRun++;
        }

        return _baseRun << RunShift;
    }

    private ref int SlotOf(long position)
    {
        long run = Math.Max(position >> RunShift, _baseRun);
        while (run - _baseRun >= _readers.Length)
        {
            Grow();
        }

        return ref _readers[run & (_readers.Length - 1)];
    }

    // After a restart the readers come back in any order. One that was counted above where it stands would lose what it has not read.
    private void LowerBase(long run)
    {
        run = Math.Max(run, First >> RunShift);
        if (run >= _baseRun)
        {
            return;
        }

        long end = _baseRun + _readers.Length;
        while (_readers.Length < end - run)
        {
            Grow();
        }

        _baseRun = run;
    }

    private void Grow()
    {
        var larger = new int[_readers.Length * 2];
        for (long run = _baseRun; run < _baseRun + _readers.Length; run++)
        {
            larger[run & (larger.Length - 1)] = _readers[run & (_readers.Length - 1)];
        }

        _readers = larger;
    }

    private void FoldGivenUp()
    {
        long firstRun = First >> RunShift;
        if (firstRun <= _baseRun)
        {
            return;
        }

        int folded = 0;
        long end = Math.Min(firstRun, _baseRun + _readers.Length);
        for (long run = _baseRun; run < end; run++)
        {
            ref int slot = ref _readers[run & (_readers.Length - 1)];
            folded += slot;
            slot = 0;
        }

        _baseRun = firstRun;
        _readers[firstRun & (_readers.Length - 1)] += folded;
    }
}
