using Godwit.Engine.Durability;

namespace Godwit.Storage.RocksDb.Records;

/// <summary>A will on disk: its delay and expiry, then the message.</summary>
internal static class WillRecord
{
    private const byte Known = 1;

    public static void Write(RecordBuffer record, Godwit.Engine.Messages.Message message, long delayMilliseconds, long expirySeconds, long now)
    {
        record.Byte(Known);
        record.Number(delayMilliseconds);
        record.Number(expirySeconds + 1);
        MessageRecord.Write(record, message, now);
    }

    public static void Write(RecordBuffer record, scoped in StoredMessage message, long delayMilliseconds, uint? expirySeconds, long now)
    {
        record.Byte(Known);
        record.Number(delayMilliseconds);
        record.Number(expirySeconds is { } seconds ? seconds + 1L : 0);
        MessageRecord.Write(record, in message, now);
    }

    public static (long DelayMilliseconds, uint? ExpirySeconds) ReadTerms(ref RecordReader record)
    {
        record.Version(Known);
        long delay = record.Number();
        long expiry = record.Number();
        return (delay, expiry == 0 ? null : (uint)(expiry - 1));
    }
}
