using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>The first packet of a connection: its place, protocol name and level, flags, payload and ClientID (§3.1).</summary>
internal static class ConnectChecks
{
    private const string Alphabet = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    public static readonly Check[] All =
    [
        .. First("publish", "PUBLISH", Packet.Publish(MqttVersion.V50, "t", "x")),
        .. First("puback", "PUBACK", Packet.Ack(PacketType.PubAck, 1)),
        .. First("subscribe", "SUBSCRIBE", Packet.Subscribe(MqttVersion.V50, 1, "t", 0)),
        .. First("unsubscribe", "UNSUBSCRIBE", Packet.Unsubscribe(MqttVersion.V50, 1, "t")),
        .. First("pingreq", "PINGREQ", Packet.PingReq),
        .. First("disconnect", "DISCONNECT", [0xE0, 0x00]),
        .. First("auth", "AUTH", [0xF0, 0x00]),
        .. First("connack", "CONNACK", [0x20, 0x03, 0x00, 0x00, 0x00]),
        new(MqttVersion.V50, "second-connect-closes", ["MQTT-3.1.0-2"], "A second CONNECT on a connection, with the same or another ClientID, ends it.", SecondConnect),
        new(MqttVersion.V50, "wrong-protocol-name-refused", ["MQTT-3.1.2-1"], "Protocol names that are not \"MQTT\" are refused.", context =>
            CheckContext.ExpectEachAsync(new[] { "MQTX", "mqtt", "", "MQIsdp", "MQTTT" }.Select(name => ($"\"{name}\"", (Func<Task>)(() =>
                context.ExpectConnectRefusedAsync(Packet.Connect(context.Fields() with { ProtocolName = name }))))))),
        new(MqttVersion.V50, "unknown-protocol-version-refused", ["MQTT-3.1.2-2"], "Protocol Versions that no standard has (0, 6, 7, 127, 255) are refused.", context =>
            CheckContext.ExpectEachAsync(new[] { 0, 6, 7, 127, 255 }.Select(level => ($"version {level}", (Func<Task>)(() =>
                context.ExpectConnectRefusedAsync(Packet.Connect(context.Fields() with { ProtocolLevel = level }))))))),
        new(MqttVersion.V50, "reserved-connect-flag-refused", ["MQTT-3.1.2-3"], "A CONNECT whose reserved flag is 1 is refused.", context =>
            RefuseAsync(context, fields => fields with { FlagsXor = 0x01 })),
        new(MqttVersion.V50, "will-qos-without-will-refused", ["MQTT-3.1.2-11"], "Will QoS 1 or 2 without Will Flag is refused.", context => CheckContext.ExpectEachAsync(
        [
            ("QoS 1", () => RefuseAsync(context, fields => fields with { FlagsXor = 0x08 })),
            ("QoS 2", () => RefuseAsync(context, fields => fields with { FlagsXor = 0x10 })),
        ])),
        new(MqttVersion.V50, "will-qos-3-refused", ["MQTT-3.1.2-12"], "Will QoS 3 is refused.", context =>
            RefuseAsync(context, fields => fields with { WillTopic = CheckContext.NewTopic(), FlagsXor = 0x18 })),
        new(MqttVersion.V50, "will-retain-without-will-refused", ["MQTT-3.1.2-13"], "Will Retain without Will Flag is refused.", context =>
            RefuseAsync(context, fields => fields with { FlagsXor = 0x20 })),
        new(MqttVersion.V50, "will-flag-without-will-refused", ["MQTT-3.1.2-9"], "A CONNECT with the Will Flag and no will, or part of one, in its payload is refused.", context => CheckContext.ExpectEachAsync(
        [
            ("nothing", () => context.ExpectConnectRefusedAsync(Connect(0x06, new Bytes().Text(CheckContext.NewClientId())))),
            ("properties alone", () => context.ExpectConnectRefusedAsync(Connect(0x06, new Bytes().Text(CheckContext.NewClientId()).Byte(0)))),
            ("no payload", () => context.ExpectConnectRefusedAsync(Connect(0x06, new Bytes().Text(CheckContext.NewClientId()).Byte(0).Text("t")))),
        ])),
        new(MqttVersion.V50, "user-name-without-flag-refused", ["MQTT-3.1.2-16"], "A CONNECT with a User Name in its payload that no flag announces is refused.", context =>
            context.ExpectConnectRefusedAsync(Connect(0x02, new Bytes().Text(CheckContext.NewClientId()).Text("user")))),
        new(MqttVersion.V50, "user-name-flag-without-user-name-refused", ["MQTT-3.1.2-17"], "A CONNECT with the User Name Flag and no User Name is refused.", context =>
            context.ExpectConnectRefusedAsync(Connect(0x82, new Bytes().Text(CheckContext.NewClientId())))),
        new(MqttVersion.V50, "password-without-flag-refused", ["MQTT-3.1.2-18"], "A CONNECT with a Password in its payload that no flag announces is refused.", context =>
            context.ExpectConnectRefusedAsync(Connect(0x82, new Bytes().Text(CheckContext.NewClientId()).Text("user").Text("password")))),
        new(MqttVersion.V50, "password-flag-without-password-refused", ["MQTT-3.1.2-19"], "A CONNECT with the Password Flag and no Password is refused.", context =>
            context.ExpectConnectRefusedAsync(Connect(0xC2, new Bytes().Text(CheckContext.NewClientId()).Text("user")))),
        new(MqttVersion.V50, "connect-payload-order", ["MQTT-3.1.3-1", "MQTT-3.1.2-9"], "ClientID, Will Properties, Will Topic, Will Payload, User Name and Password are taken in this order.", PayloadOrder),
        new(MqttVersion.V50, "connect-without-client-identifier-refused", ["MQTT-3.1.3-3"], "A CONNECT that ends before its ClientID is refused.", context =>
            context.ExpectConnectRefusedAsync(Connect(0x02, new Bytes()))),
        new(MqttVersion.V50, "malformed-connect-refused", ["MQTT-3.1.4-1"], "A CONNECT that is cut short in one of its fields, or goes on behind the last, is refused.", MalformedConnect),
        new(MqttVersion.V50, "client-identifiers-every-server-takes", ["MQTT-3.1.3-5"], "ClientIDs of 1 and of 23 bytes, of all the digits and letters, are accepted.", AcceptedClientIdentifiers),
        new(MqttVersion.V50, "client-identifier-names-the-session", ["MQTT-3.1.3-2"], "A kept session is found by its ClientID, and not by another that differs in case alone.", ClientIdentifierIsKey),
        new(MqttVersion.V50, "assigned-client-identifiers-are-unique", ["MQTT-3.1.3-6", "MQTT-3.2.2-16"], "Clients with an empty ClientID get Assigned Client Identifiers that differ, and do not take one another over.", AssignedAreUnique),
        new(MqttVersion.V50, "assigned-client-identifier-names-the-session", ["MQTT-3.1.3-7"], "A session that began with an empty ClientID is found by the Assigned Client Identifier.", AssignedNamesSession),
        new(MqttVersion.V50, "rejection-of-a-client-identifier", ["MQTT-3.1.3-8"], "A ClientID of 65,535 bytes is accepted, or the connection is closed, perhaps behind CONNACK with 0x85.", LongestClientIdentifier),
        new(MqttVersion.V50, "wrong-credentials-end-the-connection", ["MQTT-3.1.4-2", "MQTT-4.13.2-1"], "Where user names matter, one that nobody has ends the connection.", WrongCredentials),
        new(MqttVersion.V50, "takeover-tells-the-older-connection", ["MQTT-3.1.4-3", "MQTT-4.13.2-1"], "When its ClientID connects again, the older connection gets DISCONNECT with 0x8E and is closed.", Takeover),
        new(MqttVersion.V50, "connect-is-answered", ["MQTT-3.1.4-5"], "A valid CONNECT gets CONNACK with 0x00.", IsAnswered),
        new(MqttVersion.V50, "packets-behind-a-refused-connect-are-ignored", ["MQTT-3.1.4-6"], "A PUBLISH in the same write as a CONNECT that is refused reaches nobody.", BehindRefusal),
        new(MqttVersion.V50, "keep-alive-closes-a-silent-connection", ["MQTT-3.1.2-22", "MQTT-4.13.2-1"], "With Keep Alive 1 s a silent connection is closed, and its will published.", KeepAlive),
        new(MqttVersion.V50, "keep-alive-of-the-client-is-used", ["MQTT-3.2.2-22"], "With Keep Alive 1 s and no Server Keep Alive in CONNACK, a silent connection is closed within 5 s.", KeepAliveOfClient),
        new(MqttVersion.V50, "pings-keep-a-connection-open", ["MQTT-3.1.2-22"], "With Keep Alive 1 s a connection that pings twice a second is open after 2.5 s.", PingsKeepOpen),
    ];

