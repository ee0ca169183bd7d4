using System.Buffers;
using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Engine.Messages;
using Godwit.Storage.RocksDb.Committing;
using Godwit.Storage.RocksDb.Reading;
using Godwit.Storage.RocksDb.Records;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Recovery;

/// <summary>Brings back into the engine what the tables hold. Messages that wait in journals are left where they are.</summary>
internal sealed class StoreLoader(IRecordTables tables, StoreClock clock, MessagePool pool, Committer committer)
{
    private readonly long _now = clock.Now;
    private readonly long _timeOfDay = clock.TimeOfDay;
    private readonly Dictionary<long, Journal> _journals = [];
    private byte[] _publisher = [];

    public void Load(IRestoreSink sink, long epoch)
    {
        sink.Begin(epoch);
        LoadJournals(sink);
        LoadPayloads(sink);
        LoadSessions(sink);
        LoadSubscriptions(sink);
        LoadOutbound(sink);
        LoadProgress(sink);
        LoadWills(sink);
        LoadRetained(sink);
    }

    private void LoadJournals(IRestoreSink sink)
    {
        var groups = LoadGroups();
        var superseded = new List<long>();
        using var reader = new EntryReader(tables, clock);
        using var cursor = tables.OpenCursor(Table.Journals);
        for (bool more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            long id = Keys.NumberOf(cursor.Key);
            var kind = JournalHead.Read(cursor.Value, out var key, out long nextIndex);
            var extent = reader.Extent(id);
            var (lowWater, settled) = groups.GetValueOrDefault(id, (0, []));

            // An entry may hold records that were trimmed: it is removed as a whole. A group knows better where it stands.
            long first = Math.Max(extent?.First ?? nextIndex, lowWater);
            var journal = sink.RestoreJournal(kind, id, key, first, extent?.End ?? first);
            var state = new JournalState(journal)
            {
                Appends = new AppendState
                {
                    IsKnown = true,
                    IsLong = extent is not null,
                    NextIndex = journal.Horizon,
                    BytesAppended = extent?.BytesAppended ?? 0,
                    BytesBeforeFirst = extent?.BytesBeforeFirst ?? 0,
                    RemovedBelow = extent?.First ?? first,
                    Settled = kind == JournalKind.Group ? SettledOf(lowWater, settled) : null,
                },
            };
            journal.StoreState = state;
            _journals.Add(id, journal);
            if (journal.Latest is { } latest)
            {
                reader.VisitRecords(id, (index, topic, size) => latest.Add(index, topic, size, superseded));
            }

            if (extent is { } found)
            {
                committer.Adopt(state, BytesFrom(first, in found));
            }

            if (kind == JournalKind.Group)
            {
                sink.RestoreGroup(journal, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(settled));
            }
        }
    }

    // Which records still refer to a payload; one to which none does is left over from a journal that had ended.
    private void LoadPayloads(IRestoreSink sink)
    {
        var references = new List<(long Journal, long Index)>();
        using var unused = tables.CreateWriteSet();
        using var cursor = tables.OpenCursor(Table.Payloads);
        for (bool more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            var payload = new SharedPayload(Keys.NumberOf(cursor.Key));
            references.Clear();
            PayloadRecord.Read(cursor.Value, references);
            foreach (var (id, index) in references)
            {
                sink.SkipJournals(id);
                if (_journals.TryGetValue(id, out var journal)
                    && index >= journal.First
                    && index < journal.Horizon
                    && journal.Latest?.Contains(index) != false)
                {
                    payload.References++;
                    (((JournalState)journal.StoreState!).Appends!.Shared ??= []).Add(index, payload);
                }
            }

            if (payload.References == 0)
            {
                unused.DeleteOnce(Table.Payloads, cursor.Key);
            }
        }

        if (unused.Count > 0)
        {
            tables.Commit(unused, WriteGuarantee.Os);
        }
    }

