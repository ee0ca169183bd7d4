using Godwit.Conformance.Wire;
using static Godwit.Conformance.CheckContext;

namespace Godwit.Conformance.Checks.V311;

/// <summary>PUBLISH: DUP, QoS, Topic Name, answers (§3.3, without RETAIN).</summary>
internal static class PublishChecks
{
    private const MqttVersion Version = MqttVersion.V311;

    public static readonly Check[] All =
    [
        Steps.Closes("qos-0-with-dup-closes", ["MQTT-3.3.1-2"], "A PUBLISH with QoS 0 and DUP 1 ends its connection.", () => Packet.Publish(Version, NewTopic(), "x", dup: true)),
        new(Version, "qos-0-comes-with-dup-0", ["MQTT-3.3.1-2", "MQTT-4.3.1-1"], "What is delivered at QoS 0 has QoS 0 and DUP 0, whatever the publisher's packet had.", QoS0ComesWithDup0),
        new(Version, "dup-is-not-passed-on", ["MQTT-3.3.1-3"], "A first delivery has DUP 0, even if the publisher sent DUP 1.", DupIsNotPassedOn),
        Steps.Closes("qos-3-closes", ["MQTT-3.3.1-4"], "A PUBLISH with QoS 3 ends its connection.", () => Packet.Publish(Version, NewTopic(), "x", qos: 3, packetId: 1)),
        Steps.Closes(
            "topic-name-cut-short-closes", ["MQTT-3.3.2-1", "MQTT-4.8.0-1"], "A PUBLISH that ends within its Topic Name, or before it, ends its connection.", () => [0x30, 4, 0, 9, (byte)'a', (byte)'b'], () => [0x30, 0], () => [0x30, 1, 0]),
        Steps.Closes(
            "wildcard-in-topic-name-closes",
            ["MQTT-3.3.2-2", "MQTT-4.7.1-1"],
            "A PUBLISH whose Topic Name has a wildcard ends its connection.",
            () => Packet.Publish(Version, $"{NewTopic()}/+", "x"),
            () => Packet.Publish(Version, $"{NewTopic()}/#", "x", qos: 1, packetId: 1),
            () => Packet.Publish(Version, $"{NewTopic()}#", "x")),
        new(Version, "topic-name-fits-filter", ["MQTT-3.3.2-3", "MQTT-3.3.2-1"], "What a filter with wildcards brings has the Topic Name that it was published to.", TopicNameFitsFilter),
        new(Version, "answer-follows-qos", ["MQTT-3.3.4-1"], "A PUBLISH gets nothing at QoS 0, PUBACK at QoS 1 and PUBREC at QoS 2.", AnswerFollowsQoS),
        new(Version, "overlapping-subscriptions-bring-highest-qos", ["MQTT-3.3.5-1"], "A message that matches several subscriptions of a client comes at the highest QoS of them, at most once for each.", OverlappingSubscriptions),
        new(Version, "publish-is-acknowledged-or-ends-connection", ["MQTT-3.3.5-2"], "A PUBLISH to a topic that a server may keep for itself ($SYS) is acknowledged as its QoS demands, or ends the connection.", PublishIsAcknowledgedOrCloses),
        Steps.Closes(
            "pubrel-with-wrong-flags-closes", ["MQTT-3.6.1-1", "MQTT-2.2.2-2"], "A PUBREL whose flags are not 0010 ends its connection.", [.. new[] { 0, 3, 6, 10 }.Select<int, Func<byte[]>>(flags => () => Steps.WithFlags(Packet.Ack(PacketType.PubRel, 1), flags))]),
        Steps.Closes(
            "server-packets-from-client-close",
            ["MQTT-4.8.0-1"],
            "CONNACK, SUBACK, UNSUBACK and PINGRESP, which only a server may send, and the forbidden packet types 0 and 15 end their connection.",
            () => [0x20, 2, 0, 0],
            () => [0x90, 3, 0, 1, 0],
            () => [0xB0, 2, 0, 1],
            () => [0xD0, 0],
            () => [0x00, 0],
            () => [0xF0, 0]),
        Steps.Closes(
            "malformed-length-closes",
            ["MQTT-4.8.0-1"],
            "A Remaining Length of five bytes and a PUBACK of one byte end their connection.",
            () => [0xC0, 0x80, 0x80, 0x80, 0x80, 0x01],
            () => [0x40, 1, 0]),
        Steps.Closes("pingreq-with-body-closes", ["MQTT-4.8.0-1"], "A PINGREQ with a body, which it never has, ends its connection.", () => [0xC0, 1, 0]),
    ];

