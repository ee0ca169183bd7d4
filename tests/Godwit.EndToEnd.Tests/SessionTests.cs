namespace Godwit.EndToEnd.Tests;

/// <summary>What a session keeps between connections. §3.1.2.4, §3.1.2.11.2, §4.1, §4.4.</summary>
public sealed class SessionTests(BrokerCells cells) : EndToEndTest(cells)
{
    [Theory, EveryCell]
    public async Task Session_present_before_version_5_is_told_by_connack(BrokerCell cell)
    {
        var broker = await BrokerAsync(cell);
        var kept = Packet.Connect(new ConnectFields { Version = MqttVersion.V311, ClientId = Unique.Name("c"), CleanStart = false });
        await using (var client = await RawMqttClient.OpenAsync(broker, MqttVersion.V311))
        {
            await client.SendAsync(kept);
            await client.ExpectAsync(0x20, 2, 0, 0);
            await client.DisconnectAsync();
        }

        await using var again = await RawMqttClient.OpenAsync(broker, MqttVersion.V311);
        await again.SendAsync(kept);
        await again.ExpectAsync(0x20, 2, 1, 0); // [MQTT-3.2.2-2] of 3.1.1
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Messages_for_an_offline_session_wait_in_order(BrokerCell cell, MqttVersion version)
    {
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        var fields = Kept(version);
        await using (var subscriber = await RawMqttClient.ConnectAsync(broker, fields))
        {
            Assert.False(subscriber.ConnAck.SessionPresent);
            await subscriber.SubscribeAsync(topic, 2);
            await subscriber.DisconnectAsync();
        }

        await using var publisher = await RawMqttClient.ConnectAsync(broker, version);
        for (var number = 0; number < 30; number++)
        {
            await publisher.PublishAsync(topic, $"{number}", qos: 1 + (number % 2), packetId: number + 1);
        }

        await using var again = await RawMqttClient.ConnectAsync(broker, fields);
        Assert.Equal(version != MqttVersion.V31, again.ConnAck.SessionPresent);
        for (var number = 0; number < 30; number++)
        {
            var publish = await again.ReceivePublishAsync();
            Assert.Equal(($"{number}", 1 + (number % 2), false), (publish.Text, publish.QoS, publish.Dup));
        }

        // The subscription lives on.
        await publisher.PublishAsync(topic, "live", qos: 1);
        Assert.Equal("live", (await again.ReceivePublishAsync()).Text);
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Unacknowledged_messages_return_in_order_with_their_identifiers_and_dup(BrokerCell cell, MqttVersion version)
    {
        // [MQTT-4.4.0-1], [MQTT-3.3.1-1], [MQTT-4.6.0-1]
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        var fields = Kept(version);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, version);
        IReadOnlyList<ReceivedPacket> before;
        await using (var subscriber = await RawMqttClient.ConnectAsync(broker, fields))
        {
            await subscriber.SubscribeAsync(topic, 2);
            for (var number = 1; number <= 6; number++)
            {
                await publisher.PublishAsync(topic, $"{number}", qos: 1 + (number % 2));
            }

            before = await subscriber.ReceiveAsync(PacketType.Publish, 6);
            Assert.All(before, publish => Assert.False(publish.Dup));
            subscriber.Abort();
        }

        await publisher.PublishAsync(topic, "7", qos: 1);
        await using var again = await RawMqttClient.ConnectAsync(broker, fields);
        var after = await again.ReceiveAsync(PacketType.Publish, 7);
        Assert.Equal(["1", "2", "3", "4", "5", "6", "7"], after.Select(publish => publish.Text));
        Assert.Equal(before.Select(publish => publish.PacketIdentifier), after.Take(6).Select(publish => publish.PacketIdentifier));
        Assert.Equal(before.Select(publish => publish.QoS), after.Take(6).Select(publish => publish.QoS));
        Assert.All(after.Take(6), publish => Assert.True(publish.Dup));
        Assert.Equal(7, after.Select(publish => publish.PacketIdentifier).Distinct().Count());
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Pubrel_that_was_not_completed_returns_and_its_publish_does_not(BrokerCell cell, MqttVersion version)
    {
        // [MQTT-4.4.0-1]
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        var fields = Kept(version);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, version);
        int first, second;
        await using (var subscriber = await RawMqttClient.ConnectAsync(broker, fields))
        {
            await subscriber.SubscribeAsync(topic, 2);
            await publisher.PublishAsync(topic, "1", qos: 2);
            await publisher.PublishAsync(topic, "2", qos: 2);
            first = (await subscriber.ReceiveAsync(PacketType.Publish)).PacketIdentifier;
            second = (await subscriber.ReceiveAsync(PacketType.Publish)).PacketIdentifier;
            await subscriber.SendAsync(Packet.Ack(PacketType.PubRec, first));
            await subscriber.ReceiveAckAsync(PacketType.PubRel, first);
            subscriber.Abort();
        }

        await using var again = await RawMqttClient.ConnectAsync(broker, fields);
        var packets = new[] { await again.ReceiveAsync(), await again.ReceiveAsync() };
        var release = Assert.Single(packets, packet => packet.Type == PacketType.PubRel);
        var publish = Assert.Single(packets, packet => packet.Type == PacketType.Publish);
        Assert.Equal(first, release.PacketIdentifier);
        Assert.Equal((second, "2", true), (publish.PacketIdentifier, publish.Text, publish.Dup));
        await again.SendAsync(Packet.Ack(PacketType.PubComp, first));
        await again.SendAsync(Packet.Ack(PacketType.PubRec, second));
        await again.ReceiveAckAsync(PacketType.PubRel, second);
        await again.SendAsync(Packet.Ack(PacketType.PubComp, second));
        await again.PingAsync();
        await again.DisconnectAsync();

        await using var last = await RawMqttClient.ConnectAsync(broker, fields);
        await publisher.PublishAsync(topic, "3", qos: 2);
        Assert.Equal("3", (await last.ReceivePublishAsync()).Text);
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Clean_start_discards_the_session(BrokerCell cell, MqttVersion version)
    {
        // [MQTT-3.1.2-4]
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        var fields = Kept(version);
        await using (var subscriber = await RawMqttClient.ConnectAsync(broker, fields))
        {
            await subscriber.SubscribeAsync(topic, 1);
            await subscriber.DisconnectAsync();
        }

        await using var publisher = await RawMqttClient.ConnectAsync(broker, version);
        await publisher.PublishAsync(topic, "lost", qos: 1);
        await using (var clean = await RawMqttClient.ConnectAsync(broker, fields with { CleanStart = true }))
        {
            Assert.False(clean.ConnAck.SessionPresent);
            await clean.SubscribeAsync("end" + topic, 0);
            await publisher.PublishAsync(topic, "lost too", qos: 1);
            await publisher.PublishAsync("end" + topic, "end");
            Assert.Equal("end", (await clean.ReceivePublishAsync()).Text);
        }
    }

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50)]
    public async Task Session_that_is_not_kept_ends_with_its_connection(BrokerCell cell, MqttVersion version)
    {
        // [MQTT-3.1.2-5] of 3.1.1; Session Expiry Interval absent in 5.0
        var broker = await BrokerAsync(cell);
        var fields = new ConnectFields { Version = version, ClientId = Unique.Name("c") };
        await using (var client = await RawMqttClient.ConnectAsync(broker, fields))
        {
            await client.SubscribeAsync(Unique.Name(), 1);
            await client.DisconnectAsync();
        }

        await using var again = await RawMqttClient.ConnectAsync(broker, fields with { CleanStart = false });
        Assert.False(again.ConnAck.SessionPresent);
    }

