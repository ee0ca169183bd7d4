using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Engine.Messages;
using Godwit.Storage.RocksDb.Records;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Committing;

/// <summary>
/// Turns the batches of several loops into one atomic write. The one place where indexes and sequences are given out, so their
/// order is the same in every journal. One thread at a time.
/// </summary>
internal sealed class Committer : IDisposable
{
    // Below, a second record costs less than a look-up.
    private const int SharedBytesMin = 4096;

    private readonly IRecordTables _tables;
    private readonly StoreClock _clock;
    private readonly WriteGuarantee _guarantee;
    private readonly IWriteSet _writes;
    private readonly PayloadWriter _payloads;
    private readonly JournalWriter _journals;
    private readonly JournalSweeper _sweeper;
    private readonly EntryAges _ages = new();
    private readonly RecordBuffer _record = new();
    private readonly byte[] _key = new byte[Keys.PairLength];
    private readonly byte[] _end = new byte[Keys.PairLength];
    private readonly List<RetainedChange> _retained = [];
    private readonly Dictionary<long, int> _latestProgress = [];
    private long _committed;

    // A payload of at least sharedBytesMin is written once where a publish goes into several journals.
    public Committer(IRecordTables tables, StoreClock clock, WriteGuarantee guarantee, long tailBytesMax, int sharedBytesMin = SharedBytesMin, QueueTotals? totals = null)
    {
        _tables = tables;
        _clock = clock;
        _guarantee = guarantee;
        _writes = tables.CreateWriteSet();
        _payloads = new PayloadWriter(_writes, sharedBytesMin);
        _journals = new JournalWriter(tables, clock, _writes, _payloads, tailBytesMax, totals);
        _sweeper = new JournalSweeper(tables, _journals, _ages);
    }

    /// <summary>The sequence that was given out last.</summary>
    private long Sequence { get; set; }

    /// <summary>The sequence up to which commits can be read, in every journal. Read from any thread.</summary>
    public long CommittedSequence => Volatile.Read(ref _committed);

    /// <summary>When messages fall due to be given up, by the engine's clock: then a commit is wanted, if only of that. <see cref="long.MaxValue"/>: never.</summary>
    public long NextSweepAt => _journals.Due.NextAt;

    /// <summary>Milliseconds until then; <see cref="Timeout.Infinite"/>: never.</summary>
    public int UntilSweep() => NextSweepAt switch
    {
        long.MaxValue => Timeout.Infinite,
        long.MinValue => 0,
        var at => (int)Math.Clamp(at - _clock.Now, 0, int.MaxValue),
    };

    /// <summary>There is something to write.</summary>
    public bool HasWrites => _writes.Count > 0;

    /// <summary>A journal that was found on the disk, with the bytes of its messages. Before the first commit.</summary>
    public void Adopt(JournalState state, long bytes) => _journals.Adopt(state, bytes);

    /// <summary>Sequences of this run start here.</summary>
    public void StartAt(long sequence)
    {
        Sequence = sequence;
        Volatile.Write(ref _committed, sequence);
    }

    /// <summary>
    /// Commits the batches together. Afterwards they carry their indexes, and what they have appended can be read; the engine
    /// is still to be told.
    /// </summary>
    public void Commit(IReadOnlyList<StoreBatch> group, ICommitSink sink, MessagePool pool)
    {
        Gather(group, sink, pool);
        Write();
        Publish();
    }

    /// <summary>First step of a commit: gives out indexes and sequences, and gathers what is to be written.</summary>
    public void Gather(IReadOnlyList<StoreBatch> group, ICommitSink sink, MessagePool pool)
    {
        long now = _clock.Now;
        long timeOfDay = _clock.TimeOfDay;
        bool syncsRetained = false;
        _writes.Clear();
        _journals.Due.Now = now;
        _ages.Begin(Sequence + 1, now, timeOfDay);
        _sweeper.Run(pool);
        FindLatestProgress(group);
        int place = 0;
        foreach (var batch in group)
        {
            var operations = batch.Operations;
            for (int i = 0; i < operations.Length; i++)
            {
                if (operations[i].Kind == StoreOperationKind.Append)
                {
                    Append(ref operations[i], operations[(i + 1)..], now, pool);
                    place++;
                }
                else
                {
                    Add(batch, ref operations[i], place++, now, timeOfDay, pool, ref syncsRetained);
                }
            }
        }

        if (syncsRetained)
        {
            AddRetained(sink, now, timeOfDay);
        }

        _journals.FinishEntries(timeOfDay);
    }

    /// <summary>Second step: writes what was gathered. When the disk is full this throws, and may be called again when there is room.</summary>
    public void Write()
    {
        if (_writes.Count > 0)
        {
            // Each commit is synced, also one that nobody waits for: so the log can be torn in its last commit alone, and damage
            // before that is known for what it is.
            _tables.Commit(_writes, _guarantee);
        }
    }

    /// <summary>Third step: what is written can be read.</summary>
    public void Publish()
    {
        _journals.Publish();
        Volatile.Write(ref _committed, Sequence);
    }

    /// <summary>Bytes of messages, roughly, that were removed since the last call.</summary>
    public long TakeRemovedBytes() => _journals.TakeRemovedBytes();

    public void Dispose()
    {
        _sweeper.Dispose();
        _journals.Dispose();
        _writes.Dispose();
    }

