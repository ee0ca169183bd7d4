using Godwit.Broker;
using Godwit.Broker.Options;
using Godwit.Engine;
using Godwit.Engine.Journals;
using Godwit.Storage.RocksDb;

namespace Godwit.EndToEnd.Tests;

/// <summary>A broker in this process whose queues are full together, until what waits there has grown too old.</summary>
public sealed class QueueLimitTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("godwit-test-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Theory, InlineData(DurabilityLevel.Memory), InlineData(DurabilityLevel.Os)]
    public async Task Full_queues_refuse_what_has_to_be_kept_until_what_waits_there_has_grown_too_old(DurabilityLevel level)
    {
        Assert.SkipWhen(TestBroker.IsMosquitto, "godwit-server's own");
        var offline = new ConnectFields { ClientId = "offline", CleanStart = false, SessionExpiry = 3600 };
        await using var broker = await StartAsync(level);
        var address = new BrokerAddress("127.0.0.1", broker.Listeners[0].EndPoint.Port, TimeLimits.Event);
        await using (var subscriber = await RawMqttClient.ConnectAsync(address, offline))
        {
            await subscriber.SubscribeAsync("t", 1);
            await subscriber.DisconnectAsync();
        }

        await using var publisher = await RawMqttClient.ConnectAsync(address, MqttVersion.V50);
        Assert.Equal(0, await PublishAsync(publisher, "1"));
        Assert.Equal(0x97, await PublishAsync(publisher, "refused"));
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (await PublishAsync(publisher, "last") != 0)
        {
            await Task.Delay(50, patience.Token);
        }

        await using var resumed = await RawMqttClient.ConnectAsync(address, offline);
        Assert.Equal("last", (await resumed.ReceivePublishAsync()).Text);
        Assert.DoesNotContain(await resumed.PingAndCollectAsync(), packet => packet.Type == PacketType.Publish);
    }

    private static async Task<int> PublishAsync(RawMqttClient publisher, string text)
    {
        await publisher.SendAsync(Packet.Publish(MqttVersion.V50, "t", text, qos: 1, packetId: 1));
        return (await publisher.ReceiveAsync(PacketType.PubAck)).ReasonCode;
    }

    private Task<GodwitBroker> StartAsync(DurabilityLevel level) => GodwitBroker.StartAsync(new BrokerOptions
    {
        Listeners = [new ListenerOptions { Url = "mqtt://127.0.0.1:0" }],
        Durability = level,
        DataDirectory = _data,
        Engine = new EngineOptions { QueuedAgeSecondsMax = 3, AllQueuesMessagesMax = 1 },
        OpenStore = options => RocksDbStore.Open(new RocksDbStoreOptions
        {
            Directory = options.DataDirectory,
            Level = options.Durability,
            QueuedMessagesMax = options.Engine.AllQueuesMessagesMax,
        }),
    });
}
