using System.Buffers.Binary;
using System.Text;

namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Takes packets of 3.1.1 apart and puts them together again, for mutants that change a field.</summary>
internal static class V311Packets
{
    /// <summary>The type of a packet.</summary>
    public static PacketType TypeOf(byte[] packet) => (PacketType)(packet[0] >> 4);

    /// <summary>The fields of a CONNECT, or null when it is not one of 3.1.1 as it should be.</summary>
    public static ConnectFields? ReadConnect(byte[] packet)
    {
        var reader = new Reader(packet);
        if (TypeOf(packet) != PacketType.Connect || reader.Text() != "MQTT" || reader.Byte() != 4)
        {
            return null;
        }

        int flags = reader.Byte();
        var fields = new ConnectFields { Version = MqttVersion.V311, CleanStart = (flags & 2) != 0, KeepAlive = reader.TwoByte(), ClientId = reader.Text() };
        if ((flags & 4) != 0)
        {
            fields = fields with { WillTopic = reader.Text(), WillPayload = reader.Text(), WillQoS = (flags >> 3) & 3, WillRetain = (flags & 0x20) != 0 };
        }

        return fields with { UserName = (flags & 0x80) != 0 ? reader.Text() : null, Password = (flags & 0x40) != 0 ? reader.Text() : null };
    }

    /// <summary>The parts of a PUBLISH.</summary>
    public static Message ReadPublish(byte[] packet)
    {
        var reader = new Reader(packet);
        string topic = reader.Text();
        int qos = (packet[0] >> 1) & 3;
        return new Message(topic, qos, qos > 0 ? reader.TwoByte() : 0, (packet[0] & 1) != 0, (packet[0] & 8) != 0, reader.Rest());
    }

    /// <summary>The Packet Identifier and the filters of a SUBSCRIBE or UNSUBSCRIBE; the latter have QoS 0.</summary>
    public static (int PacketId, (string Filter, int QoS)[] Filters) ReadFilters(byte[] packet)
    {
        var reader = new Reader(packet);
        int packetId = reader.TwoByte();
        List<(string, int)> filters = [];
        while (!reader.IsAtEnd)
        {
            filters.Add((reader.Text(), TypeOf(packet) == PacketType.Subscribe ? reader.Byte() : 0));
        }

        return (packetId, [.. filters]);
    }

    /// <summary>The broker gets another CONNECT.</summary>
    public static Func<MutantLink> OnConnect(Func<ConnectFields, ConnectFields> change) =>
        Mutant.OnClient(packet => [ReadConnect(packet) is { } fields ? Packet.Connect(change(fields)) : packet]);

    /// <summary>The broker gets another PUBLISH.</summary>
    public static Func<MutantLink> OnClientPublish(Func<Message, Message> change) =>
        Mutant.OnClient(packet => [TypeOf(packet) == PacketType.Publish ? change(ReadPublish(packet)).ToPacket() : packet]);

    /// <summary>The client gets another PUBLISH.</summary>
    public static Func<MutantLink> OnServerPublish(Func<Message, Message> change) =>
        Mutant.OnServer(packet => [TypeOf(packet) == PacketType.Publish ? change(ReadPublish(packet)).ToPacket() : packet]);

    /// <summary>The broker gets other filters in SUBSCRIBE.</summary>
    public static Func<MutantLink> OnSubscribe(Func<(string Filter, int QoS)[], (string Filter, int QoS)[]> change) => Mutant.OnClient(packet =>
    {
        if (TypeOf(packet) != PacketType.Subscribe)
        {
            return [packet];
        }

        var (packetId, filters) = ReadFilters(packet);
        return [Packet.Subscribe(MqttVersion.V311, packetId, null, change(filters))];
    });

    /// <summary>A PUBLISH.</summary>
    internal sealed record Message(string Topic, int QoS, int PacketId, bool Retain, bool Dup, byte[] Payload)
    {
        public byte[] ToPacket() => Packet.Publish(MqttVersion.V311, Topic, Payload, QoS, PacketId, Retain, Dup);
    }

    private sealed class Reader
    {
        private readonly byte[] _packet;
        private int _at = 1;

        public Reader(byte[] packet)
        {
            _packet = packet;
            while ((packet[_at++] & 0x80) != 0)
            {
            }
        }

        public bool IsAtEnd => _at >= _packet.Length;

        public int Byte() => _packet[_at++];

        public int TwoByte()
        {
            _at += 2;
            return BinaryPrimitives.ReadUInt16BigEndian(_packet.AsSpan(_at - 2));
        }

        public string Text()
        {
            int length = TwoByte();
            _at += length;
            return Encoding.UTF8.GetString(_packet, _at - length, length);
        }

        public byte[] Rest() => _packet[_at..];
    }
}
