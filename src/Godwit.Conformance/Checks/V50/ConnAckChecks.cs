using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>CONNACK: its place, flags, reason codes and properties (§3.2).</summary>
internal static class ConnAckChecks
{
    // §3.2.2.2
    private static readonly int[] ReasonCodes =
    [
        0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90, 0x95, 0x97, 0x99, 0x9A, 0x9B, 0x9C, 0x9D, 0x9F,
    ];

    public static readonly Check[] All =
    [
        new(MqttVersion.V50, "connack-comes-first", ["MQTT-3.2.0-1"], "CONNACK comes before the messages that wait in the session.", ComesFirst),
        new(MqttVersion.V50, "connack-comes-once", ["MQTT-3.2.0-2"], "A connection that subscribes, publishes and pings sees one CONNACK.", ComesOnce),
        new(MqttVersion.V50, "connack-flags-are-0-or-1", ["MQTT-3.2.2-1"], "The Connect Acknowledge Flags are 0 for a new session and 1 for one that goes on.", Flags),
        new(MqttVersion.V50, "refusal-has-session-present-0", ["MQTT-3.2.2-6"], "CONNACK that refuses a client whose session exists has Session Present 0.", RefusalHasNoSession),
        new(MqttVersion.V50, "refusal-closes", ["MQTT-3.2.2-7", "MQTT-4.13.2-1"], "Behind a CONNACK with 0x80 or above the connection is closed.", RefusalCloses),
        new(MqttVersion.V50, "connack-reason-codes", ["MQTT-3.2.2-8"], "Whatever CONNECT is accepted or refused: the reason code is one of the table.", ReasonCodesOfTable),
        new(MqttVersion.V50, "announced-qos-is-taken", ["MQTT-3.2.2-9"], "Messages of each QoS up to Maximum QoS (2, when CONNACK does not say) are taken and acknowledged.", AnnouncedQoS),
        new(MqttVersion.V50, "subscriptions-of-any-qos-are-taken", ["MQTT-3.2.2-10"], "Subscriptions that ask for QoS 0, 1 and 2 are granted, at a lower QoS perhaps.", AnySubscription),
        new(MqttVersion.V50, "will-qos-and-maximum-qos-agree", ["MQTT-3.2.2-12"], "Where CONNACK announces a Maximum QoS, a will above it is refused, and otherwise taken.", WillAboveMaximumQoS),
        new(MqttVersion.V50, "retained-will-and-retain-available-agree", ["MQTT-3.2.2-13"], "Where CONNACK says Retain Available 0, a will with Will Retain 1 is refused, and otherwise taken.", RetainedWill),
        new(MqttVersion.V50, "refusal-within-maximum-packet-size", ["MQTT-3.2.2-19", "MQTT-3.2.2-20"], "CONNACK that refuses a client with a Maximum Packet Size of 10 bytes has no Reason String or User Property that makes it larger.", RefusalWithinSize),
    ];

    /// <summary>CONNECT that no server takes: an Authentication Method that no one has.</summary>
    internal static ConnectFields Refused(ConnectFields fields, Properties? properties = null) =>
        fields with { Properties = (properties ?? new Properties()).Text(PropertyId.AuthenticationMethod, "no-such-method") };