    [Theory, EveryCell]
    public async Task Session_expiry_can_be_changed_at_disconnect(BrokerCell cell)
    {
        var broker = await BrokerAsync(cell);
        var fields = Kept(MqttVersion.V50);
        await using (var client = await RawMqttClient.ConnectAsync(broker, fields))
        {
            await client.DisconnectAsync(0, new Properties().FourByte(PropertyId.SessionExpiryInterval, 0));
        }

        await using (var client = await RawMqttClient.ConnectAsync(broker, fields with { SessionExpiry = 1 }))
        {
            Assert.False(client.ConnAck.SessionPresent);
            await client.DisconnectAsync(0, new Properties().FourByte(PropertyId.SessionExpiryInterval, 60));
        }

        await BrokerClock.WaitAsync(broker, 2);
        await using var again = await RawMqttClient.ConnectAsync(broker, fields);
        Assert.True(again.ConnAck.SessionPresent);
    }

    [Theory, EveryCell]
    public async Task Session_ends_when_its_expiry_interval_has_passed(BrokerCell cell)
    {
        // [MQTT-3.1.2-23]; the will is due at the latest when the session ends, so it tells when to look.
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var watcher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await watcher.SubscribeAsync(topic, 0);
        var fields = Kept(MqttVersion.V50) with
        {
            SessionExpiry = 1,
            WillTopic = topic,
            WillProperties = new Properties().FourByte(PropertyId.WillDelayInterval, 100),
        };
        await using (var client = await RawMqttClient.ConnectAsync(broker, fields))
        {
            client.Abort();
        }

        await watcher.ReceivePublishAsync();
        await using var again = await RawMqttClient.ConnectAsync(broker, fields);
        Assert.False(again.ConnAck.SessionPresent);
    }

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50)]
    public async Task Unsubscribe_stops_new_messages_and_lets_those_in_flight_end(BrokerCell cell, MqttVersion version)
    {
        // [MQTT-3.10.4-2], [MQTT-3.10.4-3]
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, version);
        await using var subscriber = await RawMqttClient.ConnectAsync(broker, version);
        await subscriber.SubscribeAsync(topic, 2);
        await subscriber.SubscribeAsync("end" + topic, 0);
        await publisher.PublishAsync(topic, "in flight", qos: 2);
        var publish = await subscriber.ReceiveAsync(PacketType.Publish);
        await subscriber.SendAsync(Packet.Unsubscribe(version, 3, topic));
        Assert.Equal(3, (await subscriber.ReceiveAsync(PacketType.UnsubAck)).PacketIdentifier);
        await publisher.PublishAsync(topic, "late", qos: 2);
        await publisher.PublishAsync("end" + topic, "end");
        Assert.Equal("end", (await subscriber.ReceiveAsync(PacketType.Publish)).Text);
        await subscriber.SendAsync(Packet.Ack(PacketType.PubRec, publish.PacketIdentifier));
        await subscriber.ReceiveAckAsync(PacketType.PubRel, publish.PacketIdentifier);
        await subscriber.SendAsync(Packet.Ack(PacketType.PubComp, publish.PacketIdentifier));
        await subscriber.PingAsync();
    }

    [Theory, EveryCell]
    public async Task Session_moves_between_protocol_levels_with_its_messages(BrokerCell cell)
    {
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        var fields = Kept(MqttVersion.V311);
        await using (var old = await RawMqttClient.ConnectAsync(broker, fields))
        {
            await old.SubscribeAsync(topic, 1);
            await old.DisconnectAsync();
        }

        await using var publisher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await publisher.PublishAsync(topic, "x", qos: 1, properties: new Properties().User("kept", "yes"));
        await using var later = await RawMqttClient.ConnectAsync(broker, fields with { Version = MqttVersion.V50 });
        Assert.True(later.ConnAck.SessionPresent);
        Assert.Equal([("kept", "yes")], (await later.ReceivePublishAsync()).UserProperties);
    }

    private static ConnectFields Kept(MqttVersion version) => new() { Version = version, ClientId = Unique.Name("c"), CleanStart = false, SessionExpiry = 60 };
}
