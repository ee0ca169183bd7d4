namespace Godwit.EndToEnd.Tests;

/// <summary>Topic aliases both ways. §3.3.2.3.4.</summary>
public sealed class TopicAliasTests(BrokerCells cells) : EndToEndTest(cells)
{
    private const int ProtocolError = 0x82;
    private const int TopicAliasInvalid = 0x94;

    [Theory, EveryCell]
    public Task Alias_0_ends_the_connection(BrokerCell cell) =>
        ExpectDisconnectAsync(cell, MqttVersion.V50, new BadInput(version => Packet.Publish(version, "t", "x", properties: Alias(0)), TopicAliasInvalid)); // [MQTT-3.3.2-8]

    [Theory, EveryCell]
    public async Task Alias_above_the_announced_maximum_ends_the_connection(BrokerCell cell)
    {
        // [MQTT-3.3.2-9]
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), MqttVersion.V50);
        var maximum = (int)client.ConnAck.Number(PropertyId.TopicAliasMaximum, absent: 0);
        Assert.InRange(maximum, 1, 65_534);
        await client.SendAsync(Packet.Publish(MqttVersion.V50, Unique.Name(), "x", properties: Alias(maximum)));
        await client.PingAsync();
        await client.SendAsync(Packet.Publish(MqttVersion.V50, Unique.Name(), "x", properties: Alias(maximum + 1)));
        await client.ExpectDisconnectAsync(TopicAliasInvalid);
    }

    [Theory, EveryCell]
    public Task Alias_that_was_never_set_is_a_protocol_error(BrokerCell cell) =>
        ExpectDisconnectAsync(cell, MqttVersion.V50, new BadInput(version => Packet.Publish(version, "", "x", properties: Alias(1)), ProtocolError));

    [Theory, EveryCell]
    public Task Empty_topic_without_an_alias_is_a_protocol_error(BrokerCell cell) =>
        ExpectDisconnectAsync(cell, MqttVersion.V50, new BadInput(version => Packet.Publish(version, "", "x"), ProtocolError));

    [Theory, EveryCell]
    public async Task Alias_stands_for_the_topic_it_was_set_to_last(BrokerCell cell)
    {
        var first = Unique.Name();
        var second = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var subscriber = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await subscriber.SubscribeAsync(first, 0);
        await subscriber.SubscribeAsync(second, 0);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await publisher.SendAsync(Packet.Join(
            Packet.Publish(MqttVersion.V50, first, "1", properties: Alias(3)),
            Packet.Publish(MqttVersion.V50, "", "2", properties: Alias(3)),
            Packet.Publish(MqttVersion.V50, second, "3", properties: Alias(3)),
            Packet.Publish(MqttVersion.V50, "", "4", qos: 1, packetId: 5, properties: Alias(3))));
        await publisher.ReceiveAckAsync(PacketType.PubAck, 5);
        var received = await subscriber.ReceiveAsync(PacketType.Publish, 4);
        Assert.Equal([(first, "1"), (first, "2"), (second, "3"), (second, "4")], received.Select(publish => (publish.Topic, publish.Text)));
        Assert.All(received, publish => Assert.Null(publish.Property(PropertyId.TopicAlias)));
    }

    [Theory, EveryCell]
    public async Task Alias_ends_with_its_connection(BrokerCell cell)
    {
        // [MQTT-3.3.2-7]
        var broker = await BrokerAsync(cell);
        var fields = new ConnectFields { ClientId = Unique.Name("c"), CleanStart = false, SessionExpiry = 60 };
        await using (var before = await RawMqttClient.ConnectAsync(broker, fields))
        {
            await before.SendAsync(Packet.Publish(MqttVersion.V50, Unique.Name(), "x", properties: Alias(1)));
            await before.DisconnectAsync();
        }

        await using var after = await RawMqttClient.ConnectAsync(broker, fields);
        Assert.True(after.ConnAck.SessionPresent);
        await after.SendAsync(Packet.Publish(MqttVersion.V50, "", "x", properties: Alias(1)));
        await after.ExpectDisconnectAsync(ProtocolError);
    }

    [Theory, EveryCell(MosquittoDiffers = "2.0 assigns no aliases")]
    public async Task Broker_assigns_aliases_to_a_subscriber_that_allows_them_and_keeps_to_its_maximum(BrokerCell cell)
    {
        // [MQTT-3.1.2-26]
        var root = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var subscriber = await RawMqttClient.ConnectAsync(
            broker,
            new ConnectFields { ClientId = Unique.Name("c"), Properties = new Properties().TwoByte(PropertyId.TopicAliasMaximum, 2) });
        await subscriber.SubscribeAsync(root + "/#", 0);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        var topics = (from topic in Enumerable.Range(0, 4) from round in Enumerable.Range(0, 5) select $"{root}/{topic}").ToArray();
        foreach (var topic in topics)
        {
            await publisher.SendAsync(Packet.Publish(MqttVersion.V50, topic, topic));
        }

        Dictionary<long, string> aliases = [];
        var saved = 0;
        foreach (var topic in topics)
        {
            var publish = await subscriber.ReceiveAsync(PacketType.Publish);
            var alias = publish.Number(PropertyId.TopicAlias, absent: -1);
            Assert.True(alias is -1 or 1 or 2, $"alias {alias}");
            if (publish.Topic.Length == 0)
            {
                saved++;
                Assert.Equal(topic, aliases[alias]);
            }
            else
            {
                Assert.Equal(topic, publish.Topic);
                aliases[alias] = topic;
            }

            Assert.Equal(topic, publish.Text);
        }

        Assert.True(saved > 0, "the broker used no alias");
    }

    [Theory, EveryCell]
    public async Task Subscriber_that_allows_no_alias_gets_none(BrokerCell cell)
    {
        // [MQTT-3.1.2-27]
        var topic = Unique.Name();
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), MqttVersion.V50);
        await client.SubscribeAsync(topic, 0);
        for (var round = 0; round < 4; round++)
        {
            await client.PublishAsync(topic, "x", properties: Alias(1));
            var publish = await client.ReceiveAsync(PacketType.Publish);
            Assert.Equal(topic, publish.Topic);
            Assert.Empty(publish.Properties);
        }
    }

    private static Properties Alias(int alias) => new Properties().TwoByte(PropertyId.TopicAlias, alias);
}
