using Godwit.Conformance.Wire;
using static Godwit.Conformance.CheckContext;

namespace Godwit.Conformance.Checks.V311;

/// <summary>Delivery at QoS 0, 1 and 2 in both roles, and the order of messages (§4.3, §4.6).</summary>
internal static class DeliveryChecks
{
    private const MqttVersion Version = MqttVersion.V311;

    public static readonly Check[] All =
    [
        new(Version, "qos-0-message-comes-once", ["MQTT-4.3.1-1"], "A QoS 0 message comes once, with QoS 0 and DUP 0, and is not sent again.", QoS0ComesOnce),
        new(Version, "qos-1-message-comes-with-free-identifier-and-dup-0", ["MQTT-4.3.2-1"], "A QoS 1 message comes with QoS 1, DUP 0 and a free Packet Identifier, and once acknowledged not again.", QoS1Delivery),
        new(Version, "qos-1-identifier-is-free-after-puback", ["MQTT-4.3.2-2"], "After PUBACK a PUBLISH with the same Packet Identifier is a new message, whatever its DUP flag says.", QoS1IdentifierIsFree),
        new(Version, "qos-2-message-goes-through-all-steps", ["MQTT-4.3.3-1", "MQTT-2.3.1-6"], "A QoS 2 message comes with QoS 2 and DUP 0; PUBREC gets PUBREL, and after PUBCOMP nothing more comes.", QoS2Delivery),
        new(Version, "qos-2-messages-have-free-identifiers", ["MQTT-4.3.3-1"], "QoS 2 messages under way have different Packet Identifiers, also those that wait for PUBCOMP.", QoS2FreeIdentifiers),
        new(Version, "qos-2-publish-is-received-in-four-steps", ["MQTT-4.3.3-2"], "PUBLISH of QoS 2 gets PUBREC and PUBREL gets PUBCOMP, exactly, and subscribers get the message once.", QoS2Receipt),
        new(Version, "qos-2-repeat-before-pubrel-is-no-new-message", ["MQTT-4.3.3-2"], "A QoS 2 PUBLISH repeated before PUBREL gets PUBREC again and is delivered once.", QoS2Repeat),
        new(Version, "qos-2-every-repeat-gets-pubrec", ["MQTT-4.3.3-2"], "Any number of repeats of a QoS 2 PUBLISH gets PUBREC, and the message is delivered once.", QoS2EveryRepeat),
        new(Version, "qos-2-identifier-is-free-after-pubcomp", ["MQTT-4.3.3-2"], "After PUBCOMP a PUBLISH with the same Packet Identifier is a new message.", QoS2IdentifierIsFree),
        new(Version, "repeated-pubrel-gets-pubcomp", ["MQTT-4.3.3-2"], "A PUBREL repeated after PUBCOMP gets PUBCOMP again.", RepeatedPubRel),
        new(Version, "messages-come-in-order", ["MQTT-4.6.0-6", "MQTT-4.6.0-5"], "Messages of one publisher to one topic come in their order, for each QoS and for topics that nobody has configured.", MessagesComeInOrder),
        new(Version, "messages-are-sent-again-in-order", ["MQTT-4.6.0-6", "MQTT-4.4.0-1"], "On reconnect, unacknowledged messages come in the order in which they came first.", SentAgainInOrder),
        new(Version, "pubrels-come-in-order-of-pubrecs", ["MQTT-4.6.0-6"], "PUBREL packets of the server come in the order of the PUBREC packets.", PubRelsInOrder),
    ];

