using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Godwit.Client.Conformance.Tests.Scripting;

/// <summary>
/// A packet from the client, taken apart as the client-to-server direction of its protocol level defines it. Whatever the standard forbids in
/// a single packet is an error here, so that each packet of each test is checked for it.
/// </summary>
internal sealed class ClientPacket
{
    private ClientPacket(byte[] whole) => Whole = whole;

    /// <summary>The packet from its first byte on.</summary>
    public byte[] Whole { get; }

    public PacketType Type => (PacketType)(Whole[0] >> 4);

    public bool Dup => (Whole[0] & 8) != 0;

    public int QoS => (Whole[0] >> 1) & 3;

    public bool Retain => (Whole[0] & 1) != 0;

    /// <summary>0 where there is none.</summary>
    public int PacketIdentifier { get; private set; }

    /// <summary>0 where it is left out.</summary>
    public int ReasonCode { get; private set; }

    public string Topic { get; private set; } = "";

    public byte[] Payload { get; private set; } = [];

    public string Text => Encoding.UTF8.GetString(Payload);

    /// <summary>SUBSCRIBE and UNSUBSCRIBE.</summary>
    public IReadOnlyList<(string Filter, int Options)> Filters { get; private set; } = [];

    /// <summary>CONNECT; null in other packets.</summary>
    public ConnectFields? Connect { get; private set; }

    public IReadOnlyList<(int Id, object Value)> Properties { get; private set; } = [];

    public IReadOnlyList<(int Id, object Value)> WillProperties { get; private set; } = [];

    public long Number(int id, long absent) =>
        Properties.SingleOrDefault(property => property.Id == id).Value is { } value ? Convert.ToInt64(value, CultureInfo.InvariantCulture) : absent;

    public override string ToString() => $"{Type} {Convert.ToHexString(Whole.AsSpan(0, Math.Min(Whole.Length, 48)))} ({Whole.Length} bytes)";

    /// <summary>Takes the first packet off received bytes.</summary>
    /// <returns>Null while it is not there as a whole.</returns>
    public static ClientPacket? TryParse(MqttVersion version, ReadOnlySpan<byte> bytes)
    {
        var length = 0;
        for (var index = 1; index < bytes.Length; index++)
        {
            length |= (bytes[index] & 0x7F) << (7 * (index - 1));
            if (bytes[index] < 0x80)
            {
                Require(index == 1 || bytes[index] != 0, "the Remaining Length is not in its shortest form"); // [MQTT-1.5.5-1]
                if (bytes.Length - index - 1 < length)
                {
                    return null;
                }

                var packet = new ClientPacket(bytes[..(index + 1 + length)].ToArray());
                packet.Parse(new PacketReader(packet.Whole, index + 1, packet.Type), version);
                return packet;
            }

            Require(index < 4, "the Remaining Length has more than four bytes");
        }

        return null;
    }

    internal static void Require(bool condition, string fault)
    {
        if (!condition)
        {
            throw new FormatException(fault);
        }
    }

    private void Parse(PacketReader reader, MqttVersion version)
    {
        var isVersion5 = version == V50;
        var flags = Type switch
        {
            PacketType.Publish => Whole[0] & 0x0F,
            PacketType.PubRel or PacketType.Subscribe or PacketType.Unsubscribe => 2,
            _ => 0,
        };
        Require((Whole[0] & 0x0F) == flags, "reserved flags");
        switch (Type)
        {
            case PacketType.Connect:
                ParseConnect(reader, version);
                break;
            case PacketType.Publish:
                Require(QoS < 3, "QoS 3");
                Require(QoS > 0 || !Dup, "DUP at QoS 0");
                Topic = reader.ReadText();
                Require(Topic.IndexOfAny(['+', '#']) < 0, "wildcards in a topic name");
                PacketIdentifier = QoS > 0 ? reader.ReadPacketIdentifier() : 0;
                Properties = isVersion5 ? reader.ReadProperties() : [];
                Require(Topic.Length > 0 || Number(PropertyId.TopicAlias, 0) > 0, "an empty topic name");
                Payload = reader.ReadRest();
                break;
            case PacketType.PubAck or PacketType.PubRec or PacketType.PubRel or PacketType.PubComp:
                PacketIdentifier = reader.ReadPacketIdentifier();
                ParseReason(reader, isVersion5);
                break;
            case PacketType.Subscribe or PacketType.Unsubscribe:
                PacketIdentifier = reader.ReadPacketIdentifier();
                Properties = isVersion5 ? reader.ReadProperties() : [];
                ParseFilters(reader, isVersion5);
                break;
            case PacketType.PingReq:
                break;
            case PacketType.Disconnect:
                ParseReason(reader, isVersion5);
                break;
            default:
                throw new FormatException($"a client sends no {Type}");
        }

        Require(reader.IsAtEnd, "bytes are left over");
    }

