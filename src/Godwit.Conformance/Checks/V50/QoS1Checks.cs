using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>QoS 1 in both directions, and what a reconnect sends again (§4.3.2, §4.4, §4.5).</summary>
internal static class QoS1Checks
{
    public static readonly Check[] All =
    [
        new(MqttVersion.V50, "qos-packet-identifiers-are-free-ones", ["MQTT-4.3.2-1", "MQTT-4.3.3-1"], "Messages of QoS 1 and 2 that wait for their acknowledgements have a Packet Identifier each.", PacketIdentifiersAreFree),
        new(MqttVersion.V50, "qos-first-delivery", ["MQTT-4.3.2-2", "MQTT-4.3.3-2"], "The first PUBLISH of a message has its QoS, a Packet Identifier and DUP 0.", FirstDelivery),
        new(MqttVersion.V50, "qos1-waits-for-its-puback", ["MQTT-4.3.2-3", "MQTT-4.4.0-1"], "A QoS 1 message whose PUBACK has not come is sent again after a reconnect with its Packet Identifier; one that was acknowledged is not.", WaitsForPubAck),
        new(MqttVersion.V50, "qos1-identifier-is-new-after-puback", ["MQTT-4.3.2-5"], "Behind a PUBACK, a PUBLISH with the same Packet Identifier is a new message, also with DUP 1.", NewAfterPubAck),
        new(MqttVersion.V50, "unacknowledged-messages-wait-for-a-reconnect", ["MQTT-4.4.0-1"], "While the connection stands, nothing is sent again: neither PUBLISH nor PUBREL.", NothingAgainWhileConnected),
        new(MqttVersion.V50, "failing-puback-settles-its-message", ["MQTT-4.4.0-2", "MQTT-3.4.2-1"], "A message that was answered by PUBACK with a failure is not sent again.", FailingPubAckSettles),
        new(MqttVersion.V50, "message-reaches-every-subscriber", ["MQTT-4.5.0-1"], "A message reaches every session with a matching subscription, connected or not.", ReachesEverySubscriber),
    ];

    private static async Task PacketIdentifiersAreFree(CheckContext context)
    {
        const int Count = 20;
        string topic = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync(topic, 2);
        for (int i = 0; i < Count; i++)
        {
            await publisher.PublishAsync(topic, $"{i}", qos: 1 + (i % 2));
        }

        var received = await subscriber.ReceiveAsync(PacketType.Publish, Count);
        var identifiers = received.Select(publish => publish.PacketIdentifier);
        CheckContext.Expect(identifiers.Distinct().Count() == Count, $"{Count} different Packet Identifiers, got {string.Join(", ", identifiers)}");

        // One that is free again may be taken again, but none of the others.
        await subscriber.SendAsync(Packet.Ack(PacketType.PubAck, received.First(publish => publish.QoS == 1).PacketIdentifier));
        await publisher.PublishAsync(topic, "next", qos: 1);
        var next = await subscriber.ReceiveAsync(PacketType.Publish);
        CheckContext.Expect(!identifiers.Skip(1).Contains(next.PacketIdentifier), $"a Packet Identifier that is not in use, got {next}");
    }

    private static async Task FirstDelivery(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync(topic, 2);
        for (int qos = 1; qos <= 2; qos++)
        {
            await publisher.PublishAsync(topic, $"{qos}", qos);
            var publish = await subscriber.ExpectMessageAsync($"{qos}");
            CheckContext.Expect(publish.QoS == qos && !publish.Dup && publish.PacketIdentifier != 0, $"QoS {qos}, DUP 0 and a Packet Identifier, got {publish}");
        }
    }

    private static async Task WaitsForPubAck(CheckContext context)
    {
        var (fields, before, publisher, topic) = await context.PersistentPairAsync(1);
        await publisher.PublishAsync(topic, "acknowledged", qos: 1);
        await publisher.PublishAsync(topic, "not acknowledged", qos: 1);
        await before.ExpectMessageAsync("acknowledged");
        var first = await before.ReceiveAsync(PacketType.Publish);
        await before.PingAsync();
        before.Abort();
        var after = await context.ConnectAsync(fields);
        var again = await after.ExpectMessageAsync("not acknowledged");
        CheckContext.Expect(again.PacketIdentifier == first.PacketIdentifier && again.QoS == 1, $"QoS 1 and the Packet Identifier {first.PacketIdentifier}, got {again}");
        await after.DisconnectAsync();
        var last = await context.ConnectAsync(fields);
        await context.ExpectNothingAsync(last);
    }

    private static async Task NewAfterPubAck(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync(topic, 1);
        for (int i = 0; i < 3; i++)
        {
            await publisher.SendAsync(Exchange.Publish(topic, $"{i}", qos: 1, packetId: 11, dup: i > 0));
            await publisher.ReceiveAckAsync(PacketType.PubAck, 11);
            await subscriber.ExpectMessageAsync($"{i}");
        }
    }

    private static async Task NothingAgainWhileConnected(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync(topic, 2);
        await publisher.PublishAsync(topic, "1", qos: 1);
        await publisher.PublishAsync(topic, "2", qos: 2);
        await publisher.PublishAsync(topic, "3", qos: 2);
        var received = await subscriber.ReceiveAsync(PacketType.Publish, 3);
        await subscriber.SendAsync(Packet.Ack(PacketType.PubRec, received[2].PacketIdentifier));
        await subscriber.ReceiveAckAsync(PacketType.PubRel, received[2].PacketIdentifier);
        await Task.Delay(1200);
        await subscriber.PingAsync();
    }

    private static async Task FailingPubAckSettles(CheckContext context)
    {
        var (fields, before, publisher, topic) = await context.PersistentPairAsync(1);
        foreach (int code in new[] { 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99 })
        {
            await publisher.PublishAsync(topic, $"{code}", qos: 1);
            var publish = await before.ReceiveAsync(PacketType.Publish);
            CheckContext.Expect(publish.Text == $"{code}", $"the message \"{code}\", got {publish}");
            await before.SendAsync(Packet.Ack(PacketType.PubAck, publish.PacketIdentifier, code));
        }

        await context.ExpectNothingAsync(before);
        before.Abort();
        await context.ExpectNothingAsync(await context.ConnectAsync(fields));
    }

    private static async Task ReachesEverySubscriber(CheckContext context)
    {
        var (fields, sleeping, publisher, topic) = await context.PersistentPairAsync(1);
        await sleeping.DisconnectAsync();
        var first = await context.ConnectAsync();
        await first.SubscribeAsync(topic, 1);
        var second = await context.ConnectAsync();
        await second.SubscribeAsync(topic, 0);
        await publisher.PublishAsync(topic, "x", qos: 1);
        await first.ExpectMessageAsync("x");
        await second.ExpectMessageAsync("x");
        var awake = await context.ConnectAsync(fields);
        await awake.ExpectMessageAsync("x");
    }
}
