using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>Receive Maximum in both directions (§3.3.4, §4.9), and acknowledgements within the Maximum Packet Size (§3.4 to §3.11).</summary>
internal static class FlowControlChecks
{
    private const int Window = 2;

    public static readonly Check[] All =
    [
        new(MqttVersion.V50, "flow-stays-within-receive-maximum", ["MQTT-3.3.4-9", "MQTT-4.9.0-1", "MQTT-4.9.0-2"], "QoS 1 messages without PUBACK never outnumber the client's Receive Maximum, and all arrive in the end.", StaysWithinReceiveMaximum),
        new(MqttVersion.V50, "flow-of-qos2-goes-on-at-pubcomp", ["MQTT-3.3.4-9", "MQTT-4.9.0-2"], "A QoS 2 message counts against Receive Maximum until PUBCOMP, or until a PUBREC with a failure.", QoS2GoesOnAtPubComp),
        new(MqttVersion.V50, "flow-holds-back-publish-alone", ["MQTT-3.3.4-10", "MQTT-4.9.0-3"], "With Receive Maximum used up, everything but PUBLISH is sent and answered.", HoldsBackPublishAlone),
        new(MqttVersion.V50, "flow-of-the-publisher", ["MQTT-3.3.4-1"], "The broker takes as many unfinished QoS 2 messages as its Receive Maximum says.", PublisherFillsReceiveMaximum),
        new(MqttVersion.V50, "flow-above-receive-maximum-closes", ["MQTT-4.13.1-1"], "One unfinished QoS 2 message more than the broker's Receive Maximum ends the connection.", AboveReceiveMaximum),
        Fits("puback", ["MQTT-3.4.2-2", "MQTT-3.4.2-3"], async (_, client) =>
        {
            await client.SendAsync(Exchange.Publish(CheckContext.NewTopic(), "x", qos: 1, packetId: 11));
            await client.ReceiveAckAsync(PacketType.PubAck, 11);
        }),
        Fits("pubrec", ["MQTT-3.5.2-2", "MQTT-3.5.2-3"], async (_, client) =>
        {
            await client.SendAsync(Exchange.Publish(CheckContext.NewTopic(), "x", qos: 2, packetId: 11));
            await client.ReceiveAckAsync(PacketType.PubRec, 11);
        }),
        Fits("pubrel", ["MQTT-3.6.2-2", "MQTT-3.6.2-3"], async (context, client) =>
        {
            string topic = CheckContext.NewTopic();
            await client.SubscribeAsync(topic, 2);
            var publisher = await context.ConnectAsync();
            await publisher.PublishAsync(topic, "x", qos: 2);
            await client.ExpectMessageAsync("x");
        }),
        Fits("pubcomp", ["MQTT-3.7.2-2", "MQTT-3.7.2-3"], async (_, client) =>
        {
            await client.SendAsync(Packet.Ack(PacketType.PubRel, 12));
            await client.ReceiveAsync(PacketType.PubComp);
        }),
        Fits("suback", ["MQTT-3.9.2-1", "MQTT-3.9.2-2"], async (_, client) =>
        {
            await client.SendAsync(Exchange.Subscribe(9, CheckContext.NewTopic(), 1));
            await client.ReceiveAsync(PacketType.SubAck);
        }),
        Fits("unsuback", ["MQTT-3.11.2-1", "MQTT-3.11.2-2"], async (_, client) =>
        {
            await client.SendAsync(Packet.Unsubscribe(MqttVersion.V50, 9, CheckContext.NewTopic()));
            await client.ReceiveAsync(PacketType.UnsubAck);
        }),
    ];

    private static async Task StaysWithinReceiveMaximum(CheckContext context)
    {
        const int Count = 6;
        var (subscriber, publisher, topic) = await WindowAsync(context, Window);
        for (int i = 0; i < Count; i++)
        {
            await publisher.PublishAsync(topic, $"{i}", qos: 1);
        }

        Queue<ReceivedPacket> waiting = [];
        for (int acknowledged = 0; acknowledged < Count; acknowledged++)
        {
            foreach (var packet in await context.CollectAsync(subscriber))
            {
                int expected = acknowledged + waiting.Count;
                CheckContext.Expect(packet.Type == PacketType.Publish && packet.Text == $"{expected}", $"message {expected}, got {packet}");
                waiting.Enqueue(packet);
            }

            CheckContext.Expect(waiting.Count <= Window, $"{Window} messages at most that wait for PUBACK, got {waiting.Count}");
            CheckContext.Expect(waiting.Count > 0, $"message {acknowledged} behind the acknowledgements of those before, got nothing");
            await subscriber.SendAsync(Packet.Ack(PacketType.PubAck, waiting.Dequeue().PacketIdentifier));
        }
    }

