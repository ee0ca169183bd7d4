namespace Godwit.EndToEnd.Tests;

/// <summary>Packets do not care how TCP cuts them. §4.2.</summary>
public sealed class FramingTests(BrokerCells cells) : EndToEndTest(cells)
{
    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Conversation_sent_byte_by_byte_is_understood(BrokerCell cell, MqttVersion version)
    {
        var topic = Unique.Name();
        await using var client = await RawMqttClient.OpenAsync(await BrokerAsync(cell), version);
        foreach (var value in Conversation(version, topic))
        {
            await client.SendAsync([value]);
        }

        await ExpectAnswersAsync(client, topic);
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Conversation_sent_in_one_write_is_understood(BrokerCell cell, MqttVersion version)
    {
        var topic = Unique.Name();
        await using var client = await RawMqttClient.OpenAsync(await BrokerAsync(cell), version);
        await client.SendAsync(Conversation(version, topic));
        await ExpectAnswersAsync(client, topic);
    }

    [Theory, EveryCell(MqttVersion.V311)]
    public async Task Conversation_cut_in_two_at_any_byte_is_understood(BrokerCell cell, MqttVersion version)
    {
        var broker = await BrokerAsync(cell);
        var length = Conversation(version, Unique.Name()).Length;
        for (var cut = 1; cut < length; cut++)
        {
            var topic = Unique.Name();
            var conversation = Conversation(version, topic);
            await using var client = await RawMqttClient.OpenAsync(broker, version);
            await client.SendAsync(conversation[..Math.Min(cut, conversation.Length)]);
            await client.SendAsync(conversation[Math.Min(cut, conversation.Length)..]);
            await ExpectAnswersAsync(client, topic);
        }
    }

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50)]
    public async Task Thousand_packets_in_one_write_are_all_answered_in_order(BrokerCell cell, MqttVersion version)
    {
        const int Count = 1000;
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var subscriber = await RawMqttClient.ConnectAsync(broker, version);
        await subscriber.SubscribeAsync(topic, 0);
        await using var client = await RawMqttClient.ConnectAsync(broker, version);
        await client.SendAsync(Packet.Join(Enumerable.Range(1, Count).Select(id => Packet.Publish(version, topic, $"{id}", qos: 1, packetId: id))));
        Assert.Equal(Enumerable.Range(1, Count), (await client.ReceiveAsync(PacketType.PubAck, Count)).Select(packet => packet.PacketIdentifier));
        Assert.Equal(Enumerable.Range(1, Count).Select(id => $"{id}"), (await subscriber.ReceiveAsync(PacketType.Publish, Count)).Select(packet => packet.Text));
    }

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50)]
    public async Task Large_packet_in_small_pieces_passes_whole(BrokerCell cell, MqttVersion version)
    {
        var topic = Unique.Name();
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), version);
        await client.SubscribeAsync(topic, 0);
        var payload = new string('p', 100_000);
        var packet = Packet.Publish(version, topic, payload);
        for (var start = 0; start < packet.Length; start += 997)
        {
            await client.SendAsync(packet.AsMemory(start, Math.Min(997, packet.Length - start)));
        }

        Assert.Equal(payload, (await client.ReceivePublishAsync()).Text);
    }

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50)]
    public async Task Client_that_ends_its_half_is_answered_first_and_closed_then(BrokerCell cell, MqttVersion version)
    {
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var subscriber = await RawMqttClient.ConnectAsync(broker, version);
        await subscriber.SubscribeAsync(topic, 0);
        await using var client = await RawMqttClient.OpenAsync(broker, version);
        await client.SendAsync(Packet.Join(
            Packet.Connect(new ConnectFields { Version = version, ClientId = Unique.Name("c") }),
            Packet.Publish(version, topic, "last words", qos: 1, packetId: 1)));
        client.FinishSending();
        Assert.Equal("last words", (await subscriber.ReceivePublishAsync()).Text);
        await client.ReceiveAsync(PacketType.ConnAck);
        await client.ReceiveAckAsync(PacketType.PubAck, 1);
        await client.ExpectClosedAsync();
    }

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50)]
    public async Task Packets_after_disconnect_are_not_looked_at(BrokerCell cell, MqttVersion version)
    {
        // [MQTT-3.14.4-1], [MQTT-3.14.4-2]
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var subscriber = await RawMqttClient.ConnectAsync(broker, version);
        await subscriber.SubscribeAsync(topic, 0);
        await using var client = await RawMqttClient.ConnectAsync(broker, version);
        await client.SendAsync(Packet.Join(
            Packet.Publish(version, topic, "before"),
            Packet.Disconnect(version),
            Packet.Publish(version, topic, "after"),
            [0xFF, 0xFF, 0xFF, 0xFF, 0xFF]));
        await client.ExpectClosedAsync();
        Assert.Equal("before", (await subscriber.ReceivePublishAsync()).Text);
        await subscriber.PublishAsync(topic, "sentinel");
        Assert.Equal("sentinel", (await subscriber.ReceivePublishAsync()).Text);
    }

    private static byte[] Conversation(MqttVersion version, string topic) => Packet.Join(
        Packet.Connect(new ConnectFields { Version = version, ClientId = "c" + topic }),
        Packet.Subscribe(version, 1, topic, 1),
        Packet.Publish(version, topic, "hello", qos: 1, packetId: 2),
        Packet.PingReq);

    private static async Task ExpectAnswersAsync(RawMqttClient client, string topic)
    {
        Assert.Equal(0, (await client.ReceiveAsync(PacketType.ConnAck)).ReasonCode);
        Assert.Equal([1], (await client.ReceiveAsync(PacketType.SubAck)).ReasonCodes);
        List<ReceivedPacket> rest = [await client.ReceiveAsync(), await client.ReceiveAsync(), await client.ReceiveAsync()];
        var publish = Assert.Single(rest, packet => packet.Type == PacketType.Publish);
        Assert.Equal((topic, "hello", 1), (publish.Topic, publish.Text, publish.QoS));
        Assert.Equal(2, Assert.Single(rest, packet => packet.Type == PacketType.PubAck).PacketIdentifier);
        Assert.Single(rest, packet => packet.Type == PacketType.PingResp);
    }
}