    private static IEnumerable<Check> First(string name, string words, byte[] packet)
    {
        yield return new(MqttVersion.V50, $"{name}-before-connect-closes", ["MQTT-3.1.0-1", "MQTT-3.14.0-1"], $"A connection whose first packet is {words} is closed without an answer.", async context =>
        {
            var client = await context.OpenAsync();
            await client.SendAsync(packet);
            await client.ExpectClosedAsync();
        });
    }

    private static byte[] Connect(int flags, Bytes payload) =>
        Packet.Frame(0x10, new Bytes().Text("MQTT").Byte(5).Byte(flags).TwoByte(60).Byte(0).Raw(payload.ToArray()).ToArray());

    private static Task RefuseAsync(CheckContext context, Func<ConnectFields, ConnectFields> change) =>
        context.ExpectConnectRefusedAsync(Packet.Connect(change(context.Fields())));

    private static Task SecondConnect(CheckContext context)
    {
        return CheckContext.ExpectEachAsync([("the same ClientID", () => TwiceAsync(true)), ("another ClientID", () => TwiceAsync(false))]);

        async Task TwiceAsync(bool isSame)
        {
            var fields = context.Fields();
            var client = await context.ConnectAsync(fields);
            await context.ExpectClosedAfterAsync(client, Packet.Connect(isSame ? fields : context.Fields()));
        }
    }