    private static async Task QoS2GoesOnAtPubComp(CheckContext context)
    {
        var (subscriber, publisher, topic) = await WindowAsync(context, 1);
        for (int i = 1; i <= 3; i++)
        {
            await publisher.PublishAsync(topic, $"{i}", qos: 2);
        }

        var first = await subscriber.ReceiveAsync(PacketType.Publish);
        await subscriber.SendAsync(Packet.Ack(PacketType.PubRec, first.PacketIdentifier));
        await subscriber.ReceiveAckAsync(PacketType.PubRel, first.PacketIdentifier);
        await context.ExpectNothingAsync(subscriber);
        await subscriber.SendAsync(Packet.Ack(PacketType.PubComp, first.PacketIdentifier));
        var second = await subscriber.ReceiveAsync(PacketType.Publish);
        await context.ExpectNothingAsync(subscriber);
        await subscriber.SendAsync(Packet.Ack(PacketType.PubRec, second.PacketIdentifier, 0x83));
        await subscriber.ExpectMessageAsync("3");
    }

    private static async Task HoldsBackPublishAlone(CheckContext context)
    {
        var (subscriber, publisher, topic) = await WindowAsync(context, Window);
        for (int i = 0; i < 4; i++)
        {
            await publisher.PublishAsync(topic, $"{i}", qos: 2);
        }

        var received = await subscriber.ReceiveAsync(PacketType.Publish, Window);
        await subscriber.PingAsync();
        await subscriber.SubscribeAsync(CheckContext.NewTopic(), 1);
        await subscriber.PublishAsync(CheckContext.NewTopic(), "x", qos: 1, packetId: 21);
        await subscriber.PublishAsync(CheckContext.NewTopic(), "x", qos: 2, packetId: 22);
        await subscriber.SendAsync(Packet.Unsubscribe(MqttVersion.V50, 23, CheckContext.NewTopic()));
        await subscriber.ReceiveAsync(PacketType.UnsubAck);
        await subscriber.SendAsync(Packet.Ack(PacketType.PubRec, received[0].PacketIdentifier));
        await subscriber.ReceiveAckAsync(PacketType.PubRel, received[0].PacketIdentifier);
    }

    private static async Task PublisherFillsReceiveMaximum(CheckContext context) => await FillAsync(context);

    private static async Task AboveReceiveMaximum(CheckContext context)
    {
        var publisher = await FillAsync(context);
        int next = context.Facts.ReceiveMaximum + 1;
        await context.ExpectClosedAfterAsync(publisher, Exchange.Publish(CheckContext.NewTopic(), "x", qos: 2, packetId: next), 0x80, 0x82, 0x93);
    }

    /// <summary>A publisher with as many QoS 2 messages that wait for PUBREL as the broker allows.</summary>
    private static async Task<RawMqttClient> FillAsync(CheckContext context)
    {
        context.NeedsQoS(2);
        int maximum = context.Facts.ReceiveMaximum;
        CheckContext.NotApplicableWhen(maximum > 2000, $"Receive Maximum {maximum} is more than a check fills");
        string topic = CheckContext.NewTopic();
        var publisher = await context.ConnectAsync();
        await publisher.SendAsync(Packet.Join(Enumerable.Range(1, maximum).Select(id => Exchange.Publish(topic, "x", qos: 2, packetId: id))));
        for (int id = 1; id <= maximum; id++)
        {
            await publisher.ReceiveAckAsync(PacketType.PubRec, id);
        }

        await publisher.PingAsync();
        return publisher;
    }

    /// <summary>A QoS 2 subscriber with this Receive Maximum, and a publisher to its topic.</summary>
    private static async Task<(RawMqttClient Subscriber, RawMqttClient Publisher, string Topic)> WindowAsync(CheckContext context, int receiveMaximum)
    {
        context.NeedsQoS(2);
        string topic = CheckContext.NewTopic();
        var subscriber = await context.ConnectAsync(context.Fields() with { Properties = new Properties().TwoByte(PropertyId.ReceiveMaximum, receiveMaximum) });
        await subscriber.SubscribeAsync(topic, 2);
        return (subscriber, await context.ConnectAsync(), topic);
    }

    /// <summary>A client whose Maximum Packet Size is hardly more than CONNACK needs gets this acknowledgement.</summary>
    private static Check Fits(string name, string[] statements, Func<CheckContext, RawMqttClient, Task> run) => new(
        MqttVersion.V50,
        $"{name}-fits-maximum-packet-size",
        statements,
        $"{name.ToUpperInvariant()} stays within a Maximum Packet Size that leaves room for the acknowledgement, but none for a Reason String or User Properties.",
        async context =>
        {
            context.NeedsQoS(2);
            var fields = context.Fields();
            var first = await context.ConnectAsync(fields);
            int maximum = Math.Max(32, Size(first.ConnAck));
            await first.DisconnectAsync();
            var client = await context.ConnectAsync(fields with { Properties = new Properties().FourByte(PropertyId.MaximumPacketSize, (uint)maximum) });
            client.MaximumPacketSize = maximum;
            await run(context, client);
        });

    private static int Size(ReceivedPacket packet) => Packet.Frame(packet.FirstByte, packet.Body).Length;
}
