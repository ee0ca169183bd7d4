using Godwit.Engine.Journals;

namespace Godwit.Storage.RocksDb.Records;

/// <summary>A journal on disk: whose it is. Written with its first entry.</summary>
internal static class JournalHead
{
    private const byte Known = 1;

    public static void Write(RecordBuffer record, Journal journal) => Write(record, journal.Kind, journal.Key);

    public static void Write(RecordBuffer record, JournalKind kind, ReadOnlySpan<byte> key)
    {
        record.Byte(Known);
        record.Byte((byte)kind);
        record.Bytes(key);
    }

    public static JournalKind Read(ReadOnlySpan<byte> value, out ReadOnlySpan<byte> key)
    {
        var record = new RecordReader(value, "journal");
        record.Version(Known);
        var kind = (JournalKind)record.Byte();
        key = record.Bytes();
        return kind;
    }
}
