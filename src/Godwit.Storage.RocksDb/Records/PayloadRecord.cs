namespace Godwit.Storage.RocksDb.Records;

/// <summary>A payload that records of several journals refer to, by the sequence of their publish; and which records these are.</summary>
internal static class PayloadRecord
{
    private const byte Known = 1;

    public static void Write(RecordBuffer record, List<(long Journal, long Index)> references, ReadOnlySpan<byte> payload)
    {
        record.Byte(Known);
        record.Number(references.Count);
        foreach (var (journal, index) in references)
        {
            record.Number(journal);
            record.Number(index);
        }

        record.Bytes(payload);
    }

    /// <summary>Reads the payload, and adds the records that refer to it where they are asked for.</summary>
    public static ReadOnlySpan<byte> Read(ReadOnlySpan<byte> value, List<(long Journal, long Index)>? references)
    {
        var record = new RecordReader(value, "payload");
        record.Version(Known);
        for (long count = record.Number(); count > 0; count--)
        {
            long journal = record.Number();
            long index = record.Number();
            references?.Add((journal, index));
        }

        return record.Bytes();
    }
}
