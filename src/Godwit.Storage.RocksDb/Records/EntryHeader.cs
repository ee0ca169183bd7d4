namespace Godwit.Storage.RocksDb.Records;

/// <summary>What stands in front of the records of an entry: what one commit has appended to one journal.</summary>
/// <param name="First">Index of the first record; it stands in the key.</param>
/// <param name="Count">How many there are.</param>
/// <param name="BytesBefore">Bytes of all messages that were ever appended to the journal before this entry.</param>
/// <param name="WrittenAt">Time of day of the commit, in milliseconds since 1970.</param>
/// <param name="Sequence">Sequence of the first record; each record says how much its own is above that of the one before.</param>
internal readonly record struct EntryHeader(long First, int Count, long BytesBefore, long WrittenAt, long Sequence)
{
    private const byte Known = 1;

    /// <summary>Index behind the last record.</summary>
    public long End => First + Count;

    public static EntryHeader Read(long first, ref RecordReader record)
    {
        record.Version(Known);
        return new EntryHeader(first, (int)record.Number(), record.Number(), record.Number(), record.Number());
    }

    public void Write(RecordBuffer record)
    {
        record.Byte(Known);
        record.Number(Count);
        record.Number(BytesBefore);
        record.Number(WrittenAt);
        record.Number(Sequence);
    }
}
