namespace Godwit.EndToEnd.Tests;

/// <summary>Topic Names and Topic Filters that may not be, and what those that may be match. §4.7.</summary>
public sealed class TopicTests(BrokerCells cells) : EndToEndTest(cells)
{
    private const int FilterInvalid = 0x8F;

    private static readonly string[] InvalidFilters =
    [
        "a#", "#a", "a/#/b", "#/b", "a/b#", "a+", "+a", "a/+b", "a/b+/c", "++", "##", "a/#+",
        "$share//x", "$share/g", "$share/g/", "$share/", "$share/+/x", "$share/#", "$share/g+/x", "$share/g/a#", "$share/g/a/#/b", "$share/g/a+",
    ];

    public static IEnumerable<string> InvalidFilterRows => InvalidFilters;

    public static IEnumerable<string> TopicsWithWildcards => ["#", "+", "a/#", "a/+", "+/a", "a/+/b", "a#", "a+"];

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50, Rows = nameof(TopicsWithWildcards))]
    public Task Wildcard_in_a_topic_name_ends_the_connection(BrokerCell cell, MqttVersion version, string topic) =>
        ExpectDisconnectAsync(cell, version, new BadInput(_ => Packet.Publish(version, topic, "x"), 0x81, 0x82, 0x90)); // [MQTT-3.3.2-2]

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50, Rows = nameof(TopicsWithWildcards), MosquittoDiffers = "closes without CONNACK")]
    public Task Wildcard_in_a_will_topic_is_refused(BrokerCell cell, MqttVersion version, string topic) =>
        ExpectConnectRefusedAsync(
            cell,
            version,
            new BadInput(_ => Packet.Connect(new ConnectFields { Version = version, ClientId = Unique.Name("c"), WillTopic = topic }), 0x81, 0x82, 0x90));

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50)]
    public Task Empty_topic_name_ends_the_connection(BrokerCell cell, MqttVersion version) =>
        ExpectDisconnectAsync(cell, version, new BadInput(_ => Packet.Publish(version, "", "x"), 0x82)); // [MQTT-4.7.3-1]

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50, Rows = nameof(InvalidFilterRows), MosquittoDiffers = "closes the connection")]
    public async Task Invalid_filter_fails_alone_and_the_connection_stays(BrokerCell cell, MqttVersion version, string filter)
    {
        var valid = Unique.Name();
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), version);
        await client.SendAsync(Packet.Subscribe(version, 11, null, (valid, 0), (filter, 1), (valid + "/2", 2)));
        var answer = await client.ReceiveAsync(PacketType.SubAck);
        Assert.Equal(11, answer.PacketIdentifier);
        Assert.Equal([0x00, (byte)(version == MqttVersion.V50 ? FilterInvalid : 0x80), 0x02], answer.ReasonCodes);

        await client.PublishAsync(valid, "still here");
        Assert.Equal("still here", (await client.ReceivePublishAsync()).Text);
    }

    [Theory, EveryCell(Rows = nameof(InvalidFilterRows), MosquittoDiffers = "closes the connection")]
    public async Task Invalid_filter_in_unsubscribe_fails_alone(BrokerCell cell, string filter)
    {
        var valid = Unique.Name();
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), MqttVersion.V50);
        await client.SubscribeAsync(valid, 0);
        await client.SendAsync(Packet.Unsubscribe(MqttVersion.V50, 12, filter, valid));
        var answer = await client.ReceiveAsync(PacketType.UnsubAck);
        Assert.Equal(12, answer.PacketIdentifier);

        // "Topic Filter invalid" and "No subscription existed" are both true.
        Assert.Equal(2, answer.ReasonCodes.Count);
        Assert.Contains(answer.ReasonCodes[0], new byte[] { FilterInvalid, 0x11 });
        Assert.Equal(0x00, answer.ReasonCodes[1]);
        await client.PingAsync();
    }

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50)]
    public Task Empty_filter_ends_the_connection(BrokerCell cell, MqttVersion version) =>
        ExpectDisconnectAsync(cell, version, new BadInput(_ => Packet.Subscribe(version, 1, "", 0), 0x81, 0x82)); // [MQTT-4.7.3-1]

    [Theory, EveryCell]
    public async Task Filters_match_as_the_standard_says(BrokerCell cell)
    {
        var root = Unique.Name();
        string[] filters = ["a", "a/", "/a", "a/b", "a//b", "+", "+/+", "a/+", "+/b", "a/#", "a/b/#", "#", "+/+/+", "+/+/#", "a/+/#", "/+", "A/b", "a/+/c", "a/b/c/#"];
        string[] topics = ["a", "a/", "/a", "/", "//", "a/b", "A/b", "a//b", "a/b/", "a/b/c", "a/b/c/d", "b", "$x/a", "a/$x"];
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), MqttVersion.V50);
        for (var index = 0; index < filters.Length; index++)
        {
            await client.SubscribeAsync($"{root}/{filters[index]}", 0, new Properties().VarInt(PropertyId.SubscriptionIdentifier, index + 1));
        }

        foreach (var topic in topics)
        {
            await client.PublishAsync($"{root}/{topic}", "x");
            var received = (await client.PingAndCollectAsync()).SelectMany(publish => publish.SubscriptionIdentifiers).Order();
            var expected = Enumerable.Range(1, filters.Length).Where(id => Matches(filters[id - 1], topic));
            Assert.Equal(expected, received);
        }
    }

    [Theory, EveryCell]
    public async Task Parent_level_is_part_of_the_multi_level_wildcard(BrokerCell cell)
    {
        // §4.7.1.2: "sport/tennis/player1/#" also matches "sport/tennis/player1".
        var root = Unique.Name();
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), MqttVersion.V311);
        await client.SubscribeAsync(root + "/#", 0);
        await client.PublishAsync(root, "parent");
        Assert.Equal("parent", (await client.ReceivePublishAsync()).Text);
    }

    [Theory, EveryCell]
    public async Task Wildcard_at_the_first_level_does_not_match_dollar_topics(BrokerCell cell)
    {
        // [MQTT-4.7.2-1]; a broker of its own, because "#" hears every other test.
        await using var broker = await BrokerProcess.StartAsync(new BrokerSettings { Cell = cell });
        await using var all = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await using var dollar = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await all.SendAsync(Packet.Subscribe(MqttVersion.V50, 1, null, ("#", 0), ("+/x", 0), ("+/#", 0)));
        await all.ReceiveAsync(PacketType.SubAck);
        await dollar.SubscribeAsync("$own/#", 0);
        await dollar.PublishAsync("$own/x", "hidden");
        await dollar.PublishAsync("open/x", "seen");
        Assert.Equal("hidden", (await dollar.ReceivePublishAsync()).Text);
        Assert.Equal("open/x", (await all.ReceivePublishAsync()).Topic);
    }

    /// <summary>A model of §4.7 that is slow and plain: it walks both strings level by level.</summary>
    private static bool Matches(string filter, string topic)
    {
        var filterLevels = filter.Split('/');
        var topicLevels = topic.Split('/');
        for (var level = 0; level < filterLevels.Length; level++)
        {
            if (filterLevels[level] == "#")
            {
                return true;
            }

            if (level == topicLevels.Length)
            {
                return false;
            }

            if (filterLevels[level] != "+" && !string.Equals(filterLevels[level], topicLevels[level], StringComparison.Ordinal))
            {
                return false;
            }

            // The parent of "#" matches too.
            if (level == topicLevels.Length - 1)
            {
                return level == filterLevels.Length - 1 || (level == filterLevels.Length - 2 && filterLevels[^1] == "#");
            }
        }

        return filterLevels.Length == topicLevels.Length;
    }
}
