namespace Godwit.EndToEnd.Tests;

/// <summary>The QoS 2 exchange in both roles, byte by byte. §4.3.3.</summary>
public sealed class QoS2Tests(BrokerCells cells) : EndToEndTest(cells)
{
    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Exchange_runs_in_both_roles_with_identifiers_of_their_own(BrokerCell cell, MqttVersion version)
    {
        // One connection, both roles: the same number may be in use in each direction.
        var topic = Unique.Name();
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), version);
        await client.SubscribeAsync(topic, 2);
        await client.SendAsync(Packet.Publish(version, topic, "x", qos: 2, packetId: 1));

        // The standard lets the delivery begin before or after PUBREL (§4.3.3, methods A and B).
        List<PacketType> asReceiver = [], asSender = [];
        var identifier = 0;
        while (asReceiver.Count < 2 || asSender.Count < 2)
        {
            var packet = await client.ReceiveAsync();
            switch (packet.Type)
            {
                case PacketType.PubRec:
                    Assert.Equal(Packet.Ack(PacketType.PubRec, 1), Packet.Frame(packet.FirstByte, packet.Body));
                    await client.SendAsync(Packet.Ack(PacketType.PubRel, 1));
                    asSender.Add(packet.Type);
                    break;
                case PacketType.PubComp:
                    Assert.Equal(Packet.Ack(PacketType.PubComp, 1), Packet.Frame(packet.FirstByte, packet.Body));
                    asSender.Add(packet.Type);
                    break;
                case PacketType.Publish:
                    Assert.Equal((2, false, false), (packet.QoS, packet.Dup, packet.Retain));
                    identifier = packet.PacketIdentifier;
                    await client.SendAsync(Packet.Ack(PacketType.PubRec, identifier));
                    asReceiver.Add(packet.Type);
                    break;
                default:
                    Assert.Equal(Packet.Ack(PacketType.PubRel, identifier), Packet.Frame(packet.FirstByte, packet.Body));
                    await client.SendAsync(Packet.Ack(PacketType.PubComp, identifier));
                    asReceiver.Add(packet.Type);
                    break;
            }
        }

        Assert.Equal([PacketType.PubRec, PacketType.PubComp], asSender);
        Assert.Equal([PacketType.Publish, PacketType.PubRel], asReceiver);
        await client.PingAsync();
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Publish_resent_before_pubrel_is_acknowledged_again_and_delivered_once(BrokerCell cell, MqttVersion version)
    {
        // [MQTT-4.3.3-10]
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var subscriber = await RawMqttClient.ConnectAsync(broker, version);
        await subscriber.SubscribeAsync(topic, 2);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, version);
        await publisher.SendAsync(Packet.Publish(version, topic, "once", qos: 2, packetId: 7));
        await publisher.ReceiveAckAsync(PacketType.PubRec, 7);
        await publisher.SendAsync(Packet.Publish(version, topic, "once", qos: 2, packetId: 7, dup: true));
        await publisher.ReceiveAckAsync(PacketType.PubRec, 7);
        await publisher.SendAsync(Packet.Ack(PacketType.PubRel, 7));
        await publisher.ReceiveAckAsync(PacketType.PubComp, 7);

        // After PUBREL the same identifier is a new message.
        await publisher.PublishAsync(topic, "again", qos: 2, packetId: 7);
        Assert.Equal("once", (await subscriber.ReceivePublishAsync()).Text);
        Assert.Equal("again", (await subscriber.ReceivePublishAsync()).Text);
    }

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50)]
    public async Task Dup_flag_of_the_publisher_is_not_passed_on(BrokerCell cell, MqttVersion version)
    {
        // [MQTT-3.3.1-3]
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var subscriber = await RawMqttClient.ConnectAsync(broker, version);
        await subscriber.SubscribeAsync(topic, 2);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, version);
        await publisher.SendAsync(Packet.Publish(version, topic, "1", qos: 1, packetId: 3, dup: true));
        await publisher.ReceiveAckAsync(PacketType.PubAck, 3);
        await publisher.SendAsync(Packet.Publish(version, topic, "2", qos: 2, packetId: 4, dup: true));
        await publisher.ReceiveAckAsync(PacketType.PubRec, 4);
        await publisher.SendAsync(Packet.Ack(PacketType.PubRel, 4));
        Assert.False((await subscriber.ReceivePublishAsync()).Dup);
        Assert.False((await subscriber.ReceivePublishAsync()).Dup);
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Exchange_of_a_publisher_goes_on_after_a_reconnect_without_a_second_delivery(BrokerCell cell, MqttVersion version)
    {
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        var fields = new ConnectFields { Version = version, ClientId = Unique.Name("c"), CleanStart = false, SessionExpiry = 60 };
        await using var subscriber = await RawMqttClient.ConnectAsync(broker, version);
        await subscriber.SubscribeAsync(topic, 2);
        await using (var publisher = await RawMqttClient.ConnectAsync(broker, fields))
        {
            await publisher.SendAsync(Packet.Publish(version, topic, "1", qos: 2, packetId: 7));
            await publisher.ReceiveAckAsync(PacketType.PubRec, 7);
            publisher.Abort();
        }

        await using (var publisher = await RawMqttClient.ConnectAsync(broker, fields))
        {
            Assert.Equal(version != MqttVersion.V31, publisher.ConnAck.SessionPresent);
            await publisher.SendAsync(Packet.Publish(version, topic, "1", qos: 2, packetId: 7, dup: true));
            await publisher.ReceiveAckAsync(PacketType.PubRec, 7);
            await publisher.SendAsync(Packet.Ack(PacketType.PubRel, 7));
            await publisher.ReceiveAckAsync(PacketType.PubComp, 7);
            await publisher.PublishAsync(topic, "2", qos: 2, packetId: 8);
            await publisher.SendAsync(Packet.Disconnect(version));
        }

        Assert.Equal("1", (await subscriber.ReceivePublishAsync()).Text);
        Assert.Equal("2", (await subscriber.ReceivePublishAsync()).Text);
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Qos_of_a_delivery_is_the_lower_of_publish_and_grant(BrokerCell cell, MqttVersion version)
    {
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, version);
        for (var granted = 0; granted <= 2; granted++)
        {
            await using var subscriber = await RawMqttClient.ConnectAsync(broker, version);
            await subscriber.SubscribeAsync(topic, granted);
            for (var qos = 0; qos <= 2; qos++)
            {
                await publisher.PublishAsync(topic, "x", qos);
                Assert.Equal(Math.Min(qos, granted), (await subscriber.ReceivePublishAsync()).QoS);
            }
        }
    }
}
