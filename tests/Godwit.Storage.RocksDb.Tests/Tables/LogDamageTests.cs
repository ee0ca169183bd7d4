using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Tests.Tables;

/// <summary>What a start does with a log that is not as it was written.</summary>
public sealed class LogDamageTests : IDisposable
{
    private const int Commits = 20;
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory, InlineData(300), InlineData(50_000)]
    public void A_log_that_ends_anywhere_in_its_last_commit_loses_that_commit_alone(int valueLength)
    {
        var (log, starts) = Write(valueLength);
        var whole = File.ReadAllBytes(log);
        foreach (var length in new[] { starts[^1] + 1, starts[^1] + 8, (starts[^1] + whole.Length) / 2, whole.Length - 1 })
        {
            using var copy = CopyWith(log, whole[..(int)length]);
            Assert.Equal((Commits - 1, starts[^1]), Open(copy, out var file));
            Assert.EndsWith(".log", file, StringComparison.Ordinal);
        }
    }

    [Theory, InlineData(300), InlineData(50_000)]
    public void A_last_commit_with_a_hole_is_dropped_as_nothing_acknowledged_can_be_in_it(int valueLength)
    {
        var (log, starts) = Write(valueLength);
        foreach (var offset in new[] { 0, 7, valueLength / 2 })
        {
            var bytes = File.ReadAllBytes(log);
            bytes.AsSpan((int)starts[^1] + offset, 100).Clear();
            using var copy = CopyWith(log, bytes);
            Assert.Equal((Commits - 1, starts[^1]), Open(copy, out _));
        }
    }

    [Theory, InlineData(300, 0), InlineData(300, 4096), InlineData(50_000, 1), InlineData(50_000, 4096)]
    public void Damage_that_commits_follow_is_an_error_that_names_the_file_and_the_remedy(int valueLength, int zeros)
    {
        var (log, starts) = Write(valueLength);
        var bytes = File.ReadAllBytes(log);
        bytes[starts[3] + 100] ^= 1;
        bytes.AsSpan((int)starts[3] + 50, zeros).Clear();
        using var copy = CopyWith(log, bytes);
        var exception = Assert.Throws<StoreException>(() => Open(copy, out _));
        Assert.Equal(StoreFault.Corruption, exception.Fault);
        Assert.Contains(copy[Path.GetFileName(log)], exception.Message, StringComparison.Ordinal);
        Assert.Contains($"byte {starts[3]}", exception.Message, StringComparison.Ordinal);
        Assert.Contains("godwit-server store check --data", exception.Message, StringComparison.Ordinal);
        Assert.Equal((3, starts[3]), Open(copy, out _, new TablesOptions { CutDamagedLog = true }));
        Assert.Equal((3, -1), Open(copy, out _));
    }

    [Fact]
    public void A_whole_log_is_no_damage()
    {
        var (log, _) = Write(50_000);
        using var copy = CopyWith(log, File.ReadAllBytes(log));
        Assert.Equal((Commits, -1), Open(copy, out _));
    }

    [Fact]
    public void The_torn_end_of_a_log_that_is_no_longer_needed_is_no_damage()
    {
        var (log, starts) = Write(300);
        var torn = File.ReadAllBytes(log)[..(int)(starts[^1] + 50)];
        using (var tables = RocksDbTables.Open(_directory.Path))
        {
            tables.Flush();
            using var writes = tables.CreateWriteSet();
            writes.Put(Table.Entries, [Commits], []);
            tables.Commit(writes, WriteGuarantee.Fsync);
        }

        File.WriteAllBytes(log, torn);
        Assert.Equal((Commits + 1, -1), Open(_directory, out _));
    }

    [Fact]
    public void A_closed_log_that_is_needed_and_lacks_its_end_is_an_error()
    {
        using (var tables = RocksDbTables.Open(_directory.Path, new TablesOptions { WriteBufferBytes = 1 << 30, LogBytesMax = 1 << 30 }))
        {
            // The single record of Meta keeps the first log, while the buffers of Entries are written out.
            using var writes = tables.CreateWriteSet();
            writes.Put(Table.Meta, [1], [1]);
            tables.Commit(writes, WriteGuarantee.Fsync);
            for (byte i = 0; i < 40; i++)
            {
                writes.Clear();
                writes.Put(Table.Entries, [i], new byte[1_000_000]);
                tables.Commit(writes, WriteGuarantee.Fsync);
            }
        }

        var logs = Directory.GetFiles(_directory.Path, "*.log").Order().ToArray();
        Assert.True(logs.Length > 1);
        using (var first = File.OpenWrite(logs[0]))
        {
            first.SetLength(first.Length - 1000);
        }

        var exception = Assert.Throws<StoreException>(() => RocksDbTables.Open(_directory.Path));
        Assert.Equal(StoreFault.Corruption, exception.Fault);
        Assert.Contains(_directory.Path, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_table_file_is_an_error_that_names_what_to_run()
    {
        using (var tables = RocksDbTables.Open(_directory.Path))
        {
            using var writes = tables.CreateWriteSet();
            for (byte i = 0; i < 200; i++)
            {
                writes.Put(Table.Retained, [i], new byte[1000]);
            }

            tables.Commit(writes, WriteGuarantee.Os);
            tables.Flush();
        }

        var file = Directory.GetFiles(_directory.Path, "*.sst").MaxBy(path => new FileInfo(path).Length)!;
        var bytes = File.ReadAllBytes(file);
        bytes.AsSpan(20, 2000).Fill(7);
        File.WriteAllBytes(file, bytes);
        using var damaged = RocksDbTables.Open(_directory.Path);
        using var cursor = damaged.OpenCursor(Table.Retained);
        var exception = Assert.Throws<StoreException>(() => cursor.SeekToFirst());
        Assert.Equal(StoreFault.Corruption, exception.Fault);
        Assert.Contains("godwit-server store check --data " + _directory.Path, exception.Message, StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(file), exception.Message, StringComparison.Ordinal);
    }

    // The log of a process that is killed while the tables are open, and where each commit starts in it.
    private (string Log, long[] Starts) Write(int valueLength)
    {
        using var tables = RocksDbTables.Open(_directory.Path);
        using var writes = tables.CreateWriteSet();
        var log = Directory.GetFiles(_directory.Path, "*.log").Single();
        var starts = new long[Commits];
        for (byte i = 0; i < Commits; i++)
        {
            starts[i] = new FileInfo(log).Length;
            writes.Clear();
            writes.Put(Table.Entries, [i], Enumerable.Repeat((byte)(i + 40), valueLength).ToArray());
            tables.Commit(writes, WriteGuarantee.Fsync);
        }

        return (log, starts);
    }

    private TemporaryDirectory CopyWith(string log, byte[] content)
    {
        var copy = new TemporaryDirectory();
        foreach (var file in Directory.GetFiles(_directory.Path))
        {
            File.Copy(file, copy[Path.GetFileName(file)]);
        }

        File.WriteAllBytes(copy[Path.GetFileName(log)], content);
        return copy;
    }

    private static (int Commits, long CutAt) Open(TemporaryDirectory directory, out string? file, TablesOptions? options = null)
    {
        using var tables = RocksDbTables.Open(directory.Path, options);
        file = tables.LogCut?.File;
        using var cursor = tables.OpenCursor(Table.Entries);
        var count = 0;
        for (var more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            Assert.Equal([(byte)count++], cursor.Key.ToArray());
        }

        return (count, tables.LogCut?.Offset ?? -1);
    }
}
