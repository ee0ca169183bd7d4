namespace Godwit.EndToEnd.Tests;

/// <summary>Subscriptions: grants, identifiers, options, overlaps, replacement, sharing. §3.8, §3.10, §4.8.</summary>
public sealed class SubscriptionTests(BrokerCells cells) : EndToEndTest(cells)
{
    private const int NoLocal = 0x04;
    private const int RetainAsPublished = 0x08;

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311)]
    public async Task Suback_and_unsuback_before_version_5_have_these_bytes(BrokerCell cell, MqttVersion version)
    {
        var topic = Unique.Name();
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), version);
        await client.SendAsync(Packet.Subscribe(version, 0x1234, null, (topic + "/a", 0), (topic + "/b", 1), (topic + "/c", 2)));
        await client.ExpectAsync(0x90, 5, 0x12, 0x34, 0, 1, 2);
        await client.SendAsync(Packet.Unsubscribe(version, 0x1235, topic + "/a", topic + "/never"));
        await client.ExpectAsync(0xB0, 2, 0x12, 0x35);
    }

    [Theory, EveryCell]
    public async Task Suback_and_unsuback_of_version_5_have_a_code_per_filter(BrokerCell cell)
    {
        // [MQTT-3.8.4-6], [MQTT-3.11.3-1], [MQTT-3.11.3-2]
        var topic = Unique.Name();
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), MqttVersion.V50);
        await client.SendAsync(Packet.Subscribe(MqttVersion.V50, 0x1234, null, (topic + "/a", 0), (topic + "/b", 1), ("$share/g/" + topic, 2)));
        await client.ExpectAsync(0x90, 6, 0x12, 0x34, 0, 0, 1, 2);
        await client.SendAsync(Packet.Unsubscribe(MqttVersion.V50, 0x1235, topic + "/a", topic + "/never", "$share/g/" + topic, "$share/h/" + topic));
        await client.ExpectAsync(0xB0, 7, 0x12, 0x35, 0, 0x00, 0x11, 0x00, 0x11);
    }

    [Theory, EveryCell]
    public async Task Overlapping_subscriptions_of_version_5_deliver_one_copy_with_all_identifiers_at_the_highest_qos(BrokerCell cell)
    {
        // [MQTT-3.3.4-2], [MQTT-3.3.4-4]; one copy is our choice where the standard allows several.
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var subscriber = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await subscriber.SubscribeAsync(topic + "/a", 0, Identifier(1));
        await subscriber.SubscribeAsync(topic + "/+", 2, Identifier(268_435_455));
        await subscriber.SubscribeAsync(topic + "/#", 1);
        await subscriber.SubscribeAsync(topic + "/b", 1, Identifier(7));
        await using var publisher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await publisher.PublishAsync(topic + "/a", "x", qos: 2);
        await publisher.PublishAsync(topic, "sentinel");
        var publish = await subscriber.ReceivePublishAsync();
        if (!TestBroker.IsMosquitto)
        {
            Assert.Equal([1, 268_435_455], publish.SubscriptionIdentifiers);
            Assert.Equal(2, publish.QoS);
            var sentinel = await subscriber.ReceivePublishAsync();
            Assert.Equal("sentinel", sentinel.Text);
            Assert.Empty(sentinel.SubscriptionIdentifiers);
        }
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MosquittoDiffers = "delivers at the QoS of the filter it finds first")]
    public async Task Overlapping_subscriptions_before_version_5_deliver_at_the_highest_qos(BrokerCell cell, MqttVersion version)
    {
        // [MQTT-3.3.5-1] of 3.1.1
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var subscriber = await RawMqttClient.ConnectAsync(broker, version);
        await subscriber.SubscribeAsync(topic + "/#", 0);
        await subscriber.SubscribeAsync(topic + "/+", 2);
        await subscriber.SubscribeAsync(topic + "/a", 1);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, version);
        await publisher.PublishAsync(topic + "/a", "x", qos: 2);
        await publisher.PublishAsync(topic, "sentinel");
        List<int> levels = [];
        while (await subscriber.ReceivePublishAsync() is { Text: not "sentinel" } publish)
        {
            levels.Add(publish.QoS);
        }

        Assert.Equal(2, levels.Max());
        Assert.True(TestBroker.IsMosquitto || levels.Count == 1, $"{levels.Count} copies");
    }

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50)]
    public async Task Second_subscription_to_a_filter_replaces_the_first(BrokerCell cell, MqttVersion version)
    {
        // [MQTT-3.8.4-3]
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var subscriber = await RawMqttClient.ConnectAsync(broker, version);
        await subscriber.SubscribeAsync(topic, 2, Identifier(1));
        await subscriber.SubscribeAsync(topic, 1, Identifier(2));
        await using var publisher = await RawMqttClient.ConnectAsync(broker, version);
        await publisher.PublishAsync(topic, "x", qos: 2);
        await publisher.PublishAsync(topic, "sentinel");
        var publish = await subscriber.ReceivePublishAsync();
        Assert.Equal(("x", 1), (publish.Text, publish.QoS));
        Assert.Equal(version == MqttVersion.V50 ? [2] : [], publish.SubscriptionIdentifiers);
        Assert.Equal("sentinel", (await subscriber.ReceivePublishAsync()).Text);
    }

    [Theory, EveryCell]
    public async Task No_local_keeps_a_publisher_from_hearing_itself(BrokerCell cell)
    {
        // [MQTT-3.8.3-3]
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var client = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await using var other = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await client.SubscribeAsync(topic, 1 | NoLocal);
        await client.PublishAsync(topic, "mine", qos: 1);
        await client.PingAsync();
        await other.PublishAsync(topic, "theirs", qos: 1);
        Assert.Equal("theirs", (await client.ReceivePublishAsync()).Text);
    }

    [Theory, EveryCell]
    public async Task Retain_flag_of_a_live_message_follows_retain_as_published(BrokerCell cell)
    {
        // [MQTT-3.3.1-12], [MQTT-3.3.1-13]
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var plain = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await using var faithful = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await plain.SubscribeAsync(topic, 0);
        await faithful.SubscribeAsync(topic, RetainAsPublished);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await publisher.PublishAsync(topic, "retained", retain: true);
        await publisher.PublishAsync(topic, "not");
        Assert.False((await plain.ReceivePublishAsync()).Retain);
        Assert.False((await plain.ReceivePublishAsync()).Retain);
        Assert.True((await faithful.ReceivePublishAsync()).Retain);
        Assert.False((await faithful.ReceivePublishAsync()).Retain);
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Retained_message_is_replayed_replaced_and_cleared(BrokerCell cell, MqttVersion version)
    {
        // [MQTT-3.3.1-5] to [MQTT-3.3.1-8]
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, version);
        await using var online = await RawMqttClient.ConnectAsync(broker, version);
        await online.SubscribeAsync(topic + "/#", 0);
        await publisher.PublishAsync(topic + "/a", "1", qos: 1, retain: true);
        await publisher.PublishAsync(topic + "/a", "2", qos: 1, retain: true);
        await publisher.PublishAsync(topic + "/a", "3", qos: 1);
        await publisher.PublishAsync(topic + "/b", "b", qos: 1, retain: true);
        Assert.All(await online.ReceiveAsync(PacketType.Publish, 4), publish => Assert.False(publish.Retain));

        await using var late = await RawMqttClient.ConnectAsync(broker, version);
        await late.SubscribeAsync(topic + "/+", 1);
        var replay = new[] { await late.ReceivePublishAsync(), await late.ReceivePublishAsync() };
        Assert.Equal(["2", "b"], replay.Select(publish => publish.Text).Order());
        Assert.All(replay, publish => Assert.True(publish.Retain));

        await publisher.PublishAsync(topic + "/a", "", qos: 1, retain: true);
        Assert.Empty((await online.ReceivePublishAsync()).Payload);
        await using var last = await RawMqttClient.ConnectAsync(broker, version);
        await last.SubscribeAsync(topic + "/#", 1);
        Assert.Equal("b", (await last.ReceivePublishAsync()).Text);
        await last.PublishAsync(topic + "/end", "end");
        Assert.Equal("end", (await last.ReceivePublishAsync()).Text);
    }

    [Theory, EveryCell]
    public async Task Retain_handling_decides_about_the_replay(BrokerCell cell)
    {
        // [MQTT-3.3.1-9] to [MQTT-3.3.1-11]
        var topic = Unique.Name();
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), MqttVersion.V50);
        await client.PublishAsync(topic, "retained", retain: true);
        Assert.Empty(await ReplayAsync(2));
        Assert.Empty(await ReplayAsync(1)); // it exists
        Assert.Equal(["retained"], await ReplayAsync(0));
        Assert.Equal(["retained"], await ReplayAsync(0));
        await client.SendAsync(Packet.Unsubscribe(MqttVersion.V50, 1, topic));
        await client.ReceiveAsync(PacketType.UnsubAck);
        Assert.Equal(["retained"], await ReplayAsync(1)); // it is new

        async Task<IEnumerable<string>> ReplayAsync(int handling)
        {
            await client.SubscribeAsync(topic, handling << 4);
            return (await client.PingAndCollectAsync()).Select(publish => publish.Text);
        }
    }

    [Theory, EveryCell]
    public async Task Retained_replay_of_many_topics_is_complete_and_keeps_to_the_receive_maximum(BrokerCell cell)
    {
        const int Count = 2000;
        const int Window = 10;
        var root = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await publisher.SendAsync(Packet.Join(Enumerable.Range(0, Count).Select(number => Packet.Publish(MqttVersion.V50, $"{root}/{number}", "r", retain: true))));
        await publisher.PublishAsync(root, "done", qos: 1);

        await using var subscriber = await RawMqttClient.ConnectAsync(
            broker,
            new ConnectFields { ClientId = Unique.Name("c"), Properties = new Properties().TwoByte(PropertyId.ReceiveMaximum, Window) });
        await subscriber.SubscribeAsync(root + "/+", 1);
        HashSet<string> topics = [];
        for (var number = 0; number < Count; number++)
        {
            var publish = await subscriber.ReceivePublishAsync();
            Assert.True(publish.Retain);
            Assert.True(topics.Add(publish.Topic), publish.Topic);
        }

        await subscriber.PingAsync();
        await publisher.SendAsync(Packet.Join(Enumerable.Range(0, Count).Select(number => Packet.Publish(MqttVersion.V50, $"{root}/{number}", "", retain: true))));
    }

    [Theory, EveryCell(MqttVersion.V50)]
    public async Task Shared_subscription_gives_each_message_to_one_member(BrokerCell cell, MqttVersion version)
    {
        // §4.8.2
        const int Members = 4;
        const int Count = 200;
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        List<RawMqttClient> members = [];
        try
        {
            for (var number = 0; number < Members; number++)
            {
                var member = await RawMqttClient.ConnectAsync(broker, version);
                members.Add(member);
                await member.SubscribeAsync($"$share/group/{topic}/#", 1);
            }

            await using var plain = await RawMqttClient.ConnectAsync(broker, version);
            await plain.SubscribeAsync(topic + "/+", 0);
            await using var publisher = await RawMqttClient.ConnectAsync(broker, version);
            for (var number = 0; number < Count; number++)
            {
                await publisher.PublishAsync($"{topic}/{number % 7}", $"{number}", qos: 1);
            }

            Assert.Equal(Count, (await plain.ReceiveAsync(PacketType.Publish, Count)).Count);
            var all = new System.Collections.Concurrent.ConcurrentBag<string>();
            var received = new int[Members];
            var complete = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var readers = members.Select(async (member, index) =>
            {
                while (await member.TryReceiveAsync() is { Type: PacketType.Publish } publish)
                {
                    await member.SendAsync(Packet.Ack(PacketType.PubAck, publish.PacketIdentifier));
                    all.Add(publish.Text);
                    received[index]++;
                    if (all.Count == Count)
                    {
                        complete.TrySetResult();
                    }
                }
            }).ToArray();
            await complete.Task.WaitAsync(TimeLimits.Event);
            foreach (var member in members)
            {
                await member.SendAsync(Packet.Disconnect(version));
            }

            await Task.WhenAll(readers);
            Assert.Equal(Enumerable.Range(0, Count).Select(number => $"{number}").Order(), all.Order());
            Assert.All(received, count => Assert.InRange(count, Count / Members / 4, Count));
        }
        finally
        {
            foreach (var member in members)
            {
                await member.DisposeAsync();
            }
        }
    }

    [Theory, EveryCell]
    public async Task Message_of_a_lost_member_goes_to_another_one(BrokerCell cell)
    {
        // [MQTT-4.8.2-5], and what was refused ([MQTT-4.8.2-6]) does not.
        var topic = Unique.Name();
        var filter = "$share/group/" + topic;
        var broker = await BrokerAsync(cell);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await using var refusing = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await refusing.SubscribeAsync(filter, 1);
        await publisher.PublishAsync(topic, "refused", qos: 1);
        var refused = await refusing.ReceiveAsync(PacketType.Publish);
        await refusing.SendAsync(Packet.Ack(PacketType.PubAck, refused.PacketIdentifier, 0x83));
        await publisher.PublishAsync(topic, "returned", qos: 1);
        Assert.Equal("returned", (await refusing.ReceiveAsync(PacketType.Publish)).Text);

        await using var heir = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await heir.SubscribeAsync(filter, 1);
        refusing.Abort();
        Assert.SkipWhen(TestBroker.IsMosquitto, "mosquitto 2.0 drops what a lost member of a group had not acknowledged");
        Assert.Equal("returned", (await heir.ReceivePublishAsync()).Text);
    }

    [Theory, EveryCell(MosquittoDiffers = "sends them")]
    public async Task Shared_subscription_gets_no_retained_messages(BrokerCell cell)
    {
        // §4.8.2, [MQTT-3.8.4-4]
        var topic = Unique.Name();
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), MqttVersion.V50);
        await client.PublishAsync(topic, "retained", retain: true);
        await client.SubscribeAsync("$share/g/" + topic, 0);
        await client.PingAsync();
        await client.PublishAsync(topic, "", retain: true);
        Assert.Empty((await client.ReceivePublishAsync()).Payload);
    }

    private static Properties Identifier(int identifier) => new Properties().VarInt(PropertyId.SubscriptionIdentifier, identifier);
}
