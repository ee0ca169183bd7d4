using Godwit.Engine.Messages;
using Godwit.Storage.RocksDb.Records;

namespace Godwit.Storage.RocksDb.Committing;

/// <summary>What a commit appends to one journal, while it is gathered. Kept and used again.</summary>
internal sealed class EntryBuilder
{
    private readonly RecordBuffer _records = new();
    private readonly RecordBuffer _value = new();
    private long _sequence;

    public long First { get; private set; }

    public int Count { get; private set; }

    public int Size => _records.Count;

    private long BytesBefore { get; set; }

    private long FirstSequence { get; set; }

    public void Begin(long first, long bytesBefore, long sequence)
    {
        _records.Clear();
        First = first;
        Count = 0;
        BytesBefore = bytesBefore;
        FirstSequence = _sequence = sequence;
    }

    public void Add(Message message, long sequence, long now, bool sharesPayload)
    {
        _records.Number(sequence - _sequence);
        _sequence = sequence;
        MessageRecord.Write(_records, message, now, sharesPayload);
        Count++;
    }

    public ReadOnlySpan<byte> Finish(long timeOfDay)
    {
        _value.Clear();
        new EntryHeader(First, Count, BytesBefore, timeOfDay, FirstSequence).Write(_value);
        _value.Raw(_records.Span);
        return _value.Span;
    }
}
