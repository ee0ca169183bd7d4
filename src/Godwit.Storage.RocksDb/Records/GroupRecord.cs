namespace Godwit.Storage.RocksDb.Records;

/// <summary>What a shared group is done with, on disk: everything below a mark, and single messages above it.</summary>
internal static class GroupRecord
{
    private const byte Known = 1;

    public static void Write(RecordBuffer record, long lowWater, ReadOnlySpan<long> settled)
    {
        record.Byte(Known);
        record.Number(lowWater);
        record.Number(settled.Length);
        long before = lowWater;
        foreach (long index in settled)
        {
            record.Number(index - before);
            before = index;
        }
    }

    public static long Read(ReadOnlySpan<byte> value, List<long> settled)
    {
        var record = new RecordReader(value, "shared group");
        record.Version(Known);
        long lowWater = record.Number();
        long before = lowWater;
        for (long count = record.Number(); count > 0; count--)
        {
            before += record.Number();
            settled.Add(before);
        }

        return lowWater;
    }
}
