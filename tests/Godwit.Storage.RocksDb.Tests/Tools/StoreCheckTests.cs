using System.Text;
using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Protocol;
using Godwit.Storage.RocksDb.Records;
using Godwit.Storage.RocksDb.Tables;
using Godwit.Storage.RocksDb.Tools;

namespace Godwit.Storage.RocksDb.Tests.Tools;

/// <summary>A sound store with one kind of damage: the check finds that kind and no other.</summary>
public sealed class StoreCheckTests
{
    private const long Session = 11;
    private const long Queue = 1;
    private const long Group = 2;

    // The damage; whether it is an error; the table, the key and a part of the text of the one problem that is found.
    private static readonly Dictionary<string, (Action<IWriteSet> Change, bool IsError, string Table, string Key, string Text)> Damages = new()
    {
        ["kind of a queue"] = (writes => PutHead(writes, 9, (JournalKind)77, "a"u8), true, "journals", "9", "kind of the queue is 77"),
        ["name of a queue is missing"] = (writes => PutHead(writes, 9, JournalKind.Filter, []), true, "journals", "9", "no valid name"),
        ["name of a queue is not UTF-8"] = (writes => PutHead(writes, 9, JournalKind.Group, [0xFF]), true, "journals", "9", "no valid name"),
        ["head of a queue is cut"] = (writes => writes.Put(Table.Journals, Number(9), [1]), true, "journals", "0x0000000000000009", ""),
        ["messages of a queue that is gone"] = (writes => PutEntry(writes, 50, 0, 0, 200, ["a"]), false, "entries", "50/0", "not known"),
        ["messages are missing"] = (writes => PutEntry(writes, Queue, 4, 4, 200, ["a"]), true, "entries", "1/4", "messages 2 to 3 of 'a/#' are missing"),
        ["messages are there twice"] = (writes => PutEntry(writes, Queue, 1, 2, 200, ["a"]), true, "entries", "1/1", "messages 1 to 1 of 'a/#' are there twice"),
        ["bytes do not go on"] = (writes => PutEntry(writes, Queue, 2, 99, 200, ["a"]), true, "entries", "1/2", "do not continue"),
        ["sequence goes back"] = (writes => PutEntry(writes, Queue, 2, 4, 1, ["a"]), true, "entries", "1/2", "do not continue"),
        ["entry is longer than it says"] = (writes => PutEntry(writes, Queue, 2, 4, 200, ["a"], more: 1), true, "entries", "1/2", "another length"),
        ["entry is empty"] = (writes => PutEntry(writes, Queue, 2, 4, 200, []), true, "entries", "1/2", "another length"),
        ["entry is cut"] = (writes => writes.Put(Table.Entries, Keys.Pair(Queue, 2, new byte[16]), [1, 1]), true, "entries", "0x00000000000000010000000000000002", ""),
        ["message without a topic"] = (writes => PutEntry(writes, Queue, 2, 4, 200, [""]), true, "entries", "1/2", "no valid topic"),
        ["payload is missing"] = (writes => PutEntry(writes, Queue, 2, 4, 200, ["a"], sharesPayload: true), true, "payloads", "200", "payload of message 2 of 'a/#' is missing"),
        ["settled behind the end"] = (writes => PutGroup(writes, Group, 1, 7), true, "groups", "2", "done with messages up to 7"),
        ["done with more than there is"] = (writes => PutGroup(writes, Group, 8), true, "groups", "2", "done with messages up to 8"),
        ["group without a queue"] = (writes => PutGroup(writes, 60, 1), false, "groups", "60", "no queue"),
        ["group whose queue is none of a group"] = (writes => PutGroup(writes, Queue, 1), false, "groups", "1", "no queue"),
        ["session is cut"] = (writes => writes.Put(Table.Sessions, Number(70), [1, 2]), true, "sessions", "0x0000000000000046", ""),
        ["filter is not UTF-8"] = (writes => PutSubscription(writes, Session, [0xFF], options: 1), true, "subscriptions", "11/\uFFFD", "not valid"),
        ["options of a subscription"] = (writes => PutSubscription(writes, Session, "x"u8, options: 3), true, "subscriptions", "11/x", "not valid"),
        ["subscription without its session"] = (writes => PutSubscription(writes, 70, "x"u8, options: 1), false, "subscriptions", "70/x", "session is gone"),
        ["message on its way without its session"] = (writes => writes.Put(Table.Outbound, Keys.Outbound(70, 5, new byte[10]), SingleMessage("o")), false, "outbound", "70/5", "session is gone"),
        ["message on its way without a topic"] = (writes => writes.Put(Table.Outbound, Keys.Outbound(Session, 5, new byte[10]), SingleMessage("")), true, "outbound", "11/5", "no valid topic"),
        ["place behind the end"] = (writes => PutProgress(writes, Session, [new StoredCursor(Queue, 3, long.MaxValue)]), true, "progress", "11", "up to 3, but that queue ends at 2"),
        ["place of a wide session behind the end"] = (PutWideCursor, true, "progress", "11", "up to 3, but that queue ends at 2"),
        ["place without its session"] = (writes => PutProgress(writes, 70, []), false, "progress", "70", "session is gone"),
        ["packet identifier 0"] = (writes => PutExchange(writes, 0, QualityOfService.AtLeastOnce, Queue, 0), true, "progress", "11", "packet identifier 0"),
        ["on its way at QoS 0"] = (writes => PutExchange(writes, 5, QualityOfService.AtMostOnce, Queue, 0), true, "progress", "11", "at QoS 0"),
        ["message on its way is not there"] = (writes => PutExchange(writes, 5, QualityOfService.AtLeastOnce, 0, 0), false, "progress", "11", "is not there"),
        ["message on its way behind the end"] = (writes => PutExchange(writes, 5, QualityOfService.AtLeastOnce, Queue, 2), true, "progress", "11", "message 2 of 'a/#' is on its way"),
        ["progress is cut"] = (writes => writes.Put(Table.Progress, Number(Session), [1]), true, "progress", "0x000000000000000b", ""),
        ["will without its session"] = (writes => writes.Put(Table.Wills, Number(70), [1, 0, 0, 0, 0, 1, (byte)'w', 0, 0]), false, "wills", "70", "session is gone"),
        ["will is cut"] = (writes => writes.Put(Table.Wills, Number(Session), [1]), true, "wills", "0x000000000000000b", ""),
        ["retained under another topic"] = (writes => writes.Put(Table.Retained, "other"u8, SingleMessage("w", "x")), true, "retained", "other", "another topic"),
        ["retained without a payload"] = (writes => writes.Put(Table.Retained, "w"u8, SingleMessage("w")), true, "retained", "w", "no payload"),
    };

