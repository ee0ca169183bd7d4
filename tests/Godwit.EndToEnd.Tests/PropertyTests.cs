namespace Godwit.EndToEnd.Tests;

/// <summary>Properties that stand twice, are unknown, out of range, cut short, or in the wrong packet. §2.2.2 and the tables of each packet.</summary>
public sealed class PropertyTests(BrokerCells cells) : EndToEndTest(cells)
{
    private const int Malformed = 0x81;
    private const int ProtocolError = 0x82;

    private static readonly Dictionary<string, BadInput> Cases = new()
    {
        ["PUBLISH: payload format twice"] = InPublish(ProtocolError, p => p.Byte(0x01, 0).Byte(0x01, 0)),
        ["PUBLISH: message expiry twice"] = InPublish(ProtocolError, p => p.FourByte(0x02, 5).FourByte(0x02, 5)),
        ["PUBLISH: content type twice"] = InPublish(ProtocolError, p => p.Text(0x03, "a").Text(0x03, "a")),
        ["PUBLISH: response topic twice"] = InPublish(ProtocolError, p => p.Text(0x08, "a").Text(0x08, "a")),
        ["PUBLISH: correlation data twice"] = InPublish(ProtocolError, p => p.Binary(0x09, 1).Binary(0x09, 1)),
        ["PUBLISH: topic alias twice"] = InPublish(ProtocolError, p => p.TwoByte(0x23, 1).TwoByte(0x23, 1)),
        ["PUBLISH: unknown property 0x7F"] = InPublish(Malformed, p => p.Byte(0x7F, 0)),
        ["PUBLISH: unknown property 0x00"] = InPublish(Malformed, p => p.Byte(0x00, 0)),
        ["PUBLISH: unknown property of two bytes"] = InPublish(Malformed, p => p.VarInt(0x0801, 0)),
        ["PUBLISH: session expiry"] = InPublish(Malformed, p => p.FourByte(0x11, 5)),
        ["PUBLISH: will delay"] = InPublish(Malformed, p => p.FourByte(0x18, 5)),
        ["PUBLISH: reason string"] = InPublish(Malformed, p => p.Text(0x1F, "a")),
        ["PUBLISH: payload format 2"] = InPublish([Malformed, ProtocolError], p => p.Byte(0x01, 2)) with { MosquittoDiffers = "takes it" },
        ["PUBLISH: subscription identifier"] = InPublish([Malformed, ProtocolError], p => p.VarInt(0x0B, 1)) with { MosquittoDiffers = "takes it" }, // [MQTT-3.3.4-6]
        ["PUBLISH: response topic with a wildcard"] = InPublish([Malformed, ProtocolError, 0x90], p => p.Text(0x08, "a/#")) with { MosquittoDiffers = "takes it" }, // [MQTT-3.3.2-14]
        ["PUBLISH: properties longer than the packet"] = new(_ => Packet.Frame(0x30, 0, 1, (byte)'t', 9, 1, 0), Malformed),
        ["PUBLISH: value cut short"] = InPublish(Malformed, p => p.Raw(0x02, 0, 0)),
        ["PUBLISH: text longer than the properties"] = InPublish(Malformed, p => p.Raw(0x03, 0, 9, (byte)'a')),
        ["PUBLISH: property length not in its shortest form"] = new(_ => Packet.Frame(0x30, 0, 1, (byte)'t', 0x80, 0x00), Malformed) { MosquittoDiffers = "takes it" },
        ["PUBLISH: property length of five bytes"] = new(_ => Packet.Frame(0x30, 0, 1, (byte)'t', 0x80, 0x80, 0x80, 0x80, 0x01), Malformed),
        ["PUBLISH: no property length"] = new(_ => Packet.Frame(0x30, 0, 1, (byte)'t'), Malformed),
        ["SUBSCRIBE: subscription identifier 0"] = InSubscribe(ProtocolError, p => p.VarInt(0x0B, 0)),
        ["SUBSCRIBE: subscription identifier twice"] = InSubscribe(ProtocolError, p => p.VarInt(0x0B, 1).VarInt(0x0B, 2)),
        ["SUBSCRIBE: subscription identifier of five bytes"] = InSubscribe(Malformed, p => p.Raw(0x0B, 0xFF, 0xFF, 0xFF, 0xFF, 0x01)),
        ["SUBSCRIBE: content type"] = InSubscribe(Malformed, p => p.Text(0x03, "a")),
        ["UNSUBSCRIBE: subscription identifier"] = new(_ => Packet.Frame(0xA2, 0, 1, 2, 0x0B, 1, 0, 1, (byte)'t'), Malformed),
        ["PUBACK: topic alias"] = new(_ => Packet.Frame(0x40, 0, 1, 0, 3, 0x23, 0, 1), Malformed),
        ["PUBREL: reason string twice"] = new(_ => Packet.Frame(0x62, 0, 1, 0, 8, 0x1F, 0, 1, (byte)'a', 0x1F, 0, 1, (byte)'a'), ProtocolError),
        ["DISCONNECT: session expiry twice"] = new(_ => Packet.Disconnect(MqttVersion.V50, 0, new Properties().FourByte(0x11, 0).FourByte(0x11, 0)), ProtocolError),
        ["DISCONNECT: session expiry raised from 0"] = new(_ => Packet.Disconnect(MqttVersion.V50, 0, new Properties().FourByte(0x11, 9)), ProtocolError), // [MQTT-3.14.2-2]
        ["DISCONNECT: receive maximum"] = new(_ => Packet.Disconnect(MqttVersion.V50, 0, new Properties().TwoByte(0x21, 9)), Malformed),
    };

