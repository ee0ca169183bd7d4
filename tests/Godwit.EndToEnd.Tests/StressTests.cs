using System.Globalization;
using System.Text;

namespace Godwit.EndToEnd.Tests;

/// <summary>
/// Peers that take without giving: they get bounded memory and disturb nobody. Each test has a broker of its own, because it looks at the memory of
/// the process, and runs alone, because it needs both cores.
/// </summary>
public sealed class StressTests(BrokerCells cells) : EndToEndTest(cells)
{
    private const long Mebibyte = 1024 * 1024;

    /// <summary>What one misbehaving peer may cost, with the noise of a collected heap.</summary>
    private const long GrowthMax = 160 * Mebibyte;

    [Theory(DisableParallelization = true), EveryCell(MqttVersion.V311, MqttVersion.V50, MosquittoDiffers = "keeps QoS 0 messages for a stalled socket without a bound")]
    public Task Subscriber_that_stops_reading_costs_bounded_memory_at_qos0(BrokerCell cell, MqttVersion version) => FloodAsync(cell, version, qos: 0);

    [Theory(DisableParallelization = true), EveryCell(MqttVersion.V311, MqttVersion.V50)]
    public Task Subscriber_that_stops_reading_costs_bounded_memory_at_qos1(BrokerCell cell, MqttVersion version) => FloodAsync(cell, version, qos: 1);

    [Theory(DisableParallelization = true), EveryCell(MqttVersion.V311, MqttVersion.V50, MosquittoDiffers = "queues acknowledgements without a bound")]
    public async Task Publisher_that_never_reads_its_acknowledgements_is_held_back_and_loses_none(BrokerCell cell, MqttVersion version)
    {
        const int Batch = 16_384;
        const int BatchesMax = 120;
        await using var broker = await StartAsync(cell);
        await using var bystander = await RawMqttClient.ConnectAsync(broker, version);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, new ConnectFields { Version = version, ClientId = Unique.Name("c") }, receiveBuffer: 4096);
        var topic = Unique.Name();
        var batch = Packet.Join(Enumerable.Range(1, Batch).Select(id => Packet.Publish(version, topic, "x", qos: 1, packetId: id)));
        await bystander.PingAsync();
        var baseline = broker.ReadResidentBytes();
        var highest = baseline;

        var unsent = ReadOnlyMemory<byte>.Empty;
        var batches = 0;
        while (batches < BatchesMax)
        {
            batches++;
            var (sent, isClosed) = await publisher.SendUntilStalledAsync(batch, TimeSpan.FromSeconds(2));
            Assert.False(isClosed, "the broker closed a connection that it should hold back");
            await bystander.PingAsync();
            highest = Math.Max(highest, broker.ReadResidentBytes());
            if (sent < batch.Length)
            {
                unsent = batch.AsMemory(sent);
                break;
            }
        }

        Assert.True(highest - baseline < GrowthMax, $"grew by {(highest - baseline) / Mebibyte} MiB");

        // Now it reads: each message is acknowledged once, in order.
        var rest = publisher.SendAsync(unsent);
        for (var number = 0; number < batches; number++)
        {
            for (var id = 1; id <= Batch; id++)
            {
                await publisher.ReceiveAckAsync(PacketType.PubAck, id);
            }
        }

