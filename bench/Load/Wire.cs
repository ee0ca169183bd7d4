using System.Buffers.Binary;
using System.Text;

namespace Godwit.Load;

/// <summary>Just enough MQTT 3.1.1 and 5.0 to make load: packets written into a caller's span, which return their length.</summary>
internal static class Wire
{
    internal const byte ConnAck = 2;
    internal const byte Publish = 3;
    internal const byte PubAck = 4;
    internal const byte PubRec = 5;
    internal const byte PubRel = 6;
    internal const byte PubComp = 7;
    internal const byte SubAck = 9;
    internal const byte Disconnect = 14;

    /// <summary>Time stamp (8), publisher (4) and sequence (8) at the start of each payload.</summary>
    internal const int StampLength = 20;

    /// <summary>Keep alive off. Clean start, or a session without end.</summary>
    internal static int WriteConnect(Span<byte> target, bool v5, string clientId, bool persistent)
    {
        var propertiesLength = v5 && persistent ? 5 : 0;
        var bodyLength = 10 + (v5 ? 1 + propertiesLength : 0) + 2 + clientId.Length;
        var at = WriteHeader(target, 0x10, bodyLength);
        at += WriteText(target[at..], "MQTT");
        target[at++] = (byte)(v5 ? 5 : 4);
        target[at++] = persistent ? (byte)0 : (byte)0x02;
        target[at++] = 0;
        target[at++] = 0;
        if (v5)
        {
            target[at++] = (byte)propertiesLength;
            if (propertiesLength > 0)
            {
                const byte SessionExpiryInterval = 0x11;
                target[at++] = SessionExpiryInterval;
                BinaryPrimitives.WriteUInt32BigEndian(target[at..], uint.MaxValue);
                at += sizeof(uint);
            }
        }

        return at + WriteText(target[at..], clientId);
    }

    internal static int WriteSubscribe(Span<byte> target, bool v5, string filter, byte qos)
    {
        var bodyLength = 2 + (v5 ? 1 : 0) + 2 + filter.Length + 1;
        var at = WriteHeader(target, 0x82, bodyLength);
        target[at++] = 0;
        target[at++] = 1;
        if (v5)
        {
            target[at++] = 0;
        }

        at += WriteText(target[at..], filter);
        target[at++] = qos;
        return at;
    }

    /// <summary>A PUBLISH with packet identifier and payload of zeros, to be patched.</summary>
    /// <param name="identifierOffset">Where the packet identifier goes; 0 at QoS 0.</param>
    /// <param name="payloadOffset">Where the payload begins.</param>
    internal static int WritePublish(
        Span<byte> target, bool v5, string topic, byte qos, int payloadLength, out int identifierOffset, out int payloadOffset)
    {
        var bodyLength = 2 + topic.Length + (qos > 0 ? 2 : 0) + (v5 ? 1 : 0) + payloadLength;
        var at = WriteHeader(target, (byte)(0x30 | (qos << 1)), bodyLength);
        at += WriteText(target[at..], topic);
        identifierOffset = 0;
        if (qos > 0)
        {
            identifierOffset = at;
            at += 2;
        }

        if (v5)
        {
            target[at++] = 0;
        }

        payloadOffset = at;
        target.Slice(at, payloadLength).Clear();
        return at + payloadLength;
    }

    private static int WriteHeader(Span<byte> target, byte first, int bodyLength)
    {
        var at = 0;
        target[at++] = first;
        do
        {
            var digit = bodyLength & 0x7F;
            bodyLength >>= 7;
            target[at++] = (byte)(bodyLength > 0 ? digit | 0x80 : digit);
        }
        while (bodyLength > 0);
        return at;
    }

    private static int WriteText(Span<byte> target, string text)
    {
        BinaryPrimitives.WriteUInt16BigEndian(target, (ushort)text.Length);
        return 2 + Encoding.ASCII.GetBytes(text, target[2..]);
    }
}