    private static async Task PayloadOrder(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var watcher = await context.ConnectAsync();
        await watcher.SubscribeAsync(topic, 0);
        var fields = context.PersistentFields() with
        {
            WillTopic = topic,
            WillPayload = "will",
            WillProperties = new Properties().User("a", "b"),
            UserName = context.Credentials?.UserName ?? "user",
            Password = context.Credentials?.Password ?? "password",
        };
        var client = await context.OpenAsync();
        await client.SendAsync(Packet.Connect(fields));
        var answer = await client.ReceiveAsync(PacketType.ConnAck);
        CheckContext.NotApplicableWhen(context.Credentials is null && answer.ReasonCode is 0x86 or 0x87, "no credentials are given for a broker with accounts");
        CheckContext.Expect(answer.ReasonCode == 0, $"CONNACK with 0x00, got {answer}");
        client.Abort();
        var will = await watcher.ReceiveAsync(PacketType.Publish);
        CheckContext.Expect(will.Text == "will" && will.UserProperties is [("a", "b")], $"the will as CONNECT had it, got {will}");
        var again = await context.ConnectAsync(context.PersistentFields(fields.ClientId));
        CheckContext.Expect(again.ConnAck.SessionPresent, $"the session of the ClientID, got {again.ConnAck}");
    }

    private static Task MalformedConnect(CheckContext context)
    {
        byte[] Body() => [.. Packet.Connect(context.Fields() with { UserName = null, Password = null }).AsSpan(2)];
        return CheckContext.ExpectEachAsync(
        [
            ("bytes behind the last field", () => context.ExpectConnectRefusedAsync(Packet.Frame(0x10, [.. Body(), 0, 1, 2]))),
            ("no body", () => context.ExpectConnectRefusedAsync([0x10, 0])),
            ("cut in the name", () => context.ExpectConnectRefusedAsync(Packet.Frame(0x10, Body().AsSpan(0, 4)))),
            ("cut behind the name", () => context.ExpectConnectRefusedAsync(Packet.Frame(0x10, Body().AsSpan(0, 6)))),
            ("cut behind the version", () => context.ExpectConnectRefusedAsync(Packet.Frame(0x10, Body().AsSpan(0, 7)))),
            ("cut in Keep Alive", () => context.ExpectConnectRefusedAsync(Packet.Frame(0x10, Body().AsSpan(0, 9)))),
            ("cut in the ClientID", () => context.ExpectConnectRefusedAsync(Packet.Frame(0x10, Body().AsSpan(0, 15)))),
        ]);
    }

