using Godwit.Engine.Durability;
using Godwit.Engine.Messages;

namespace Godwit.Storage.RocksDb.Records;

/// <summary>A message with a record of its own: retained, or on its way to a client without lying in a journal.</summary>
internal static class SingleMessageRecord
{
    private const byte Known = 1;

    public static void Write(RecordBuffer record, Message message, long now, long timeOfDay)
    {
        record.Byte(Known);
        record.Number(timeOfDay);
        MessageRecord.Write(record, message, now);
    }

    public static void Write(RecordBuffer record, scoped in StoredMessage message, long now, long timeOfDay)
    {
        record.Byte(Known);
        record.Number(timeOfDay);
        MessageRecord.Write(record, in message, now);
    }

    public static StoredMessage Read(ReadOnlySpan<byte> value, long now, long timeOfDay, scoped ref byte[] publisher)
    {
        var record = new RecordReader(value, "message");
        record.Version(Known);
        long age = Math.Max(0, timeOfDay - record.Number());
        return MessageRecord.Read(ref record, now, age, ref publisher);
    }
}
