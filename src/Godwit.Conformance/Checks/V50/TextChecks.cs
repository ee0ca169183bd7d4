using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>UTF-8 Encoded Strings wherever a packet has one (§1.5.4, §1.5.7).</summary>
internal static class TextChecks
{
    private static readonly (string Name, byte[] Bytes)[] IllFormed =
    [
        ("a surrogate", [(byte)'a', 0xED, 0xA0, 0x80]),
        ("a pair of surrogates", [0xED, 0xA0, 0x80, 0xED, 0xB0, 0x80]),
        ("an overlong form", [0xC0, 0xAF]),
        ("a byte that UTF-8 never has", [(byte)'a', 0xFF]),
        ("a sequence cut short", [(byte)'a', 0xE2, 0x82]),
        ("a continuation byte alone", [0x80, (byte)'a']),
        ("a code point above U+10FFFF", [0xF4, 0x90, 0x80, 0x80]),
    ];

    private static readonly byte[] Null = [(byte)'a', 0x00, (byte)'b'];

    public static readonly Check[] All =
    [
        .. InPacket("topic-name", "a Topic Name", "MQTT-1.5.4-1", text => Packet.Frame(0x30, new Bytes().Binary(text).Byte(0).ToArray())),
        .. InPacket("topic-filter", "a Topic Filter of SUBSCRIBE", "MQTT-1.5.4-1", text => Packet.Frame(0x82, new Bytes().TwoByte(1).Byte(0).Binary(text).Byte(0).ToArray())),
        .. InPacket("unsubscribe-filter", "a Topic Filter of UNSUBSCRIBE", "MQTT-1.5.4-1", text => Packet.Frame(0xA2, new Bytes().TwoByte(1).Byte(0).Binary(text).ToArray())),
        .. InPacket("content-type", "a Content Type", "MQTT-1.5.4-1", text => Publish(new Properties().Binary(PropertyId.ContentType, text))),
        .. InPacket("response-topic", "a Response Topic", "MQTT-1.5.4-1", text => Publish(new Properties().Binary(PropertyId.ResponseTopic, text))),
        .. InPacket("reason-string", "the Reason String of a PUBACK", "MQTT-1.5.4-1", text =>
            Packet.Frame(0x40, new Bytes().TwoByte(1).Byte(0).Byte(text.Length + 3).Byte(PropertyId.ReasonString).Binary(text).ToArray())),
        .. InPacket("user-property-name", "the name of a User Property", "MQTT-1.5.7-1", text => Publish(User(text, "v"u8))),
        .. InPacket("user-property-value", "the value of a User Property", "MQTT-1.5.7-1", text => Publish(User("n"u8, text))),
        .. InConnect("client-identifier", "a ClientID", "MQTT-3.1.3-4", (_, text) => Connect(0x02, new Bytes().Binary(text))),
        .. InConnect("will-topic", "a Will Topic", "MQTT-3.1.3-11", (id, text) => Connect(0x06, new Bytes().Text(id).Byte(0).Binary(text).Text("x"))),
        .. InConnect("user-name", "a User Name", "MQTT-3.1.3-12", (id, text) => Connect(0x82, new Bytes().Text(id).Binary(text))),
        .. InConnect("will-user-property", "a User Property of the will", "MQTT-1.5.7-1", (id, text) =>
            Connect(0x06, new Bytes().Text(id).Byte(text.Length + 6).Raw(User("n"u8, text).ToArray()).Text("t").Text("x"))),
        new(MqttVersion.V50, "byte-order-mark-stays-in-topic", ["MQTT-1.5.4-3"], "EF BB BF in front of and within a topic arrives as it was sent.", BomInTopic),
        new(MqttVersion.V50, "byte-order-mark-stays-in-properties", ["MQTT-1.5.4-3"], "EF BB BF in a Content Type and in User Properties arrives as it was sent.", BomInProperties),
        new(MqttVersion.V50, "long-strings-pass-unchanged", ["MQTT-1.5.4-1"], "A User Property with a name and a value of 20,000 bytes, of characters of all lengths, passes unchanged.", LongString),
    ];

