namespace Godwit.EndToEnd.Tests;

/// <summary>Receive Maximum and Maximum Packet Size, both ways. §3.1.2.11.3, §3.2.2.3.3, §4.9.</summary>
public sealed class FlowControlTests(BrokerCells cells) : EndToEndTest(cells)
{
    private const int ReceiveMaximumExceeded = 0x93;

    [Theory, EveryCell(MosquittoDiffers = "answers PUBREC 0x97")]
    public async Task Publisher_that_exceeds_the_receive_maximum_is_disconnected(BrokerCell cell)
    {
        // [MQTT-3.3.4-7]
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), MqttVersion.V50);
        var maximum = (int)client.ConnAck.Number(PropertyId.ReceiveMaximum, absent: 65_535);
        Assert.InRange(maximum, 1, 65_534);
        var topic = Unique.Name();
        await client.SendAsync(Packet.Join(Enumerable.Range(1, maximum).Select(id => Packet.Publish(MqttVersion.V50, topic, "x", qos: 2, packetId: id))));
        var received = await client.ReceiveAsync(PacketType.PubRec, maximum);
        Assert.Equal(Enumerable.Range(1, maximum), received.Select(packet => packet.PacketIdentifier));
        await client.PingAsync();

        await client.SendAsync(Packet.Publish(MqttVersion.V50, topic, "x", qos: 2, packetId: maximum + 1));
        await client.ExpectDisconnectAsync(ReceiveMaximumExceeded);
    }

    [Theory, EveryCell]
    public async Task Completed_exchanges_make_room_in_the_receive_maximum(BrokerCell cell)
    {
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), MqttVersion.V50);
        var maximum = (int)client.ConnAck.Number(PropertyId.ReceiveMaximum, absent: 65_535);
        var topic = Unique.Name();
        for (var id = 1; id <= maximum + 5; id++)
        {
            await client.SendAsync(Packet.Publish(MqttVersion.V50, topic, "x", qos: 2, packetId: id));
            await client.ReceiveAckAsync(PacketType.PubRec, id);
            await client.SendAsync(Packet.Ack(PacketType.PubRel, id));
            await client.ReceiveAckAsync(PacketType.PubComp, id);
        }
    }

    [Theory, EveryCell(MosquittoDiffers = "sends one more than the window after an acknowledgement")]
    public async Task Subscriber_never_has_more_unacknowledged_messages_than_its_receive_maximum(BrokerCell cell)
    {
        // [MQTT-3.3.4-9]: and nothing but PUBLISH above QoS 0 waits for room.
        const int Window = 2;
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var subscriber = await ConnectWithWindowAsync(broker, Window);
        await subscriber.SubscribeAsync(topic, 1);
        await subscriber.SubscribeAsync("free" + topic, 0);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        for (var number = 1; number <= 6; number++)
        {
            await publisher.PublishAsync(topic, $"{number}", qos: 1);
        }

        await publisher.PublishAsync("free" + topic, "free");
        var window = new Queue<ReceivedPacket>(await subscriber.ReceiveAsync(PacketType.Publish, Window));
        Assert.Equal(["1", "2"], window.Select(publish => publish.Text));
        Assert.Equal("free", (await subscriber.ReceiveAsync(PacketType.Publish)).Text);
        for (var number = 3; number <= 6; number++)
        {
            await subscriber.PingAsync();
            await subscriber.SendAsync(Packet.Ack(PacketType.PubAck, window.Dequeue().PacketIdentifier));
            var next = await subscriber.ReceiveAsync(PacketType.Publish);
            Assert.Equal($"{number}", next.Text);
            Assert.DoesNotContain(next.PacketIdentifier, window.Select(publish => publish.PacketIdentifier)); // [MQTT-2.2.1-4]
            window.Enqueue(next);
        }
    }

    [Theory, EveryCell]
    public async Task Window_of_a_qos2_message_opens_at_pubcomp_or_at_a_refusing_pubrec(BrokerCell cell)
    {
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var subscriber = await ConnectWithWindowAsync(broker, 1);
        await subscriber.SubscribeAsync(topic, 2);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await publisher.PublishAsync(topic, "1", qos: 2);
        await publisher.PublishAsync(topic, "2", qos: 2);
        await publisher.PublishAsync(topic, "3", qos: 2);

        var first = await subscriber.ReceiveAsync(PacketType.Publish);
        await subscriber.SendAsync(Packet.Ack(PacketType.PubRec, first.PacketIdentifier));
        await subscriber.ReceiveAckAsync(PacketType.PubRel, first.PacketIdentifier);
        await subscriber.PingAsync();
        await subscriber.SendAsync(Packet.Ack(PacketType.PubComp, first.PacketIdentifier));

        var second = await subscriber.ReceiveAsync(PacketType.Publish);
        Assert.Equal("2", second.Text);
        await subscriber.SendAsync(Packet.Ack(PacketType.PubRec, second.PacketIdentifier, 0x83));

        // No PUBREL for what was refused (§4.3.3): the next packet is the next message.
        Assert.Equal("3", (await subscriber.ReceivePublishAsync()).Text);
    }

    [Theory, EveryCell]
    public async Task Message_larger_than_the_subscriber_allows_is_left_out(BrokerCell cell)
    {
        // [MQTT-3.1.2-24], [MQTT-3.1.2-25]
        const int Limit = 120;
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var subscriber = await RawMqttClient.ConnectAsync(
            broker,
            new ConnectFields { ClientId = Unique.Name("c"), Properties = new Properties().FourByte(PropertyId.MaximumPacketSize, Limit) });
        await subscriber.SubscribeAsync(topic, 1);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        var fitting = new string('f', Limit - Packet.Publish(MqttVersion.V50, topic, "", qos: 1, packetId: 1).Length);
        await publisher.PublishAsync(topic, fitting + "x", qos: 0);
        await publisher.PublishAsync(topic, fitting + "xx", qos: 1);
        await publisher.PublishAsync(topic, fitting + new string('x', 500), qos: 1);
        await publisher.PublishAsync(topic, fitting, qos: 1);

        // At QoS 0 there is no identifier, so two bytes more fit.
        Assert.Equal(fitting + "x", (await subscriber.ReceivePublishAsync()).Text);
        var largest = await subscriber.ReceivePublishAsync();
        Assert.Equal(fitting, largest.Text);
        Assert.Equal(Limit, Packet.Frame(largest.FirstByte, largest.Body).Length);
    }

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50)]
    public async Task Message_of_200_kilobytes_passes_whole(BrokerCell cell, MqttVersion version)
    {
        var topic = Unique.Name();
        var payload = new byte[200 * 1024];
        for (var index = 0; index < payload.Length; index++)
        {
            payload[index] = (byte)(index * 31 >> 3);
        }

        var broker = await BrokerAsync(cell);
        await using var subscriber = await RawMqttClient.ConnectAsync(broker, version);
        await subscriber.SubscribeAsync(topic, 2);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, version);
        for (var qos = 0; qos <= 2; qos++)
        {
            await publisher.SendAsync(Packet.Publish(version, topic, payload, qos, packetId: 5));
            if (qos == 1)
            {
                await publisher.ReceiveAckAsync(PacketType.PubAck, 5);
            }
            else if (qos == 2)
            {
                await publisher.ReceiveAckAsync(PacketType.PubRec, 5);
                await publisher.SendAsync(Packet.Ack(PacketType.PubRel, 5));
                await publisher.ReceiveAckAsync(PacketType.PubComp, 5);
            }

            var publish = await subscriber.ReceivePublishAsync();
            Assert.Equal(qos, publish.QoS);
            Assert.True(payload.AsSpan().SequenceEqual(publish.Payload));
        }
    }

    private static Task<RawMqttClient> ConnectWithWindowAsync(BrokerProcess broker, int window) =>
        RawMqttClient.ConnectAsync(broker, new ConnectFields { ClientId = Unique.Name("c"), Properties = new Properties().TwoByte(PropertyId.ReceiveMaximum, window) });
}
