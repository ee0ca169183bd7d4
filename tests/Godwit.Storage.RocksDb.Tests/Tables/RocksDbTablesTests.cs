using System.Globalization;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Tests.Tables;

public sealed class RocksDbTablesTests : TablesContract
{
    private readonly TemporaryDirectory _directory = new();

    private RocksDbTables Rocks => (RocksDbTables)Tables;

    private protected override IRecordTables Open() => RocksDbTables.Open(_directory.Path);

    public override void Dispose()
    {
        base.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void A_flushed_and_compacted_table_reads_as_before()
    {
        Fill(Table.Entries, 0, 200);
        Rocks.Flush();
        using (var writes = Tables.CreateWriteSet())
        {
            writes.DeleteRange(Table.Entries, [0], [100]);
            writes.DeleteOnce(Table.Entries, [150]);
            writes.Delete(Table.Entries, [151]);
            Tables.Commit(writes, WriteGuarantee.Fsync);
        }

        Rocks.Flush();
        Rocks.CompactRange(Table.Entries);
        Assert.Equal(98, Keys(Table.Entries).Count);
        Reopen();
        Assert.Equal(98, Keys(Table.Entries).Count);
        Assert.Null(Get(Table.Entries, [150]));
    }

    [Fact]
    public void Compaction_gives_the_space_of_a_trimmed_range_back()
    {
        var value = new byte[4096];
        new Random(1).NextBytes(value);
        using (var writes = Tables.CreateWriteSet())
        {
            for (var i = 0; i < 2000; i++)
            {
                writes.Put(Table.Entries, [(byte)(i >> 8), (byte)i], value);
            }

            Tables.Commit(writes, WriteGuarantee.Os);
            Rocks.Flush();
            Assert.InRange(Rocks.ApproximateSize(Table.Entries), 8_000_000, 10_000_000);
            writes.Clear();
            writes.DeleteRange(Table.Entries, [0], [255]);
            Tables.Commit(writes, WriteGuarantee.Os);
        }

        Rocks.CompactRange(Table.Entries);
        Assert.Equal(0, Rocks.ApproximateSize(Table.Entries));
        Assert.Equal(0, Rocks.ApproximateSize(Table.Retained));
        Assert.DoesNotContain(Directory.EnumerateFiles(_directory.Path, "*.sst"), file => new FileInfo(file).Length > 1_000_000);
    }

    [Fact]
    public void Properties_tell_figures_and_nothing_for_unknown_names()
    {
        Fill(Table.Retained, 0, 50);
        Assert.Equal("50", Rocks.GetProperty(Table.Retained, "rocksdb.estimate-num-keys"));
        Assert.Equal("0", Rocks.GetProperty("rocksdb.background-errors"));
        Assert.Null(Rocks.GetProperty("rocksdb.none"));
    }

    [Fact]
    public void Two_stores_on_one_directory_are_refused_with_the_holder_named()
    {
        _ = Tables;
        var exception = Assert.Throws<StoreException>(() => RocksDbTables.Open(_directory.Path));
        Assert.Equal(StoreFault.Locked, exception.Fault);
        Assert.Contains(_directory.Path, exception.Message, StringComparison.Ordinal);
        Assert.Contains(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), exception.Message, StringComparison.Ordinal);
        Put(Table.Meta, [1], []);
    }

    [Fact]
    public void Disposing_the_tables_before_what_was_made_of_them_is_safe()
    {
        Fill(Table.Meta, 0, 10);
        var cursor = Tables.OpenCursor(Table.Meta);
        var writes = Tables.CreateWriteSet();
        var tables = Rocks;
        Assert.True(cursor.SeekToFirst());
        tables.Dispose();
        Assert.Throws<ObjectDisposedException>(() => writes.Put(Table.Meta, [1], []));
        Assert.Throws<ObjectDisposedException>(() => tables.OpenCursor(Table.Meta));
        cursor.Dispose();
        writes.Dispose();
        Reopen();
        Assert.Equal(10, Keys(Table.Meta).Count);
    }

    [Fact]
    public void Readers_beside_a_committer_see_whole_commits()
    {
        const int commits = 500;
        _ = Tables;
        using var done = new CancellationTokenSource();
        var reader = new Thread(() =>
        {
            using var cursor = Tables.OpenCursor(Table.Entries);
            while (!done.IsCancellationRequested)
            {
                cursor.Refresh();
                Assert.Equal(0, Walk(cursor).Count % 3);
            }
        });
        reader.Start();
        using (var writes = Tables.CreateWriteSet())
        {
            for (var i = 0; i < commits; i++)
            {
                writes.Clear();
                for (byte part = 0; part < 3; part++)
                {
                    writes.Put(Table.Entries, [(byte)(i >> 8), (byte)i, part], [part]);
                }

                Tables.Commit(writes, WriteGuarantee.Os);
            }
        }

        done.Cancel();
        reader.Join();
        Assert.Equal(3 * commits, Keys(Table.Entries).Count);
    }
}