    private static readonly Dictionary<string, BadInput> ConnectCases = new()
    {
        ["receive maximum 0"] = InConnect(ProtocolError, p => p.TwoByte(0x21, 0)),
        ["receive maximum twice"] = InConnect(ProtocolError, p => p.TwoByte(0x21, 5).TwoByte(0x21, 5)),
        ["maximum packet size 0"] = InConnect(ProtocolError, p => p.FourByte(0x27, 0)),
        ["session expiry twice"] = InConnect(ProtocolError, p => p.FourByte(0x11, 5).FourByte(0x11, 5)),
        ["topic alias maximum twice"] = InConnect(ProtocolError, p => p.TwoByte(0x22, 5).TwoByte(0x22, 5)),
        ["request problem information 2"] = InConnect(ProtocolError, p => p.Byte(0x17, 2)),
        ["request response information 2"] = InConnect(ProtocolError, p => p.Byte(0x19, 2)),
        ["authentication data without a method"] = InConnect(ProtocolError, p => p.Binary(0x16, 1)),
        ["unknown property"] = InConnect(Malformed, p => p.Byte(0x7F, 0)),
        ["content type"] = InConnect(Malformed, p => p.Text(0x03, "a")),
        ["properties cut short"] = InConnect(Malformed, p => p.Raw(0x11, 0)),
        ["will: payload format 2"] = InWill([Malformed, ProtocolError], p => p.Byte(0x01, 2)),
        ["will: will delay twice"] = InWill([ProtocolError], p => p.FourByte(0x18, 1).FourByte(0x18, 1)),
        ["will: topic alias"] = InWill([Malformed], p => p.TwoByte(0x23, 1)),
        ["will: response topic with a wildcard"] = InWill([Malformed, ProtocolError, 0x90], p => p.Text(0x08, "a/+")),
    };

    public static IEnumerable<string> CaseNames => Cases.Keys;

    public static IEnumerable<string> ConnectCaseNames => ConnectCases.Keys;

    [Theory, EveryCell(Rows = nameof(CaseNames))]
    public Task Forbidden_property_ends_the_connection_with_its_code(BrokerCell cell, string property) =>
        ExpectDisconnectAsync(cell, MqttVersion.V50, Cases[property]);

