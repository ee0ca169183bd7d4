using Godwit.Conformance.Wire;
using static Godwit.Conformance.CheckContext;

namespace Godwit.Conformance.Checks.V311;

/// <summary>What a CONNECT must look like and how it is answered (§3.1, §3.2).</summary>
internal static class ConnectChecks
{
    private const MqttVersion Version = MqttVersion.V311;

    public static readonly Check[] All =
    [
        new(Version, "first-packet-has-to-be-connect", ["MQTT-3.1.0-1"], "Whatever comes before a CONNECT ends the connection without an answer.", FirstPacketHasToBeConnect),
        Steps.Closes("second-connect-closes", ["MQTT-3.1.0-2"], "A second CONNECT ends the connection.", () => Packet.Connect(new ConnectFields { Version = Version, ClientId = NewClientId() })),
        new(Version, "wrong-protocol-name-is-not-accepted", ["MQTT-3.1.2-1"], "A CONNECT for another protocol than \"MQTT\" is not accepted as 3.1.1.", WrongProtocolNameIsNotAccepted),
        new(Version, "unsupported-level-gets-return-code-1", ["MQTT-3.1.2-2", "MQTT-3.2.2-5"], "Protocol Level 2 gets CONNACK with return code 0x01, then the connection ends.", UnsupportedLevelGetsReturnCode1),
        Steps.Refuses("reserved-connect-flag-is-refused", ["MQTT-3.1.2-3"], "A CONNECT with the reserved connect flag is not accepted.", context => Packet.Connect(context.Fields() with { FlagsXor = 0x01 })),
        Steps.Refuses(
            "will-flag-without-will-is-refused",
            ["MQTT-3.1.2-9"],
            "A CONNECT with the Will Flag whose payload has no will, or a Will Topic alone, is not accepted.",
            context => Packet.Connect(context.Fields() with { UserName = null, Password = null, FlagsXor = 0x04 }),
            _ => Steps.RawConnect(0x06, "c1"u8.ToArray(), "t"u8.ToArray())),
        Steps.Refuses(
            "will-without-will-flag-is-refused", ["MQTT-3.1.2-11"], "A CONNECT with a will in its payload and no Will Flag is not accepted.", context => Packet.Connect(context.Fields() with { WillTopic = NewTopic(), WillPayload = "x", FlagsXor = 0x04 })),
        Steps.Refuses("will-qos-without-will-is-refused", ["MQTT-3.1.2-13", "MQTT-3.1.2-11"], "Will QoS 1 or 2 without the Will Flag is not accepted.", WithFlagsXor(0x08), WithFlagsXor(0x10)),
        Steps.Refuses("will-retain-without-will-is-refused", ["MQTT-3.1.2-15", "MQTT-3.1.2-11"], "Will Retain without the Will Flag is not accepted.", WithFlagsXor(0x20)),
        Steps.Refuses("will-qos-3-is-refused", ["MQTT-3.1.2-14"], "Will QoS 3 is not accepted.", context => Packet.Connect(context.Fields() with { WillTopic = NewTopic(), FlagsXor = 0x18 })),
        Steps.Refuses(
            "user-name-without-flag-is-refused", ["MQTT-3.1.2-18"], "A CONNECT with a user name and without its flag is not accepted.", context => Packet.Connect(context.Fields() with { UserName = "name", Password = null, FlagsXor = 0x80 })),
        Steps.Refuses(
            "user-name-flag-without-name-is-refused", ["MQTT-3.1.2-19"], "A CONNECT with the User Name Flag and without a user name is not accepted.", context => Packet.Connect(context.Fields() with { UserName = null, Password = null, FlagsXor = 0x80 })),
        Steps.Refuses(
            "password-without-flag-is-refused",
            ["MQTT-3.1.2-20"],
            "A CONNECT with a password and without its flag is not accepted.",
            context => Packet.Connect(context.Fields() with { UserName = context.Credentials?.UserName ?? "name", Password = "word", FlagsXor = 0x40 })),
        Steps.Refuses(
            "password-flag-without-password-is-refused", ["MQTT-3.1.2-21"], "A CONNECT with the Password Flag and without a password is not accepted.", context => Packet.Connect(context.Fields() with { UserName = "name", Password = null, FlagsXor = 0x40 })),
        Steps.Refuses(
            "password-without-user-name-is-refused", ["MQTT-3.1.2-22"], "A CONNECT with a password and no user name is not accepted.", context => Packet.Connect(context.Fields() with { UserName = null, Password = "word" })),
        new(Version, "connect-fields-are-read-in-order", ["MQTT-3.1.3-1", "MQTT-3.1.2-9", "MQTT-3.1.2-19", "MQTT-3.1.2-21"], "A CONNECT with all fields is accepted, and its will has the topic and the payload from their places.", FieldsAreReadInOrder),
        Steps.Refuses("connect-without-client-id-is-refused", ["MQTT-3.1.3-3"], "A CONNECT without any payload is not accepted.", _ => Steps.RawConnect(0x02)),
        new(Version, "client-id-is-key-of-session", ["MQTT-3.1.3-2"], "Each of two ClientIds has a session of its own.", ClientIdIsKeyOfSession),
        new(Version, "plain-client-ids-are-accepted", ["MQTT-3.1.3-5"], "ClientIds of 1 and of 23 bytes made of all digits and Latin letters are accepted.", PlainClientIdsAreAccepted),
        new(Version, "empty-client-id-is-made-unique", ["MQTT-3.1.3-6"], "Two clients with an empty ClientId are connected at the same time (a server may refuse both with return code 0x02).", EmptyClientIdIsMadeUnique),
        new(
            Version,
            "empty-client-id-with-kept-session-gets-return-code-2",
            ["MQTT-3.1.3-8", "MQTT-3.1.3-9", "MQTT-3.2.2-4", "MQTT-3.2.2-5"],
            "An empty ClientId with CleanSession 0 gets CONNACK with return code 0x02 and Session Present 0, then the connection ends.",
            EmptyClientIdWithKeptSession),
        new(Version, "malformed-connect-gets-no-connack", ["MQTT-3.1.4-1", "MQTT-3.2.2-6"], "A CONNECT that breaks the format, for which there is no return code, gets no CONNACK: the connection just ends.", MalformedConnectGetsNoConnAck),
        new(Version, "same-client-id-takes-over", ["MQTT-3.1.4-2"], "When a ClientId connects again, its older connection ends and the newer one works.", SameClientIdTakesOver),
        new(Version, "connect-is-accepted", ["MQTT-3.1.4-4", "MQTT-3.2.2-1", "MQTT-3.2.2-3"], "A valid CONNECT gets exactly 20 02 00 00.", ConnectIsAccepted),
        new(Version, "refused-client-is-not-heard", ["MQTT-3.1.4-5"], "A PUBLISH right behind a CONNECT that is refused goes nowhere.", RefusedClientIsNotHeard),
        new(Version, "connack-comes-first", ["MQTT-3.2.0-1"], "CONNACK is the first packet, also when messages wait and when a SUBSCRIBE stands right behind the CONNECT.", ConnAckComesFirst),
        new(Version, "session-present-is-0-with-clean-session", ["MQTT-3.2.2-1"], "CleanSession 1 gets Session Present 0, even where a session was kept.", SessionPresentIs0WithCleanSession),
        new(Version, "session-present-is-1-for-kept-session", ["MQTT-3.2.2-2", "MQTT-3.1.2-4"], "CleanSession 0 gets Session Present 1 where a session was kept.", SessionPresentIs1ForKeptSession),
        new(Version, "session-present-is-0-without-session", ["MQTT-3.2.2-3"], "CleanSession 0 gets Session Present 0 where there is no session.", SessionPresentIs0WithoutSession),
        new(Version, "plain-conversation-needs-no-extension", ["MQTT-7.0.0-2"], "CONNECT, SUBSCRIBE, PUBLISH, UNSUBSCRIBE, PINGREQ and DISCONNECT work with nothing besides what the standard has.", PlainConversation),
        new(Version, "packets-come-in-any-pieces", ["MQTT-7.1.1-1"], "Over TCP, packets sent byte by byte and several packets in one write are read as the same stream.", PacketsComeInAnyPieces),
    ];

