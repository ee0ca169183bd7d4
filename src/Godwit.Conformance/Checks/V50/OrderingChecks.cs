using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>The order of messages (§4.6).</summary>
internal static class OrderingChecks
{
    private const int Count = 30;

    public static readonly Check[] All =
    [
        new(MqttVersion.V50, "order-of-qos0-messages", ["MQTT-4.6.0-5", "MQTT-4.6.0-6"], "QoS 0 messages of one publisher arrive in the order in which they were sent.", context => KeepsOrder(context, 0)),
        new(MqttVersion.V50, "order-of-qos1-messages", ["MQTT-4.6.0-5", "MQTT-4.6.0-6"], "QoS 1 messages of one publisher arrive in the order in which they were sent.", context => KeepsOrder(context, 1)),
        new(MqttVersion.V50, "order-of-qos2-messages", ["MQTT-4.6.0-5", "MQTT-4.6.0-6"], "QoS 2 messages of one publisher arrive in the order in which they were sent.", context => KeepsOrder(context, 2)),
        new(MqttVersion.V50, "order-of-queued-messages", ["MQTT-4.6.0-5", "MQTT-4.6.0-6"], "Messages that waited for their subscriber arrive in the order in which they were sent.", KeepsOrderOfQueued),
    ];

    private static async Task KeepsOrder(CheckContext context, int qos)
    {
        string topic = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync(topic, qos);
        int window = Math.Min(Count, context.Facts.ReceiveMaximum);
        await publisher.SendAsync(Packet.Join(Enumerable.Range(1, window).Select(number => Exchange.Publish(topic, $"{number}", qos, number))));
        for (int number = 1; qos > 0 && number <= window; number++)
        {
            await publisher.ReceiveAckAsync(qos == 1 ? PacketType.PubAck : PacketType.PubRec, number);
        }

        for (int number = 1; qos == 2 && number <= window; number++)
        {
            await publisher.SendAsync(Packet.Ack(PacketType.PubRel, number));
            await publisher.ReceiveAckAsync(PacketType.PubComp, number);
        }

        for (int number = 1; number <= window; number++)
        {
            await subscriber.ExpectMessageAsync($"{number}");
        }
    }

    private static async Task KeepsOrderOfQueued(CheckContext context)
    {
        var (fields, before, publisher, topic) = await context.PersistentPairAsync(1);
        await before.DisconnectAsync();
        for (int number = 1; number <= Count; number++)
        {
            await publisher.PublishAsync(topic, $"{number}", qos: 1);
        }

        var after = await context.ConnectAsync(fields);
        for (int number = 1; number <= Count; number++)
        {
            await after.ExpectMessageAsync($"{number}");
        }
    }
}
