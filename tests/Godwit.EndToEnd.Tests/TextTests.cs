using System.Text;

namespace Godwit.EndToEnd.Tests;

/// <summary>Strings that are not the UTF-8 of the standard, in every field that holds one. §1.5.4.</summary>
public sealed class TextTests(BrokerCells cells) : EndToEndTest(cells)
{
    private const int Malformed = 0x81;

    private static readonly Dictionary<string, byte[]> IllFormed = new()
    {
        ["U+0000"] = [(byte)'a', 0x00, (byte)'b'], // [MQTT-1.5.4-2]
        ["a surrogate"] = [(byte)'a', 0xED, 0xA0, 0x80], // [MQTT-1.5.4-1]
        ["a pair of surrogates"] = [0xED, 0xA0, 0x80, 0xED, 0xB0, 0x80],
        ["an overlong form"] = [0xC0, 0xAF],
        ["a byte that UTF-8 never has"] = [(byte)'a', 0xFF],
        ["a sequence cut short"] = [(byte)'a', 0xE2, 0x82],
        ["a continuation byte alone"] = [0x80, (byte)'a'],
        ["a code point above U+10FFFF"] = [0xF4, 0x90, 0x80, 0x80],
    };

    private static readonly Dictionary<string, Func<byte[], byte[]>> FieldsOfVersion5 = new()
    {
        ["PUBLISH topic"] = text => Packet.Frame(0x30, new Bytes().Binary(text).Byte(0).ToArray()),
        ["PUBLISH content type"] = text => Packet.Publish(MqttVersion.V50, "t", "x", properties: new Properties().Binary(PropertyId.ContentType, text)),
        ["PUBLISH response topic"] = text => Packet.Publish(MqttVersion.V50, "t", "x", properties: new Properties().Binary(PropertyId.ResponseTopic, text)),
        ["PUBLISH user property name"] = text => Packet.Publish(MqttVersion.V50, "t", "x", properties: User(text, "v"u8)),
        ["PUBLISH user property value"] = text => Packet.Publish(MqttVersion.V50, "t", "x", properties: User("n"u8, text)),
        ["SUBSCRIBE filter"] = text => Packet.Frame(0x82, new Bytes().TwoByte(1).Byte(0).Binary(text).Byte(0).ToArray()),
        ["SUBSCRIBE user property"] = text => Packet.Subscribe(MqttVersion.V50, 1, "t", 0, User("n"u8, text)),
        ["UNSUBSCRIBE filter"] = text => Packet.Frame(0xA2, new Bytes().TwoByte(1).Byte(0).Binary(text).ToArray()),
        ["PUBACK reason string"] = text => Packet.Frame(0x40, new Bytes().TwoByte(1).Byte(0).Byte(text.Length + 3).Byte(PropertyId.ReasonString).Binary(text).ToArray()),
        ["DISCONNECT reason string"] = text => Packet.Disconnect(MqttVersion.V50, 0, new Properties().Binary(PropertyId.ReasonString, text)),
    };

    private static readonly Dictionary<string, Func<byte[], byte[]>> FieldsOfVersion311 = new()
    {
        ["PUBLISH topic"] = text => Packet.Frame(0x30, new Bytes().Binary(text).ToArray()),
        ["SUBSCRIBE filter"] = text => Packet.Frame(0x82, new Bytes().TwoByte(1).Binary(text).Byte(0).ToArray()),
        ["UNSUBSCRIBE filter"] = text => Packet.Frame(0xA2, new Bytes().TwoByte(1).Binary(text).ToArray()),
    };

    private static readonly string[] FieldsOfConnect = ["client identifier", "user name", "will topic"];

    public static IEnumerable<object[]> RowsOfVersion5 => from place in FieldsOfVersion5.Keys from text in IllFormed.Keys select new object[] { place, text };

    public static IEnumerable<object[]> RowsOfVersion311 => from place in FieldsOfVersion311.Keys from text in IllFormed.Keys select new object[] { place, text };

