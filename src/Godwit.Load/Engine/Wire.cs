using System.Buffers.Binary;
using System.Text;

namespace Godwit.Load.Engine;

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
    internal const byte PingResp = 13;
    internal const byte Disconnect = 14;

    /// <summary>Most bytes of a CONNECT with its three texts, or of a SUBSCRIBE.</summary>
    internal const int ControlLengthMax = (3 * (2 + ushort.MaxValue)) + 64;

    /// <summary>Clean start where the scenario is not persistent or the session is to end; else a session without end.</summary>
    internal static int WriteConnect(Span<byte> target, Scenario scenario, string clientId, bool isClean)
    {
        const byte CleanStart = 0x02, HasPassword = 0x40, HasUserName = 0x80, SessionExpiryInterval = 0x11;
        var (v5, userName, password) = (scenario.IsVersion5, scenario.UserName, scenario.Password);
        var propertiesLength = v5 && !isClean ? 1 + sizeof(uint) : 0;
        var bodyLength = 10 + (v5 ? 1 + propertiesLength : 0) + LengthOf(clientId)
            + (userName is null ? 0 : LengthOf(userName)) + (password is null ? 0 : LengthOf(password));
        var at = WriteHeader(target, 0x10, bodyLength);
        at += WriteText(target[at..], "MQTT");
        target[at++] = (byte)(v5 ? 5 : 4);
        target[at++] = (byte)((isClean ? CleanStart : 0) | (userName is null ? 0 : HasUserName) | (password is null ? 0 : HasPassword));
        BinaryPrimitives.WriteUInt16BigEndian(target[at..], scenario.KeepAlive);
        at += sizeof(ushort);
        if (v5)
        {
            target[at++] = (byte)propertiesLength;
            if (propertiesLength > 0)
            {
                target[at++] = SessionExpiryInterval;
                BinaryPrimitives.WriteUInt32BigEndian(target[at..], uint.MaxValue);
                at += sizeof(uint);
            }
        }

        at += WriteText(target[at..], clientId);
        at += userName is null ? 0 : WriteText(target[at..], userName);
        return at + (password is null ? 0 : WriteText(target[at..], password));
    }

    internal static int WriteSubscribe(Span<byte> target, bool v5, string filter, byte qos)
    {
        var bodyLength = 2 + (v5 ? 1 : 0) + LengthOf(filter) + 1;
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

    /// <summary>
    /// A PUBLISH with packet identifier and payload of zeros, to be patched at <paramref name="identifierOffset"/> (0 at QoS 0) and
    /// <paramref name="payloadOffset"/>.
    /// </summary>
    internal static int WritePublish(
        Span<byte> target, bool v5, string topic, byte qos, int payloadLength, out int identifierOffset, out int payloadOffset)
    {
        var bodyLength = LengthOf(topic) + (qos > 0 ? 2 : 0) + (v5 ? 1 : 0) + payloadLength;
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

    private static int LengthOf(string text) => 2 + Encoding.UTF8.GetByteCount(text);

    private static int WriteText(Span<byte> target, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, target[2..]);
        BinaryPrimitives.WriteUInt16BigEndian(target, (ushort)length);
        return 2 + length;
    }
}