    [Theory, EveryCell(Rows = nameof(ConnectCaseNames), MosquittoDiffers = "closes without CONNACK")]
    public Task Forbidden_property_in_connect_is_refused_with_its_code(BrokerCell cell, string property) =>
        ExpectConnectRefusedAsync(cell, MqttVersion.V50, ConnectCases[property]);

    [Theory, EveryCell]
    public async Task Properties_of_a_message_pass_unchanged_and_user_properties_keep_their_order(BrokerCell cell)
    {
        // [MQTT-3.3.2-4], [MQTT-3.3.2-15] to [MQTT-3.3.2-20]
        var topic = Unique.Name();
        var user = new[] { ("b", "2"), ("a", "1"), ("b", "1"), ("", ""), ("\u00e9", "\u20ac") };
        var properties = new Properties()
            .User("b", "2")
            .Binary(PropertyId.CorrelationData, 0, 255, 1)
            .User("a", "1")
            .Text(PropertyId.ResponseTopic, "reply/here")
            .User("b", "1")
            .Byte(PropertyId.PayloadFormatIndicator, 1)
            .User("", "")
            .Text(PropertyId.ContentType, "text/plain")
            .User("\u00e9", "\u20ac");
        var broker = await BrokerAsync(cell);
        await using var subscriber = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await subscriber.SubscribeAsync(topic, 2);
        for (var qos = 0; qos <= 2; qos++)
        {
            await publisher.PublishAsync(topic, "x", qos, retain: true, properties: properties);
            Check(await subscriber.ReceivePublishAsync());
        }

        await using var late = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await late.SubscribeAsync(topic, 0);
        var retained = await late.ReceivePublishAsync();
        Assert.True(retained.Retain);
        Check(retained);

        void Check(ReceivedPacket publish)
        {
            Assert.Equal(user, publish.UserProperties);
            Assert.Equal(new byte[] { 0, 255, 1 }, publish.Property(PropertyId.CorrelationData));
            Assert.Equal("reply/here", publish.Property(PropertyId.ResponseTopic));
            Assert.Equal((byte)1, publish.Property(PropertyId.PayloadFormatIndicator));
            Assert.Equal("text/plain", publish.Property(PropertyId.ContentType));
            Assert.Equal(4 + user.Length, publish.Properties.Count);
        }
    }

    [Theory, EveryCell]
    public async Task Subscriber_below_version_5_gets_the_message_without_its_properties(BrokerCell cell)
    {
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var subscriber = await RawMqttClient.ConnectAsync(broker, MqttVersion.V311);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await subscriber.SubscribeAsync(topic, 0);
        await publisher.PublishAsync(topic, "plain", properties: new Properties().User("a", "b").FourByte(PropertyId.MessageExpiryInterval, 60));
        await subscriber.ExpectAsync(Packet.Publish(MqttVersion.V311, topic, "plain"));
    }

    private static BadInput InPublish(int reasonCode, Func<Properties, Properties> add) => InPublish([reasonCode], add);

    private static BadInput InPublish(int[] reasonCodes, Func<Properties, Properties> add) =>
        new(version => Packet.Publish(version, "t", "x", properties: add(new Properties())), reasonCodes);

    private static BadInput InSubscribe(int reasonCode, Func<Properties, Properties> add) =>
        new(version => Packet.Subscribe(version, 1, "t", 0, add(new Properties())), reasonCode);

    private static BadInput InConnect(int reasonCode, Func<Properties, Properties> add) =>
        new(version => Packet.Connect(new ConnectFields { Version = version, ClientId = Unique.Name("c"), Properties = add(new Properties()) }), reasonCode);

    private static BadInput InWill(int[] reasonCodes, Func<Properties, Properties> add) =>
        new(
            version => Packet.Connect(new ConnectFields { Version = version, ClientId = Unique.Name("c"), WillTopic = "t", WillProperties = add(new Properties()) }),
            reasonCodes);
}