    public static TheoryData<string> Kinds => [.. Damages.Keys];

    [Fact]
    public void Store_without_damage_is_sound()
    {
        Assert.Empty(Check(_ => { }).Problems);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Damage_is_found_and_named(string kind)
    {
        var (change, isError, table, key, text) = Damages[kind];

        var report = Check(change);

        var problem = Assert.Single(report.Problems);
        Assert.Equal((isError, table, key), (problem.IsError, problem.Table, problem.Key));
        Assert.Contains(text, problem.Text, StringComparison.Ordinal);
        Assert.Equal((isError ? 1L : 0L, isError ? 0L : 1L), (report.ErrorCount, report.LeftoverCount));
        Assert.Equal(!isError, report.IsSound);
    }

    // A queue and a group's queue of two messages each, and a session that has subscribed and read one.
    private static StoreCheckReport Check(Action<IWriteSet> change)
    {
        using var tables = new MemoryTables(new MemoryDisk());
        using var writes = tables.CreateWriteSet();
        PutHead(writes, Queue, JournalKind.Filter, "a/#"u8);
        PutEntry(writes, Queue, 0, 0, 100, ["a/1", "a"]);
        PutHead(writes, Group, JournalKind.Group, "$share/g/b"u8);
        PutEntry(writes, Group, 0, 0, 102, ["b", "b"]);
        PutGroup(writes, Group, 0, 1);
        var record = new RecordBuffer();
        SessionRecord.Write(record, new StoredSession(Session, "s"u8.ToArray(), 100, IsDurable: true, IsConnected: true), 0);
        writes.Put(Table.Sessions, Number(Session), record.Span);
        PutSubscription(writes, Session, "a/#"u8, options: 1);
        PutProgress(writes, Session, [new StoredCursor(Queue, 1, long.MaxValue)]);
        change(writes);
        tables.Commit(writes, WriteGuarantee.Fsync);
        var counts = new StoreCounts();
        var findings = new Findings(problem => problem);
        new TableCheck(tables, counts, findings, new ProgressPace(null)).Run();
        return findings.ToReport(counts);
    }

    private static byte[] Number(long number) => Keys.Number(number, new byte[8]).ToArray();

    private static StoredMessage Message(string topic, string payload) => new()
    {
        Topic = Encoding.UTF8.GetBytes(topic),
        Payload = Encoding.UTF8.GetBytes(payload),
        QoS = QualityOfService.AtLeastOnce,
        ExpiresAt = long.MaxValue,
        Publisher = [],
    };

    private static byte[] SingleMessage(string topic, string payload = "")
    {
        var record = new RecordBuffer();
        SingleMessageRecord.Write(record, Message(topic, payload), 0, 0);
        return record.Span.ToArray();
    }

    private static void PutHead(IWriteSet writes, long journal, JournalKind kind, ReadOnlySpan<byte> key)
    {
        var record = new RecordBuffer();
        JournalHead.Write(record, kind, key);
        writes.Put(Table.Journals, Number(journal), record.Span);
    }

    private static void PutEntry(IWriteSet writes, long journal, long first, long bytesBefore, long sequence, string[] topics, int more = 0, bool sharesPayload = false)
    {
        var record = new RecordBuffer();
        new EntryHeader(first, topics.Length, bytesBefore, 0, sequence).Write(record);
        foreach (string topic in topics)
        {
            record.Number(0L);
            MessageRecord.Write(record, Message(topic, sharesPayload ? "shared" : ""), 0, sharesPayload);
        }

        record.Raw(new byte[more]);
        writes.Put(Table.Entries, Keys.Pair(journal, first, new byte[Keys.PairLength]), record.Span);
    }

    private static void PutGroup(IWriteSet writes, long journal, long lowWater, params long[] settled)
    {
        var record = new RecordBuffer();
        GroupRecord.Write(record, lowWater, settled);
        writes.Put(Table.Groups, Number(journal), record.Span);
    }

    private static void PutSubscription(IWriteSet writes, long session, ReadOnlySpan<byte> filter, byte options)
    {
        var record = new RecordBuffer();
        SubscriptionRecord.Write(record, new StoredSubscription(filter.ToArray(), options, 0, Queue, 0, []));
        writes.Put(Table.Subscriptions, [.. Number(session), .. filter], record.Span);
    }

    private static void PutProgress(IWriteSet writes, long session, StoredCursor[] cursors, params StoredExchange[] exchanges)
    {
        var record = new RecordBuffer();
        ProgressRecord.Write(record, new SessionProgress { Cursors = cursors, Exchanges = exchanges });
        writes.Put(Table.Progress, Number(session), record.Span);
    }

    private static void PutWideCursor(IWriteSet writes)
    {
        var record = new RecordBuffer();
        ProgressRecord.WriteWideCursor(record, new StoredCursor(Queue, 3, long.MaxValue), []);
        writes.Put(Table.Progress, Keys.Pair(Session, Queue, new byte[Keys.PairLength]), record.Span);
    }

    private static void PutExchange(IWriteSet writes, ushort packetIdentifier, QualityOfService qos, long journal, long index) =>
        PutProgress(writes, Session, [], new StoredExchange(packetIdentifier, 1, qos, Released: false, Retain: false, journal, index));
}
