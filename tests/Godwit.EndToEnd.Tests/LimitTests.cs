using System.Diagnostics;

namespace Godwit.EndToEnd.Tests;

/// <summary>Limits and features that an operator sets: they hold on the wire. Each test has a broker of its own.</summary>
public sealed class LimitTests(BrokerCells cells) : EndToEndTest(cells)
{
    private const string OwnSettings = "the settings are those of Godwit";

    public static IEnumerable<object[]> Overflows =>
    [
        ["drop-oldest", Enumerable.Range(15, 10).ToArray()],
        ["drop-newest", Enumerable.Range(0, 10).ToArray()],
        ["disconnect", Array.Empty<int>()],
    ];

    [Theory, EveryCell(MosquittoDiffers = OwnSettings)]
    public async Task Connections_above_the_limit_are_closed_and_room_is_used_again(BrokerCell cell)
    {
        await using var broker = await StartAsync(cell, ("LIMITS__CONNECTIONSMAX", "3"));
        await using var first = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await using var second = await RawMqttClient.ConnectAsync(broker, MqttVersion.V311);
        await using var silent = await RawMqttClient.OpenAsync(broker);
        await using (var tooMany = await RawMqttClient.OpenAsync(broker))
        {
            await tooMany.ExpectClosedAsync();
        }

        await first.PingAsync();
        await second.DisconnectAsync();
        await second.DisposeAsync();

        // The broker counts a connection until both halves are closed; each refusal is an answer to wait for.
        var started = Stopwatch.GetTimestamp();
        var connect = Packet.Connect(new ConnectFields { ClientId = Unique.Name("c") });
        while (true)
        {
            await using var next = await RawMqttClient.OpenAsync(broker);
            await next.SendAsync(connect);
            if (await next.TryReceiveAsync() is { } answer)
            {
                Assert.Equal((PacketType.ConnAck, 0), (answer.Type, answer.ReasonCode));
                break;
            }

            Assert.True(Stopwatch.GetElapsedTime(started) < TimeLimits.Event, "the room of a closed connection is not used again");
        }
    }

    [Theory, EveryCell(MosquittoDiffers = OwnSettings)]
    public async Task Connections_of_one_address_above_the_limit_are_closed(BrokerCell cell)
    {
        await using var broker = await StartAsync(cell, ("LIMITS__CONNECTIONSPERADDRESSMAX", "1"));
        await using var first = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await using (var tooMany = await RawMqttClient.OpenAsync(broker))
        {
            await tooMany.ExpectClosedAsync();
        }

        await first.PingAsync();
    }

    [Theory, EveryCell(MosquittoDiffers = OwnSettings)]
    public async Task Connack_tells_the_limits_that_are_set(BrokerCell cell)
    {
        await using var broker = await StartAsync(
            cell,
            ("LIMITS__RECEIVEMAXIMUM", "5"),
            ("LIMITS__MAXIMUMPACKETSIZE", "4096"),
            ("LIMITS__TOPICALIASMAXIMUM", "7"),
            ("LIMITS__KEEPALIVEMAX", "30s"),
            ("LIMITS__SESSIONEXPIRYMAX", "100s"));
        await using var client = await RawMqttClient.ConnectAsync(broker, new ConnectFields { ClientId = Unique.Name("c"), SessionExpiry = 1000, KeepAlive = 60 });
        Assert.Equal(5, client.ConnAck.Number(PropertyId.ReceiveMaximum, -1));
        Assert.Equal(4096, client.ConnAck.Number(PropertyId.MaximumPacketSize, -1));
        Assert.Equal(7, client.ConnAck.Number(PropertyId.TopicAliasMaximum, -1));
        Assert.Equal(30, client.ConnAck.Number(PropertyId.ServerKeepAlive, -1)); // [MQTT-3.2.2-21]
        Assert.Equal(100, client.ConnAck.Number(PropertyId.SessionExpiryInterval, -1)); // §3.2.2.3.2

        await using var modest = await RawMqttClient.ConnectAsync(broker, new ConnectFields { ClientId = Unique.Name("c"), SessionExpiry = 10, KeepAlive = 20 });
        Assert.Null(modest.ConnAck.Property(PropertyId.ServerKeepAlive));
        Assert.Equal(10, modest.ConnAck.Number(PropertyId.SessionExpiryInterval, 10));
    }

