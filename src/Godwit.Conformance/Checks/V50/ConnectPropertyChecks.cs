using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>What a client asks for by the properties of its CONNECT (§3.1.2.11).</summary>
internal static class ConnectPropertyChecks
{
    private static readonly int[] ProblemProperties = [PropertyId.ReasonString, PropertyId.UserProperty];

    public static readonly Check[] All =
    [
        new(MqttVersion.V50, "nothing-above-maximum-packet-size", ["MQTT-3.1.2-24"], "A client with a Maximum Packet Size of 300 bytes gets messages below and of that size and none above.", NothingAbove),
        new(MqttVersion.V50, "too-large-counts-as-delivered", ["MQTT-3.1.2-25"], "Messages too large for the client take no place in its Receive Maximum of 1, nor wait in its session.", CountsAsDelivered),
        new(MqttVersion.V50, "no-alias-above-the-maximum", ["MQTT-3.1.2-26"], "A client with Topic Alias Maximum 2 gets no alias but 1 and 2, and each stands for the topic it was set to.", AliasWithinMaximum),
        new(MqttVersion.V50, "no-alias-without-a-maximum", ["MQTT-3.1.2-27"], "A client whose Topic Alias Maximum is 0 or missing gets full topics and no alias.", NoAlias),
        new(MqttVersion.V50, "no-response-information-unasked", ["MQTT-3.1.2-28"], "With Request Response Information 0, or without, CONNACK has no Response Information.", NoResponseInformation),
        new(MqttVersion.V50, "no-problem-information", ["MQTT-3.1.2-29"], "With Request Problem Information 0 no SUBACK, UNSUBACK, PUBACK, PUBREC or PUBCOMP has a Reason String or User Property.", NoProblemInformation),
    ];

    private static byte[] MessageOf(string topic, int size)
    {
        int overhead = Packet.Publish(MqttVersion.V50, topic, new byte[200]).Length - 200;
        return Packet.Publish(MqttVersion.V50, topic, new byte[size - overhead]);
    }

    private static async Task NothingAbove(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var subscriber = await context.ConnectAsync(context.Fields() with { Properties = new Properties().FourByte(PropertyId.MaximumPacketSize, 300) });
        await subscriber.SubscribeAsync(topic, 0);
        var publisher = await context.ConnectAsync();
        foreach (int size in new[] { 299, 300, 301, 5000, 298 })
        {
            await publisher.SendAsync(MessageOf(topic, size));
        }

        foreach (int size in new[] { 299, 300, 298 })
        {
            var publish = await subscriber.ReceiveAsync(PacketType.Publish);
            CheckContext.Expect(Packet.Frame(publish.FirstByte, publish.Body).Length == size, $"the message of {size} bytes, got {publish}");
        }

        await subscriber.PingAsync();
    }