    private void Append(ref StoreOperation operation, ReadOnlySpan<StoreOperation> following, long now, MessagePool pool)
    {
        var message = operation.Message!;
        if (!operation.ContinuesPublish)
        {
            Sequence++;
            _payloads.Begin(message, Sequence, following);
        }

        operation.Sequence = Sequence;
        operation.Index = _journals.Append(operation.Journal!, message, Sequence, now, pool);
        if (following.IsEmpty || following[0] is not { Kind: StoreOperationKind.Append, ContinuesPublish: true })
        {
            _payloads.End();
        }
    }

    private void Add(
        StoreBatch batch, ref StoreOperation operation, int place, long now, long timeOfDay, MessagePool pool, ref bool syncsRetained)
    {
        switch (operation.Kind)
        {
            case StoreOperationKind.Trim:
                _journals.Trim(operation.Journal!, operation.Index, pool);
                break;
            case StoreOperationKind.Settle:
                _journals.Settle(operation.Journal!, operation.Index);
                break;
            case StoreOperationKind.JournalEnd:
                _journals.End(operation.Journal!, pool);
                break;
            case StoreOperationKind.RetainedSync:
                syncsRetained = true;
                break;
            case StoreOperationKind.ProgressPut:
                AddProgress(operation.Session, batch.ProgressOf(in operation), _latestProgress.GetValueOrDefault(operation.Session, place) == place);
                break;
            case StoreOperationKind.OutboundPut:
                _record.Clear();
                SingleMessageRecord.Write(_record, operation.Message!, now, timeOfDay);
                _writes.Put(Table.Outbound, Keys.Outbound(operation.Session, operation.PacketIdentifier, _key), _record.Span);
                break;
            case StoreOperationKind.OutboundEnd:
                _writes.Delete(Table.Outbound, Keys.Outbound(operation.Session, operation.PacketIdentifier, _key));
                break;
            default:
                AddState(ref operation, now, timeOfDay);
                break;
        }
    }

    private void AddState(ref StoreOperation operation, long now, long timeOfDay)
    {
        _record.Clear();
        switch (operation.Kind)
        {
            case StoreOperationKind.SessionPut:
                SessionRecord.Write(_record, (StoredSession)operation.State!, timeOfDay);
                _writes.Put(Table.Sessions, Keys.Number(operation.Session, _key), _record.Span);
                break;
            case StoreOperationKind.SessionEnd:
                AddSessionEnd(operation.Session);
                break;
            case StoreOperationKind.SubscriptionPut:
                var subscription = (StoredSubscription)operation.State!;
                if (operation.Journal is { } journal)
                {
                    operation.Index = JournalWriter.EndOf(journal);
                }

                SubscriptionRecord.Write(_record, subscription, operation.Journal is null ? -1 : operation.Index);
                _writes.Put(Table.Subscriptions, [.. Keys.Number(operation.Session, _key), .. subscription.RequestedFilter], _record.Span);
                break;
            case StoreOperationKind.SubscriptionEnd:
                _writes.Delete(Table.Subscriptions, [.. Keys.Number(operation.Session, _key), .. operation.Key!]);
                break;
            case StoreOperationKind.CursorEnd:
                _writes.Delete(Table.Progress, Keys.Pair(operation.Session, operation.Journal!.Id, _key));
                break;
            case StoreOperationKind.WillPut:
                WillRecord.Write(_record, operation.Message!, operation.Value, operation.Index, now);
                _writes.Put(Table.Wills, Keys.Number(operation.Session, _key), _record.Span);
                break;
            case StoreOperationKind.WillEnd:
                _writes.Delete(Table.Wills, Keys.Number(operation.Session, _key));
                break;
            default:
                throw new InvalidOperationException($"The store does not know how to write {operation.Kind}.");
        }
    }

    private void AddSessionEnd(long session)
    {
        var key = Keys.Number(session, _key);
        var end = Keys.Number(session + 1, _end);
        _writes.Delete(Table.Sessions, key);
        _writes.Delete(Table.Wills, key);
        _writes.DeleteRange(Table.Subscriptions, key, end);
        _writes.DeleteRange(Table.Progress, key, end);
        _writes.DeleteRange(Table.Outbound, key, end);
    }

    // Progress is written whole, so of several in one commit the last will do; but the cursors of a wide session are written by ones.
    private void AddProgress(long session, SessionProgress progress, bool isLatest)
    {
        if (progress.IsWide)
        {
            foreach (ref readonly var cursor in progress.Cursors)
            {
                _record.Clear();
                ProgressRecord.WriteWideCursor(_record, in cursor, progress.Gaps);
                _writes.Put(Table.Progress, Keys.Pair(session, cursor.Journal, _key), _record.Span);
            }
        }

        if (isLatest)
        {
            _record.Clear();
            ProgressRecord.Write(_record, in progress);
            _writes.Put(Table.Progress, Keys.Number(session, _key), _record.Span);
        }
    }

    private void FindLatestProgress(IReadOnlyList<StoreBatch> group)
    {
        _latestProgress.Clear();
        if (group.Count == 1)
        {
            return;
        }

        int place = 0;
        foreach (var batch in group)
        {
            foreach (ref readonly var operation in batch.Operations)
            {
                if (operation.Kind == StoreOperationKind.ProgressPut)
                {
                    _latestProgress[operation.Session] = place;
                }

                place++;
            }
        }
    }

    private void AddRetained(ICommitSink sink, long now, long timeOfDay)
    {
        sink.TakeRetainedChanges(_retained);
        foreach (var (topic, message) in _retained)
        {
            if (message is null)
            {
                _writes.Delete(Table.Retained, topic);
                continue;
            }

            _record.Clear();
            SingleMessageRecord.Write(_record, message, now, timeOfDay);
            _writes.Put(Table.Retained, topic, _record.Span);
        }

        _retained.Clear();
    }
}