    private static Func<CheckContext, byte[]> WithFlagsXor(int flags) => context => Packet.Connect(context.Fields() with { FlagsXor = flags });

    private static async Task FirstPacketHasToBeConnect(CheckContext context)
    {
        byte[][] packets =
        [
            Packet.Publish(Version, NewTopic(), "x"), Packet.Publish(Version, NewTopic(), "x", qos: 1, packetId: 1), Packet.Ack(PacketType.PubAck, 1),
            Packet.Subscribe(Version, 1, NewTopic(), 0), Packet.Unsubscribe(Version, 1, NewTopic()), Packet.PingReq, [0xE0, 0],
        ];
        foreach (byte[] packet in packets)
        {
            var client = await context.OpenAsync();
            await client.SendAsync(packet);
            await client.ExpectClosedAsync();
        }
    }

    private static async Task WrongProtocolNameIsNotAccepted(CheckContext context)
    {
        foreach (string name in new[] { "MQTX", "mqtt", "MQT", "MQTTT", "" })
        {
            await context.ExpectConnectRefusedAsync(Packet.Connect(context.Fields() with { ProtocolName = name }));
        }
    }

    private static async Task UnsupportedLevelGetsReturnCode1(CheckContext context)
    {
        // Not a level above 5: whoever knows 5.0 may answer such a one in its format.
        var client = await context.OpenAsync();
        await client.SendAsync(Packet.Connect(context.Fields() with { ProtocolLevel = 2 }));
        await client.ExpectAsync(0x20, 2, 0, 1);
        await client.ExpectClosedAsync();
    }