    [Theory, EveryCell(MosquittoDiffers = OwnSettings, Rows = nameof(Overflows))]
    public async Task Queue_of_an_offline_session_overflows_as_its_policy_says(BrokerCell cell, string policy, int[] kept)
    {
        await using var broker = await StartAsync(cell, ("LIMITS__QUEUEDMESSAGESMAX", "10"), ("FEATURES__QUEUEOVERFLOW", policy));
        var topic = Unique.Name();
        var fields = new ConnectFields { ClientId = Unique.Name("c"), CleanStart = false, SessionExpiry = 60 };
        await using (var subscriber = await RawMqttClient.ConnectAsync(broker, fields))
        {
            await subscriber.SubscribeAsync(topic, 1);
            await subscriber.DisconnectAsync();
        }

        await using var publisher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        for (var number = 0; number < 25; number++)
        {
            await publisher.PublishAsync(topic, $"{number}", qos: 1);
        }

        await using var again = await RawMqttClient.ConnectAsync(broker, fields);
        Assert.Equal(policy != "disconnect", again.ConnAck.SessionPresent);
        foreach (var number in kept)
        {
            Assert.Equal($"{number}", (await again.ReceivePublishAsync()).Text);
        }

        await again.SubscribeAsync(topic, 1);
        await publisher.PublishAsync(topic, "next", qos: 1);
        Assert.Equal("next", (await again.ReceivePublishAsync()).Text);
    }

    [Theory, EveryCell(MosquittoDiffers = OwnSettings)]
    public async Task Client_that_takes_nothing_is_closed_after_the_stall_timeout(BrokerCell cell)
    {
        await using var broker = await StartAsync(cell, ("LIMITS__OUTPUTSTALLTIMEOUT", "1s"));
        var topic = Unique.Name();
        await using var watcher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await watcher.SubscribeAsync("will" + topic, 0);
        await using var stalled = await RawMqttClient.ConnectAsync(
            broker, new ConnectFields { ClientId = Unique.Name("c"), WillTopic = "will" + topic, WillPayload = "stalled" }, receiveBuffer: 4096);
        await stalled.SubscribeAsync(topic, 0);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        var packet = Packet.Publish(MqttVersion.V50, topic, new byte[60_000]);

        // Until it is closed there is always more for it: what the kernel's buffers took is not waiting in the broker.
        var will = watcher.ReceivePublishAsync();
        while (!will.IsCompleted)
        {
            await publisher.SendAsync(packet);
            await publisher.PingAsync();
        }

        Assert.Equal("stalled", (await will).Text);
    }

    [Theory, EveryCell(MosquittoDiffers = OwnSettings)]
    public async Task Sticky_group_gives_all_messages_to_one_member(BrokerCell cell)
    {
        var counts = await ShareAsync(cell, "sticky", topics: 1);
        Assert.Equal([0, 0, 40], counts.Select(topics => topics.Values.Sum()).Order());
    }

    [Theory, EveryCell(MosquittoDiffers = OwnSettings)]
    public async Task Group_that_hashes_by_topic_gives_each_topic_to_one_member(BrokerCell cell)
    {
        var counts = await ShareAsync(cell, "hash-by-topic", topics: 20);
        Assert.Equal(20, counts.Sum(topics => topics.Count)); // no topic at two members
        Assert.All(counts.SelectMany(topics => topics.Values), count => Assert.Equal(2, count));
    }

    /// <summary>40 messages to a group of three; the result is, per member, how many of each topic it got.</summary>
    private static async Task<List<Dictionary<string, int>>> ShareAsync(BrokerCell cell, string strategy, int topics)
    {
        await using var broker = await StartAsync(cell, ("FEATURES__SHAREDGROUPSTRATEGY", strategy));
        var root = Unique.Name();
        List<RawMqttClient> members = [];
        try
        {
            for (var number = 0; number < 3; number++)
            {
                members.Add(await RawMqttClient.ConnectAsync(broker, MqttVersion.V50));
                await members[^1].SubscribeAsync($"$share/group/{root}/+", 1);
                await members[^1].SubscribeAsync("end" + root, 0);
            }

            await using var publisher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
            for (var number = 0; number < 40; number++)
            {
                await publisher.PublishAsync($"{root}/{number % topics}", "x", qos: 1);
            }

            // The members have got everything when they have got all 40 between them; until then they are read in parallel.
            var left = 40;
            List<Dictionary<string, int>> counts = [.. members.Select(_ => new Dictionary<string, int>())];
            var complete = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var readers = members.Select(async (member, index) =>
            {
                while (await member.TryReceiveAsync() is { Type: PacketType.Publish } publish && publish.QoS == 1)
                {
                    await member.SendAsync(Packet.Ack(PacketType.PubAck, publish.PacketIdentifier));
                    counts[index][publish.Topic] = counts[index].GetValueOrDefault(publish.Topic) + 1;
                    if (Interlocked.Decrement(ref left) == 0)
                    {
                        complete.SetResult();
                    }
                }
            }).ToArray();
            await complete.Task.WaitAsync(TimeLimits.Event);
            await publisher.PublishAsync("end" + root, "end");
            await Task.WhenAll(readers);
            return counts;
        }
        finally
        {
            foreach (var member in members)
            {
                await member.DisposeAsync();
            }
        }
    }

    private static Task<BrokerProcess> StartAsync(BrokerCell cell, params (string Name, string Value)[] settings) =>
        BrokerProcess.StartAsync(new BrokerSettings { Cell = cell, Environment = settings.ToDictionary(setting => "GODWIT__" + setting.Name, setting => setting.Value) });
}
