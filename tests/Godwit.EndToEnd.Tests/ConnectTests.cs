using System.Text;

namespace Godwit.EndToEnd.Tests;

/// <summary>The first packet of a connection. §3.1, §3.2.</summary>
public sealed class ConnectTests(BrokerCells cells) : EndToEndTest(cells)
{
    private const int Malformed = 0x81;
    private const int ProtocolError = 0x82;

    private static readonly Dictionary<string, byte[]> NotConnect = new()
    {
        ["PUBLISH"] = Packet.Publish(MqttVersion.V311, "t", "x"),
        ["PUBLISH of QoS 1"] = Packet.Publish(MqttVersion.V50, "t", "x", qos: 1, packetId: 1),
        ["PUBACK"] = Packet.Ack(PacketType.PubAck, 1),
        ["SUBSCRIBE"] = Packet.Subscribe(MqttVersion.V311, 1, "t", 0),
        ["UNSUBSCRIBE"] = Packet.Unsubscribe(MqttVersion.V50, 1, "t"),
        ["PINGREQ"] = Packet.PingReq,
        ["DISCONNECT"] = [0xE0, 0],
        ["AUTH"] = [0xF0, 0],
        ["CONNACK"] = [0x20, 2, 0, 0],
        ["packet type 0"] = [0, 0],
        ["an HTTP request"] = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a-browser-that-is-lost/1.0 (with a long name)\r\nAccept: */*\r\n\r\n"),
        ["a TLS handshake"] = [0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x00, 0x00, 0x01, 0x00],
        ["zeros"] = new byte[64],
    };

    private static readonly Dictionary<string, BadInput> Refused = new()
    {
        ["reserved connect flag"] = new(version => Connect(version, new ConnectFields { FlagsXor = 0x01 }), Malformed), // [MQTT-3.1.2-3]
        ["will QoS without a will"] = new(version => Connect(version, new ConnectFields { FlagsXor = 0x08 }), Malformed, ProtocolError), // [MQTT-3.1.2-11]
        ["will retain without a will"] = new(version => Connect(version, new ConnectFields { FlagsXor = 0x20 }), Malformed, ProtocolError), // [MQTT-3.1.2-13]
        ["will QoS 3"] = new(version => Connect(version, new ConnectFields { WillTopic = "t", FlagsXor = 0x18 }), Malformed, ProtocolError), // [MQTT-3.1.2-12]
        ["user name flag without a user name"] = new(version => Connect(version, new ConnectFields { FlagsXor = 0x80 }), Malformed),
        ["bytes after the last field"] = new(version => Packet.Frame(0x10, [.. Connect(version, new ConnectFields()).AsSpan(2), 0, 1, 2]), Malformed),
        ["no client identifier"] = new(version => Packet.Frame(0x10, Connect(version, new ConnectFields()).AsSpan(2, version == MqttVersion.V50 ? 11 : 10)), Malformed),
    };

    public static IEnumerable<string> NotConnectNames => NotConnect.Keys;

    public static IEnumerable<string> RefusedNames => Refused.Keys;

    [Theory, EveryCell(Rows = nameof(NotConnectNames))]
    public async Task Anything_before_connect_closes_the_connection_without_an_answer(BrokerCell cell, string packet)
    {
        // [MQTT-3.1.0-1]
        await using var client = await RawMqttClient.OpenAsync(await BrokerAsync(cell));
        await client.SendAsync(NotConnect[packet]);
        await client.ExpectClosedAsync();
    }

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50, Rows = nameof(RefusedNames), MosquittoDiffers = "closes without CONNACK")]
    public Task Connect_with_wrong_flags_or_fields_is_refused(BrokerCell cell, MqttVersion version, string fault) => ExpectConnectRefusedAsync(cell, version, Refused[fault]);

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311)]
    public async Task Accepted_connect_before_version_5_gets_four_bytes(BrokerCell cell, MqttVersion version)
    {
        await using var client = await RawMqttClient.OpenAsync(await BrokerAsync(cell), version);
        await client.SendAsync(Packet.Connect(new ConnectFields { Version = version, ClientId = Unique.Name("c") }));
        await client.ExpectAsync(0x20, 2, 0, 0);
        await client.PingAsync();
    }

    [Theory, EveryCell(Rows = nameof(UnknownLevels))]
    public async Task Unknown_protocol_level_up_to_5_gets_return_code_1(BrokerCell cell, int level)
    {
        // [MQTT-3.1.2-2] of 3.1.1
        await using var client = await RawMqttClient.OpenAsync(await BrokerAsync(cell), MqttVersion.V311);
        await client.SendAsync(Packet.Connect(new ConnectFields { Version = MqttVersion.V311, ClientId = Unique.Name("c"), ProtocolLevel = level }));
        await client.ExpectAsync(0x20, 2, 0, 1);
        await client.ExpectClosedAsync();
    }

    [Theory, EveryCell(Rows = nameof(FutureLevels), MosquittoDiffers = "closes or answers as 3.1.1")]
    public async Task Protocol_level_above_5_gets_0x84(BrokerCell cell, int level)
    {
        // [MQTT-3.1.2-2] of 5.0
        await using var client = await RawMqttClient.OpenAsync(await BrokerAsync(cell), MqttVersion.V50);
        await client.SendAsync(Packet.Connect(new ConnectFields { Version = MqttVersion.V50, ClientId = Unique.Name("c"), ProtocolLevel = level }));
        var answer = await client.ReceiveAsync(PacketType.ConnAck);
        Assert.Equal(0x84, answer.ReasonCode);
        Assert.False(answer.SessionPresent);
        await client.ExpectClosedAsync();
    }

    public static IEnumerable<object[]> UnknownLevels => [[0], [1], [2]];

    public static IEnumerable<object[]> FutureLevels => [[6], [7], [127]];

    [Theory, EveryCell(Rows = nameof(WrongNames), MosquittoDiffers = "answers MQIsdp at level 5 with return code 1")]
    public async Task Wrong_protocol_name_is_never_accepted(BrokerCell cell, string name, int level)
    {
        // [MQTT-3.1.2-1]: the standard leaves open whether a CONNACK precedes the close.
        await using var client = await RawMqttClient.OpenAsync(await BrokerAsync(cell), level == 5 ? MqttVersion.V50 : MqttVersion.V311);
        await client.SendAsync(Packet.Connect(new ConnectFields { Version = (MqttVersion)level, ClientId = Unique.Name("c"), ProtocolName = name }));
        if (await client.TryReceiveAsync() is { } answer)
        {
            Assert.Equal(PacketType.ConnAck, answer.Type);
            Assert.Contains(answer.ReasonCode, level == 5 ? new[] { 0x81, 0x84 } : [0x01]);
            await client.ExpectClosedAsync();
        }
    }

    public static IEnumerable<object[]> WrongNames => [["MQTX", 4], ["mqtt", 4], ["", 4], ["MQIsdp", 4], ["MQTT", 3], ["MQTX", 5], ["MQIsdp", 5], ["MQTTT", 5]];

    [Theory, EveryCell(MosquittoDiffers = "closes without CONNACK")]
    public Task Authentication_method_is_refused_with_0x8C(BrokerCell cell) =>
        ExpectConnectRefusedAsync(
            cell,
            MqttVersion.V50,
            new BadInput(version => Connect(version, new ConnectFields { Properties = new Properties().Text(PropertyId.AuthenticationMethod, "SCRAM-SHA-1") }), 0x8C)); // [MQTT-4.12.0-1]

    [Theory, EveryCell]
    public async Task Empty_client_identifier_with_a_kept_session_is_refused_before_version_5(BrokerCell cell)
    {
        // [MQTT-3.1.3-8] of 3.1.1
        await using var client = await RawMqttClient.OpenAsync(await BrokerAsync(cell), MqttVersion.V311);
        await client.SendAsync(Packet.Connect(new ConnectFields { Version = MqttVersion.V311, CleanStart = false }));
        await client.ExpectAsync(0x20, 2, 0, 2);
        await client.ExpectClosedAsync();
    }

    [Theory, EveryCell]
    public async Task Empty_client_identifier_with_a_clean_session_is_accepted_in_version_311(BrokerCell cell)
    {
        // [MQTT-3.1.3-6] of 3.1.1: each gets an identifier of its own, so they do not take one another over.
        var broker = await BrokerAsync(cell);
        await using var first = await RawMqttClient.ConnectAsync(broker, new ConnectFields { Version = MqttVersion.V311 });
        await using var second = await RawMqttClient.ConnectAsync(broker, new ConnectFields { Version = MqttVersion.V311 });
        await first.PingAsync();
        await second.PingAsync();
    }

    [Theory, EveryCell]
    public async Task Empty_client_identifier_in_version_5_gets_one_assigned_that_names_the_session(BrokerCell cell)
    {
        // [MQTT-3.2.2-16]
        var broker = await BrokerAsync(cell);
        await using var first = await RawMqttClient.ConnectAsync(broker, new ConnectFields { SessionExpiry = 60 });
        await using var second = await RawMqttClient.ConnectAsync(broker, new ConnectFields { CleanStart = false });
        var assigned = Assert.IsType<string>(first.ConnAck.Property(PropertyId.AssignedClientIdentifier));
        Assert.NotEmpty(assigned);
        Assert.NotEqual(assigned, second.ConnAck.Property(PropertyId.AssignedClientIdentifier));
        await first.DisconnectAsync();

        await using var again = await RawMqttClient.ConnectAsync(broker, new ConnectFields { ClientId = assigned, CleanStart = false });
        Assert.True(again.ConnAck.SessionPresent);
        Assert.Null(again.ConnAck.Property(PropertyId.AssignedClientIdentifier));
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Long_client_identifier_with_any_characters_is_accepted(BrokerCell cell, MqttVersion version)
    {
        // [MQTT-3.1.3-6]: a server may allow more than 23 letters and digits.
        var clientId = Unique.Name("c") + " /+#$\u20ac" + new string('x', 100);
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), version, clientId);
        await client.PingAsync();
    }

    [Theory, EveryCell]
    public async Task Password_without_a_user_name_is_allowed_in_version_5_only(BrokerCell cell)
    {
        // [MQTT-3.1.2-22] of 3.1.1; §3.1.2.9 of 5.0
        var broker = await BrokerAsync(cell);
        await using var allowed = await RawMqttClient.ConnectAsync(broker, new ConnectFields { ClientId = Unique.Name("c"), Password = "secret" });
        await allowed.PingAsync();
        await using var forbidden = await RawMqttClient.OpenAsync(broker, MqttVersion.V311);
        await forbidden.SendAsync(Packet.Connect(new ConnectFields { Version = MqttVersion.V311, ClientId = Unique.Name("c"), Password = "secret" }));
        await forbidden.ExpectClosedAsync();
    }

    [Theory, EveryCell]
    public async Task Connack_of_version_5_tells_no_limit_that_the_broker_does_not_have(BrokerCell cell)
    {
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), MqttVersion.V50);
        Assert.Equal(2, client.ConnAck.Number(PropertyId.MaximumQoS, absent: 2));
        foreach (var feature in new[] { PropertyId.RetainAvailable, PropertyId.WildcardSubscriptionAvailable, PropertyId.SubscriptionIdentifierAvailable, PropertyId.SharedSubscriptionAvailable })
        {
            Assert.Equal(1, client.ConnAck.Number(feature, absent: 1));
        }
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Keep_alive_0_turns_the_keep_alive_off(BrokerCell cell, MqttVersion version)
    {
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), new ConnectFields { Version = version, ClientId = Unique.Name("c"), KeepAlive = 0 });
        await client.PingAsync();
    }

    private static byte[] Connect(MqttVersion version, ConnectFields fields) => Packet.Connect(fields with { Version = version, ClientId = Unique.Name("c") });
}
