namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Cuts packets open: takes the body out, puts properties in.</summary>
internal static class PacketSurgery
{
    /// <summary>The type of a packet.</summary>
    public static PacketType TypeOf(byte[] packet) => (PacketType)(packet[0] >> 4);

    /// <summary>What follows the Remaining Length.</summary>
    public static byte[] BodyOf(byte[] packet)
    {
        int at = 1;
        while ((packet[at++] & 0x80) != 0)
        {
        }

        return packet[at..];
    }

    /// <summary>The packet of 5.0 with another property, which is encoded with its identifier, in front of those that it has.</summary>
    public static byte[] AddProperty(byte[] packet, params byte[] property)
    {
        byte[] body = BodyOf(packet);
        int at = TypeOf(packet) switch
        {
            PacketType.ConnAck or PacketType.SubAck or PacketType.UnsubAck or PacketType.Subscribe or PacketType.Unsubscribe => 2,
            PacketType.PubAck or PacketType.PubRec or PacketType.PubRel or PacketType.PubComp => 3,
            PacketType.Disconnect or PacketType.Auth => 1,
            PacketType.Connect => 10,
            PacketType.Publish => 2 + (body[0] << 8) + body[1] + ((packet[0] & 0x06) == 0 ? 0 : 2),
            _ => throw new ArgumentOutOfRangeException(nameof(packet)),
        };
        if (body.Length <= at)
        {
            Array.Resize(ref body, at + 1); // the short forms leave out a reason code of 0 and an empty property list
        }

        int length = 0;
        int shift = 0;
        int first = at;
        do
        {
            length |= (body[first] & 0x7F) << shift;
            shift += 7;
        }
        while ((body[first++] & 0x80) != 0);
        var changed = new Bytes().Raw(body.AsSpan(0, at)).VarInt(length + property.Length).Raw(property).Raw(body.AsSpan(first));
        return Packet.Frame(packet[0], changed.ToArray());
    }

    /// <summary>Writes <paramref name="with"/> over each place that has the bytes of <paramref name="pattern"/>; both are of one length.</summary>
    public static void Overwrite(byte[] packet, ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> with)
    {
        for (int at = 0; at <= packet.Length - pattern.Length; at++)
        {
            if (packet.AsSpan(at, pattern.Length).SequenceEqual(pattern))
            {
                with.CopyTo(packet.AsSpan(at));
            }
        }
    }

    /// <summary>Where the connect flags of a CONNECT of 3.1.1 or 5.0 are, behind the version; Keep Alive follows.</summary>
    public static int ConnectFlagsAt(byte[] connect) => connect.Length - BodyOf(connect).Length + 7;

    /// <summary>True for a CONNECT whose fixed part is whole.</summary>
    public static bool IsConnect(byte[] packet) => TypeOf(packet) == PacketType.Connect && packet.Length > 12;

    /// <summary>The ClientID of a CONNECT of 3.1.1 or 5.0.</summary>
    public static string ClientIdOf(byte[] connect)
    {
        byte[] body = BodyOf(connect);
        int at = BehindProperties(body, 10, body[6] == 5);
        return System.Text.Encoding.UTF8.GetString(body, at + 2, Length(body, at));
    }

    /// <summary>The CONNECT of 3.1.1 or 5.0 without its will.</summary>
    public static byte[] WithoutWill(byte[] connect)
    {
        byte[] body = BodyOf(connect);
        if ((body[7] & 0x04) == 0)
        {
            return connect;
        }

        bool isV5 = body[6] == 5;
        int begin = BehindProperties(body, 10, isV5);
        begin += 2 + Length(body, begin); // the ClientID
        int end = BehindProperties(body, begin, isV5);
        end += 2 + Length(body, end);
        end += 2 + Length(body, end);
        body[7] &= 0xC3;
        return Packet.Frame(connect[0], [.. body.AsSpan(0, begin), .. body.AsSpan(end)]);
    }

    private static int Length(byte[] body, int at) => (body[at] << 8) + body[at + 1];

    private static int BehindProperties(byte[] body, int at, bool isV5)
    {
        if (!isV5)
        {
            return at;
        }

        int length = 0;
        int shift = 0;
        do
        {
            length |= (body[at] & 0x7F) << shift;
            shift += 7;
        }
        while ((body[at++] & 0x80) != 0);
        return at + length;
    }
}
