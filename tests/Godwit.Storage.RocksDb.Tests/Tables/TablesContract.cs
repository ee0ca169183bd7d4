using System.Buffers;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Tests.Tables;

/// <summary>What every implementation of <see cref="IRecordTables"/> keeps to.</summary>
public abstract class TablesContract : IDisposable
{
    private IRecordTables? _tables;

    private protected IRecordTables Tables => _tables ??= Open();

    /// <summary>Opens the tables, again on what is stored after <see cref="Reopen"/>.</summary>
    private protected abstract IRecordTables Open();

    private protected void Reopen()
    {
        _tables?.Dispose();
        _tables = null;
    }

    public virtual void Dispose()
    {
        _tables?.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void A_record_is_read_as_it_was_put()
    {
        Put(Table.Retained, "a"u8, "one"u8);
        Assert.Equal("one"u8.ToArray(), Get(Table.Retained, "a"u8));
        Assert.Null(Get(Table.Retained, "b"u8));
        Assert.Null(Get(Table.Retained, "a\0"u8));
        Put(Table.Retained, "a"u8, "two"u8);
        Assert.Equal("two"u8.ToArray(), Get(Table.Retained, "a"u8));
    }

    [Fact]
    public void Each_table_has_keys_of_its_own()
    {
        using (var writes = Tables.CreateWriteSet())
        {
            foreach (var table in Enum.GetValues<Table>())
            {
                writes.Put(table, "same"u8, [(byte)table]);
            }

            Tables.Commit(writes, WriteGuarantee.Os);
        }

        foreach (var table in Enum.GetValues<Table>())
        {
            Assert.Equal(new[] { (byte)table }, Get(table, "same"u8));
        }
    }

    [Fact]
    public void Reading_appends_to_what_the_buffer_holds()
    {
        Put(Table.Meta, "a"u8, "xyz"u8);
        var buffer = new ArrayBufferWriter<byte>();
        buffer.Write("pre"u8);
        Assert.True(Tables.TryGet(Table.Meta, "a"u8, buffer));
        Assert.False(Tables.TryGet(Table.Meta, "b"u8, buffer));
        Assert.Equal("prexyz"u8.ToArray(), buffer.WrittenSpan.ToArray());
    }

    [Fact]
    public void Values_may_be_empty_and_large_and_keys_empty_and_binary()
    {
        var large = new byte[1 << 20];
        new Random(1).NextBytes(large);
        byte[] key = [0, 255, 0, 128, 10];
        Put(Table.Entries, key, []);
        Put(Table.Entries, [], "nothing"u8);
        Put(Table.Entries, [255], large);
        Assert.Equal([], Get(Table.Entries, key)!);
        Assert.Equal("nothing"u8.ToArray(), Get(Table.Entries, []));
        Assert.Equal(large, Get(Table.Entries, [255]));
        using var cursor = Tables.OpenCursor(Table.Entries);
        Assert.True(cursor.SeekToFirst());
        Assert.Equal([], cursor.Key.ToArray());
        Assert.True(cursor.MoveNext());
        Assert.Equal(key, cursor.Key.ToArray());
        Assert.Equal(0, cursor.Value.Length);
        Assert.True(cursor.MoveNext());
        Assert.True(cursor.Value.SequenceEqual(large));
        Assert.False(cursor.MoveNext());
    }

    [Fact]
    public void Keys_are_ordered_as_unsigned_bytes_with_the_shorter_first()
    {
        byte[][] ordered = [[], [0], [0, 0], [0, 1], [1], [1, 255], [127], [128], [128, 0], [254, 255, 255], [255], [255, 255]];
        foreach (var key in ordered.Reverse())
        {
            Put(Table.Sessions, key, key);
        }

        Assert.Equal(ordered, Keys(Table.Sessions));
    }

    [Fact]
    public void A_commit_applies_its_writes_in_their_order()
    {
        using var writes = Tables.CreateWriteSet();
        writes.Put(Table.Progress, "a"u8, "1"u8);
        writes.Put(Table.Progress, "b"u8, "1"u8);
        writes.DeleteRange(Table.Progress, "a"u8, "c"u8);
        writes.Put(Table.Progress, "b"u8, "2"u8);
        writes.Put(Table.Progress, "c"u8, "1"u8);
        writes.Delete(Table.Progress, "c"u8);
        Assert.Equal(6, writes.Count);
        Tables.Commit(writes, WriteGuarantee.Fsync);
        Assert.Equal(["b"u8.ToArray()], Keys(Table.Progress));
        Assert.Equal("2"u8.ToArray(), Get(Table.Progress, "b"u8));
    }

    [Fact]
    public void A_write_set_tells_its_size_and_can_be_used_again()
    {
        using var writes = Tables.CreateWriteSet();
        Assert.Equal(0, writes.Count);
        var empty = writes.Size;
        writes.Put(Table.Meta, "a"u8, new byte[1000]);
        Assert.InRange(writes.Size - empty, 1001, 1040);
        Tables.Commit(writes, WriteGuarantee.Os);
        writes.Clear();
        Assert.Equal(0, writes.Count);
        Assert.Equal(empty, writes.Size);
        writes.Put(Table.Meta, "b"u8, []);
        Tables.Commit(writes, WriteGuarantee.Os);
        writes.Clear();
        Tables.Commit(writes, WriteGuarantee.Fsync);
        Assert.Equal([[(byte)'a'], [(byte)'b']], Keys(Table.Meta));
    }

    [Fact]
    public void Keys_and_values_are_copied_when_they_are_added()
    {
        byte[] key = [1], value = [2];
        using var writes = Tables.CreateWriteSet();
        writes.Put(Table.Wills, key, value);
        key[0] = 9;
        value[0] = 9;
        Tables.Commit(writes, WriteGuarantee.Os);
        Assert.Equal([2], Get(Table.Wills, [1]));
    }

    [Fact]
    public void A_range_ends_before_its_end()
    {
        Fill(Table.Entries, 0, 10);
        using (var writes = Tables.CreateWriteSet())
        {
            writes.DeleteRange(Table.Entries, [3], [7]);
            writes.DeleteRange(Table.Entries, [8], [8]);
            Tables.Commit(writes, WriteGuarantee.Os);
        }

        Assert.Equal([[0], [1], [2], [7], [8], [9]], Keys(Table.Entries));
        Assert.Null(Get(Table.Entries, [3]));
        Put(Table.Entries, [4], [44]);
        Assert.Equal([44], Get(Table.Entries, [4]));
    }

    [Fact]
    public void Deleting_what_does_not_exist_is_no_error()
    {
        using var writes = Tables.CreateWriteSet();
        writes.Delete(Table.Groups, "none"u8);
        writes.DeleteOnce(Table.Groups, "never"u8);
        writes.DeleteRange(Table.Groups, "a"u8, "z"u8);
        Tables.Commit(writes, WriteGuarantee.Fsync);
        Assert.Empty(Keys(Table.Groups));
    }

    [Fact]
    public void A_key_put_once_is_deleted_once_again_and_again()
    {
        for (var round = 0; round < 3; round++)
        {
            Put(Table.Outbound, "k"u8, [(byte)round]);
            Assert.Equal([(byte)round], Get(Table.Outbound, "k"u8)!);
            using var writes = Tables.CreateWriteSet();
            writes.DeleteOnce(Table.Outbound, "k"u8);
            Tables.Commit(writes, WriteGuarantee.Os);
            Assert.Null(Get(Table.Outbound, "k"u8));
        }

        Assert.Empty(Keys(Table.Outbound));
    }

    [Fact]
    public void Seek_finds_the_key_or_the_next_one()
    {
        Put(Table.Journals, [10], [1]);
        Put(Table.Journals, [20], [2]);
        using var cursor = Tables.OpenCursor(Table.Journals);
        Assert.False(cursor.IsValid);
        Assert.True(cursor.Seek([10]));
        Assert.Equal([10], cursor.Key.ToArray());
        Assert.Equal([1], cursor.Value.ToArray());
        Assert.True(cursor.Seek([10, 0]));
        Assert.Equal([20], cursor.Key.ToArray());
        Assert.True(cursor.Seek([]));
        Assert.Equal([10], cursor.Key.ToArray());
        Assert.False(cursor.Seek([20, 0]));
        Assert.False(cursor.IsValid);
        Assert.True(cursor.Seek([20]));
        Assert.False(cursor.MoveNext());
        Assert.False(cursor.IsValid);
    }

    [Fact]
    public void SeekForPrevious_finds_the_key_or_the_one_before()
    {
        Put(Table.Journals, [10], [1]);
        Put(Table.Journals, [20], [2]);
        Put(Table.Journals, [20, 0], [3]);
        using var cursor = Tables.OpenCursor(Table.Journals);
        Assert.True(cursor.SeekForPrevious([10]));
        Assert.Equal([10], cursor.Key.ToArray());
        Assert.True(cursor.SeekForPrevious([19, 255]));
        Assert.Equal([10], cursor.Key.ToArray());
        Assert.True(cursor.SeekForPrevious([20]));
        Assert.Equal([2], cursor.Value.ToArray());
        Assert.True(cursor.SeekForPrevious([255, 255]));
        Assert.Equal([20, 0], cursor.Key.ToArray());
        Assert.False(cursor.SeekForPrevious([9]));
        Assert.False(cursor.IsValid);
        Assert.True(cursor.SeekForPrevious([10]));
        Assert.True(cursor.MoveNext());
        Assert.Equal([20], cursor.Key.ToArray());
    }

    [Fact]
    public void An_empty_table_has_nowhere_to_stand()
    {
        using var cursor = Tables.OpenCursor(Table.Wills);
        Assert.False(cursor.SeekToFirst());
        Assert.False(cursor.Seek([1]));
        Assert.False(cursor.SeekForPrevious([255]));
        Assert.False(cursor.IsValid);
    }

    [Fact]
    public void A_bounded_cursor_stays_inside()
    {
        Fill(Table.Entries, 0, 10);
        using var cursor = Tables.OpenCursor(Table.Entries);
        cursor.Bound([3], [6]);
        Assert.False(cursor.IsValid);
        Assert.Equal([[3], [4], [5]], Walk(cursor));
        Assert.True(cursor.Seek([0]));
        Assert.Equal([3], cursor.Key.ToArray());
        Assert.True(cursor.SeekForPrevious([9]));
        Assert.Equal([5], cursor.Key.ToArray());
        Assert.True(cursor.SeekForPrevious([6]));
        Assert.Equal([5], cursor.Key.ToArray());
        Assert.False(cursor.SeekForPrevious([2]));
        Assert.False(cursor.Seek([6]));
        cursor.Bound([], [2]);
        Assert.Equal([[0], [1]], Walk(cursor));
        cursor.Bound([8], []);
        Assert.Equal([[8], [9]], Walk(cursor));
        Put(Table.Entries, [20], []);
        cursor.Bound([], []);
        Assert.Equal(11, Walk(cursor).Count);
        cursor.Bound([9], []);
        cursor.Refresh();
        Assert.Equal([[9], [20]], Walk(cursor));
    }

    [Fact]
    public void A_cursor_sees_its_moment_until_it_is_refreshed()
    {
        Fill(Table.Entries, 0, 3);
        using var cursor = Tables.OpenCursor(Table.Entries);
        Assert.True(cursor.SeekToFirst());
        using (var writes = Tables.CreateWriteSet())
        {
            writes.Put(Table.Entries, [1], [99]);
            writes.Put(Table.Entries, [3], [3]);
            writes.Delete(Table.Entries, [2]);
            writes.DeleteRange(Table.Entries, [0], [1]);
            Tables.Commit(writes, WriteGuarantee.Fsync);
        }

        Assert.Equal([0], cursor.Key.ToArray());
        Assert.Equal([[0], [1], [2]], Walk(cursor));
        Assert.True(cursor.Seek([1]));
        Assert.Equal([1], cursor.Value.ToArray());
        cursor.Refresh();
        Assert.False(cursor.IsValid);
        Assert.Equal([[1], [3]], Walk(cursor));
        Assert.True(cursor.Seek([1]));
        Assert.Equal([99], cursor.Value.ToArray());
    }

    [Fact]
    public void What_was_committed_is_there_after_a_reopen()
    {
        Fill(Table.Entries, 0, 100);
        using (var writes = Tables.CreateWriteSet())
        {
            writes.DeleteRange(Table.Entries, [0], [90]);
            writes.DeleteOnce(Table.Entries, [95]);
            writes.Put(Table.Meta, "format"u8, "1"u8);
            Tables.Commit(writes, WriteGuarantee.Os);
        }

        Reopen();
        Assert.Equal([[90], [91], [92], [93], [94], [96], [97], [98], [99]], Keys(Table.Entries));
        Assert.Equal("1"u8.ToArray(), Get(Table.Meta, "format"u8));
    }

    [Fact]
    public void Random_writes_agree_with_a_sorted_dictionary()
    {
        var random = new Random(42);
        var model = new SortedDictionary<byte, byte>();
        for (var round = 0; round < 300; round++)
        {
            using var writes = Tables.CreateWriteSet();
            for (var i = random.Next(1, 6); i > 0; i--)
            {
                var key = (byte)random.Next(64);
                switch (random.Next(4))
                {
                    case 0:
                        writes.Delete(Table.Retained, [key]);
                        model.Remove(key);
                        break;
                    case 1:
                        var end = (byte)(key + random.Next(8));
                        writes.DeleteRange(Table.Retained, [key], [end]);
                        for (var gone = key; gone < end; gone++)
                        {
                            model.Remove(gone);
                        }

                        break;
                    default:
                        writes.Put(Table.Retained, [key], [(byte)round]);
                        model[key] = (byte)round;
                        break;
                }
            }

            Tables.Commit(writes, WriteGuarantee.Os);
            if (round % 50 == 49)
            {
                Reopen();
            }

            using var cursor = Tables.OpenCursor(Table.Retained);
            var seen = new List<(byte, byte)>();
            for (var more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
            {
                seen.Add((cursor.Key[0], cursor.Value[0]));
            }

            Assert.Equal(model.Select(pair => (pair.Key, pair.Value)), seen);
            var probe = (byte)random.Next(64);
            var floor = model.Keys.LastOrDefault(key => key <= probe, (byte)255);
            Assert.Equal(floor != 255, cursor.SeekForPrevious([probe]));
            if (floor != 255)
            {
                Assert.Equal([floor], cursor.Key.ToArray());
            }
        }
    }

    private protected void Put(Table table, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, WriteGuarantee guarantee = WriteGuarantee.Os)
    {
        using var writes = Tables.CreateWriteSet();
        writes.Put(table, key, value);
        Tables.Commit(writes, guarantee);
    }

    private protected byte[]? Get(Table table, ReadOnlySpan<byte> key)
    {
        var value = new ArrayBufferWriter<byte>();
        return Tables.TryGet(table, key, value) ? value.WrittenSpan.ToArray() : null;
    }

    private protected List<byte[]> Keys(Table table)
    {
        using var cursor = Tables.OpenCursor(table);
        return Walk(cursor);
    }

    private protected void Fill(Table table, byte from, byte end)
    {
        using var writes = Tables.CreateWriteSet();
        for (var key = from; key < end; key++)
        {
            writes.Put(table, [key], [key]);
        }

        Tables.Commit(writes, WriteGuarantee.Os);
    }

    private protected static List<byte[]> Walk(ITableCursor cursor)
    {
        var keys = new List<byte[]>();
        for (var more = cursor.SeekToFirst(); more; more = cursor.MoveNext())
        {
            keys.Add(cursor.Key.ToArray());
        }

        return keys;
    }
}
