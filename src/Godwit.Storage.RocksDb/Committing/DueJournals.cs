using Godwit.Engine.Journals;

namespace Godwit.Storage.RocksDb.Committing;

/// <summary>The journals that hold something which falls due to be given up, and when to look at each. The committer's.</summary>
internal sealed class DueJournals
{
    // A journal is looked at so often at most.
    private const long PeriodMilliseconds = 1000;

    // Journals that have ended stay in the queue until they are many.
    private const int EndedMax = 1024;

    private PriorityQueue<JournalState, long> _queue = new();
    private int _ended;

    /// <summary>The time of this commit, by the engine's clock.</summary>
    public long Now { get; set; }

    /// <summary>When there is something to look at; <see cref="long.MaxValue"/>: never.</summary>
    public long NextAt => _queue.TryPeek(out _, out long next) ? next : long.MaxValue;

    /// <summary>A record that falls due at <paramref name="due"/> was appended.</summary>
    public void NoteAppended(JournalState state, AppendState appends, long due)
    {
        if (due != long.MaxValue && appends.Sweep == SweepState.Idle)
        {
            Enqueue(state, appends, Math.Max(due, Now + PeriodMilliseconds));
        }
    }

    /// <summary>The first record has gone.</summary>
    public void NoteFrontGone(JournalState state, AppendState appends)
    {
        if (appends.Sweep == SweepState.AwaitsFront)
        {
            Enqueue(state, appends, Now + PeriodMilliseconds);
        }
    }

    /// <summary>A journal that was found on the disk: nobody knows yet what it holds.</summary>
    public void NoteFound(JournalState state, AppendState appends) => Enqueue(state, appends, long.MinValue);

    public void NoteEnded(AppendState appends)
    {
        if (appends.Sweep == SweepState.Queued && ++_ended > EndedMax && _ended > _queue.Count / 2)
        {
            _queue = new PriorityQueue<JournalState, long>(_queue.UnorderedItems.Where(item => !item.Element.Appends!.HasEnded));
            _ended = 0;
        }
    }

    /// <summary>The next journal whose time has come.</summary>
    public bool TryTake(out JournalState state)
    {
        while (_queue.TryPeek(out state!, out long at) && at <= Now)
        {
            _queue.Dequeue();
            state.Appends!.Sweep = SweepState.Idle;
            if (!state.Appends.HasEnded)
            {
                return true;
            }

            _ended = Math.Max(0, _ended - 1);
        }

        return false;
    }

    /// <summary>The journal was looked at: its first record falls due at <paramref name="due"/>.</summary>
    public void PutBack(JournalState state, long due)
    {
        var appends = state.Appends!;
        if (due <= Now)
        {
            Enqueue(state, appends, Now);
        }
        else if (due != long.MaxValue)
        {
            Enqueue(state, appends, Math.Max(due, Now + PeriodMilliseconds));
        }
        else if (state.Journal.Latest is { } latest ? latest.Count > 0 : appends.NextIndex > state.Journal.First)
        {
            appends.Sweep = SweepState.AwaitsFront;
        }
    }

    private void Enqueue(JournalState state, AppendState appends, long at)
    {
        appends.Sweep = SweepState.Queued;
        _queue.Enqueue(state, at);
    }
}
