namespace Godwit.EndToEnd.Tests;

/// <summary>Acknowledgements nobody waits for, and the order of those somebody waits for. §4.3, §4.6.</summary>
public sealed class AcknowledgementTests(BrokerCells cells) : EndToEndTest(cells)
{
    private const int PacketIdentifierNotFound = 0x92;
    private const int NoMatchingSubscribers = 0x10;

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Puback_and_pubcomp_for_an_unknown_identifier_are_ignored(BrokerCell cell, MqttVersion version)
    {
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), version);
        await client.SendAsync(Packet.Ack(PacketType.PubAck, 77));
        await client.PingAsync();
        await client.SendAsync(Packet.Ack(PacketType.PubComp, 77));
        await client.PingAsync();
    }

    [Theory, EveryCell(MosquittoDiffers = "disconnects")]
    public async Task Pubrec_for_an_unknown_identifier_gets_pubrel_with_0x92(BrokerCell cell)
    {
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), MqttVersion.V50);
        await client.SendAsync(Packet.Ack(PacketType.PubRec, 0x1234));
        await client.ExpectAsync(0x62, 3, 0x12, 0x34, PacketIdentifierNotFound);
        await client.PingAsync();
    }

    [Theory, EveryCell(MosquittoDiffers = "says success")]
    public async Task Pubrel_for_an_unknown_identifier_gets_pubcomp_with_0x92(BrokerCell cell)
    {
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), MqttVersion.V50);
        await client.SendAsync(Packet.Ack(PacketType.PubRel, 0x1234));
        await client.ExpectAsync(0x70, 3, 0x12, 0x34, PacketIdentifierNotFound);
        await client.PingAsync();
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311)]
    public async Task Pubrel_for_an_unknown_identifier_gets_pubcomp_before_version_5(BrokerCell cell, MqttVersion version)
    {
        // A client that lost the PUBCOMP resends its PUBREL and must get to the end of the exchange. [MQTT-4.3.3-2]
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), version);
        await client.SendAsync(Packet.Ack(PacketType.PubRel, 0x1234));
        await client.ExpectAsync(0x70, 2, 0x12, 0x34);
        await client.PingAsync();
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MosquittoDiffers = "disconnects")]
    public async Task Pubrec_for_an_unknown_identifier_gets_pubrel_before_version_5(BrokerCell cell, MqttVersion version)
    {
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), version);
        await client.SendAsync(Packet.Ack(PacketType.PubRec, 0x1234));
        await client.ExpectAsync(0x62, 2, 0x12, 0x34);
        await client.PingAsync();
    }

    [Theory, EveryCell(MosquittoDiffers = "says so at QoS 1 only")]
    public async Task Message_that_nobody_wants_is_acknowledged_with_0x10(BrokerCell cell)
    {
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), MqttVersion.V50);
        await client.SendAsync(Packet.Publish(MqttVersion.V50, Unique.Name(), "x", qos: 1, packetId: 9));
        await client.ExpectAsync(0x40, 3, 0, 9, NoMatchingSubscribers);
        await client.SendAsync(Packet.Publish(MqttVersion.V50, Unique.Name(), "x", qos: 2, packetId: 9));
        await client.ExpectAsync(0x50, 3, 0, 9, NoMatchingSubscribers);
        await client.SendAsync(Packet.Ack(PacketType.PubRel, 9));
        await client.ExpectAsync(0x70, 2, 0, 9);
    }

    [Theory, EveryCell]
    public async Task Message_that_somebody_wants_is_acknowledged_with_success(BrokerCell cell)
    {
        var broker = await BrokerAsync(cell);
        var topic = Unique.Name();
        await using var subscriber = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await subscriber.SubscribeAsync(topic, 0);
        await using var client = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await client.SendAsync(Packet.Publish(MqttVersion.V50, topic, "x", qos: 1, packetId: 9));
        await client.ExpectAsync(0x40, 2, 0, 9);
        await client.SendAsync(Packet.Publish(MqttVersion.V50, topic, "x", qos: 2, packetId: 9));
        await client.ExpectAsync(0x50, 2, 0, 9);
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311)]
    public async Task Acknowledgements_before_version_5_carry_no_reason(BrokerCell cell, MqttVersion version)
    {
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), version);
        await client.SendAsync(Packet.Publish(version, Unique.Name(), "x", qos: 1, packetId: 9));
        await client.ExpectAsync(0x40, 2, 0, 9);
        await client.SendAsync(Packet.Publish(version, Unique.Name(), "x", qos: 2, packetId: 0xFFFF));
        await client.ExpectAsync(0x50, 2, 0xFF, 0xFF);
        await client.SendAsync(Packet.Ack(PacketType.PubRel, 0xFFFF));
        await client.ExpectAsync(0x70, 2, 0xFF, 0xFF);
    }

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50)]
    public async Task Acknowledgements_leave_in_the_order_in_which_their_packets_came(BrokerCell cell, MqttVersion version)
    {
        // [MQTT-4.6.0-2], [MQTT-4.6.0-3], [MQTT-4.6.0-4]
        const int Rounds = 6;
        var broker = await BrokerAsync(cell);
        var topic = Unique.Name();
        await using var subscriber = await RawMqttClient.ConnectAsync(broker, version);
        await subscriber.SubscribeAsync(topic, 0);
        await using var client = await RawMqttClient.ConnectAsync(broker, version);
        List<byte[]> sent = [];
        List<(PacketType, int)> expected = [];
        for (var round = 0; round < Rounds; round++)
        {
            // Some go somewhere, some nowhere; a subscription and a ping stand between them.
            var id = (round * 10) + 1;
            sent.Add(Packet.Publish(version, topic, "a", qos: 1, packetId: id));
            sent.Add(Packet.Publish(version, topic, "b", qos: 2, packetId: id + 1));
            sent.Add(Packet.Publish(version, "nowhere" + topic, "c", qos: 1, packetId: id + 2));
            sent.Add(Packet.Publish(version, "nowhere" + topic, "d", qos: 2, packetId: id + 3));
            sent.Add(Packet.Subscribe(version, id + 4, "other" + topic, 1));
            sent.Add(Packet.Ack(PacketType.PubRel, id + 3));
            expected.AddRange(
                (PacketType.PubAck, id), (PacketType.PubRec, id + 1), (PacketType.PubAck, id + 2), (PacketType.PubRec, id + 3), (PacketType.SubAck, id + 4), (PacketType.PubComp, id + 3));
        }

        await client.SendAsync(Packet.Join(sent));
        List<(PacketType, int)> received = [];
        while (received.Count < expected.Count)
        {
            var packet = await client.ReceiveAsync();
            received.Add((packet.Type, packet.PacketIdentifier));
        }

        // The standard orders PUBACKs, PUBRECs and PUBRELs each among themselves; ours keeps one order for all.
        if (TestBroker.IsMosquitto)
        {
            expected = [.. expected.OrderBy(entry => entry.Item1)];
            received = [.. received.OrderBy(entry => entry.Item1)];
        }

        Assert.Equal(expected, received);
    }
}
