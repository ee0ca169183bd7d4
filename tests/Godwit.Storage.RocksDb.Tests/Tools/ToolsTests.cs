using System.Buffers.Binary;
using System.Formats.Tar;
using System.Text;
using Godwit.Storage.RocksDb.Records;
using Godwit.Storage.RocksDb.Tables;
using Godwit.Storage.RocksDb.Tools;

namespace Godwit.Storage.RocksDb.Tests.Tools;

/// <summary>What operators do with a data directory.</summary>
public sealed class ToolsTests : IDisposable
{
    // One of everything: text and bytes, expiry, a wide session with a gap, what is in flight both ways, a settled share.
    private static readonly string[] Lines =
    [
        """{"type":"godwit-store","version":1,"epoch":7,"exportedAt":1}""",
        """{"type":"queue","queue":1,"kind":1,"key":"a/#"}""",
        """{"type":"message","queue":1,"index":5,"sequence":100,"topic":"a/ä","qos":1,"retain":false,"publisher":"p","payload":"one \"quoted\"\nline"}""",
        """{"type":"message","queue":1,"index":6,"sequence":103,"topic":"a/b","qos":2,"retain":true,"expiresAt":4102444800000,"retainSequence":9,"publisher":"p","propertiesBase64":"JgABawABdg==","payloadBase64":"/wAB"}""",
        """{"type":"queue","queue":2,"kind":2,"key":"$share/g/b","lowWater":3,"settled":[4,6]}""",
        """{"type":"message","queue":2,"index":3,"sequence":101,"topic":"b","qos":1,"retain":false,"publisher":"q","payload":"3"}""",
        """{"type":"message","queue":2,"index":4,"sequence":102,"topic":"b","qos":1,"retain":false,"publisher":"q","payload":"4"}""",
        """{"type":"message","queue":2,"index":5,"sequence":104,"topic":"b","qos":1,"retain":false,"publisher":"q","payload":"5"}""",
        """{"type":"message","queue":2,"index":6,"sequence":105,"topic":"b","qos":1,"retain":false,"publisher":"q","payload":"6"}""",
        """{"type":"queue","queue":3,"kind":3,"key":"s1"}""",
        """{"type":"session","session":11,"clientId":"s1","expirySeconds":4294967295,"durable":true,"connected":false,"awaySince":1700000000000,"subscriptions":[{"filter":"$share/g/b","options":1,"identifier":0,"queue":2,"retainFence":0,"earlier":[]},{"filter":"a/#","options":2,"identifier":77,"queue":1,"retainFence":8,"earlier":[{"options":1,"identifier":0,"end":6}]}],"progress":{"wide":true,"lastPacketIdentifier":12,"places":[{"queue":1,"position":6,"waiting":1},{"queue":3,"position":40,"end":40,"waiting":0}],"gaps":[{"queue":1,"from":6,"to":7}],"inFlight":[{"packetIdentifier":11,"order":1,"qos":1,"released":false,"retain":false,"queue":1,"index":5},{"packetIdentifier":12,"order":2,"qos":2,"released":true,"retain":true,"queue":0,"index":0},{"packetIdentifier":10,"order":3,"qos":2,"released":false,"retain":false,"queue":0,"index":0}],"inbound":[1,65535],"replays":[{"filter":"r/#","fence":8,"position":"r/1"},{"filter":"x","fence":9}]}}""",
        """{"type":"session","session":12,"clientId":"s2","expirySeconds":0,"durable":false,"connected":true,"subscriptions":[]}""",
        """{"type":"outgoing","session":11,"packetIdentifier":10,"topic":"o","qos":2,"retain":false,"publisher":"","payload":"out"}""",
        """{"type":"will","session":12,"delayMilliseconds":5000,"expirySeconds":60,"topic":"w","qos":1,"retain":false,"publisher":"s2","payload":"gone"}""",
        """{"type":"retained","topic":"r/1","qos":0,"retain":true,"expiresAt":4102444800000,"retainSequence":8,"publisher":"p","payload":"kept"}""",
    ];

    private readonly TemporaryDirectory _directory = new();

