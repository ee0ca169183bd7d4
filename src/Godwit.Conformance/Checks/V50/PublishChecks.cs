using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>PUBLISH: flags, Topic Name and what it is answered with (§3.3.1, §3.3.2.1, §3.3.4).</summary>
internal static class PublishChecks
{
    public static readonly Check[] All =
    [
        new(MqttVersion.V50, "publish-dup-is-not-taken-over", ["MQTT-3.3.1-3", "MQTT-4.3.2-2", "MQTT-4.3.3-2"], "Messages published with DUP 1 reach their subscriber with DUP 0.", DupIsNotTakenOver),
        new(MqttVersion.V50, "publish-again-has-dup", ["MQTT-3.3.1-1", "MQTT-4.4.0-1"], "QoS 1 and 2 messages without an acknowledgement come again after a reconnect with DUP 1.", AgainHasDup),
        new(MqttVersion.V50, "publish-qos0-has-no-dup", ["MQTT-3.3.1-2", "MQTT-4.3.1-1"], "QoS 0 deliveries have QoS 0 and DUP 0, also of a message that came with QoS 1 and DUP 1.", QoS0HasNoDup),
        new(MqttVersion.V50, "publish-qos3-closes", ["MQTT-3.3.1-4", "MQTT-4.13.1-1"], "A PUBLISH with both QoS bits set ends the connection.", QoS3IsMalformed),
        new(MqttVersion.V50, "publish-ill-formed-topic-closes", ["MQTT-3.3.2-1"], "A Topic Name that is no UTF-8 ends the connection.", IllFormedTopicIsMalformed),
        new(MqttVersion.V50, "publish-wildcard-topic-is-refused", ["MQTT-3.3.2-2", "MQTT-4.7.0-1"], "A Topic Name with a wildcard is refused and reaches nobody.", WildcardTopicIsRefused),
        new(MqttVersion.V50, "publish-topic-fits-the-filter", ["MQTT-3.3.2-3", "MQTT-3.3.2-1"], "Each delivery carries the Topic Name that was published, which fits the filter.", TopicFitsTheFilter),
        new(MqttVersion.V50, "publish-qos0-gets-no-answer", ["MQTT-3.3.4-1"], "A QoS 0 PUBLISH gets no answer.", QoS0GetsNoAnswer),
        new(MqttVersion.V50, "publish-qos1-gets-puback", ["MQTT-3.3.4-1", "MQTT-4.3.2-4", "MQTT-3.4.2-1"], "A QoS 1 PUBLISH gets a PUBACK with its Packet Identifier and a code of the table, with and without subscribers.", QoS1GetsPubAck),
        new(MqttVersion.V50, "publish-qos2-gets-pubrec", ["MQTT-3.3.4-1", "MQTT-4.3.3-8", "MQTT-3.5.2-1"], "A QoS 2 PUBLISH gets a PUBREC with its Packet Identifier and a code of the table, with and without subscribers.", QoS2GetsPubRec),
        new(MqttVersion.V50, "publish-with-subscription-identifier-closes", ["MQTT-3.3.4-6"], "A PUBLISH of a client with a Subscription Identifier ends the connection.", SubscriptionIdentifierIsAnError),
    ];

    private static async Task DupIsNotTakenOver(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync(topic, 2);
        await publisher.SendAsync(Exchange.Publish(topic, "1", qos: 1, packetId: 11, dup: true));
        await publisher.ReceiveAckAsync(PacketType.PubAck, 11);
        await publisher.SendAsync(Exchange.Publish(topic, "2", qos: 2, packetId: 12, dup: true));
        await publisher.ReceiveAckAsync(PacketType.PubRec, 12);
        await publisher.SendAsync(Packet.Ack(PacketType.PubRel, 12));
        await publisher.ReceiveAckAsync(PacketType.PubComp, 12);
        foreach (string payload in new[] { "1", "2" })
        {
            var publish = await subscriber.ExpectMessageAsync(payload);
            CheckContext.Expect(!publish.Dup, $"DUP 0, got {publish}");
        }
    }

    private static async Task AgainHasDup(CheckContext context)
    {
        context.NeedsQoS(2);
        string topic = CheckContext.NewTopic();
        var fields = context.PersistentFields();
        var before = await context.ConnectAsync(fields);
        await before.SubscribeAsync(topic, 2);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "1", qos: 1);
        await publisher.PublishAsync(topic, "2", qos: 2);
        var first = await before.ReceiveAsync(PacketType.Publish, 2);
        CheckContext.Expect(first.All(publish => !publish.Dup), $"DUP 0 at first, got {first[0]} and {first[1]}");
        before.Abort();

