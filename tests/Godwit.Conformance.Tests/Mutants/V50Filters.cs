using System.Text;

namespace Godwit.Conformance.Tests.Mutants;

/// <summary>A SUBSCRIBE or UNSUBSCRIBE of 5.0 taken apart.</summary>
internal sealed record V50Filters(bool IsSubscribe, int PacketId, byte[] Properties, IReadOnlyList<(string Filter, int Options)> Filters)
{
    public static V50Filters Read(byte[] packet)
    {
        bool isSubscribe = packet[0] >> 4 == (int)PacketType.Subscribe;
        int at = 1;
        while ((packet[at++] & 0x80) != 0)
        {
        }

        int packetId = (packet[at] << 8) | packet[at + 1];
        at += 2;
        byte[] properties = V50Message.WriteProperties(V50Message.ReadProperties(packet, ref at));
        List<(string, int)> filters = [];
        while (at < packet.Length)
        {
            int length = (packet[at] << 8) | packet[at + 1];
            string filter = Encoding.UTF8.GetString(packet, at + 2, length);
            at += 2 + length;
            filters.Add((filter, isSubscribe ? packet[at++] : 0));
        }

        return new V50Filters(isSubscribe, packetId, properties, filters);
    }

    public byte[] ToPacket()
    {
        var body = new Bytes().TwoByte(PacketId).Raw(Properties);
        foreach (var (filter, options) in Filters)
        {
            body.Text(filter);
            if (IsSubscribe)
            {
                body.Byte(options);
            }
        }

        return Packet.Frame(IsSubscribe ? 0x82 : 0xA2, body.ToArray());
    }

    /// <summary>The SUBACK or UNSUBACK to it.</summary>
    public byte[] Answer(params IEnumerable<int> codes)
    {
        var body = new Bytes().TwoByte(PacketId).VarInt(0);
        foreach (int code in codes)
        {
            body.Byte(code);
        }

        return Packet.Frame(IsSubscribe ? 0x90 : 0xB0, body.ToArray());
    }
}
