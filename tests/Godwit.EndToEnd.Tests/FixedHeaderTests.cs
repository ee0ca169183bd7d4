namespace Godwit.EndToEnd.Tests;

/// <summary>Types, flags, lengths and identifiers that no packet may have. §2.1, §2.2.1, §4.13.</summary>
public sealed class FixedHeaderTests(BrokerCells cells) : EndToEndTest(cells)
{
    private const int Malformed = 0x81;
    private const int ProtocolError = 0x82;
    private const int PacketTooLarge = 0x95;

    private static readonly Dictionary<string, BadInput> AtEachVersion = new()
    {
        ["PUBLISH with QoS 3"] = new(version => Packet.Publish(version, "t", "x", qos: 3, packetId: 1), Malformed), // [MQTT-3.3.1-4]
        ["PUBLISH with identifier 0 at QoS 1"] = new(version => Packet.Publish(version, "t", "x", qos: 1), Malformed, ProtocolError), // [MQTT-2.2.1-3]
        ["PUBLISH with identifier 0 at QoS 2"] = new(version => Packet.Publish(version, "t", "x", qos: 2), Malformed, ProtocolError),
        ["SUBSCRIBE with identifier 0"] = new(version => Packet.Subscribe(version, 0, "t", 0), Malformed, ProtocolError),
        ["UNSUBSCRIBE with identifier 0"] = new(version => Packet.Unsubscribe(version, 0, "t"), Malformed, ProtocolError),
        ["packet type 0"] = new(_ => [0x00, 0], Malformed, ProtocolError),
        ["packet type 15"] = new(_ => [0xF0, 0], ProtocolError), // a stray AUTH in 5.0, forbidden before
        ["CONNACK from a client"] = new(_ => [0x20, 2, 0, 0], ProtocolError),
        ["SUBACK from a client"] = new(version => version == MqttVersion.V50 ? [0x90, 4, 0, 1, 0, 0] : [0x90, 3, 0, 1, 0], ProtocolError) { MosquittoDiffers = "takes it" },
        ["UNSUBACK from a client"] = new(version => version == MqttVersion.V50 ? [0xB0, 4, 0, 1, 0, 0] : [0xB0, 2, 0, 1], ProtocolError) { MosquittoDiffers = "takes it" },
        ["PINGRESP from a client"] = new(_ => [0xD0, 0], ProtocolError) { MosquittoDiffers = "takes it" },
        ["second CONNECT"] = new(version => Packet.Connect(new ConnectFields { Version = version, ClientId = "second" }), ProtocolError), // [MQTT-3.1.0-2]
        ["Remaining Length of five bytes"] = new(_ => [0xC0, 0x80, 0x80, 0x80, 0x80, 0x01], Malformed),
        ["Remaining Length of five bytes, all bits set"] = new(_ => [0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], Malformed),
        ["PINGREQ with a body"] = new(_ => [0xC0, 1, 0], Malformed) { MosquittoDiffers = "does not look at the body" },
        ["PUBACK of one byte"] = new(_ => [0x40, 1, 0], Malformed),
        ["PUBLISH whose topic is longer than the packet"] = new(_ => [0x30, 4, 0, 9, (byte)'a', (byte)'b'], Malformed),
        ["PUBLISH of QoS 1 that ends before its identifier"] = new(_ => [0x32, 4, 0, 1, (byte)'t', 0], Malformed),
        ["SUBSCRIBE that ends before its options"] = new(version => Packet.Frame(0x82, Cut(version)), Malformed),
        ["SUBSCRIBE without a filter"] = new(version => Packet.Subscribe(version, 1, null), ProtocolError) { MosquittoDiffers = "takes it below 3.1.1" }, // [MQTT-3.8.3-2]
        ["UNSUBSCRIBE without a filter"] = new(version => Packet.Unsubscribe(version, 1), ProtocolError) { MosquittoDiffers = "takes it below 3.1.1" }, // [MQTT-3.10.3-2]
        ["SUBSCRIBE with QoS 3"] = new(version => Packet.Subscribe(version, 1, "t", 3), Malformed, ProtocolError),
    };