        var after = await context.ConnectAsync(fields);
        CheckContext.Expect(after.ConnAck.SessionPresent, $"Session Present 1, got {after.ConnAck}");
        foreach (var publish in await after.ReceiveAsync(PacketType.Publish, 2))
        {
            CheckContext.Expect(publish.Dup, $"DUP 1, got {publish}");
            CheckContext.Expect(first.Any(each => each.Text == publish.Text && each.QoS == publish.QoS), $"one of the two messages at its QoS, got {publish}");
        }
    }

    private static async Task QoS0HasNoDup(CheckContext context)
    {
        context.NeedsQoS(1);
        string topic = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync(topic, 0);
        await publisher.PublishAsync(topic, "1");
        await publisher.SendAsync(Exchange.Publish(topic, "2", qos: 1, packetId: 11, dup: true));
        await publisher.ReceiveAckAsync(PacketType.PubAck, 11);
        foreach (var publish in await subscriber.ReceiveAsync(PacketType.Publish, 2))
        {
            CheckContext.Expect(publish.FirstByte == 0x30, $"QoS 0, DUP 0 and RETAIN 0, got {publish}");
        }
    }

    private static Task QoS3IsMalformed(CheckContext context) =>
        context.ExpectClosedAfterAsync(Exchange.Publish(CheckContext.NewTopic(), "x", qos: 3, packetId: 11), Exchange.Malformed);

    private static async Task IllFormedTopicIsMalformed(CheckContext context)
    {
        foreach (byte[] topic in new byte[][] { [0x74, 0xC3, 0x28], [0x74, 0xED, 0xA0, 0x80] })
        {
            await context.ExpectClosedAfterAsync(Packet.Frame(0x30, new Bytes().Binary(topic).VarInt(0).Byte('x').ToArray()), Exchange.Malformed);
        }
    }

    private static async Task WildcardTopicIsRefused(CheckContext context)
    {
        context.NeedsQoS(1);
        string root = CheckContext.NewTopic();
        var subscriber = await context.ConnectAsync();
        if (context.Facts.WildcardSubscriptionAvailable)
        {
            await subscriber.SubscribeAsync($"{root}/#", 0);
        }

        foreach (string topic in new[] { $"{root}/#", $"{root}/+", $"{root}/+/a", $"{root}/a#" })
        {
            await context.ExpectPublicationRefusedAsync(Exchange.Publish(topic, "x", qos: 1, packetId: 11), 11);
        }

        await context.ExpectNothingAsync(subscriber);
    }

    private static async Task TopicFitsTheFilter(CheckContext context)
    {
        context.NeedsWildcards();
        string root = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync($"{root}/+/c", 0);
        foreach (string topic in new[] { $"{root}/a/c", $"{root}/a/d", $"{root}//c", $"{root}/a/b/c", $"{root}/ä/c" })
        {
            await publisher.PublishAsync(topic, topic);
        }

        foreach (string topic in new[] { $"{root}/a/c", $"{root}//c", $"{root}/ä/c" })
        {
            var publish = await subscriber.ReceiveAsync(PacketType.Publish);
            CheckContext.Expect(publish.Topic == topic && publish.Text == topic, $"a message of the topic \"{topic}\", got {publish}");
        }
    }

    private static async Task QoS0GetsNoAnswer(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync(topic, 0);
        await publisher.PublishAsync(topic, "x");
        await subscriber.ExpectMessageAsync("x");
        await publisher.PingAsync();
    }

    private static Task QoS1GetsPubAck(CheckContext context) => IsAnswered(context, 1, PacketType.PubAck);

    private static Task QoS2GetsPubRec(CheckContext context) => IsAnswered(context, 2, PacketType.PubRec);

    private static async Task IsAnswered(CheckContext context, int qos, PacketType type)
    {
        string topic = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync(topic, qos);
        foreach (var (name, packetId) in new[] { (topic, 1), ($"{topic}/nobody", 0x1234), (topic, 65_535) })
        {
            await publisher.SendAsync(Exchange.Publish(name, $"{packetId}", qos, packetId));
            var answer = await publisher.ReceiveAsync(type);
            CheckContext.Expect(answer.PacketIdentifier == packetId, $"{type} for {packetId}, got {answer}");
            CheckContext.Expect(Exchange.PublishCodes.Contains(answer.ReasonCode), $"a Reason Code of {type}, got {answer}");
            CheckContext.Expect(answer.ReasonCode < 0x80, $"the message to be accepted, got {answer}");
            if (qos == 2)
            {
                await publisher.SendAsync(Packet.Ack(PacketType.PubRel, packetId));
                await publisher.ReceiveAckAsync(PacketType.PubComp, packetId);
            }
        }

        await subscriber.ExpectMessageAsync("1");
        await subscriber.ExpectMessageAsync("65535");
    }

    private static Task SubscriptionIdentifierIsAnError(CheckContext context) =>
        context.ExpectClosedAfterAsync(Exchange.Publish(CheckContext.NewTopic(), "x", properties: new Properties().VarInt(PropertyId.SubscriptionIdentifier, 1)));
}