    private static async Task FieldsAreReadInOrder(CheckContext context)
    {
        string topic = NewTopic();
        var watcher = await Steps.SubscriberAsync(context, topic, 0);
        var fields = context.Fields() with { WillTopic = topic, WillPayload = "will message" };
        if (fields.UserName is null || fields.Password is null)
        {
            fields = fields with { UserName = "user", Password = "password" };
        }

        var client = await context.OpenAsync();
        await client.SendAsync(Packet.Connect(fields));
        var answer = await client.ReceiveAsync(PacketType.ConnAck);
        NotApplicableWhen(answer.ReasonCode is 4 or 5, "the broker does not take a user that it does not know");
        Expect(answer.ReasonCode == 0, $"CONNACK with return code 0, got {answer}");
        client.Abort();
        await Steps.ExpectMessageAsync(watcher, "will message");
    }

    private static async Task ClientIdIsKeyOfSession(CheckContext context)
    {
        string topic = NewTopic();
        var fields = context.PersistentFields();
        var first = await context.ConnectAsync(fields);
        await first.SubscribeAsync(topic, 1);
        await first.DisconnectAsync();

        // Begins with the same characters, differs in case at the end.
        var other = await context.ConnectAsync(context.PersistentFields(fields.ClientId + "X"));
        var another = await context.ConnectAsync(context.PersistentFields(fields.ClientId + "x"));
        Expect(!other.ConnAck.SessionPresent && !another.ConnAck.SessionPresent, "Session Present 0 for ClientIds that are new");
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "x", qos: 1);
        await context.ExpectNothingAsync(other);
        await another.PingAsync();
        var again = await context.ConnectAsync(fields);
        await Steps.ExpectMessageAsync(again, "x");
    }

    private static async Task PlainClientIdsAreAccepted(CheckContext context)
    {
        const string Allowed = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
        for (int at = 0; at < Allowed.Length; at += 10)
        {
            await context.ConnectAsync((NewClientId() + Allowed[at..Math.Min(at + 10, Allowed.Length)]).PadRight(23, '0'));
        }

        await context.ConnectAsync("q");
    }

    private static async Task EmptyClientIdIsMadeUnique(CheckContext context)
    {
        string topic = NewTopic();
        var first = await context.OpenAsync();
        await first.SendAsync(Packet.Connect(context.Fields("")));
        var answer = await first.ReceiveAsync(PacketType.ConnAck);
        if (answer.ReasonCode != 0)
        {
            Expect(answer.ReasonCode == 2, $"return code 0 or 2, got {answer}");
            await first.ExpectClosedAsync();
            return;
        }

        await first.SubscribeAsync(topic, 0);
        var second = await context.ConnectAsync(context.Fields(""));
        await second.PublishAsync(topic, "x");
        await Steps.ExpectMessageAsync(first, "x");
    }

    private static async Task EmptyClientIdWithKeptSession(CheckContext context)
    {
        var client = await context.OpenAsync();
        await client.SendAsync(Packet.Connect(context.Fields("") with { CleanStart = false }));
        await client.ExpectAsync(0x20, 2, 0, 2);
        await client.ExpectClosedAsync();
    }

    private static async Task MalformedConnectGetsNoConnAck(CheckContext context)
    {
        byte[][] packets =
        [
            Packet.Connect(context.Fields() with { FlagsXor = 0x01 }), Packet.Connect(context.Fields() with { WillTopic = NewTopic(), FlagsXor = 0x18 }),
            Packet.Connect(context.Fields() with { UserName = null, Password = "word" }), Steps.RawConnect(0x02),
        ];
        foreach (byte[] packet in packets)
        {
            var client = await context.OpenAsync();
            await client.SendAsync(packet);
            await client.ExpectClosedAsync();
        }
    }

    private static async Task SameClientIdTakesOver(CheckContext context)
    {
        string clientId = NewClientId();
        var older = await context.ConnectAsync(clientId);
        var newer = await context.ConnectAsync(clientId);
        await older.ExpectClosedAsync();
        await newer.PingAsync();
    }

    private static async Task ConnectIsAccepted(CheckContext context)
    {
        var client = await context.OpenAsync();
        await client.SendAsync(Packet.Connect(context.Fields()));
        await client.ExpectAsync(0x20, 2, 0, 0);
        await client.PingAsync();
    }

    private static async Task RefusedClientIsNotHeard(CheckContext context)
    {
        string topic = NewTopic();
        var watcher = await Steps.SubscriberAsync(context, topic, 0);
        var client = await context.OpenAsync();
        await client.SendAsync(Packet.Join(Packet.Connect(context.Fields("") with { CleanStart = false }), Packet.Publish(Version, topic, "x"), Packet.PingReq));
        await context.ExpectNothingAsync(watcher);
        await client.ExpectAsync(0x20, 2, 0, 2);
        await client.ExpectClosedAsync();
    }

    private static async Task ConnAckComesFirst(CheckContext context)
    {
        string topic = NewTopic();
        var fields = context.PersistentFields();
        var subscriber = await context.ConnectAsync(fields);
        await subscriber.SubscribeAsync(topic, 1);
        await subscriber.DisconnectAsync();
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "x", qos: 1);

        var again = await context.OpenAsync();
        await again.SendAsync(Packet.Join(Packet.Connect(fields), Packet.Subscribe(Version, 1, NewTopic(), 0)));
        await again.ReceiveAsync(PacketType.ConnAck);
        HashSet<PacketType> others = [(await again.ReceiveAsync()).Type, (await again.ReceiveAsync()).Type];
        Expect(others.SetEquals([PacketType.Publish, PacketType.SubAck]), $"PUBLISH and SUBACK behind the CONNACK, got {string.Join(", ", others)}");
    }

    private static async Task SessionPresentIs0WithCleanSession(CheckContext context)
    {
        var fields = context.PersistentFields();
        var kept = await context.ConnectAsync(fields);
        await kept.DisconnectAsync();
        var clean = await context.ConnectAsync(fields with { CleanStart = true });
        Expect(!clean.ConnAck.SessionPresent, $"Session Present 0, got {clean.ConnAck}");
    }

    private static async Task SessionPresentIs1ForKeptSession(CheckContext context)
    {
        var fields = context.PersistentFields();
        var first = await context.ConnectAsync(fields);
        await first.DisconnectAsync();
        var second = await context.ConnectAsync(fields);
        Expect(second.ConnAck.SessionPresent, $"Session Present 1, got {second.ConnAck}");
    }

    private static async Task SessionPresentIs0WithoutSession(CheckContext context)
    {
        var client = await context.ConnectAsync(context.PersistentFields());
        Expect(!client.ConnAck.SessionPresent, $"Session Present 0, got {client.ConnAck}");
    }

    private static async Task PlainConversation(CheckContext context)
    {
        string topic = NewTopic();
        var client = await context.OpenAsync();
        await client.SendAsync(Packet.Connect(context.Fields()));
        await client.ExpectAsync(0x20, 2, 0, 0);
        await client.SendAsync(Packet.Subscribe(Version, 1, topic, 0));
        await client.ExpectAsync(0x90, 3, 0, 1, 0);
        byte[] publish = Packet.Publish(Version, topic, "x");
        await client.SendAsync(publish);
        await client.ExpectAsync(publish);
        await client.SendAsync(Packet.Unsubscribe(Version, 2, topic));
        await client.ExpectAsync(0xB0, 2, 0, 2);
        await client.PingAsync();
        await client.DisconnectAsync();
    }

    private static async Task PacketsComeInAnyPieces(CheckContext context)
    {
        string topic = NewTopic();
        byte[] stream = Packet.Join(Packet.Connect(context.Fields()), Packet.Subscribe(Version, 1, topic, 0), Packet.Publish(Version, topic, new string('x', 200)));
        foreach (int piece in new[] { 1, 7, stream.Length })
        {
            var client = await context.OpenAsync();
            for (int at = 0; at < stream.Length; at += piece)
            {
                await client.SendAsync(stream.AsMemory(at, Math.Min(piece, stream.Length - at)));
                if (piece == 1)
                {
                    await Task.Yield();
                }
            }

            await client.ReceiveAsync(PacketType.ConnAck);
            await client.ReceiveAsync(PacketType.SubAck);
            await Steps.ExpectMessageAsync(client, new string('x', 200));
            client.Abort();
        }
    }
}