        Assert.True(await rest);
        await publisher.PingAsync();
    }

    [Theory(DisableParallelization = true), EveryCell]
    public async Task Thousand_connections_that_say_nothing_disturb_nobody(BrokerCell cell)
    {
        const int Count = 1000;
        await using var broker = await StartAsync(cell, ("GODWIT__LIMITS__CONNECTTIMEOUT", "00:00:03"));
        await using var bystander = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        var topic = Unique.Name();
        await bystander.SubscribeAsync(topic, 1);
        var baseline = broker.ReadResidentBytes();
        List<RawMqttClient> silent = [];
        try
        {
            for (var number = 0; number < Count; number++)
            {
                silent.Add(await RawMqttClient.OpenAsync(broker));
                if (number % 100 == 0)
                {
                    await bystander.PublishAsync(topic, "x");
                    Assert.Equal("x", (await bystander.ReceivePublishAsync()).Text);
                }
            }

            await using var late = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
            await late.PingAsync();
            var growth = broker.ReadResidentBytes() - baseline;
            Assert.True(growth < 48 * Mebibyte, $"grew by {growth / Mebibyte} MiB");
            if (!TestBroker.IsMosquitto)
            {
                await Task.WhenAll(silent.Select(client => client.ExpectClosedAsync()));
            }

            await bystander.PingAsync();
        }
        finally
        {
            foreach (var client in silent)
            {
                await client.DisposeAsync();
            }
        }
    }

    [Theory(DisableParallelization = true), EveryCell(MqttVersion.V311, MqttVersion.V50)]
    public async Task Messages_of_each_publisher_keep_their_order_across_loops_at_each_qos(BrokerCell cell, MqttVersion version)
    {
        // [MQTT-4.6.0-5], [MQTT-4.6.0-6]
        const int Publishers = 4;
        const int Subscribers = 6;
        const int Count = 1500;
        var root = Unique.Name();
        var broker = await BrokerAsync(cell);
        List<RawMqttClient> clients = [];
        try
        {
            var subscribers = new List<Task>();
            for (var number = 0; number < Subscribers; number++)
            {
                var subscriber = await RawMqttClient.ConnectAsync(broker, version);
                clients.Add(subscriber);
                await subscriber.SubscribeAsync(number < 3 ? $"{root}/+" : $"{root}/#", number % 3);
                subscribers.Add(Task.Run(() => ReadAllAsync(subscriber, number % 3 == 0)));
            }

            var publishers = new List<Task>();
            for (var number = 0; number < Publishers; number++)
            {
                var publisher = await RawMqttClient.ConnectAsync(broker, version);
                clients.Add(publisher);
                var name = number;
                publishers.Add(Task.Run(() => WriteAllAsync(publisher, name)));
            }

            await Task.WhenAll(publishers);
            await Task.WhenAll(subscribers);
        }
        finally
        {
            foreach (var client in clients)
            {
                await client.DisposeAsync();
            }
        }

        // Each publisher sends at one QoS, since order holds per QoS; a window of 20 keeps QoS 0 from overrunning a reader.
        async Task WriteAllAsync(RawMqttClient publisher, int name)
        {
            var qos = name % 3;
            for (var start = 0; start < Count; start += 20)
            {
                await publisher.SendAsync(Packet.Join(Enumerable.Range(start, 20).Select(
                    sequence => Packet.Publish(version, $"{root}/{name}", sequence.ToString(CultureInfo.InvariantCulture), qos, packetId: sequence + 1))));
                for (var sequence = start; qos > 0 && sequence < start + 20; sequence++)
                {
                    await publisher.ReceiveAckAsync(qos == 1 ? PacketType.PubAck : PacketType.PubRec, sequence + 1);
                }

                for (var sequence = start; qos == 2 && sequence < start + 20; sequence++)
                {
                    await publisher.SendAsync(Packet.Ack(PacketType.PubRel, sequence + 1));
                    await publisher.ReceiveAckAsync(PacketType.PubComp, sequence + 1);
                }

                if (qos == 0)
                {
                    await publisher.PingAsync();
                }
            }
        }

        async Task ReadAllAsync(RawMqttClient subscriber, bool mayMiss)
        {
            var last = Enumerable.Repeat(-1, Publishers).ToArray();
            while (last.Any(sequence => sequence < Count - 1))
            {
                var packet = await subscriber.ReceiveAsync();
                switch (packet.Type)
                {
                    case PacketType.PubRel:
                        await subscriber.SendAsync(Packet.Ack(PacketType.PubComp, packet.PacketIdentifier));
                        continue;
                    case PacketType.Publish when packet.QoS > 0:
                        await subscriber.SendAsync(Packet.Ack(packet.QoS == 1 ? PacketType.PubAck : PacketType.PubRec, packet.PacketIdentifier));
                        break;
                }

                Assert.Equal(PacketType.Publish, packet.Type);
                var name = int.Parse(packet.Topic[(root.Length + 1)..], CultureInfo.InvariantCulture);
                var sequence = int.Parse(packet.Text, CultureInfo.InvariantCulture);
                if (mayMiss)
                {
                    Assert.True(sequence > last[name], $"publisher {name}: {sequence} after {last[name]}");
                }
                else
                {
                    Assert.Equal(last[name] + 1, sequence);
                }

                last[name] = sequence;
            }
        }
    }

    private static async Task FloodAsync(BrokerCell cell, MqttVersion version, int qos)
    {
        const int PayloadLength = 32_000;
        const int Window = 50;
        const int Windows = 250; // 400 MB in all
        await using var broker = await StartAsync(cell);
        var topic = Unique.Name();
        await using var stalled = await RawMqttClient.ConnectAsync(
            broker,
            new ConnectFields { Version = version, ClientId = Unique.Name("c"), CleanStart = false, SessionExpiry = 600 },
            receiveBuffer: 4096);
        await stalled.SubscribeAsync(topic, qos);
        await using var reader = await RawMqttClient.ConnectAsync(broker, version);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, version);
        await reader.SubscribeAsync("other" + topic, 1);
        var payload = Encoding.ASCII.GetBytes(new string('f', PayloadLength));
        var batch = Packet.Join(Enumerable.Range(1, Window).Select(id => Packet.Publish(version, topic, payload, qos, packetId: id)));
        var baseline = broker.ReadResidentBytes();
        var highest = baseline;
        for (var number = 0; number < Windows; number++)
        {
            Assert.True(await publisher.SendAsync(batch));
            for (var id = 1; qos > 0 && id <= Window; id++)
            {
                await publisher.ReceiveAckAsync(PacketType.PubAck, id);
            }

            // Another subscriber of the same publisher gets its messages at once.
            await publisher.PublishAsync("other" + topic, $"{number}", qos: 1, packetId: Window + 1);
            Assert.Equal($"{number}", (await reader.ReceivePublishAsync()).Text);
            highest = Math.Max(highest, broker.ReadResidentBytes());
        }

        Assert.True(highest - baseline < GrowthMax, $"grew by {(highest - baseline) / Mebibyte} MiB");

        // The one that stalled has not lost its connection: once it reads, it gets what was kept for it, and then what is new.
        await publisher.PublishAsync(topic, "end", qos, packetId: Window + 2);
        Assert.SkipWhen(TestBroker.IsMosquitto, "mosquitto drops the newest message of a full queue, so \"end\" does not come");
        while (true)
        {
            var publish = await stalled.ReceivePublishAsync();
            if (publish.Text == "end")
            {
                break;
            }

            if (qos == 0)
            {
                // It may be that "end" was dropped too; what is sent once the queue has room is not.
                await publisher.PublishAsync(topic, "end");
            }
        }
    }

    private static Task<BrokerProcess> StartAsync(BrokerCell cell, params (string Name, string Value)[] environment) =>
        BrokerProcess.StartAsync(new BrokerSettings { Cell = cell, Environment = environment.ToDictionary(entry => entry.Name, entry => entry.Value) });
}