    private void ParseReason(PacketReader reader, bool isVersion5)
    {
        if (!isVersion5 || reader.IsAtEnd)
        {
            return;
        }

        ReasonCode = reader.ReadByte();
        int[] allowed = Type switch
        {
            PacketType.PubAck or PacketType.PubRec => [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99],
            PacketType.PubRel or PacketType.PubComp => [0x00, 0x92],
            _ => [0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99],
        };
        Require(allowed.Contains(ReasonCode), $"Reason Code 0x{ReasonCode:X2} in {Type}");
        Properties = reader.IsAtEnd ? [] : reader.ReadProperties();
    }

    private void ParseFilters(PacketReader reader, bool isVersion5)
    {
        List<(string, int)> filters = [];
        while (!reader.IsAtEnd)
        {
            var filter = reader.ReadText();
            RequireFilter(filter, isVersion5);
            var options = 0;
            if (Type == PacketType.Subscribe)
            {
                options = reader.ReadByte();
                Require((options & 3) < 3 && (options >> 4) < 3 && options < (isVersion5 ? 0x40 : 3), "subscription options");
                Require(!isVersion5 || (options & 4) == 0 || !filter.StartsWith("$share/", StringComparison.Ordinal), "No Local on a shared subscription");
            }

            filters.Add((filter, options));
        }

        Require(filters.Count > 0, "no topic filter");
        Filters = filters;
    }

    private static void RequireFilter(string filter, bool isVersion5)
    {
        if (isVersion5 && filter.StartsWith("$share/", StringComparison.Ordinal))
        {
            var parts = filter.Split('/', 3);
            Require(parts is [_, { Length: > 0 }, { Length: > 0 }] && parts[1].IndexOfAny(['+', '#']) < 0, "a shared filter");
            filter = parts[2];
        }

        Require(filter.Length > 0, "an empty filter");
        var levels = filter.Split('/');
        Require(levels.All(level => level.Length == 1 || level.IndexOfAny(['+', '#']) < 0), "a wildcard beside other characters");
        Require(Array.IndexOf(levels, "#") is var place && (place < 0 || place == levels.Length - 1), "a level behind #");
    }

    private void ParseConnect(PacketReader reader, MqttVersion version)
    {
        var name = reader.ReadText();
        var level = reader.ReadByte();
        Require(name == "MQTT" && level == (int)version, "protocol name and level");
        var flags = reader.ReadByte();
        Require((flags & 1) == 0, "the reserved connect flag");
        var hasWill = (flags & 4) != 0;
        var willQoS = (flags >> 3) & 3;
        Require(hasWill ? willQoS < 3 : (flags & 0x38) == 0, "will flags");
        Require(version == V50 || (flags & 0xC0) != 0x40, "a password without a user name");
        var keepAlive = reader.ReadUInt16();
        Properties = version == V50 ? reader.ReadProperties() : [];
        var fields = new ConnectFields { Version = version, CleanStart = (flags & 2) != 0, KeepAlive = keepAlive, ClientId = reader.ReadText() };
        if (hasWill)
        {
            WillProperties = version == V50 ? reader.ReadProperties(isWill: true) : [];
            fields = fields with { WillTopic = reader.ReadText(), WillPayload = Encoding.Latin1.GetString(reader.ReadBinary()), WillQoS = willQoS, WillRetain = (flags & 0x20) != 0 };
        }

        Connect = fields with
        {
            UserName = (flags & 0x80) != 0 ? reader.ReadText() : null,
            Password = (flags & 0x40) != 0 ? Encoding.Latin1.GetString(reader.ReadBinary()) : null,
        };
        Require(version == V50 || fields.ClientId.Length > 0 || fields.CleanStart, "an empty ClientId without CleanSession");
    }
}
