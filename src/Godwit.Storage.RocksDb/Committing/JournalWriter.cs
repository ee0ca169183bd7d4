using Godwit.Engine.Journals;
using Godwit.Engine.Messages;
using Godwit.Engine.Observation;
using Godwit.Storage.RocksDb.Reading;
using Godwit.Storage.RocksDb.Records;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Committing;

/// <summary>The committer's half that appends to journals, keeps their limits, and removes what nobody needs.</summary>
internal sealed class JournalWriter : IDisposable
{
    // Entries that a reader has to read and decode for one record: bounded.
    private const int EntryBytesMax = 64 * 1024;

    private const int FrontRecords = 256;

    private readonly StoreClock _clock;
    private readonly IWriteSet _writes;
    private readonly PayloadWriter _payloads;
    private readonly QueueTotals? _totals;
    private readonly TailCache _tails;
    private readonly EntryReader _reader;
    private readonly EntryRemover _remover;
    private readonly List<JournalState> _appended = [];
    private readonly List<JournalState> _settled = [];
    private readonly List<long> _gone = [];
    private readonly Stack<EntryBuilder> _spare = new();
    private readonly RecordBuffer _record = new();
    private readonly byte[] _key = new byte[Keys.PairLength];

    public JournalWriter(IRecordTables tables, StoreClock clock, IWriteSet writes, PayloadWriter payloads, long tailBytesMax, QueueTotals? totals)
    {
        _clock = clock;
        _writes = writes;
        _payloads = payloads;
        _totals = totals;
        _tails = new TailCache(tailBytesMax);
        _reader = new EntryReader(tables, clock);
        _remover = new EntryRemover(writes, payloads, _reader);
    }

    /// <summary>Bytes of messages, roughly, that were removed from disk since the last call.</summary>
    public long TakeRemovedBytes()
    {
        long removed = _remover.RemovedBytes;
        _remover.RemovedBytes = 0;
        return removed;
    }

    /// <summary>The journals in which something falls due.</summary>
    public DueJournals Due { get; } = new();

    public long Append(Journal journal, Message message, long sequence, long now, MessagePool pool)
    {
        var state = StateOf(journal);
        var appends = AppendsOf(state);
        if (appends.HasEnded)
        {
            return StoreOperation.NobodyReads;
        }

        if (journal.Latest is { } latest)
        {
            latest.Add(appends.NextIndex, message.Topic, message.Size, _gone);
            RemoveGone(journal, appends);
        }
        else if (!MakeRoom(state, appends, message.Size, pool))
        {
            return StoreOperation.Rejected;
        }

        if (appends.Entry is { Size: >= EntryBytesMax })
        {
            FinishEntry(state, appends, _clock.TimeOfDay);
        }

        if (appends.Entry is null)
        {
            appends.Entry = _spare.TryPop(out var spare) ? spare : new EntryBuilder();
            appends.Entry.Begin(appends.NextIndex, appends.BytesAppended, sequence);
            _appended.Add(state);
        }

        bool sharesPayload = _payloads.Current is not null;
        appends.Entry.Add(message, sequence, now, sharesPayload);
        long index = appends.NextIndex++;
        if (sharesPayload)
        {
            _payloads.Add(journal, index);
            (appends.Shared ??= []).Add(index, _payloads.Current!);
        }

        message.AddReference();
        _tails.Push(state, index, new CachedRecord(message, sequence, appends.BytesAppended), pool);
        appends.BytesAppended += message.Size;
        if (journal.Latest is { } kept)
        {
            // An entry of its own, to be removed by itself, by a later append of this very commit perhaps.
            FinishEntry(state, appends, _clock.TimeOfDay);
            CountLatest(appends, kept);
        }
        else
        {
            Count(appends, appends.CountedMessages + 1, appends.CountedBytes + message.Size);
        }

        Due.NoteAppended(state, appends, journal.Limits.DueOf(message.ExpiresAt, now));
        return index;
    }

    /// <summary>The index behind all that was appended so far, this commit included.</summary>
    public static long EndOf(Journal journal) => AppendsOf(StateOf(journal)).NextIndex;

    public void Trim(Journal journal, long floor, MessagePool pool)
    {
        var state = StateOf(journal);
        var appends = AppendsOf(state);
        if (appends.HasEnded)
        {
            return;
        }

        floor = Math.Min(floor, appends.NextIndex);
        RaiseFirst(state, floor, pool);
        journal.ForgetGivenUp(floor);
        RemoveBelow(journal, appends, floor);
        if (appends.Settled is { } settled)
        {
            settled.RaiseTo(floor);
            NoteSettled(state, settled);
        }
    }

