namespace Godwit.Storage.RocksDb.Committing;

/// <summary>What the committer remembers of one journal.</summary>
internal sealed class AppendState
{
    // Entries known by their start, so that they can be removed one by one, which leaves nothing behind. Beyond that many a
    // journal is long, and is trimmed by ranges.
    private const int StartsMax = 32;

    private readonly Queue<long> _starts = new();

    /// <summary>Index of the next record.</summary>
    public long NextIndex { get; set; }

    /// <summary>Bytes of all messages ever appended.</summary>
    public long BytesAppended { get; set; }

    /// <summary>Bytes of all messages below the oldest that is kept, or less: they are counted exactly only when it matters.</summary>
    public long BytesBeforeFirst { get; set; }

    /// <summary>The journal stands in its table.</summary>
    public bool IsKnown { get; set; }

    public bool HasEnded { get; set; }

    /// <summary>Entries lie on disk whose starts are not remembered.</summary>
    public bool IsLong { get; set; }

    /// <summary>Everything below is removed from disk.</summary>
    public long RemovedBelow { get; set; }

    /// <summary>The entry that is being written; null between commits.</summary>
    public EntryBuilder? Entry { get; set; }

    /// <summary>Sizes of the oldest records, while the limit in bytes asks for them.</summary>
    public FrontSizes? Front { get; set; }

    /// <summary>What the group is done with, when the journal is a shared group's.</summary>
    public SettledSet? Settled { get; set; }

    public Queue<long> Starts => _starts;

    public void NoteStart(long first)
    {
        if (IsLong)
        {
            return;
        }

        if (_starts.Count == StartsMax)
        {
            _starts.Clear();
            IsLong = true;
            return;
        }

        _starts.Enqueue(first);
    }
}