    private static async Task QoS0ComesWithDup0(CheckContext context)
    {
        string topic = NewTopic();
        var subscriber = await Steps.SubscriberAsync(context, topic, 0);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "1");
        await publisher.SendAsync(Packet.Publish(Version, topic, "2", qos: 1, packetId: 1, dup: true));
        await publisher.ReceiveAckAsync(PacketType.PubAck, 1);
        foreach (string payload in new[] { "1", "2" })
        {
            // QoS 0 with DUP 1 does not come through the reader.
            var publish = await Steps.ExpectMessageAsync(subscriber, payload);
            Expect(publish.FirstByte == 0x30, $"QoS 0 and DUP 0, got {publish}");
        }
    }

    private static async Task DupIsNotPassedOn(CheckContext context)
    {
        Steps.NeedsQoS2(context);
        string topic = NewTopic();
        var subscriber = await Steps.SubscriberAsync(context, topic, 2);
        var publisher = await context.ConnectAsync();
        await publisher.SendAsync(Packet.Publish(Version, topic, "1", qos: 1, packetId: 1, dup: true));
        await publisher.ReceiveAckAsync(PacketType.PubAck, 1);
        await publisher.SendAsync(Packet.Publish(Version, topic, "2", qos: 2, packetId: 2, dup: true));
        await publisher.ReceiveAckAsync(PacketType.PubRec, 2);
        await publisher.SendAsync(Packet.Ack(PacketType.PubRel, 2));
        foreach (string payload in new[] { "1", "2" })
        {
            var publish = await Steps.ExpectMessageAsync(subscriber, payload);
            Expect(!publish.Dup, $"DUP 0, got {publish}");
        }
    }

    private static async Task TopicNameFitsFilter(CheckContext context)
    {
        string root = NewTopic();
        var subscriber = await Steps.SubscriberAsync(context, $"{root}/+/c/#", 0);
        var publisher = await context.ConnectAsync();
        foreach (string topic in new[] { $"{root}/b/c", $"{root}/x/c/d/e", $"{root}//c/" })
        {
            await publisher.PublishAsync(topic, "x");
            var publish = await Steps.ExpectMessageAsync(subscriber, "x");
            Expect(publish.Topic == topic, $"topic {topic}, got {publish}");
        }
    }

    private static async Task AnswerFollowsQoS(CheckContext context)
    {
        var publisher = await context.ConnectAsync();
        await publisher.SendAsync(Packet.Publish(Version, NewTopic(), "x"));
        await publisher.PingAsync();
        await publisher.SendAsync(Packet.Publish(Version, NewTopic(), "x", qos: 1, packetId: 0x1234));
        await publisher.ExpectAsync(0x40, 2, 0x12, 0x34);
        if (context.Facts.MaximumQoS == 2)
        {
            await publisher.SendAsync(Packet.Publish(Version, NewTopic(), "x", qos: 2, packetId: 0x4321));
            await publisher.ExpectAsync(0x50, 2, 0x43, 0x21);
        }

        await publisher.PingAsync();
    }

    private static async Task OverlappingSubscriptions(CheckContext context)
    {
        Steps.NeedsQoS2(context);
        string root = NewTopic();
        var subscriber = await Steps.SubscriberAsync(context, $"{root}/#", 0);
        await subscriber.SubscribeAsync($"{root}/a", 2);
        await subscriber.SubscribeAsync($"{root}/+", 1);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync($"{root}/a", "x", qos: 2);
        await Task.Delay(context.Quiet);
        var copies = (await subscriber.PingAndCollectAsync()).Select(packet => packet.QoS).Order().ToArray();
        Expect(copies.Length is >= 1 and <= 3 && copies[^1] == 2, $"one copy at QoS 2, perhaps others for the other two subscriptions, got QoS {string.Join(", ", copies)}");
    }

    private static async Task PublishIsAcknowledgedOrCloses(CheckContext context)
    {
        string topic = $"$SYS/{NewTopic()}";
        for (int qos = 1; qos <= context.Facts.MaximumQoS; qos++)
        {
            var publisher = await context.ConnectAsync();
            await publisher.SendAsync(Packet.Publish(Version, topic, "x", qos, packetId: 5));
            if (await publisher.TryReceiveAsync() is { } answer)
            {
                Expect(
                    answer.Type == (qos == 1 ? PacketType.PubAck : PacketType.PubRec) && answer.PacketIdentifier == 5,
                    $"the acknowledgement of QoS {qos} or the end of the connection, got {answer}");
            }
        }
    }
}