    private static Task AcceptedClientIdentifiers(CheckContext context)
    {
        // A tail of its own keeps the long ones from taking over anybody's connection.
        string tail = CheckContext.NewClientId()[1..8];
        string[] identifiers =
        [
            Alphabet[..16] + tail, Alphabet[16..32] + tail, Alphabet[32..48] + tail, Alphabet[46..62] + tail,
            $"{Alphabet[Random.Shared.Next(Alphabet.Length)]}",
        ];
        return CheckContext.ExpectEachAsync(identifiers.Select(id => ($"\"{id}\"", (Func<Task>)(async () =>
        {
            var client = await context.ConnectAsync(id);
            await client.DisconnectAsync();
        }))));
    }

    private static async Task ClientIdentifierIsKey(CheckContext context)
    {
        string name = CheckContext.NewClientId();
        await (await context.ConnectAsync(context.PersistentFields($"a{name}"))).DisconnectAsync();
        var other = await context.ConnectAsync(context.PersistentFields($"A{name}"));
        CheckContext.Expect(!other.ConnAck.SessionPresent, $"no session for another ClientID, got {other.ConnAck}");
        var same = await context.ConnectAsync(context.PersistentFields($"a{name}"));
        CheckContext.Expect(same.ConnAck.SessionPresent, $"the session of the ClientID, got {same.ConnAck}");
    }

    private static async Task<(RawMqttClient Client, string ClientId)> ConnectNamelessAsync(CheckContext context, uint? expiry = null)
    {
        var client = await context.OpenAsync();
        await client.SendAsync(Packet.Connect(context.Fields("") with { SessionExpiry = expiry }));
        var answer = await client.ReceiveAsync(PacketType.ConnAck);
        CheckContext.NotApplicableWhen(answer.ReasonCode == 0x85, "the broker takes no empty ClientID");
        CheckContext.Expect(answer.ReasonCode == 0, $"CONNACK with 0x00 or 0x85, got {answer}");
        string? assigned = answer.Property(PropertyId.AssignedClientIdentifier) as string;
        CheckContext.Expect(!string.IsNullOrEmpty(assigned), $"an Assigned Client Identifier, got {answer}");
        return (client, assigned);
    }

    private static async Task AssignedAreUnique(CheckContext context)
    {
        var (first, firstName) = await ConnectNamelessAsync(context);
        var (second, secondName) = await ConnectNamelessAsync(context);
        CheckContext.Expect(firstName != secondName, $"two Assigned Client Identifiers that differ, got \"{firstName}\" twice");
        await first.PingAsync();
        await second.PingAsync();
    }

    private static async Task AssignedNamesSession(CheckContext context)
    {
        var (client, clientId) = await ConnectNamelessAsync(context, expiry: 60);
        var fields = context.PersistentFields(clientId);
        await client.DisconnectAsync();
        var again = await context.ConnectAsync(fields);
        CheckContext.Expect(again.ConnAck.SessionPresent, $"the session of the Assigned Client Identifier, got {again.ConnAck}");
    }

    private static async Task LongestClientIdentifier(CheckContext context)
    {
        string name = CheckContext.NewClientId().PadRight(65_535, 'x');
        var client = await context.OpenAsync();
        await client.SendAsync(Packet.Connect(context.Fields(name)));
        if (await client.TryReceiveAsync() is { } answer)
        {
            CheckContext.Expect(answer.Type == PacketType.ConnAck && answer.ReasonCode is 0 or 0x85 or 0x95, $"CONNACK with 0x00 or 0x85, got {answer}");
            if (answer.ReasonCode == 0)
            {
                await client.PingAsync();
            }
            else
            {
                await client.ExpectClosedAsync();
            }
        }
    }

