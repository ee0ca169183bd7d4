using Godwit.Engine.Journals;

namespace Godwit.Storage.RocksDb.Committing;

/// <summary>What the committer remembers of one journal.</summary>
internal sealed class AppendState
{
    // Known, so that entries can be removed one by one, which leaves nothing behind.
    private EntryStarts _starts;

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

    /// <summary>Payloads that lie elsewhere, by the index of the record that refers to them; null when there are none, as mostly.</summary>
    public SortedDictionary<long, SharedPayload>? Shared { get; set; }

    /// <summary>What the group is done with, when the journal is a shared group's.</summary>
    public SettledSet? Settled { get; set; }

    /// <summary>Whether something in the journal falls due.</summary>
    public SweepState Sweep { get; set; }

    /// <summary>Messages that count for all queues together, where that is limited.</summary>
    public long CountedMessages { get; set; }

    /// <summary>And their bytes; of a journal from which old messages went, an estimate until it is empty or its first is in memory.</summary>
    public long CountedBytes { get; set; }

    public ref EntryStarts Starts => ref _starts;

    public void NoteStart(long first)
    {
        if (!IsLong && !_starts.TryAdd(first))
        {
            IsLong = true;
        }
    }
}
