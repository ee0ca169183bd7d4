using Godwit.Engine.Journals;

namespace Godwit.Storage.RocksDb.Records;

/// <summary>
/// A journal on disk: whose it is. Written with its first entry, and again, in version 2, when none is left though not everyone has
/// read them: where it goes on is then written nowhere else.
/// </summary>
internal static class JournalHead
{
    private const byte Known = 1;
    private const byte WithNextIndex = 2;

    public static void Write(RecordBuffer record, Journal journal) => Write(record, journal.Kind, journal.Key);

    public static void Write(RecordBuffer record, JournalKind kind, ReadOnlySpan<byte> key)
    {
        record.Byte(Known);
        record.Byte((byte)kind);
        record.Bytes(key);
    }

    public static void WriteEmptied(RecordBuffer record, JournalKind kind, ReadOnlySpan<byte> key, long nextIndex)
    {
        record.Byte(WithNextIndex);
        record.Byte((byte)kind);
        record.Bytes(key);
        record.Number(nextIndex);
    }

    public static JournalKind Read(ReadOnlySpan<byte> value, out ReadOnlySpan<byte> key) => Read(value, out key, out _);

    /// <summary>As above. <paramref name="nextIndex"/>: where the journal goes on if it has no entry, as far as this record knows.</summary>
    public static JournalKind Read(ReadOnlySpan<byte> value, out ReadOnlySpan<byte> key, out long nextIndex)
    {
        var record = new RecordReader(value, "journal");
        byte version = record.Version(WithNextIndex);
        var kind = (JournalKind)record.Byte();
        key = record.Bytes();
        nextIndex = version == WithNextIndex ? record.Number() : 0;
        return kind;
    }
}
