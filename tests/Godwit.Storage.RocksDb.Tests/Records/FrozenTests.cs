using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Protocol;
using Godwit.Storage.RocksDb.Records;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Tests.Records;

/// <summary>What stands on disks and may never change: numbers, and the bytes of each kind of record in format 1.</summary>
public sealed class FrozenTests
{
    [Fact]
    public void Numbers_on_disk_are_what_they_were()
    {
        Assert.Equal([1, 2, 3, 4], Enum.GetValues<JournalKind>().Select(kind => (int)kind));
        Assert.Equal([0, 1, 2], Enum.GetValues<QualityOfService>().Select(qos => (int)qos));
        Assert.Equal(
            ["Meta", "Journals", "Entries", "Groups", "Sessions", "Subscriptions", "Progress", "Outbound", "Wills", "Retained", "Payloads"],
            Enum.GetValues<Table>().OrderBy(table => (int)table).Select(table => table.ToString()));
    }

    [Fact]
    public void Records_are_written_as_they_were()
    {
        Assert.Equal("010305640161", Hex(record => SessionRecord.Write(record, new StoredSession(1, "a"u8.ToArray(), 5, true, true), 100)));
        Assert.Equal("010203662f23", Hex(record => JournalHead.Write(record, JournalKind.Group, "f/#"u8)));
        Assert.Equal("0102" + "0105" + "0206" + "026162", Hex(record => PayloadRecord.Write(record, [(1, 5), (2, 6)], "ab"u8)));
        Assert.Equal("0105020103", Hex(record => GroupRecord.Write(record, 5, [6, 9])));
        Assert.Equal("010207080900" + "01" + "01000a", Hex(record => SubscriptionRecord.Write(record, new StoredSubscription([], 2, 7, 8, 9, [new StoredOptions(1, 0, 10)]))));
        Assert.Equal("0164" + MessageHex, Hex(record => SingleMessageRecord.Write(record, MessageOf(), now: 1000, timeOfDay: 100)));
        Assert.Equal("01053d" + MessageHex, Hex(record => WillRecord.Write(record, MessageOf(), 5, 60u, 1000)));
        Assert.Equal("0102030405", Hex(new EntryHeader(99, 2, 3, 4, 5).Write));
        Assert.Equal(
            "01" + "00" + "0c" + "01" + "03" + "07" + "00" + "01" + "0809" + "01" + "0b" + "04" + "0e" + "03" + "08" + "01" + "05" + "01" + "0166" + "09" + "01" + "0170",
            Hex(record => ProgressRecord.Write(record, ProgressOf())));
    }

    [Fact]
    public void A_record_of_a_newer_version_is_refused_whatever_its_kind()
    {
        byte[] newer = [2, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        byte[] publisher = [];
        Action[] readers =
        [
            () => SessionRecord.Read(1, newer, 0),
            () => JournalHead.Read([3, .. newer.AsSpan(1)], out _),
            () => GroupRecord.Read(newer, []),
            () => SubscriptionRecord.Read("f"u8, newer),
            () => SingleMessageRecord.Read(newer, 0, 0, ref publisher),
            () =>
            {
                var record = new RecordReader(newer, "will");
                WillRecord.ReadTerms(ref record);
            },
            () =>
            {
                var record = new RecordReader(newer, "entry");
                EntryHeader.Read(0, ref record);
            },
            () => new ProgressRecord().Read(newer),
            () => new ProgressRecord().ReadWideCursor(1, newer),
        ];
        Assert.All(readers, read => Assert.Equal(StoreFault.NewerFormat, Assert.Throws<StoreException>(read).Fault));
    }

    [Fact]
    public void A_record_that_is_shorter_than_it_says_is_damaged()
    {
        var record = new RecordBuffer();
        ProgressRecord.Write(record, ProgressOf());
        byte[] whole = record.Span.ToArray();
        new ProgressRecord().Read(whole);
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.Equal(StoreFault.Corruption, Assert.Throws<StoreException>(() => new ProgressRecord().Read(whole.AsSpan(0, length))).Fault);
        }
    }

    [Theory, InlineData(500, 400), InlineData(100, 0), InlineData(50, 0)]
    public void Time_away_is_never_negative_however_the_clock_was_set(long now, long away)
    {
        var record = new RecordBuffer();
        SessionRecord.Write(record, new StoredSession(1, "a"u8.ToArray(), 5, true, IsConnected: false), 100);
        Assert.Equal(away, SessionRecord.Read(1, record.Span, now).AwayMilliseconds);
    }

    [Theory, InlineData(100, 7), InlineData(103, 4), InlineData(200, -93), InlineData(0, 7)]
    public void Message_has_at_most_the_time_left_that_it_had_when_it_was_written(long timeOfDay, long left)
    {
        var record = new RecordBuffer();
        SingleMessageRecord.Write(record, MessageOf(), now: 1000, timeOfDay: 100);
        byte[] publisher = [];
        Assert.Equal(50_000 + left, SingleMessageRecord.Read(record.Span, now: 50_000, timeOfDay, ref publisher).ExpiresAt);
    }

    // QoS 1, retained, seven milliseconds left.
    private const string MessageHex = "1d" + "07" + "09" + "0170" + "0174" + "00" + "0178";

    private static StoredMessage MessageOf() => new()
    {
        QoS = QualityOfService.AtLeastOnce,
        Retain = true,
        ExpiresAt = 1007,
        RetainSequence = 9,
        Publisher = "p"u8.ToArray(),
        Topic = "t"u8,
        Payload = "x"u8,
    };

    private static SessionProgress ProgressOf() => new()
    {
        LastPacketIdentifier = 12,
        Cursors = new[] { new StoredCursor(3, 7, long.MaxValue) },
        Gaps = new[] { new StoredGap(3, 8, 9) },
        Exchanges = new[] { new StoredExchange(11, 4, QualityOfService.ExactlyOnce, true, true, 3, 8) },
        Inbound = new ushort[] { 5 },
        Replays = new[] { new StoredReplay("f"u8.ToArray(), 9, "p"u8.ToArray()) },
    };

    private static string Hex(Action<RecordBuffer> write)
    {
        var record = new RecordBuffer();
        write(record);
        return Convert.ToHexStringLower(record.Span);
    }
}
