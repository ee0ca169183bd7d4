using System.Buffers;
using System.Buffers.Binary;
using Godwit.Storage.RocksDb.Records;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Recovery;

/// <summary>The version of the store's format, and the number of the run.</summary>
internal static class StoreFormat
{
    /// <summary>The format that this build writes, and the newest that it reads.</summary>
    public const int Current = 1;

    /// <summary>The format of the store; null when it is empty.</summary>
    /// <exception cref="StoreException">It is newer than this build.</exception>
    public static int? Read(IRecordTables tables)
    {
        if (ReadNumber(tables, Keys.Format) is not { } format)
        {
            return null;
        }

        return format is >= 1 and <= Current
            ? (int)format
            : throw new StoreException(
                $"The store has format {format}; this build knows formats up to {Current}. Start the newer build that wrote it, or restore a backup.",
                StoreFault.NewerFormat);
    }

    /// <summary>The number of the last run; 0 before the first.</summary>
    public static long ReadEpoch(IRecordTables tables) => ReadNumber(tables, Keys.Epoch) ?? 0;

    /// <summary>Begins a run: raises its number, durably, before anything is written under it.</summary>
    public static long Begin(IRecordTables tables)
    {
        Read(tables);
        long epoch = ReadEpoch(tables) + 1;
        Write(tables, epoch);
        return epoch;
    }

    /// <summary>Marks the store as one of this build's format, with <paramref name="epoch"/> as the number of its last run, durably.</summary>
    public static void Write(IRecordTables tables, long epoch)
    {
        using var writes = tables.CreateWriteSet();
        Span<byte> value = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(value, Current);
        writes.Put(Table.Meta, Keys.Format, value);
        BinaryPrimitives.WriteInt64BigEndian(value, epoch);
        writes.Put(Table.Meta, Keys.Epoch, value);
        tables.Commit(writes, WriteGuarantee.Fsync);
    }

    private static long? ReadNumber(IRecordTables tables, ReadOnlySpan<byte> key)
    {
        var value = new ArrayBufferWriter<byte>();
        return tables.TryGet(Table.Meta, key, value) && value.WrittenCount == 8
            ? BinaryPrimitives.ReadInt64BigEndian(value.WrittenSpan)
            : null;
    }
}
