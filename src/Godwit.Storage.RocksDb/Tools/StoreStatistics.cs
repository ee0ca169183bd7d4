using System.Text;
using Godwit.Engine.Journals;
using Godwit.Storage.RocksDb.Reading;
using Godwit.Storage.RocksDb.Records;
using Godwit.Storage.RocksDb.Recovery;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Tools;

/// <summary>How much a store holds and what it takes on the disk. Does not read the messages, so it is quick on long queues.</summary>
public sealed record StoreStatistics
{
    /// <summary>How much there is.</summary>
    public required StoreCounts Counts { get; init; }

    /// <summary>The longest queues, the longest first.</summary>
    public required IReadOnlyList<QueueFigures> LongestQueues { get; init; }

    /// <summary>About how many bytes of disk each table takes, by its name.</summary>
    public required IReadOnlyList<(string Table, long Bytes)> TableBytes { get; init; }

    /// <summary>Bytes of all files of the store.</summary>
    public required long FileBytes { get; init; }

    /// <summary>Reads the figures; a broker may work on the store meanwhile.</summary>
    /// <param name="directory">Of the store. It is not changed.</param>
    /// <param name="top">How many queues to name, at least 0.</param>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public static StoreStatistics Read(string directory, int top)
    {
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentOutOfRangeException.ThrowIfNegative(top);
        using var snapshot = StoreSnapshot.Take(directory);
        var tables = snapshot.Tables;
        var counts = new StoreCounts { Format = StoreFormat.Read(tables), Epoch = StoreFormat.ReadEpoch(tables), Level = LevelMark.Read(snapshot.Origin) };
        counts.Sessions = Count(tables, Table.Sessions);
        counts.Subscriptions = Count(tables, Table.Subscriptions);
        counts.OutgoingMessages = Count(tables, Table.Outbound);
        counts.Wills = Count(tables, Table.Wills);
        CountRetained(tables, counts);
        var longest = ReadQueues(tables, counts, top);
        return new StoreStatistics
        {
            Counts = counts,
            LongestQueues = longest,
            TableBytes = [.. Enumerable.Range(0, TableNames.Count).Select(table => (TableNames.Of((Table)table), tables.ApproximateSize((Table)table)))],
            FileBytes = new DirectoryInfo(snapshot.Origin).EnumerateFiles().Where(file => StoreFiles.IsPart(file.Name)).Sum(file => file.Length),
        };
    }

    private static long Count(RocksDbTables tables, Table table)
    {
        long count = 0;
        using var cursor = tables.OpenCursor(table);
        for (bool more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            count++;
        }

        return count;
    }

    private static void CountRetained(RocksDbTables tables, StoreCounts counts)
    {
        byte[] publisher = [];
        using var cursor = tables.OpenCursor(Table.Retained);
        for (bool more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            var message = SingleMessageRecord.Read(cursor.Value, 0, 0, ref publisher);
            counts.RetainedMessages++;
            counts.RetainedBytes += message.Topic.Length + message.Properties.Length + message.Payload.Length;
        }
    }

    private static List<QueueFigures> ReadQueues(RocksDbTables tables, StoreCounts counts, int top)
    {
        var longest = new PriorityQueue<QueueFigures, long>();
        using var reader = new EntryReader(tables, StoreClock.System);
        using var cursor = tables.OpenCursor(Table.Journals);
        for (bool more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            long id = Keys.NumberOf(cursor.Key);
            var kind = JournalHead.Read(cursor.Value, out var key);
            counts.Queues++;
            counts.Groups += kind == JournalKind.Group ? 1 : 0;
            if (reader.Extent(id) is not { } extent)
            {
                continue;
            }

            long messages = extent.End - extent.First;
            long bytes = extent.BytesAppended - extent.BytesBeforeFirst;
            if (kind == JournalKind.SessionLatest)
            {
                // What was superseded is gone from between the others.
                messages = bytes = 0;
                reader.VisitRecords(id, (_, _, size) =>
                {
                    messages++;
                    bytes += size;
                });
            }

            counts.QueuedMessages += messages;
            counts.QueuedBytes += bytes;
            if (top > 0)
            {
                longest.Enqueue(new QueueFigures(kind is JournalKind.Session or JournalKind.SessionLatest ? "session " + Encoding.UTF8.GetString(key) : Encoding.UTF8.GetString(key), messages, bytes), messages);
                if (longest.Count > top)
                {
                    longest.Dequeue();
                }
            }
        }

        var found = new List<QueueFigures>();
        while (longest.TryDequeue(out var queue, out _))
        {
            found.Insert(0, queue);
        }

        return found;
    }
}
