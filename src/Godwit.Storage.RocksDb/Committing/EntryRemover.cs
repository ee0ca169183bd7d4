using Godwit.Engine.Journals;
using Godwit.Storage.RocksDb.Reading;
using Godwit.Storage.RocksDb.Records;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Committing;

/// <summary>Takes from the disk what nobody needs of a journal, in steps that leave little behind, and the payloads with it.</summary>
internal sealed class EntryRemover(IWriteSet writes, PayloadWriter payloads, EntryReader reader)
{
    // A long journal is trimmed on disk by ranges of at least so many records: each range costs every later read a little.
    private const long RangeMin = 1024;

    private readonly byte[] _key = new byte[Keys.PairLength];
    private readonly byte[] _end = new byte[Keys.PairLength];

    /// <summary>Bytes of messages, roughly, that were removed from disk since this was set to 0.</summary>
    public long RemovedBytes { get; set; }

    /// <summary>Removes entries of which no record at or above <paramref name="floor"/> is part, or most of them.</summary>
    public void RemoveBelow(Journal journal, AppendState appends, long floor)
    {
        // The entry that is being gathered is not on disk yet.
        long end = appends.Entry?.First ?? appends.NextIndex;
        if (!appends.IsLong)
        {
            RemoveOneByOne(journal, appends, floor, end);
        }
        else if (floor >= end)
        {
            RemoveRange(journal, appends, end);
            appends.IsLong = false;
            appends.Front = null;
        }
        else if (floor - appends.RemovedBelow >= RangeMin && reader.StartOf(journal.Id, floor) is { } start && start > appends.RemovedBelow)
        {
            RemoveRange(journal, appends, start);
        }
    }

    /// <summary>Removes single records of a journal whose records are entries of their own.</summary>
    public void RemoveEach(Journal journal, AppendState appends, List<long> indexes)
    {
        foreach (long index in indexes)
        {
            writes.DeleteOnce(Table.Entries, Keys.Pair(journal.Id, index, _key));
            if (appends.Shared is { } shared && shared.Remove(index, out var payload))
            {
                payloads.Release(payload);
            }
        }
    }

    /// <summary>Removes all entries of a journal that has ended.</summary>
    public void RemoveAll(Journal journal, AppendState appends)
    {
        ReleasePayloads(appends, long.MaxValue);
        if (appends.IsLong)
        {
            CountRemoved(appends, appends.NextIndex);
            writes.DeleteRange(Table.Entries, Keys.Number(journal.Id, _key), Keys.Number(journal.Id + 1, _end));
            return;
        }

        for (ref var starts = ref appends.Starts; starts.Count > 0; starts.RemoveOldest())
        {
            writes.DeleteOnce(Table.Entries, Keys.Pair(journal.Id, starts.Oldest, _key));
        }
    }

    private void RemoveOneByOne(Journal journal, AppendState appends, long floor, long end)
    {
        ref var starts = ref appends.Starts;
        while (starts.Count > 0)
        {
            long start = starts.Oldest;
            long next = starts.Count > 1 ? starts.Second : end;
            if (next > floor)
            {
                return;
            }

            starts.RemoveOldest();
            writes.DeleteOnce(Table.Entries, Keys.Pair(journal.Id, start, _key));
            appends.RemovedBelow = next;
            ReleasePayloads(appends, next);
        }
    }

    private void RemoveRange(Journal journal, AppendState appends, long end)
    {
        CountRemoved(appends, end);
        writes.DeleteRange(Table.Entries, Keys.Pair(journal.Id, appends.RemovedBelow, _key), Keys.Pair(journal.Id, end, _end));
        appends.RemovedBelow = end;
        ReleasePayloads(appends, end);
    }

    private void CountRemoved(AppendState appends, long end) =>
        RemovedBytes += appends.BytesAppended / Math.Max(1, appends.NextIndex) * (end - appends.RemovedBelow);

    // With the records on disk, and not before: what is there has its payload.
    private void ReleasePayloads(AppendState appends, long floor)
    {
        while (appends.Shared is { Count: > 0 } shared && shared.First() is var (index, payload) && index < floor)
        {
            shared.Remove(index);
            payloads.Release(payload);
        }
    }
}
