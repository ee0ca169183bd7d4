using Godwit.Engine.Durability;
using Godwit.Engine.Messages;
using Godwit.Protocol;

namespace Godwit.Storage.RocksDb.Records;

/// <summary>
/// A message on disk. Its expiry is kept as what was left of it at a time of day, so that time goes on for it while the broker
/// does not run, and a clock that was set back gives it at most what it had.
/// </summary>
internal static class MessageRecord
{
    private const byte QoSMask = 0b0011;
    private const byte Retain = 0b0100;
    private const byte Expires = 0b1000;
    private const byte IsRetainedChange = 0b1_0000;
    private const byte SharesPayload = 0b10_0000;

    public static void Write(RecordBuffer record, Message message, long now, bool sharesPayload = false) => Write(record, new StoredMessage
    {
        QoS = message.QoS,
        Retain = message.Retain,
        ExpiresAt = message.ExpiresAt,
        RetainSequence = message.RetainSequence,
        Publisher = message.Publisher,
        Topic = message.Topic,
        Properties = message.Properties,
        Payload = message.Payload,
    }, now, sharesPayload);

    /// <summary>Writes a message. <paramref name="sharesPayload"/>: its payload lies in a table of its own, and the record has its length.</summary>
    public static void Write(RecordBuffer record, scoped in StoredMessage message, long now, bool sharesPayload = false)
    {
        byte flags = (byte)message.QoS;
        flags |= message.Retain ? Retain : (byte)0;
        flags |= message.ExpiresAt != long.MaxValue ? Expires : (byte)0;
        flags |= message.RetainSequence != 0 ? IsRetainedChange : (byte)0;
        flags |= sharesPayload ? SharesPayload : (byte)0;
        record.Byte(flags);
        if (message.ExpiresAt != long.MaxValue)
        {
            record.Number(Math.Max(0, message.ExpiresAt - now));
        }

        if (message.RetainSequence != 0)
        {
            record.Number(message.RetainSequence);
        }

        record.Bytes(message.Publisher);
        record.Bytes(message.Topic);
        record.Bytes(message.Properties);
        if (sharesPayload)
        {
            record.Number(message.Payload.Length);
        }
        else
        {
            record.Bytes(message.Payload);
        }
    }

    /// <summary>Reads a message. <paramref name="age"/>: milliseconds since it was written; <paramref name="publisher"/> is used again where it is the same.</summary>
    public static StoredMessage Read(scoped ref RecordReader record, long now, long age, scoped ref byte[] publisher)
    {
        var message = Read(ref record, now, age, ref publisher, out long sharedLength);
        return sharedLength < 0 ? message : throw record.Damaged();
    }

    /// <summary>As above; <paramref name="sharedLength"/> is the length of a payload that lies elsewhere, and the message has none; else −1.</summary>
    public static StoredMessage Read(scoped ref RecordReader record, long now, long age, scoped ref byte[] publisher, out long sharedLength)
    {
        byte flags = record.Byte();
        long expiresAt = (flags & Expires) != 0 ? now + record.Number() - age : long.MaxValue;
        long retainSequence = (flags & IsRetainedChange) != 0 ? record.Number() : 0;
        var from = record.Bytes();
        if (!from.SequenceEqual(publisher))
        {
            publisher = from.ToArray();
        }

        var topic = record.Bytes();
        var properties = record.Bytes();
        sharedLength = (flags & SharesPayload) != 0 ? record.Number() : -1;
        return new StoredMessage
        {
            QoS = (QualityOfService)(flags & QoSMask),
            Retain = (flags & Retain) != 0,
            ExpiresAt = expiresAt,
            RetainSequence = retainSequence,
            Publisher = publisher,
            Topic = topic,
            Properties = properties,
            Payload = sharedLength < 0 ? record.Bytes() : [],
        };
    }

    /// <summary>Passes a message over; answers what counts of it for the limits of queues.</summary>
    public static int Skip(ref RecordReader record) => Skip(ref record, out _);

    /// <summary>As above. <paramref name="left"/>: milliseconds to its expiry when it was written; null where it does not expire.</summary>
    public static int Skip(ref RecordReader record, out long? left)
    {
        byte flags = record.Byte();
        left = (flags & Expires) != 0 ? record.Number() : null;
        if ((flags & IsRetainedChange) != 0)
        {
            record.Number();
        }

        record.Bytes();
        int size = record.Bytes().Length + record.Bytes().Length;
        return checked(size + ((flags & SharesPayload) != 0 ? (int)record.Number() : record.Bytes().Length));
    }
}
