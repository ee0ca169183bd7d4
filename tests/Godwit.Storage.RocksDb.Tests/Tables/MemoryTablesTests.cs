using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Tests.Tables;

public sealed class MemoryTablesTests : TablesContract
{
    private readonly MemoryDisk _disk = new();

    private protected override IRecordTables Open() => new MemoryTables(_disk);

    [Fact]
    public void A_crash_loses_what_was_not_synced_and_keeps_the_rest()
    {
        Put(Table.Meta, [1], [], WriteGuarantee.Fsync);
        Put(Table.Meta, [2], []);
        Put(Table.Meta, [3], []);
        Assert.Equal(2, _disk.UnsyncedCommits);
        _disk.Crash(0);
        Reopen();
        Assert.Equal([[1]], Keys(Table.Meta));
        Assert.Equal(0, _disk.UnsyncedCommits);
    }

    [Fact]
    public void A_crash_may_keep_a_prefix_of_the_unsynced_commits()
    {
        for (byte i = 1; i <= 4; i++)
        {
            Put(Table.Meta, [i], []);
        }

        _disk.Crash(3);
        Reopen();
        Assert.Equal([[1], [2], [3]], Keys(Table.Meta));
        _disk.Crash(_disk.UnsyncedCommits);
        Reopen();
        Assert.Equal([[1], [2], [3]], Keys(Table.Meta));
    }

    [Fact]
    public void A_synced_commit_syncs_those_before_it()
    {
        Put(Table.Meta, [1], []);
        Put(Table.Retained, [2], [], WriteGuarantee.Fsync);
        _disk.Crash(0);
        Reopen();
        Assert.Equal([[1]], Keys(Table.Meta));
    }

    [Fact]
    public void Tables_of_a_crashed_process_fail()
    {
        using var cursor = Tables.OpenCursor(Table.Meta);
        using var writes = Tables.CreateWriteSet();
        _disk.Crash(0);
        Assert.Throws<StoreException>(() => Tables.Commit(writes, WriteGuarantee.Os));
        Assert.Throws<StoreException>(() => cursor.Refresh());
        Assert.Throws<StoreException>(() => cursor.SeekToFirst());
        using var next = new MemoryTables(_disk);
        next.Commit(writes, WriteGuarantee.Os);
    }

    [Fact]
    public void A_refusing_disk_changes_nothing()
    {
        Put(Table.Meta, [1], []);
        _disk.Refusal = StoreFault.NoSpace;
        Assert.Equal(StoreFault.NoSpace, Assert.Throws<StoreException>(() => Put(Table.Meta, [2], [])).Fault);
        _disk.Refusal = null;
        Assert.Equal([[1]], Keys(Table.Meta));
    }

    [Fact]
    public void Deleting_once_what_was_put_twice_is_a_bug_that_shows()
    {
        Put(Table.Meta, [1], []);
        Put(Table.Meta, [1], []);
        using var writes = Tables.CreateWriteSet();
        writes.DeleteOnce(Table.Meta, [1]);
        Assert.Throws<InvalidOperationException>(() => Tables.Commit(writes, WriteGuarantee.Os));
        Assert.Equal([[1]], Keys(Table.Meta));
    }

    [Fact]
    public void One_disk_has_one_user()
    {
        _ = Tables;
        Assert.Equal(StoreFault.Locked, Assert.Throws<StoreException>(() => new MemoryTables(_disk)).Fault);
    }
}