    private static IEnumerable<Check> InPacket(string field, string words, string statement, Func<byte[], byte[]> build)
    {
        yield return new(MqttVersion.V50, $"ill-formed-utf8-in-{field}-closes", [statement], $"Ill-formed UTF-8 in {words} ends the connection.", context =>
            CheckContext.ExpectEachAsync(IllFormed.Select(text => (text.Name, (Func<Task>)(() => context.ExpectClosedAfterAsync(build(text.Bytes)))))));
        yield return new(MqttVersion.V50, $"null-character-in-{field}-closes", ["MQTT-1.5.4-2", .. Besides(statement)], $"U+0000 in {words} ends the connection.", context =>
            context.ExpectClosedAfterAsync(build(Null)));
    }

    private static IEnumerable<Check> InConnect(string field, string words, string statement, Func<string, byte[], byte[]> build)
    {
        yield return new(MqttVersion.V50, $"ill-formed-utf8-in-{field}-refused", [statement, "MQTT-1.5.4-1"], $"A CONNECT with ill-formed UTF-8 in {words} is refused.", context =>
            CheckContext.ExpectEachAsync(IllFormed.Select(text => (text.Name, (Func<Task>)(() => context.ExpectConnectRefusedAsync(build(CheckContext.NewClientId(), text.Bytes)))))));
        yield return new(MqttVersion.V50, $"null-character-in-{field}-refused", ["MQTT-1.5.4-2", .. Besides(statement)], $"A CONNECT with U+0000 in {words} is refused.", context =>
            context.ExpectConnectRefusedAsync(build(CheckContext.NewClientId(), Null)));
    }

    private static string[] Besides(string statement) => statement == "MQTT-1.5.4-1" ? [] : [statement];

    private static byte[] Publish(Properties properties) => Packet.Publish(MqttVersion.V50, "t", "x", properties: properties);

    private static byte[] Connect(int flags, Bytes payload) =>
        Packet.Frame(0x10, new Bytes().Text("MQTT").Byte(5).Byte(flags).TwoByte(60).Byte(0).Raw(payload.ToArray()).ToArray());

    private static Properties User(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        new Properties().Raw(new Bytes().Byte(PropertyId.UserProperty).Binary(name).Binary(value).ToArray());

    private static async Task BomInTopic(CheckContext context)
    {
        string topic = $"\uFEFF{CheckContext.NewTopic()}/\uFEFFx";
        var client = await context.ConnectAsync();
        await client.SubscribeAsync(topic, 0);
        await client.PublishAsync(topic, "x");
        var publish = await client.ReceiveAsync(PacketType.Publish);
        CheckContext.Expect(publish.Topic == topic, $"the topic with its U+FEFF, got {publish}");
    }

    private static async Task BomInProperties(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var client = await context.ConnectAsync();
        await client.SubscribeAsync(topic, 0);
        await client.PublishAsync(topic, "x", properties: new Properties().Text(PropertyId.ContentType, "\uFEFFa").User("\uFEFFn", "v\uFEFF"));
        var publish = await client.ReceiveAsync(PacketType.Publish);
        CheckContext.Expect(
            publish.Property(PropertyId.ContentType) is "\uFEFFa" && publish.UserProperties is [("\uFEFFn", "v\uFEFF")],
            $"the properties with their U+FEFF, got {publish}");
    }

    private static async Task LongString(CheckContext context)
    {
        CheckContext.NotApplicableWhen(context.Facts.MaximumPacketSize < 50_000, "the broker takes no packets of that size");
        string topic = CheckContext.NewTopic();
        string text = string.Concat(Enumerable.Repeat("x\u00e9\u20ac\U0001F426", 2000));
        var client = await context.ConnectAsync();
        await client.SubscribeAsync(topic, 0);
        await client.PublishAsync(topic, "x", properties: new Properties().User(text, text));
        var publish = await client.ReceiveAsync(PacketType.Publish);
        CheckContext.Expect(publish.UserProperties.SequenceEqual([(text, text)]), $"the User Property as it was sent, got {publish}");
    }
}
