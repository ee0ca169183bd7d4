using Godwit.Engine.Durability;

namespace Godwit.Storage.RocksDb.Records;

/// <summary>A session on disk.</summary>
internal static class SessionRecord
{
    private const byte Known = 1;
    private const byte Durable = 1;
    private const byte Connected = 2;

    public static void Write(RecordBuffer record, StoredSession session, long timeOfDay)
    {
        record.Byte(Known);
        record.Byte((byte)((session.IsDurable ? Durable : 0) | (session.IsConnected ? Connected : 0)));
        record.Number(session.ExpirySeconds);
        record.Number(timeOfDay);
        record.Bytes(session.ClientIdentifier);
    }

    /// <summary>Reads a session. A client that was connected at the end is away from now on; elapsed time is never negative, however the clock was set.</summary>
    public static RestoredSession Read(long number, ReadOnlySpan<byte> value, long timeOfDay)
    {
        var record = new RecordReader(value, "session");
        record.Version(Known);
        byte flags = record.Byte();
        uint expiry = (uint)record.Number();
        long since = record.Number();
        bool wasConnected = (flags & Connected) != 0;
        var session = new StoredSession(number, record.Bytes().ToArray(), expiry, (flags & Durable) != 0, wasConnected);
        return new RestoredSession(session, wasConnected ? 0 : Math.Max(0, timeOfDay - since));
    }
}
