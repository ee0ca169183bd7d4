namespace Godwit.EndToEnd.Tests;

/// <summary>Several connections with one client identifier, also when they land on different loops. [MQTT-3.1.4-3].</summary>
public sealed class TakeoverTests(BrokerCells cells) : EndToEndTest(cells)
{
    private const int SessionTakenOver = 0x8E;

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Second_connection_ends_the_first_and_inherits_its_session(BrokerCell cell, MqttVersion version)
    {
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        var fields = new ConnectFields { Version = version, ClientId = Unique.Name("c"), CleanStart = false, SessionExpiry = 60 };
        await using var publisher = await RawMqttClient.ConnectAsync(broker, version);
        await using var first = await RawMqttClient.ConnectAsync(broker, fields);
        await first.SubscribeAsync(topic, 1);
        await publisher.PublishAsync(topic, "unacknowledged", qos: 1);
        var before = await first.ReceiveAsync(PacketType.Publish);

        await using var second = await RawMqttClient.ConnectAsync(broker, fields);
        Assert.Equal(version != MqttVersion.V31, second.ConnAck.SessionPresent);
        await first.ExpectDisconnectAsync(SessionTakenOver);
        var after = await second.ReceivePublishAsync();
        Assert.Equal((before.PacketIdentifier, "unacknowledged", true), (after.PacketIdentifier, after.Text, after.Dup));
        await publisher.PublishAsync(topic, "live", qos: 1);
        Assert.Equal("live", (await second.ReceivePublishAsync()).Text);
    }

    [Theory, EveryCell]
    public async Task Takeover_crosses_protocol_levels(BrokerCell cell)
    {
        var broker = await BrokerAsync(cell);
        var clientId = Unique.Name("c");
        await using var first = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50, clientId);
        await using var second = await RawMqttClient.ConnectAsync(broker, MqttVersion.V311, clientId);
        await first.ExpectDisconnectAsync(SessionTakenOver);
        await using var third = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50, clientId);
        await second.ExpectClosedAsync();
        await third.PingAsync();
    }

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50)]
    public async Task Storm_on_one_client_identifier_ends_with_one_live_connection(BrokerCell cell, MqttVersion version)
    {
        const int Attackers = 8;
        const int Rounds = 25;
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var bystander = await RawMqttClient.ConnectAsync(broker, version);
        var fields = new ConnectFields { Version = version, ClientId = Unique.Name("c"), CleanStart = false, SessionExpiry = 60 };
        var connect = Packet.Connect(fields);
        var clients = new System.Collections.Concurrent.ConcurrentBag<RawMqttClient>();
        try
        {
            await Task.WhenAll(Enumerable.Range(0, Attackers).Select(_ => Task.Run(async () =>
            {
                for (var round = 0; round < Rounds; round++)
                {
                    var client = await RawMqttClient.OpenAsync(broker, version);
                    clients.Add(client);
                    await client.SendAsync(connect);
                }
            })));
            await bystander.PingAsync();

            // One that is overtaken before its CONNACK has left may end without a word; each other gets CONNACK and, unless it is the one that stays, 0x8E.
            var contenders = clients.Select(client => (Client: client, Pong: new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))).ToList();
            var ends = contenders.Select(contender => (Task: FollowAsync(contender.Client, contender.Pong), Contender: contender)).ToList();
            while (ends.Count > 1)
            {
                var ended = await Task.WhenAny(ends.Select(entry => entry.Task));
                await ended;
                ends.RemoveAt(ends.FindIndex(entry => entry.Task == ended));
            }

            var (end, survivor) = ends.Single();
            await survivor.Client.SendAsync(Packet.PingReq);
            await survivor.Pong.Task.WaitAsync(TimeLimits.Event);
            Assert.False(end.IsCompleted);

            await using var heir = await RawMqttClient.ConnectAsync(broker, fields);
            await end;
            await heir.SubscribeAsync(topic, 1);
            await bystander.PublishAsync(topic, "alive", qos: 1);
            Assert.Equal("alive", (await heir.ReceivePublishAsync()).Text);
        }
        finally
        {
            foreach (var client in clients)
            {
                await client.DisposeAsync();
            }
        }
    }

    /// <summary>Reads until the broker ends the connection.</summary>
    private static async Task FollowAsync(RawMqttClient client, TaskCompletionSource pong)
    {
        if (await client.TryReceiveAsync() is not { } first)
        {
            return;
        }

        Assert.Equal((PacketType.ConnAck, 0), (first.Type, first.ReasonCode));
        while (await client.TryReceiveAsync() is { } packet)
        {
            if (packet.Type == PacketType.PingResp)
            {
                pong.SetResult();
            }
            else
            {
                Assert.Equal((PacketType.Disconnect, SessionTakenOver), (packet.Type, packet.ReasonCode));
                await client.ExpectClosedAsync();
                return;
            }
        }

        // mosquitto 2.0.11 has no 0x8E for those it sends away.
        Assert.True(client.Version == MqttVersion.V311 || TestBroker.IsMosquitto, "closed without 0x8E");
    }
}