    private static async Task QoS0ComesOnce(CheckContext context)
    {
        string topic = NewTopic();
        var subscriber = await Steps.SubscriberAsync(context, topic, 2);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "x");
        var publish = await Steps.ExpectMessageAsync(subscriber, "x");
        Expect(publish.FirstByte == 0x30, $"QoS 0, DUP 0 and RETAIN 0, got {publish}");
        await context.ExpectNothingAsync(subscriber);
    }

    private static async Task QoS1Delivery(CheckContext context)
    {
        string topic = NewTopic();
        var subscriber = await Steps.SubscriberAsync(context, topic, 1);
        var publisher = await context.ConnectAsync();
        HashSet<int> used = [];
        for (int number = 0; number < 5; number++)
        {
            await publisher.PublishAsync(topic, $"{number}", qos: 1, packetId: 9);
            var publish = (await Steps.ExpectPublishesAsync(subscriber, $"{number}"))[0];
            Expect(publish.QoS == 1 && !publish.Dup && used.Add(publish.PacketIdentifier), $"QoS 1, DUP 0 and a Packet Identifier besides {string.Join(", ", used)}, got {publish}");
        }

        foreach (int packetId in used)
        {
            await subscriber.SendAsync(Packet.Ack(PacketType.PubAck, packetId));
        }

        await context.ExpectNothingAsync(subscriber);
    }

    private static async Task QoS1IdentifierIsFree(CheckContext context)
    {
        string topic = NewTopic();
        var subscriber = await Steps.SubscriberAsync(context, topic, 1);
        var publisher = await context.ConnectAsync();
        foreach (var (payload, dup) in new[] { ("1", false), ("2", false), ("3", true) })
        {
            await publisher.SendAsync(Packet.Publish(Version, topic, payload, qos: 1, packetId: 5, dup: dup));
            await publisher.ReceiveAckAsync(PacketType.PubAck, 5);
            await Steps.ExpectMessageAsync(subscriber, payload);
        }
    }

    private static async Task QoS2Delivery(CheckContext context)
    {
        Steps.NeedsQoS2(context);
        string topic = NewTopic();
        var subscriber = await Steps.SubscriberAsync(context, topic, 2);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "x", qos: 2);
        var publish = (await Steps.ExpectPublishesAsync(subscriber, "x"))[0];
        Expect(publish.QoS == 2 && !publish.Dup, $"QoS 2 and DUP 0, got {publish}");
        byte[] identifier = [(byte)(publish.PacketIdentifier >> 8), (byte)publish.PacketIdentifier];
        await subscriber.SendAsync([0x50, 2, .. identifier]);
        await subscriber.ExpectAsync([0x62, 2, .. identifier]);
        await subscriber.SendAsync([0x70, 2, .. identifier]);
        await context.ExpectNothingAsync(subscriber);
    }

    private static async Task QoS2FreeIdentifiers(CheckContext context)
    {
        Steps.NeedsQoS2(context);
        string topic = NewTopic();
        var subscriber = await Steps.SubscriberAsync(context, topic, 2);
        var publisher = await context.ConnectAsync();
        HashSet<int> used = [];
        for (int number = 0; number < 6; number++)
        {
            await publisher.PublishAsync(topic, $"{number}", qos: 2);
            var publish = (await Steps.ExpectPublishesAsync(subscriber, $"{number}"))[0];
            Expect(used.Add(publish.PacketIdentifier), $"a Packet Identifier besides {string.Join(", ", used)}, got {publish}");
            if (number % 2 == 0)
            {
                await subscriber.SendAsync(Packet.Ack(PacketType.PubRec, publish.PacketIdentifier));
                await subscriber.ReceiveAckAsync(PacketType.PubRel, publish.PacketIdentifier);
            }
        }
    }

    private static async Task QoS2Receipt(CheckContext context)
    {
        Steps.NeedsQoS2(context);
        string topic = NewTopic();
        var subscriber = await Steps.SubscriberAsync(context, topic, 2);
        var publisher = await context.ConnectAsync();
        await publisher.SendAsync(Packet.Publish(Version, topic, "x", qos: 2, packetId: 0x0102));
        await publisher.ExpectAsync(0x50, 2, 1, 2);
        await publisher.SendAsync(0x62, 2, 1, 2);
        await publisher.ExpectAsync(0x70, 2, 1, 2);
        await Steps.ExpectMessageAsync(subscriber, "x");
        await context.ExpectNothingAsync(subscriber);
    }

    private static Task QoS2Repeat(CheckContext context) => ExpectRepeatsAsync(context, 1);

    private static Task QoS2EveryRepeat(CheckContext context) => ExpectRepeatsAsync(context, 5);

    private static async Task ExpectRepeatsAsync(CheckContext context, int repeats)
    {
        Steps.NeedsQoS2(context);
        string topic = NewTopic();
        var subscriber = await Steps.SubscriberAsync(context, topic, 2);
        var publisher = await context.ConnectAsync();
        for (int repeat = 0; repeat <= repeats; repeat++)
        {
            await publisher.SendAsync(Packet.Publish(Version, topic, "x", qos: 2, packetId: 7, dup: repeat > 0));
            await publisher.ReceiveAckAsync(PacketType.PubRec, 7);
        }

        await publisher.SendAsync(Packet.Ack(PacketType.PubRel, 7));
        await publisher.ReceiveAckAsync(PacketType.PubComp, 7);
        await Steps.ExpectMessageAsync(subscriber, "x");
        await context.ExpectNothingAsync(subscriber);
    }

    private static async Task QoS2IdentifierIsFree(CheckContext context)
    {
        Steps.NeedsQoS2(context);
        string topic = NewTopic();
        var subscriber = await Steps.SubscriberAsync(context, topic, 2);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "1", qos: 2, packetId: 7);
        await Steps.ExpectMessageAsync(subscriber, "1");
        await publisher.PublishAsync(topic, "2", qos: 2, packetId: 7);
        await Steps.ExpectMessageAsync(subscriber, "2");
    }

    private static async Task RepeatedPubRel(CheckContext context)
    {
        Steps.NeedsQoS2(context);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(NewTopic(), "x", qos: 2, packetId: 7);
        await publisher.SendAsync(Packet.Ack(PacketType.PubRel, 7));
        await publisher.ReceiveAckAsync(PacketType.PubComp, 7);
    }

    private static async Task MessagesComeInOrder(CheckContext context)
    {
        const int Count = 10;
        for (int qos = 0; qos <= context.Facts.MaximumQoS; qos++)
        {
            string topic = NewTopic();
            var subscriber = await Steps.SubscriberAsync(context, topic, qos);
            var publisher = await context.ConnectAsync();

            // A QoS 2 message may be passed on at PUBLISH or at PUBREL: all PUBRELs go out in order, so that both give the same order.
            await publisher.SendAsync(Packet.Join(Enumerable.Range(1, Count).Select(number => Packet.Publish(Version, topic, $"{number}", qos, number))));
            if (qos > 0)
            {
                await publisher.ReceiveAsync(qos == 1 ? PacketType.PubAck : PacketType.PubRec, Count);
            }

            if (qos == 2)
            {
                await publisher.SendAsync(Packet.Join(Enumerable.Range(1, Count).Select(number => Packet.Ack(PacketType.PubRel, number))));
            }

            await Steps.ExpectPublishesAsync(subscriber, [.. Enumerable.Range(1, Count).Select(number => $"{number}")]);
        }
    }

    private static async Task SentAgainInOrder(CheckContext context)
    {
        Steps.NeedsQoS2(context);
        string[] payloads = ["1", "2", "3", "4", "5", "6"];
        for (int qos = 1; qos <= 2; qos++)
        {
            string topic = NewTopic();
            var fields = context.PersistentFields();
            var first = await context.ConnectAsync(fields);
            await first.SubscribeAsync(topic, qos);
            var publisher = await context.ConnectAsync();
            foreach (string payload in payloads)
            {
                await publisher.PublishAsync(topic, payload, qos);
            }

            await Steps.ExpectPublishesAsync(first, payloads);
            first.Abort();
            var second = await context.ConnectAsync(fields);
            await Steps.ExpectPublishesAsync(second, payloads);
        }
    }

    private static async Task PubRelsInOrder(CheckContext context)
    {
        Steps.NeedsQoS2(context);
        string topic = NewTopic();
        var subscriber = await Steps.SubscriberAsync(context, topic, 2);
        var publisher = await context.ConnectAsync();
        string[] payloads = ["1", "2", "3", "4"];
        foreach (string payload in payloads)
        {
            await publisher.PublishAsync(topic, payload, qos: 2);
        }

        int[] packetIds = [.. (await Steps.ExpectPublishesAsync(subscriber, payloads)).Select(publish => publish.PacketIdentifier)];
        await subscriber.SendAsync(Packet.Join(packetIds.Select(packetId => Packet.Ack(PacketType.PubRec, packetId))));
        foreach (int packetId in packetIds)
        {
            await subscriber.ReceiveAckAsync(PacketType.PubRel, packetId);
        }
    }
}