    // A group may be done with a part of the oldest entry.
    private static long BytesFrom(long first, in (long First, long End, long BytesBeforeFirst, long BytesAppended) extent)
    {
        long bytes = extent.BytesAppended - extent.BytesBeforeFirst;
        return (long)((Int128)bytes * Math.Max(0, extent.End - first) / (extent.End - extent.First));
    }

    private static SettledSet SettledOf(long lowWater, List<long> settled)
    {
        var set = new SettledSet(lowWater);
        settled.ForEach(set.Settle);
        set.IsDirty = false;
        return set;
    }

    private Dictionary<long, (long LowWater, List<long> Settled)> LoadGroups()
    {
        var groups = new Dictionary<long, (long, List<long>)>();
        using var cursor = tables.OpenCursor(Table.Groups);
        for (bool more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            var settled = new List<long>();
            long lowWater = GroupRecord.Read(cursor.Value, settled);
            groups.Add(Keys.NumberOf(cursor.Key), (lowWater, settled));
        }

        return groups;
    }

    private void LoadSessions(IRestoreSink sink)
    {
        using var cursor = tables.OpenCursor(Table.Sessions);
        for (bool more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            sink.RestoreSession(SessionRecord.Read(Keys.NumberOf(cursor.Key), cursor.Value, _timeOfDay));
        }
    }

    private void LoadSubscriptions(IRestoreSink sink)
    {
        using var cursor = tables.OpenCursor(Table.Subscriptions);
        for (bool more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            sink.RestoreSubscription(Keys.NumberOf(cursor.Key), SubscriptionRecord.Read(cursor.Key[8..], cursor.Value));
        }
    }

    private void LoadOutbound(IRestoreSink sink)
    {
        using var cursor = tables.OpenCursor(Table.Outbound);
        for (bool more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            var key = new RecordReader(cursor.Key, "outbound key");
            long session = key.SortableInt64();
            ushort packetIdentifier = key.SortableUInt16();
            var stored = SingleMessageRecord.Read(cursor.Value, _now, _timeOfDay, ref _publisher);
            sink.RestoreOutbound(session, packetIdentifier, pool.Keep(in stored));
        }
    }

    // The records of one session lie together: its own, then those of its cursors if it is wide.
    private void LoadProgress(IRestoreSink sink)
    {
        var progress = new ProgressRecord();
        long session = 0;
        using var cursor = tables.OpenCursor(Table.Progress);
        for (bool more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            long owner = Keys.NumberOf(cursor.Key);
            if (owner != session)
            {
                Bring(sink, session, progress);
                session = owner;
            }

            if (cursor.Key.Length == Keys.PairLength)
            {
                progress.ReadWideCursor(Keys.SecondOf(cursor.Key), cursor.Value);
            }
            else
            {
                progress.Read(cursor.Value);
            }
        }

        Bring(sink, session, progress);
    }

    private static void Bring(IRestoreSink sink, long session, ProgressRecord progress)
    {
        if (session != 0)
        {
            sink.RestoreProgress(session, progress.AsProgress());
            progress.Clear();
        }
    }

    private void LoadWills(IRestoreSink sink)
    {
        using var cursor = tables.OpenCursor(Table.Wills);
        for (bool more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            var record = new RecordReader(cursor.Value, "will");
            var (delay, expiry) = WillRecord.ReadTerms(ref record);
            var stored = MessageRecord.Read(ref record, _now, age: 0, ref _publisher);
            sink.RestoreWill(Keys.NumberOf(cursor.Key), pool.Keep(in stored), delay, expiry);
        }
    }

    private void LoadRetained(IRestoreSink sink)
    {
        using var cursor = tables.OpenCursor(Table.Retained);
        for (bool more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            var stored = SingleMessageRecord.Read(cursor.Value, _now, _timeOfDay, ref _publisher);
            sink.RestoreRetained(pool.Keep(in stored));
        }
    }
}