    private static async Task ComesFirst(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var fields = context.PersistentFields();
        var client = await context.ConnectAsync(fields);
        await client.SubscribeAsync(topic, 1);
        await client.DisconnectAsync();
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "waiting", qos: Math.Min(1, context.Facts.MaximumQoS));
        var again = await context.OpenAsync();
        await again.SendAsync(Packet.Connect(fields));
        var first = await again.ReceiveAsync();
        CheckContext.Expect(first.Type == PacketType.ConnAck, $"CONNACK first, got {first}");
    }

    private static async Task ComesOnce(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var client = await context.ConnectAsync();
        await client.SubscribeAsync(topic, 0);
        await client.PublishAsync(topic, "x");
        await client.ReceiveAsync(PacketType.Publish);
        await client.PingAsync();
    }

    private static async Task Flags(CheckContext context)
    {
        var fields = context.PersistentFields();
        foreach (int flags in new[] { 0, 1 })
        {
            var client = await context.ConnectAsync(fields);
            CheckContext.Expect(client.ConnAck.Body[0] == flags, $"Connect Acknowledge Flags {flags}, got {client.ConnAck}");
            await client.DisconnectAsync();
        }
    }

    private static async Task<ReceivedPacket?> RefuseAsync(CheckContext context, ConnectFields fields)
    {
        var client = await context.OpenAsync();
        await client.SendAsync(Packet.Connect(fields));
        return await client.TryReceiveAsync();
    }

    private static async Task RefusalHasNoSession(CheckContext context)
    {
        var fields = context.PersistentFields();
        await (await context.ConnectAsync(fields)).DisconnectAsync();
        var answer = await RefuseAsync(context, Refused(fields));
        CheckContext.NotApplicableWhen(answer is null, "the broker refuses without a CONNACK");
        CheckContext.Expect(answer.Type == PacketType.ConnAck && answer.ReasonCode >= 0x80 && !answer.SessionPresent, $"a refusal with Session Present 0, got {answer}");
    }

    private static async Task RefusalCloses(CheckContext context)
    {
        var client = await context.OpenAsync();
        await client.SendAsync(Packet.Connect(Refused(context.Fields())));
        var answer = await client.TryReceiveAsync();
        CheckContext.NotApplicableWhen(answer is null, "the broker refuses without a CONNACK");
        CheckContext.Expect(answer.Type == PacketType.ConnAck && answer.ReasonCode >= 0x80, $"a refusal, got {answer}");
        await client.ExpectClosedAsync();
    }

    private static Task ReasonCodesOfTable(CheckContext context)
    {
        return CheckContext.ExpectEachAsync(
        [
            ("valid", () => AnswerAsync(fields => fields)),
            ("unknown Authentication Method", () => AnswerAsync(fields => Refused(fields))),
            ("reserved flag", () => AnswerAsync(fields => fields with { FlagsXor = 1 })),
            ("unknown property", () => AnswerAsync(fields => fields with { Properties = new Properties().Byte(0x7F, 0) })),
            ("Receive Maximum 0", () => AnswerAsync(fields => fields with { Properties = new Properties().TwoByte(PropertyId.ReceiveMaximum, 0) })),
            ("Will QoS 3", () => AnswerAsync(fields => fields with { WillTopic = CheckContext.NewTopic(), FlagsXor = 0x18 })),
            ("will on a wildcard", () => AnswerAsync(fields => fields with { WillTopic = "#" })),
        ]);

        async Task AnswerAsync(Func<ConnectFields, ConnectFields> change)
        {
            var answer = await RefuseAsync(context, change(context.Fields()));
            CheckContext.Expect(
                answer is null || (answer.Type == PacketType.ConnAck && ReasonCodes.Contains(answer.ReasonCode)),
                $"CONNACK with a reason code of the table, got {answer}");
        }
    }

    private static async Task AnnouncedQoS(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var client = await context.ConnectAsync();
        long maximum = client.ConnAck.Number(PropertyId.MaximumQoS, 2);
        CheckContext.Expect(client.ConnAck.Property(PropertyId.MaximumQoS) is null || maximum is 0 or 1, $"Maximum QoS 0 or 1 when it is announced, got {client.ConnAck}");
        for (int qos = 0; qos <= maximum; qos++)
        {
            await client.PublishAsync(topic, "x", qos);
        }

        await client.PingAsync();
    }

    private static async Task AnySubscription(CheckContext context)
    {
        var client = await context.ConnectAsync();
        string topic = CheckContext.NewTopic();
        await client.SendAsync(Packet.Subscribe(MqttVersion.V50, 1, null, ($"{topic}0", 0), ($"{topic}1", 1), ($"{topic}2", 2)));
        var subAck = await client.ReceiveAsync(PacketType.SubAck);
        CheckContext.Expect(subAck.ReasonCodes is [0, <= 1, <= 2], $"three granted subscriptions, got {subAck}");
    }

    private static async Task WillAboveMaximumQoS(CheckContext context)
    {
        // Asked anew: what this very connection is told counts.
        var asked = await context.ConnectAsync();
        var connect = Packet.Connect(context.Fields() with { WillTopic = CheckContext.NewTopic(), WillQoS = 2 });
        if (asked.ConnAck.Number(PropertyId.MaximumQoS, 2) < 2)
        {
            await context.ExpectConnectRefusedAsync(connect);
            return;
        }

        var client = await context.OpenAsync();
        await client.SendAsync(connect);
        var answer = await client.ReceiveAsync(PacketType.ConnAck);
        CheckContext.Expect(answer.ReasonCode != 0x9B, $"a will of QoS 2 to be supported, as no Maximum QoS is announced, got {answer}");
        await client.DisconnectAsync();
    }

    private static async Task RetainedWill(CheckContext context)
    {
        var asked = await context.ConnectAsync();
        var connect = Packet.Connect(context.Fields() with { WillTopic = context.NewRetainedTopic(), WillRetain = true });
        if (asked.ConnAck.Number(PropertyId.RetainAvailable, 1) == 0)
        {
            await context.ExpectConnectRefusedAsync(connect);
            return;
        }

        var client = await context.OpenAsync();
        await client.SendAsync(connect);
        var answer = await client.ReceiveAsync(PacketType.ConnAck);
        CheckContext.Expect(answer.ReasonCode != 0x9A, $"a retained will to be supported, as Retain Available is not 0, got {answer}");
        await client.DisconnectAsync();
    }

    private static async Task RefusalWithinSize(CheckContext context)
    {
        const int Limit = 10;
        var answer = await RefuseAsync(context, Refused(context.Fields(), new Properties().FourByte(PropertyId.MaximumPacketSize, Limit)));
        CheckContext.Expect(
            answer is null || (answer.Type == PacketType.ConnAck && answer.ReasonCode >= 0x80 && Packet.Frame(answer.FirstByte, answer.Body).Length <= Limit),
            $"a refusal of at most {Limit} bytes, or the end of the connection, got {answer}");
    }
}