    /// <summary>A journal that was found on the disk.</summary>
    public void Adopt(JournalState state, long bytes)
    {
        var appends = state.Appends!;
        if (state.Journal.Latest is { } latest)
        {
            CountLatest(appends, latest);
        }
        else
        {
            Count(appends, appends.NextIndex - state.Journal.First, bytes);
        }

        Due.NoteFound(state, appends);
    }

    /// <summary>Records below <paramref name="first"/> are given up, whoever still wanted them.</summary>
    public void GiveUp(JournalState state, long first, DropReason reason, MessagePool pool)
    {
        var journal = state.Journal;
        var appends = AppendsOf(state);
        bool isEmpty;
        if (journal.Latest is { } latest)
        {
            latest.GiveUp(first - 1, reason);
            _gone.Add(first - 1);
            RemoveGone(journal, appends);
            CountLatest(appends, latest);
            isEmpty = latest.Count == 0;
        }
        else
        {
            journal.NoteGivenUp(first, reason);
            RaiseFirst(state, first, pool);
            RemoveBelow(journal, appends, first);
            isEmpty = first == appends.NextIndex;
        }

        if (isEmpty)
        {
            // No entry is left to tell where the journal goes on, and its readers may stand far before that.
            _record.Clear();
            JournalHead.WriteEmptied(_record, journal.Kind, journal.Key, appends.NextIndex);
            _writes.Put(Table.Journals, Keys.Number(journal.Id, _key), _record.Span);
        }
    }

    public void Settle(Journal journal, long index)
    {
        var state = StateOf(journal);
        var appends = AppendsOf(state);
        if (!appends.HasEnded)
        {
            appends.Settled ??= new SettledSet(journal.First);
            appends.Settled.Settle(index);
            NoteSettled(state, appends.Settled);
        }
    }

    public void End(Journal journal, MessagePool pool)
    {
        var state = StateOf(journal);
        var appends = AppendsOf(state);
        if (appends.HasEnded)
        {
            return;
        }

        appends.HasEnded = true;
        Due.NoteEnded(appends);
        Count(appends, 0, 0);
        _tails.DropBelow(state, long.MaxValue, pool);
        if (appends.Entry is { } entry)
        {
            appends.Entry = null;
            _spare.Push(entry);
        }

        if (journal.Latest is { } latest)
        {
            RemoveLatest(journal, appends, latest, long.MaxValue);
        }
        else
        {
            _remover.RemoveAll(journal, appends);
        }

        if (appends.IsKnown)
        {
            _writes.Delete(Table.Journals, Keys.Number(journal.Id, _key));
        }

        if (journal.Kind == JournalKind.Group)
        {
            _writes.Delete(Table.Groups, Keys.Number(journal.Id, _key));
        }
    }

    /// <summary>Adds what was gathered to the writes.</summary>
    public void FinishEntries(long timeOfDay)
    {
        foreach (var state in _appended)
        {
            if (state.Appends!.Entry is not null)
            {
                FinishEntry(state, state.Appends, timeOfDay);
            }
        }

        foreach (var state in _settled)
        {
            var appends = state.Appends!;
            appends.Settled!.IsDirty = false;
            appends.Settled.IsNoted = false;
            if (!appends.HasEnded)
            {
                _record.Clear();
                GroupRecord.Write(_record, appends.Settled.LowWater, [.. appends.Settled.Above]);
                _writes.Put(Table.Groups, Keys.Number(state.Journal.Id, _key), _record.Span);
            }
        }

        _settled.Clear();
        _reader.Release();
    }

    /// <summary>The writes are committed: readers may see what was appended.</summary>
    public void Publish()
    {
        foreach (var state in _appended)
        {
            var appends = state.Appends!;
            if (!appends.HasEnded)
            {
                state.Journal.Horizon = appends.NextIndex;
            }
        }

        _appended.Clear();
    }

    public void Dispose() => _reader.Dispose();

    private static JournalState StateOf(Journal journal) => (JournalState)journal.StoreState!;

    private static AppendState AppendsOf(JournalState state)
    {
        var appends = state.Appends ??= new AppendState { RemovedBelow = state.Journal.Horizon };
        if (appends.NextIndex < state.Journal.Horizon)
        {
            // What a session had read lay above all that is left of the journal.
            appends.NextIndex = state.Journal.Horizon;
        }

        return appends;
    }

    private void NoteSettled(JournalState state, SettledSet settled)
    {
        if (settled.IsDirty && !settled.IsNoted)
        {
            settled.IsNoted = true;
            _settled.Add(state);
        }
    }