    private static async Task WrongCredentials(CheckContext context)
    {
        var client = await context.OpenAsync();
        await client.SendAsync(Packet.Connect(context.Fields() with { UserName = CheckContext.NewClientId(), Password = "wrong" }));
        if (await client.TryReceiveAsync() is { } answer)
        {
            CheckContext.Expect(answer.Type == PacketType.ConnAck, $"CONNACK or the end of the connection, got {answer}");
            CheckContext.NotApplicableWhen(answer.ReasonCode == 0, "the broker takes any user name");
            await client.ExpectClosedAsync();
        }
    }

    private static async Task Takeover(CheckContext context)
    {
        var fields = context.Fields();
        var older = await context.ConnectAsync(fields);
        var newer = await context.ConnectAsync(fields);
        var disconnect = await older.ReceiveAsync(PacketType.Disconnect);
        CheckContext.Expect(disconnect.ReasonCode == 0x8E, $"DISCONNECT with 0x8E, got {disconnect}");
        await older.ExpectClosedAsync();
        await newer.PingAsync();
    }

    private static async Task IsAnswered(CheckContext context)
    {
        var client = await context.OpenAsync();
        await client.SendAsync(Packet.Connect(context.Fields()));
        var answer = await client.ReceiveAsync();
        CheckContext.Expect(answer.Type == PacketType.ConnAck && answer.ReasonCode == 0, $"CONNACK with 0x00, got {answer}");
    }

    private static async Task BehindRefusal(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var watcher = await context.ConnectAsync();
        await watcher.SubscribeAsync(topic, 0);
        var client = await context.OpenAsync();
        await client.SendAsync(Packet.Join(Packet.Connect(context.Fields() with { FlagsXor = 0x01 }), Packet.Publish(MqttVersion.V50, topic, "x")));
        while (await client.TryReceiveAsync() is { } answer)
        {
            CheckContext.Expect(answer.Type == PacketType.ConnAck && answer.ReasonCode != 0, $"a refusal, got {answer}");
        }

        await context.ExpectNothingAsync(watcher);
    }

    private static async Task KeepAlive(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var watcher = await context.ConnectAsync();
        await watcher.SubscribeAsync(topic, 0);
        var client = await context.ConnectAsync(context.Fields() with { KeepAlive = 1, WillTopic = topic, WillPayload = "silent" });
        CheckContext.NotApplicableWhen(client.ConnAck.Number(PropertyId.ServerKeepAlive, 1) is 0 or > 2, "the broker has a longer keep alive of its own");
        if (await client.TryReceiveAsync() is { } packet)
        {
            CheckContext.Expect(packet.Type == PacketType.Disconnect && packet.ReasonCode >= 0x80, $"DISCONNECT with 0x8D or the end of the connection, got {packet}");
            await client.ExpectClosedAsync();
        }

        var will = await watcher.ReceiveAsync(PacketType.Publish);
        CheckContext.Expect(will.Text == "silent", $"the will, got {will}");
    }

    private static async Task KeepAliveOfClient(CheckContext context)
    {
        var client = await context.ConnectAsync(context.Fields() with { KeepAlive = 1 });
        CheckContext.NotApplicableWhen(client.ConnAck.Property(PropertyId.ServerKeepAlive) is not null, "the broker has a keep alive of its own");
        if (await client.TryReceiveAsync() is { } packet)
        {
            CheckContext.Expect(packet.Type == PacketType.Disconnect && packet.ReasonCode >= 0x80, $"DISCONNECT with 0x8D or the end of the connection, got {packet}");
            await client.ExpectClosedAsync();
        }
    }

    private static async Task PingsKeepOpen(CheckContext context)
    {
        var client = await context.ConnectAsync(context.Fields() with { KeepAlive = 1 });
        for (int i = 0; i < 5; i++)
        {
            await Task.Delay(500);
            await client.PingAsync();
        }
    }
}
