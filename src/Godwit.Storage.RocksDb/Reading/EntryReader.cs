using Godwit.Engine.Durability;
using Godwit.Engine.Messages;
using Godwit.Storage.RocksDb.Records;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Storage.RocksDb.Reading;

/// <summary>Finds and reads the entries of journals. One per thread.</summary>
internal sealed class EntryReader(IRecordTables tables, StoreClock clock) : IDisposable
{
    private ITableCursor? _opened;
    private ITableCursor? _openedPayloads;
    private readonly byte[] _key = new byte[Keys.PairLength];
    private readonly byte[] _end = new byte[Keys.PairLength];
    private byte[] _publisher = [];

    private ITableCursor Cursor => _opened ??= tables.OpenCursor(Table.Entries);

    /// <summary>
    /// Reads from <paramref name="index"/> on, until the records are many enough or the journal ends; empty when that index is not
    /// there. The caller owns the references.
    /// </summary>
    public List<CachedRecord> Read(long journal, long index, int recordsMax, long bytesMax, MessagePool pool)
    {
        var found = new List<CachedRecord>();
        if (!TryFindEntry(journal, index))
        {
            return found;
        }

        _openedPayloads?.Refresh();
        long size = 0;
        long now = clock.Now;
        long timeOfDay = clock.TimeOfDay;
        do
        {
            var record = new RecordReader(Cursor.Value, "entry");
            var header = EntryHeader.Read(Keys.SecondOf(Cursor.Key), ref record);
            if (header.First > index + found.Count)
            {
                break;
            }

            long age = Math.Max(0, timeOfDay - header.WrittenAt);
            long sequence = header.Sequence;
            long bytes = header.BytesBefore;
            for (long at = header.First; at < header.End; at++)
            {
                sequence += record.Number();
                if (at < index)
                {
                    bytes += MessageRecord.Skip(ref record);
                    continue;
                }

                var stored = MessageRecord.Read(ref record, now, age, ref _publisher, out long sharedLength);
                if (sharedLength >= 0 && !TryReadPayload(sequence, ref stored))
                {
                    // Given up since the entry was looked up.
                    return found;
                }

                var message = pool.Rent(in stored);
                found.Add(new CachedRecord(message, sequence, bytes));
                bytes += message.Size;
                size += message.Size;
                if (found.Count >= recordsMax || size >= bytesMax)
                {
                    return found;
                }
            }
        }
        while (Cursor.MoveNext() && Keys.NumberOf(Cursor.Key) == journal);

        return found;
    }

    /// <summary>For the records from <paramref name="index"/> on, the bytes of all messages that were appended before each; empty when that index is not there.</summary>
    public long[] BytesBefore(long journal, long index, int recordsMax)
    {
        var found = new List<long>();
        if (!TryFindEntry(journal, index))
        {
            return [];
        }

        do
        {
            var record = new RecordReader(Cursor.Value, "entry");
            var header = EntryHeader.Read(Keys.SecondOf(Cursor.Key), ref record);
            long bytes = header.BytesBefore;
            for (long at = header.First; at < header.End && found.Count < recordsMax; at++)
            {
                if (at >= index)
                {
                    found.Add(bytes);
                }

                record.Number();
                bytes += MessageRecord.Skip(ref record);
            }
        }
        while (found.Count < recordsMax && Cursor.MoveNext() && Keys.NumberOf(Cursor.Key) == journal);

        return [.. found];
    }

    /// <summary>The start of the entry that holds <paramref name="index"/>; null when none does.</summary>
    public long? StartOf(long journal, long index) => TryFindEntry(journal, index) ? Keys.SecondOf(Cursor.Key) : null;

    /// <summary>The oldest index of a journal that is on disk, at or above <paramref name="index"/>; null when there is none.</summary>
    public long? FirstFrom(long journal, long index)
    {
        Bound(journal, index);
        return Cursor.SeekToFirst() ? Keys.SecondOf(Cursor.Key) : null;
    }

    /// <summary>First and last of a journal on disk, with the bytes appended before the first and behind the last; null when there is nothing.</summary>
    public (long First, long End, long BytesBeforeFirst, long BytesAppended)? Extent(long journal)
    {
        Bound(journal, 0);
        if (!Cursor.SeekToFirst())
        {
            return null;
        }

        var record = new RecordReader(Cursor.Value, "entry");
        var first = EntryHeader.Read(Keys.SecondOf(Cursor.Key), ref record);
        Cursor.SeekForPrevious(Keys.Pair(journal, long.MaxValue, _key));
        record = new RecordReader(Cursor.Value, "entry");
        var last = EntryHeader.Read(Keys.SecondOf(Cursor.Key), ref record);
        return (first.First, last.End, first.BytesBefore, last.BytesBefore + SizeOfRecords(ref record, last.Count));
    }

    /// <summary>Shows index, topic and size of all records of a journal on disk, in their order.</summary>
    public void VisitRecords(long journal, Action<long, ReadOnlySpan<byte>, int> visit)
    {
        Bound(journal, 0);
        for (bool more = Cursor.SeekToFirst(); more; more = Cursor.MoveNext())
        {
            var record = new RecordReader(Cursor.Value, "entry");
            var header = EntryHeader.Read(Keys.SecondOf(Cursor.Key), ref record);
            for (long index = header.First; index < header.End; index++)
            {
                record.Number();
                var message = MessageRecord.Read(ref record, now: 0, age: 0, ref _publisher, out long sharedLength);
                visit(index, message.Topic, message.Topic.Length + message.Properties.Length + message.Payload.Length + (int)Math.Max(0, sharedLength));
            }
        }
    }

    /// <summary>Lets go of what the cursor sees: as long as it stands, that cannot be given back to memory and disk.</summary>
    public void Release()
    {
        _opened?.Dispose();
        _opened = null;
        _openedPayloads?.Dispose();
        _openedPayloads = null;
    }

    public void Dispose() => Release();

    private static long SizeOfRecords(ref RecordReader record, long count)
    {
        long bytes = 0;
        for (; count > 0; count--)
        {
            record.Number();
            bytes += MessageRecord.Skip(ref record);
        }

        return bytes;
    }

    private bool TryReadPayload(long sequence, ref StoredMessage message)
    {
        _openedPayloads ??= tables.OpenCursor(Table.Payloads);
        return SharedPayloads.TryRead(_openedPayloads, sequence, ref message);
    }

    private bool TryFindEntry(long journal, long index)
    {
        Bound(journal, 0);
        if (!Cursor.SeekForPrevious(Keys.Pair(journal, index, _key)))
        {
            return false;
        }

        var record = new RecordReader(Cursor.Value, "entry");
        return EntryHeader.Read(Keys.SecondOf(Cursor.Key), ref record).End > index;
    }

    private void Bound(long journal, long index)
    {
        Keys.Pair(journal, index, _key);
        Keys.Number(journal + 1, _end);
        Cursor.Bound(_key, _end.AsSpan(0, 8));
    }
}