    private void FinishEntry(JournalState state, AppendState appends, long timeOfDay)
    {
        var journal = state.Journal;
        var entry = appends.Entry!;
        if (!appends.IsKnown)
        {
            appends.IsKnown = true;
            _record.Clear();
            JournalHead.Write(_record, journal);
            _writes.Put(Table.Journals, Keys.Number(journal.Id, _key), _record.Span);
        }

        _writes.Put(Table.Entries, Keys.Pair(journal.Id, entry.First, _key), entry.Finish(timeOfDay));
        if (journal.Latest is null)
        {
            appends.NoteStart(entry.First);
        }

        appends.Entry = null;
        _spare.Push(entry);
    }

    // Under drop-oldest the oldest records make room, whoever still wanted them; a message larger than the limit stands alone.
    private bool MakeRoom(JournalState state, AppendState appends, int size, MessagePool pool)
    {
        var journal = state.Journal;
        var limits = journal.Limits;
        long first = journal.First;
        while (appends.NextIndex > first
            && (appends.NextIndex - first >= limits.MessagesMax || IsOverBytes(state, appends, first, size, limits.BytesMax)))
        {
            if (limits.RejectsNewest)
            {
                return false;
            }

            first++;
        }

        if (first > journal.First)
        {
            RaiseFirst(state, first, pool);
            RemoveBelow(journal, appends, first);
        }

        return true;
    }

    private bool IsOverBytes(JournalState state, AppendState appends, long first, int size, long bytesMax)
    {
        if (appends.BytesAppended - appends.BytesBeforeFirst + size <= bytesMax)
        {
            return false;
        }

        // Over the limit by what is remembered, which may be old: look.
        appends.BytesBeforeFirst = BytesBefore(state, appends, first);
        return appends.BytesAppended - appends.BytesBeforeFirst + size > bytesMax;
    }

    private long BytesBefore(JournalState state, AppendState appends, long index)
    {
        lock (state.Gate)
        {
            if (index >= state.TailFirst && index < state.TailEnd && state.TryFind(index, out var record))
            {
                return record.BytesBefore;
            }
        }

        if (appends.Front is { } front && front.TryFind(index, out long bytes))
        {
            return bytes;
        }

        long[] sizes = _reader.BytesBefore(state.Journal.Id, index, FrontRecords);
        appends.Front = new FrontSizes(index, sizes);
        return sizes.Length > 0 ? sizes[0] : appends.BytesAppended;
    }

    private void RaiseFirst(JournalState state, long first, MessagePool pool)
    {
        if (first > state.Journal.First)
        {
            var appends = state.Appends!;
            if (_totals is not null && state.Journal.Latest is null)
            {
                CountFrom(state, appends, first);
            }

            state.Journal.First = first;
            _tails.DropBelow(state, first, pool);
            Due.NoteFrontGone(state, appends);
        }
    }

    private void CountFrom(JournalState state, AppendState appends, long first)
    {
        long messages = appends.NextIndex - first;
        long bytes = messages == 0 ? 0 : (long)((Int128)appends.CountedBytes * messages / Math.Max(messages, appends.CountedMessages));
        lock (state.Gate)
        {
            if (messages > 0 && first >= state.TailFirst && first < state.TailEnd && state.TryFind(first, out var record))
            {
                bytes = appends.BytesAppended - record.BytesBefore;
            }
        }

        Count(appends, messages, bytes);
    }

    private void CountLatest(AppendState appends, LatestRecords latest)
    {
        if (_totals is not null)
        {
            Count(appends, latest.Count, latest.Bytes);
        }
    }

    private void Count(AppendState appends, long messages, long bytes)
    {
        if (_totals is not null)
        {
            _totals.Add(messages - appends.CountedMessages, bytes - appends.CountedBytes);
            appends.CountedMessages = messages;
            appends.CountedBytes = bytes;
        }
    }

    private void RemoveBelow(Journal journal, AppendState appends, long floor)
    {
        if (journal.Latest is { } latest)
        {
            RemoveLatest(journal, appends, latest, floor);
            return;
        }

        _remover.RemoveBelow(journal, appends, floor);
    }

    private void RemoveLatest(Journal journal, AppendState appends, LatestRecords latest, long floor)
    {
        while (latest.TryTake(floor, out long index))
        {
            _gone.Add(index);
        }

        RemoveGone(journal, appends);
        if (!appends.HasEnded)
        {
            CountLatest(appends, latest);
        }
    }

    private void RemoveGone(Journal journal, AppendState appends)
    {
        if (_gone.Count == 0)
        {
            return;
        }

        _remover.RemoveEach(journal, appends, _gone);
        _gone.Clear();
        Due.NoteFrontGone(StateOf(journal), appends);
    }
}
