using System.Text;

namespace Godwit.Conformance.Tests.Mutants;

/// <summary>A PUBLISH of 5.0 taken apart, to be changed and put together again.</summary>
internal sealed class V50Message
{
    public required string Topic { get; set; }

    public int QoS { get; set; }

    public int PacketId { get; set; }

    public bool Dup { get; set; }

    public bool Retain { get; set; }

    /// <summary>Identifier and encoded value of each property.</summary>
    public List<(int Id, byte[] Value)> Properties { get; private init; } = [];

    public byte[] Payload { get; set; } = [];

    public string Text => Encoding.UTF8.GetString(Payload);

    public static V50Message Read(byte[] packet)
    {
        int at = 1;
        ReadVarInt(packet, ref at);
        string topic = Encoding.UTF8.GetString(packet, at + 2, ReadTwoByte(packet, at));
        at += 2 + ReadTwoByte(packet, at);
        int qos = (packet[0] >> 1) & 3;
        int packetId = qos > 0 ? ReadTwoByte(packet, at) : 0;
        at += qos > 0 ? 2 : 0;
        var properties = ReadProperties(packet, ref at);
        return new V50Message
        {
            Topic = topic,
            QoS = qos,
            PacketId = packetId,
            Dup = (packet[0] & 8) != 0,
            Retain = (packet[0] & 1) != 0,
            Properties = properties,
            Payload = packet[at..],
        };
    }

    /// <summary>Identifier and encoded value of each property of a list that begins with its length.</summary>
    public static List<(int Id, byte[] Value)> ReadProperties(byte[] packet, ref int at)
    {
        int end = ReadVarInt(packet, ref at);
        end += at;
        List<(int, byte[])> properties = [];
        while (at < end)
        {
            int id = packet[at++];
            int begin = at;
            switch (id)
            {
                case 0x01 or 0x17 or 0x19 or 0x24 or 0x25 or 0x28 or 0x29 or 0x2A:
                    at++;
                    break;
                case 0x13 or 0x21 or 0x22 or 0x23:
                    at += 2;
                    break;
                case 0x02 or 0x11 or 0x18 or 0x27:
                    at += 4;
                    break;
                case PropertyId.SubscriptionIdentifier:
                    ReadVarInt(packet, ref at);
                    break;
                default:
                    at += 2 + ReadTwoByte(packet, at);
                    at += id == PropertyId.UserProperty ? 2 + ReadTwoByte(packet, at) : 0;
                    break;
            }

            properties.Add((id, packet[begin..at]));
        }

        return properties;
    }

    /// <summary>The list of properties with its length in front.</summary>
    public static byte[] WriteProperties(IEnumerable<(int Id, byte[] Value)> properties)
    {
        var list = new Bytes();
        foreach (var (id, value) in properties)
        {
            list.Byte(id).Raw(value);
        }

        return new Bytes().VarInt(list.Length).Raw(list.ToArray()).ToArray();
    }

    public byte[] ToPacket()
    {
        var body = new Bytes().Text(Topic);
        if (QoS > 0)
        {
            body.TwoByte(PacketId);
        }

        body.Raw(WriteProperties(Properties)).Raw(Payload);
        return Packet.Frame(0x30 | (Dup ? 8 : 0) | (QoS << 1) | (Retain ? 1 : 0), body.ToArray());
    }

    private static int ReadTwoByte(byte[] packet, int at) => (packet[at] << 8) | packet[at + 1];

    private static int ReadVarInt(byte[] packet, ref int at)
    {
        int value = 0;
        int shift = 0;
        do
        {
            value |= (packet[at] & 0x7F) << shift;
            shift += 7;
        }
        while ((packet[at++] & 0x80) != 0);
        return value;
    }
}