    // 3.1 had no use for these bits yet and told nobody to look at them.
    private static readonly Dictionary<string, BadInput> SinceVersion311 = new()
    {
        ["PUBLISH with DUP at QoS 0"] = new(version => Packet.Publish(version, "t", "x", dup: true), Malformed, ProtocolError) { MosquittoDiffers = "takes it" }, // [MQTT-3.3.1-2]
        ["SUBSCRIBE with flags 0"] = new(version => WithFlags(Packet.Subscribe(version, 1, "t", 0), 0), Malformed), // [MQTT-3.8.1-1]
        ["UNSUBSCRIBE with flags 0"] = new(version => WithFlags(Packet.Unsubscribe(version, 1, "t"), 0), Malformed), // [MQTT-3.10.1-1]
        ["PUBREL with flags 0"] = new(_ => WithFlags(Packet.Ack(PacketType.PubRel, 1), 0), Malformed), // [MQTT-3.6.1-1]
        ["PUBACK with flags 1"] = new(_ => WithFlags(Packet.Ack(PacketType.PubAck, 1), 1), Malformed) { MosquittoDiffers = "does not look at these flags" },
        ["PUBREC with flags 2"] = new(_ => WithFlags(Packet.Ack(PacketType.PubRec, 1), 2), Malformed) { MosquittoDiffers = "does not look at these flags" },
        ["PUBCOMP with flags 8"] = new(_ => WithFlags(Packet.Ack(PacketType.PubComp, 1), 8), Malformed) { MosquittoDiffers = "does not look at these flags" },
        ["PINGREQ with flags 1"] = new(_ => [0xC1, 0], Malformed) { MosquittoDiffers = "does not look at these flags" },
        ["DISCONNECT with flags 1"] = new(_ => [0xE1, 0], Malformed), // [MQTT-3.14.1-1]
        ["SUBSCRIBE with reserved option bits"] = new(version => Packet.Subscribe(version, 1, "t", 0xC0), Malformed), // [MQTT-3.8.3-5]
    };

    private static readonly Dictionary<string, BadInput> AtVersion5 = new()
    {
        ["Remaining Length not in its shortest form"] = new(_ => [0xC0, 0x80, 0x00], Malformed) { MosquittoDiffers = "takes it" }, // [MQTT-1.5.5-1]
        ["SUBSCRIBE with Retain Handling 3"] = new(version => Packet.Subscribe(version, 1, "t", 0x30), ProtocolError),
        ["SUBSCRIBE to a shared subscription with No Local"] = new(version => Packet.Subscribe(version, 1, "$share/g/t", 0x04), ProtocolError) { MosquittoDiffers = "takes it" }, // [MQTT-3.8.3-4]
        ["AUTH with flags 1"] = new(_ => [0xF1, 0], Malformed, ProtocolError),
        ["AUTH to continue what was not begun"] = new(_ => Packet.Frame(0xF0, 0x18, 0), ProtocolError),
    };

    public static IEnumerable<string> AtEachVersionNames => AtEachVersion.Keys;

    public static IEnumerable<string> SinceVersion311Names => SinceVersion311.Keys;

    public static IEnumerable<string> AtVersion5Names => AtVersion5.Keys;

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50, Rows = nameof(AtEachVersionNames))]
    public Task Forbidden_packet_ends_its_connection_and_no_other(BrokerCell cell, MqttVersion version, string packet) =>
        ExpectDisconnectAsync(cell, version, AtEachVersion[packet]);

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50, Rows = nameof(SinceVersion311Names))]
    public Task Packet_with_reserved_bits_ends_its_connection_and_no_other(BrokerCell cell, MqttVersion version, string packet) =>
        ExpectDisconnectAsync(cell, version, SinceVersion311[packet]);

    [Theory, EveryCell(Rows = nameof(AtVersion5Names))]
    public Task Packet_forbidden_in_version_5_ends_its_connection_and_no_other(BrokerCell cell, string packet) =>
        ExpectDisconnectAsync(cell, MqttVersion.V50, AtVersion5[packet]);

    // The header alone must do: a broker that waits for the body, or reserves memory for it, is an easy victim.
    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50, MosquittoDiffers = "waits for the body")]
    public Task Packet_over_the_size_limit_is_refused_by_its_header(BrokerCell cell, MqttVersion version) =>
        ExpectDisconnectAsync(cell, version, new BadInput(_ => [0x30, 0xFF, 0xFF, 0xFF, 0x7F], PacketTooLarge));

    [Theory, EveryCell]
    public async Task Packet_one_byte_over_the_announced_size_is_refused(BrokerCell cell)
    {
        Assert.SkipWhen(TestBroker.IsMosquitto, "mosquitto announces a limit and does not keep it"); // max_packet_size of 2.0.11 holds for what it sends
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), MqttVersion.V50);
        var limit = client.ConnAck.Number(PropertyId.MaximumPacketSize, absent: 0);
        Assert.InRange(limit, 1, 268_435_459);

        var topic = Unique.Name();
        var overhead = Packet.Publish(MqttVersion.V50, topic, new byte[limit - 64]).Length - (limit - 64);
        var largest = Packet.Publish(MqttVersion.V50, topic, new byte[limit - overhead], qos: 0);
        Assert.Equal(limit, largest.Length);
        await client.SendAsync(largest);
        await client.PingAsync();

        await client.SendAsync(Packet.Publish(MqttVersion.V50, topic, new byte[limit - overhead + 1]));
        await client.ExpectDisconnectAsync(PacketTooLarge);
    }

    private static byte[] WithFlags(byte[] packet, int flags)
    {
        packet[0] = (byte)((packet[0] & 0xF0) | flags);
        return packet;
    }

    private static byte[] Cut(MqttVersion version)
    {
        var body = new Bytes().TwoByte(1);
        return (version == MqttVersion.V50 ? body.Byte(0) : body).Text("t").ToArray();
    }
}