    public static IEnumerable<string> IllFormedNames => IllFormed.Keys;

    public static IEnumerable<object[]> RowsOfConnect => from place in FieldsOfConnect from text in IllFormed.Keys select new object[] { place, text };

    [Theory, EveryCell(Rows = nameof(RowsOfVersion5))]
    public Task Ill_formed_text_in_version_5_is_a_malformed_packet(BrokerCell cell, string field, string text) =>
        ExpectDisconnectAsync(cell, MqttVersion.V50, new BadInput(_ => FieldsOfVersion5[field](IllFormed[text]), Malformed));

    [Theory, EveryCell(Rows = nameof(RowsOfVersion311))]
    public Task Ill_formed_text_before_version_5_closes_the_connection(BrokerCell cell, string field, string text) =>
        ExpectDisconnectAsync(cell, MqttVersion.V311, new BadInput(_ => FieldsOfVersion311[field](IllFormed[text])));

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50, Rows = nameof(RowsOfConnect), MosquittoDiffers = "closes without CONNACK, or takes it, depending on the field")]
    public Task Ill_formed_text_in_connect_is_refused(BrokerCell cell, MqttVersion version, string field, string text) =>
        ExpectConnectRefusedAsync(cell, version, new BadInput(_ => Connect(version, field, IllFormed[text]), Malformed));

    [Theory, EveryCell(Rows = nameof(IllFormedNames), MosquittoDiffers = "closes without CONNACK")]
    public Task Ill_formed_text_in_will_properties_is_refused(BrokerCell cell, string text) =>
        ExpectConnectRefusedAsync(cell, MqttVersion.V50, new BadInput(_ => Connect(MqttVersion.V50, "will user property", IllFormed[text]), Malformed));

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50)]
    public async Task Byte_order_mark_stays_where_it_is(BrokerCell cell, MqttVersion version)
    {
        // [MQTT-1.5.4-3]
        var topic = "\uFEFF" + Unique.Name() + "/\uFEFFx";
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), version);
        await client.SubscribeAsync(topic, 0);
        await client.PublishAsync(topic, "x");
        Assert.Equal(topic, (await client.ReceivePublishAsync()).Topic);
    }

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50)]
    public async Task Topic_of_65535_bytes_and_all_lengths_of_utf8_passes(BrokerCell cell, MqttVersion version)
    {
        var start = Unique.Name() + "/\u00e9/\u20ac/\U0001F426/";
        var topic = start + new string('x', 65_535 - Encoding.UTF8.GetByteCount(start));
        Assert.SkipWhen(TestBroker.IsMosquitto, "mosquitto limits levels and lengths of topics");
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), version);
        await client.SubscribeAsync(topic, 0);
        await client.PublishAsync(topic, "x");
        Assert.Equal(topic, (await client.ReceivePublishAsync()).Topic);
    }

    private static Properties User(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        new Properties().Raw(new Bytes().Byte(PropertyId.UserProperty).Binary(name).Binary(value).ToArray());

    private static byte[] Connect(MqttVersion version, string field, byte[] text)
    {
        var v5 = version == MqttVersion.V50;
        var will = field is "will topic" or "will user property";
        var body = new Bytes().Text("MQTT").Byte((int)version).Byte(field == "user name" ? 0x82 : will ? 0x06 : 0x02).TwoByte(60);
        body = v5 ? body.Byte(0) : body;
        if (field == "client identifier")
        {
            body.Binary(text);
        }
        else
        {
            body.Text(Unique.Name("c"));
        }

        if (will)
        {
            var properties = field == "will user property" ? User("n"u8, text).ToArray() : [];
            body = v5 ? body.VarInt(properties.Length).Raw(properties) : body;
            (field == "will topic" ? body.Binary(text) : body.Text("t")).Text("x");
        }
        else if (field == "user name")
        {
            body.Binary(text);
        }

        return Packet.Frame(0x10, body.ToArray());
    }
}
