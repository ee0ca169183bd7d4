using System.Text;
using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Engine.Messages;
using Godwit.Engine.Subscriptions;
using Godwit.Protocol;
using Godwit.Storage.RocksDb.Committing;
using Godwit.Storage.RocksDb.Reading;
using Godwit.Storage.RocksDb.Records;
using Godwit.Storage.RocksDb.Recovery;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Tests;

/// <summary>A committer over tables in memory, with clocks that stand still, and short words for what tests do with it.</summary>
internal sealed class Ledger : IDisposable
{
    private long _journals;
    private long _tickets;

    public Ledger(long tailBytesMax = long.MaxValue, int sharedBytesMin = int.MaxValue, QueueTotals? totals = null)
    {
        Disk = new MemoryDisk();
        Tables = new MemoryTables(Disk);
        Pool = new MessagePool(new MessagePool.Exchange(), new SubscriptionIndex(7));
        Committer = new Committer(Tables, Clock, WriteGuarantee.Fsync, tailBytesMax, sharedBytesMin, totals);
        Reader = new EntryReader(Tables, Clock);
    }

    public MemoryDisk Disk { get; }

    public MemoryTables Tables { get; }

    public MessagePool Pool { get; }

    public FixedClock Clock { get; } = new();

    public Committer Committer { get; private set; }

    public EntryReader Reader { get; }

    public Sink Sink { get; } = new();

    public Journal OpenJournal(int messagesMax = int.MaxValue, long bytesMax = long.MaxValue, bool rejectsNewest = false, JournalKind kind = JournalKind.Filter, long ageMax = long.MaxValue)
    {
        var journal = new Journal(kind, ++_journals, "f"u8, new JournalLimits(messagesMax, bytesMax, rejectsNewest) { AgeMillisecondsMax = ageMax });
        journal.StoreState = new JournalState(journal);
        return journal;
    }

    public Message Message(string payload, long expiresAt = long.MaxValue, string topic = "t") => Pool.Rent(new StoredMessage
    {
        Topic = Encoding.UTF8.GetBytes(topic),
        Payload = Encoding.UTF8.GetBytes(payload),
        QoS = QualityOfService.AtLeastOnce,
        ExpiresAt = expiresAt,
        Publisher = "p"u8.ToArray(),
    });

    public StoreBatch Batch(params StoreOperation[] operations)
    {
        var batch = new StoreBatch(0) { Ticket = ++_tickets };
        foreach (var operation in operations)
        {
            batch.Add(in operation);
        }

        return batch;
    }

    public StoreOperation Append(Journal journal, string payload) => new() { Kind = StoreOperationKind.Append, Journal = journal, Message = Message(payload) };

    public StoreOperation AppendTo(Journal journal, string topic, string payload) =>
        new() { Kind = StoreOperationKind.Append, Journal = journal, Message = Message(payload, topic: topic) };

    public StoreBatch Commit(params StoreOperation[] operations)
    {
        var batch = Batch(operations);
        Committer.Commit([batch], Sink, Pool);
        return batch;
    }

    /// <summary>Appends in one commit; the index of the last.</summary>
    public long CommitAppend(Journal journal, params string[] payloads) => Commit([.. payloads.Select(payload => Append(journal, payload))]).Operations[^1].Index;

    public void Trim(Journal journal, long floor) => Commit(new StoreOperation { Kind = StoreOperationKind.Trim, Journal = journal, Index = floor });

    /// <summary>Time passes, by both clocks.</summary>
    public void Advance(long milliseconds)
    {
        Clock.NowValue += milliseconds;
        Clock.TimeOfDayValue += milliseconds;
    }

    /// <summary>A new committer over the same disk; the journals that it finds there, by their numbers.</summary>
    public Dictionary<long, Journal> Restart(long ageMax = long.MaxValue, QueueTotals? totals = null)
    {
        Committer.Dispose();
        Committer = new Committer(Tables, Clock, WriteGuarantee.Fsync, 0, totals: totals);
        Committer.StartAt(2L << IRestoreSink.EpochShift);
        var journals = new RestoredJournals(new JournalLimits(int.MaxValue, long.MaxValue, RejectsNewest: false) { AgeMillisecondsMax = ageMax });
        new StoreLoader(Tables, Clock, Pool, Committer).Load(journals, epoch: 2);
        return journals.ById;
    }

    public string[] ReadFrom(Journal journal, long index, int count = int.MaxValue) =>
        [.. Reader.Read(journal.Id, index, count, long.MaxValue, Pool).Select(record => Encoding.UTF8.GetString(record.Message.Payload))];

    /// <summary>Where the entries of a journal start on disk.</summary>
    public List<long> Starts(Journal journal)
    {
        var starts = new List<long>();
        using var cursor = Tables.OpenCursor(Table.Entries);
        for (bool more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            if (Keys.NumberOf(cursor.Key) == journal.Id)
            {
                starts.Add(Keys.SecondOf(cursor.Key));
            }
        }

        return starts;
    }

    public int Count(Table table)
    {
        int count = 0;
        using var cursor = Tables.OpenCursor(table);
        for (bool more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            count++;
        }

        return count;
    }

    public void Dispose()
    {
        Reader.Dispose();
        Committer.Dispose();
        Tables.Dispose();
    }
}