    private static async Task CountsAsDelivered(CheckContext context)
    {
        CheckContext.NotApplicableWhen(context.Facts.MaximumQoS == 0, "the broker takes QoS 0 only");
        string topic = CheckContext.NewTopic();
        var fields = context.PersistentFields() with { Properties = new Properties().FourByte(PropertyId.MaximumPacketSize, 300).TwoByte(PropertyId.ReceiveMaximum, 1) };
        var subscriber = await context.ConnectAsync(fields);
        await subscriber.SubscribeAsync(topic, 1);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, new string('x', 400), qos: 1);
        await publisher.PublishAsync(topic, "small", qos: 1);
        var small = await subscriber.ReceivePublishAsync();
        CheckContext.Expect(small.Text == "small", $"the message that is not too large, got {small}");
        await subscriber.DisconnectAsync();
        await publisher.PublishAsync(topic, new string('y', 400), qos: 1);
        await publisher.PublishAsync(topic, "small too", qos: 1);
        var again = await context.ConnectAsync(fields);
        var second = await again.ReceivePublishAsync();
        CheckContext.Expect(second.Text == "small too", $"the message that is not too large, got {second}");
    }

    private static async Task AliasWithinMaximum(CheckContext context)
    {
        CheckContext.NotApplicableWhen(!context.Facts.WildcardSubscriptionAvailable, "the broker takes no wildcards");
        string root = CheckContext.NewTopic();
        var subscriber = await context.ConnectAsync(context.Fields() with { Properties = new Properties().TwoByte(PropertyId.TopicAliasMaximum, 2) });
        await subscriber.SubscribeAsync($"{root}/#", 0);
        var publisher = await context.ConnectAsync();
        Dictionary<long, string> aliases = [];
        foreach (int number in Enumerable.Range(0, 16))
        {
            string topic = $"{root}/{number % 4}";
            await publisher.PublishAsync(topic, topic);
            var publish = await subscriber.ReceiveAsync(PacketType.Publish);
            long alias = publish.Number(PropertyId.TopicAlias, -1);
            CheckContext.Expect(alias is -1 or 1 or 2, $"no alias or 1 or 2, got {alias}");
            if (publish.Topic.Length > 0 && alias > 0)
            {
                aliases[alias] = publish.Topic;
            }

            string? meant = publish.Topic.Length > 0 ? publish.Topic : aliases.GetValueOrDefault(alias);
            CheckContext.Expect(meant == topic, $"a message of {topic}, got one of {meant ?? "an alias that was not set"}");
        }
    }

    private static Task NoAlias(CheckContext context)
    {
        return CheckContext.ExpectEachAsync([("missing", () => SubscribeAsync(null)), ("0", () => SubscribeAsync(new Properties().TwoByte(PropertyId.TopicAliasMaximum, 0)))]);

        async Task SubscribeAsync(Properties? properties)
        {
            string topic = CheckContext.NewTopic();
            var subscriber = await context.ConnectAsync(context.Fields() with { Properties = properties });
            await subscriber.SubscribeAsync(topic, 0);
            for (int i = 0; i < 4; i++)
            {
                await subscriber.PublishAsync(topic, "x");
                var publish = await subscriber.ReceiveAsync(PacketType.Publish);
                CheckContext.Expect(publish.Topic == topic && publish.Property(PropertyId.TopicAlias) is null, $"the topic and no alias, got {publish}");
            }
        }
    }

    private static Task NoResponseInformation(CheckContext context)
    {
        return CheckContext.ExpectEachAsync([("missing", () => ConnectAsync(null)), ("0", () => ConnectAsync(new Properties().Byte(PropertyId.RequestResponseInformation, 0)))]);

        async Task ConnectAsync(Properties? properties)
        {
            var client = await context.ConnectAsync(context.Fields() with { Properties = properties });
            CheckContext.Expect(client.ConnAck.Property(PropertyId.ResponseInformation) is null, $"no Response Information, got {client.ConnAck}");
        }
    }

    private static async Task NoProblemInformation(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var client = await context.ConnectAsync(context.Fields() with { Properties = new Properties().Byte(PropertyId.RequestProblemInformation, 0) });
        List<(byte[] Request, PacketType Answer)> exchanges =
        [
            (Packet.Unsubscribe(MqttVersion.V50, 1, topic), PacketType.UnsubAck), // no subscription existed
            (Packet.Ack(PacketType.PubRel, 0x7777), PacketType.PubComp), // Packet Identifier not found
            (Packet.Subscribe(MqttVersion.V50, 2, topic, 1), PacketType.SubAck),
        ];
        if (context.Facts.MaximumQoS > 0)
        {
            exchanges.Insert(0, (Packet.Publish(MqttVersion.V50, topic, "x", qos: 1, packetId: 3), PacketType.PubAck)); // no matching subscribers
        }

        if (context.Facts.MaximumQoS > 1)
        {
            exchanges.Insert(0, (Packet.Publish(MqttVersion.V50, topic, "x", qos: 2, packetId: 4), PacketType.PubRec));
        }

        foreach (var (request, type) in exchanges)
        {
            await client.SendAsync(request);
            var answer = await client.ReceiveAsync(type);
            CheckContext.Expect(!answer.Properties.Any(property => ProblemProperties.Contains(property.Id)), $"neither Reason String nor User Property, got {answer}");
        }
    }
}