    private string Store => _directory["store"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Export_of_an_import_is_what_was_imported()
    {
        var counts = Import(Lines);
        Assert.Equal(
            (2L, 2L, 3L, 1L, 6L, 1L, 1L, 1L, 7L),
            (counts.Sessions, counts.Subscriptions, counts.Queues, counts.Groups, counts.QueuedMessages, counts.OutgoingMessages, counts.Wills, counts.RetainedMessages, counts.Epoch));
        Assert.Equal(Lines[1..], Export(Store)[1..]);
    }

    [Fact]
    public void Queue_of_latest_messages_may_have_gaps_and_is_exported_imported_and_counted_as_it_is()
    {
        string[] lines =
        [
            Lines[0],
            """{"type":"queue","queue":4,"kind":4,"key":"s3"}""",
            """{"type":"message","queue":4,"index":2,"sequence":106,"topic":"a","qos":1,"retain":false,"publisher":"q","payload":"a"}""",
            """{"type":"message","queue":4,"index":3,"sequence":107,"topic":"b","qos":1,"retain":false,"publisher":"q","payload":"b"}""",
            """{"type":"message","queue":4,"index":7,"sequence":109,"topic":"c","qos":1,"retain":false,"publisher":"q","payload":"c"}""",
            """{"type":"session","session":13,"clientId":"s3","expirySeconds":4294967295,"durable":true,"connected":false,"awaySince":1700000000000,"subscriptions":[],"progress":{"wide":false,"lastPacketIdentifier":0,"places":[{"queue":4,"position":1,"waiting":3}],"gaps":[],"inFlight":[],"inbound":[],"replays":[]}}""",
        ];

        Assert.Equal(3, Import(lines).QueuedMessages);
        Assert.Equal(lines[1..], Export(Store)[1..]);
        Assert.Empty(StoreCheck.Run(Store).Problems);
        var queue = Assert.Single(StoreStatistics.Read(Store, 1).LongestQueues);
        Assert.Equal(("session s3", 3, 6), (queue.Name, queue.Messages, queue.Bytes));
    }

    [Theory, InlineData("backup"), InlineData("backup.tar")]
    public void Restored_backup_is_the_store(string name)
    {
        Import(Lines);
        var counts = StoreBackup.Create(Store, _directory[name]);
        Assert.Equal(counts, StoreBackup.Restore(_directory[name], _directory["again"]));
        Assert.Equal(Export(Store)[1..], Export(_directory["again"])[1..]);
        using var opened = RocksDbTables.Open(_directory["again"]);
    }

    [Fact]
    public void Tools_leave_the_store_as_it_is()
    {
        Import(Lines);
        string[] before = FilesOf(Store);
        StoreCheck.Run(Store);
        StoreStatistics.Read(Store, 1);
        Export(Store);
        StoreBackup.Create(Store, _directory["backup"]);
        Assert.Equal(before, FilesOf(Store));
    }

    [Fact]
    public void Backup_of_a_store_that_is_written_to_has_all_that_was_committed_before_it_began()
    {
        Import(Lines);
        using var tables = RocksDbTables.Open(Store, new TablesOptions { WriteBufferBytes = 4 << 20, LogBytesMax = 4 << 20 });
        long committed = 0;
        bool stops = false;
        var writer = new Thread(() =>
        {
            using var writes = tables.CreateWriteSet();
            var record = new RecordBuffer();
            byte[] payload = new byte[20_000];
            for (long i = 0; !Volatile.Read(ref stops); i++)
            {
                Random.Shared.NextBytes(payload);
                string topic = $"n/{i % 500:D3}";
                record.Clear();
                SingleMessageRecord.Write(
                    record,
                    new Engine.Durability.StoredMessage { Topic = Encoding.UTF8.GetBytes(topic), Payload = [.. BitConverter.GetBytes(i), .. payload], ExpiresAt = long.MaxValue, Publisher = [] },
                    0,
                    0);
                writes.Clear();
                writes.Put(Table.Retained, Encoding.UTF8.GetBytes(topic), record.Span);
                writes.Put(Table.Meta, "last"u8, BitConverter.GetBytes(i));
                tables.Commit(writes, WriteGuarantee.Os);
                Volatile.Write(ref committed, i);

                // Some 10 MB a second: files come and go several times a second, not faster than they can be copied at all.
                Thread.Sleep(1);
            }
        });
        writer.Start();
        try
        {
            for (int round = 0; round < 5; round++)
            {
                Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref committed) > 300 * (round + 1), TimeSpan.FromSeconds(30)));
                long before = Volatile.Read(ref committed);
                StoreBackup.Create(Store, _directory[$"b{round}"]);
                long after = Volatile.Read(ref committed);
                using var copy = RocksDbTables.Open(_directory[$"b{round}"]);
                Assert.InRange(ReadNumber(copy, Table.Meta, "last"), before, after + 1);
                long newest = NewestPayload(copy);
                Assert.Equal(ReadNumber(copy, Table.Meta, "last"), newest); // both tables as of one commit
            }
        }
        finally
        {
            Volatile.Write(ref stops, true);
            writer.Join();
        }
    }

    [Fact]
    public void Nothing_that_is_there_is_overwritten()
    {
        Import(Lines);
        StoreBackup.Create(Store, _directory["b.tar"]);
        string[] before = FilesOf(Store);
        Assert.Contains("not empty", Assert.Throws<StoreException>(() => StoreBackup.Restore(_directory["b.tar"], Store)).Message, StringComparison.Ordinal);
        Assert.Contains("not empty", Assert.Throws<StoreException>(() => Import(Lines)).Message, StringComparison.Ordinal);
        Assert.Contains("not empty", Assert.Throws<StoreException>(() => StoreBackup.Create(Store, Store)).Message, StringComparison.Ordinal);
        Assert.Contains("exists", Assert.Throws<StoreException>(() => StoreBackup.Create(Store, _directory["b.tar"])).Message, StringComparison.Ordinal);
        Assert.Equal(before, FilesOf(Store));
    }

    [Fact]
    public void What_is_no_backup_is_refused_and_leaves_nothing_behind()
    {
        File.WriteAllText(_directory["text.tar"], new string('x', 2000));
        using (var file = File.Create(_directory["escape.tar"]))
        using (var tar = new TarWriter(file))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "../000001.sst") { DataStream = new MemoryStream([1]) });
        }

        Directory.CreateDirectory(_directory["empty"]);
        foreach (string source in new[] { "text.tar", "escape.tar", "empty", "missing" })
        {
            Assert.Throws<StoreException>(() => StoreBackup.Restore(_directory[source], Store));
            Assert.False(Directory.Exists(Store));
        }

        Assert.False(File.Exists(_directory["000001.sst"]));
    }

    [Fact]
    public void A_damaged_backup_is_refused_and_leaves_nothing_behind()
    {
        Import(Lines);
        StoreBackup.Create(Store, _directory["b"]);
        foreach (string file in Directory.GetFiles(_directory["b"], "*.sst"))
        {
            byte[] bytes = File.ReadAllBytes(file);
            bytes.AsSpan(0, 40).Fill(9);
            File.WriteAllBytes(file, bytes);
        }

        Assert.Throws<StoreException>(() => StoreBackup.Restore(_directory["b"], _directory["r"]));
        Assert.False(Directory.Exists(_directory["r"]));
    }

    [Theory]
    [InlineData(2, """{"type":"message"}""")]
    [InlineData(2, "no JSON")]
    [InlineData(1, """{"type":"queue","queue":1,"kind":1,"key":"a"}""")]
    [InlineData(2, """{"type":"message","queue":9,"index":0,"sequence":1,"topic":"a","qos":1,"retain":false,"publisher":"","payload":""}""")]
    public void A_line_that_is_none_is_named_and_nothing_is_imported(int number, string line)
    {
        string[] lines = [.. Lines];
        lines[number - 1] = line;
        Assert.Contains($"Line {number} ", Assert.Throws<StoreException>(() => Import(lines)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Store));
    }

    [Fact]
    public void Check_finds_what_is_wrong_and_names_it()
    {
        Import(Lines);
        Change(writes =>
        {
            writes.Delete(Table.Entries, Keys.Pair(2, 3, new byte[16]));
            writes.Put(Table.Sessions, Keys.Number(12, new byte[8]), [1, 2]);
            writes.Put(Table.Wills, Keys.Number(99, new byte[8]), [1, 0, 0, 0, 0, 1, (byte)'w', 0, 0]);
            writes.Put(Table.Retained, "other"u8, [1, 0, 0, 0, 1, (byte)'w', 0, 1, 1]);
            writes.Put(Table.Entries, Keys.Pair(1, 9, new byte[16]), [1, 1, 0, 0, 110, 0, 0, 0, 1, (byte)'a', 0, 0]);
            writes.Put(Table.Entries, Keys.Pair(50, 0, new byte[16]), [1, 1, 0, 0, 110, 0, 0, 0, 1, (byte)'a', 0, 0]);
        });
        var report = StoreCheck.Run(Store);
        Assert.False(report.IsSound);
        Assert.Contains(report.Problems, problem => problem is { IsError: true, Table: "entries", Key: "1/9" } && problem.Text.Contains("messages 7 to 8", StringComparison.Ordinal));
        Assert.Contains(report.Problems, problem => problem is { IsError: true, Table: "sessions", Key: "0x000000000000000c" });
        Assert.Contains(report.Problems, problem => problem is { IsError: true, Table: "retained", Key: "other" });
        Assert.Contains(report.Problems, problem => problem is { IsError: false, Table: "wills", Key: "99" });
        Assert.Contains(report.Problems, problem => problem is { IsError: false, Table: "entries", Key: "50/0" });
        Assert.Throws<StoreException>(() => StoreBackup.Create(Store, _directory["b"]));
        Assert.False(Directory.Exists(_directory["b"]));
    }

    [Fact]
    public void Check_finds_a_place_behind_the_end_of_its_queue()
    {
        string[] lines = [.. Lines];
        lines[10] = lines[10].Replace("\"queue\":1,\"position\":6,", "\"queue\":1,\"position\":8,", StringComparison.Ordinal);
        var error = Assert.Throws<StoreException>(() => Import(lines));
        Assert.Contains("ends at 7", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_that_is_damaged_where_commits_follow_is_reported_and_can_be_cut()
    {
        Import(Lines);
        string log;
        using (var tables = RocksDbTables.Open(Store))
        {
            using var writes = tables.CreateWriteSet();
            for (byte i = 0; i < 20; i++)
            {
                writes.Clear();
                writes.Put(Table.Meta, [i], new byte[100]);
                tables.Commit(writes, WriteGuarantee.Fsync);
            }

            log = Directory.GetFiles(Store, "*.log").MaxBy(path => new FileInfo(path).Length)!;
            File.Copy(log, _directory["log"]);
        }

        byte[] bytes = File.ReadAllBytes(_directory["log"]);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(log, bytes);
        var report = StoreCheck.Run(Store);
        Assert.False(report.IsSound);
        Assert.Contains(log, report.LogDamage, StringComparison.Ordinal);
        Assert.Contains("--cut", report.LogDamage, StringComparison.Ordinal);
        Assert.Equal(2, report.Counts.Sessions);
        Assert.Throws<StoreException>(() => RocksDbTables.Open(Store));
        Assert.Throws<StoreException>(() => StoreBackup.Create(Store, _directory["b"]));
        StoreCheck.CutDamagedLog(Store);
        Assert.True(StoreCheck.Run(Store).IsSound);
        using var opened = RocksDbTables.Open(Store);
    }

    [Fact]
    public void A_newer_format_is_refused_by_every_tool()
    {
        Import(Lines);
        byte[] newer = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(newer, 2);
        Change(writes => writes.Put(Table.Meta, Keys.Format, newer));
        Assert.Equal(StoreFault.NewerFormat, Assert.Throws<StoreException>(() => StoreCheck.Run(Store)).Fault);
        Assert.Equal(StoreFault.NewerFormat, Assert.Throws<StoreException>(() => Export(Store)).Fault);
        Assert.Equal(StoreFault.NewerFormat, Assert.Throws<StoreException>(() => StoreBackup.Create(Store, _directory["b"])).Fault);
    }

    [Fact]
    public void Statistics_name_the_longest_queues_first()
    {
        Import(Lines);
        var found = StoreStatistics.Read(Store, 1);
        Assert.Equal(("$share/g/b", 4L), (Assert.Single(found.LongestQueues).Name, found.LongestQueues[0].Messages));
        Assert.Equal((6L, 2L, 1L), (found.Counts.QueuedMessages, found.Counts.Sessions, found.Counts.RetainedMessages));
        Assert.Equal(TableNames.Count, found.TableBytes.Count);
        Assert.True(found.FileBytes > 0);
    }

    private static string[] FilesOf(string directory) =>
        [.. new DirectoryInfo(directory).EnumerateFileSystemInfos().Select(file => $"{file.Name} {(file as FileInfo)?.Length} {file.LastWriteTimeUtc.Ticks}").Order(StringComparer.Ordinal)];

    private static string[] Export(string store)
    {
        using var stream = new MemoryStream();
        StoreExport.Write(store, stream);
        return Encoding.UTF8.GetString(stream.ToArray()).TrimEnd().Split('\n');
    }

    private static long ReadNumber(RocksDbTables tables, Table table, string key)
    {
        var value = new System.Buffers.ArrayBufferWriter<byte>();
        Assert.True(tables.TryGet(table, Encoding.UTF8.GetBytes(key), value));
        return BitConverter.ToInt64(value.WrittenSpan);
    }

    private static long NewestPayload(RocksDbTables tables)
    {
        long newest = -1;
        byte[] publisher = [];
        using var cursor = tables.OpenCursor(Table.Retained);
        for (bool more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            var message = SingleMessageRecord.Read(cursor.Value, 0, 0, ref publisher);
            if (message.Payload.Length > 8)
            {
                newest = Math.Max(newest, BitConverter.ToInt64(message.Payload));
            }
        }

        return newest;
    }

    private StoreCounts Import(string[] lines) => StoreImport.Read(Store, new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n")));

    private void Change(Action<IWriteSet> change)
    {
        using var tables = RocksDbTables.Open(Store);
        using var writes = tables.CreateWriteSet();
        change(writes);
        tables.Commit(writes, WriteGuarantee.Fsync);
    }
}
