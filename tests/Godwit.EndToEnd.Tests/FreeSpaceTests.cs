using Godwit.Broker;
using Godwit.Broker.Options;
using Godwit.Engine.Journals;
using Godwit.Storage.RocksDb;

namespace Godwit.EndToEnd.Tests;

/// <summary>A broker in this process, with its store on a disk that has as little room as a test says: where no small disk can be mounted, too.</summary>
public sealed class FreeSpaceTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("godwit-test-").FullName;
    private long _free;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Theory, InlineData(1), InlineData(3)]
    public async Task Without_room_what_has_to_be_kept_is_refused_and_all_goes_on_by_itself_when_there_is_some(int loops)
    {
        Assert.SkipWhen(TestBroker.IsMosquitto, "godwit-server's own");
        var offline = new ConnectFields { ClientId = "offline", CleanStart = false, SessionExpiry = 3600 };
        var older = new ConnectFields { Version = MqttVersion.V311, ClientId = "older" };
        await using (var broker = await StartAsync(loops))
        {
            var address = AddressOf(broker);
            await using (var subscriber = await RawMqttClient.ConnectAsync(address, offline))
            {
                // The first commit has found the disk full: its own room is not refused.
                await subscriber.SubscribeAsync("t", 2);
                await subscriber.DisconnectAsync();
            }

            await using var live = await RawMqttClient.ConnectAsync(address, MqttVersion.V50);
            await live.SubscribeAsync("t", 0);
            await using var modern = await RawMqttClient.ConnectAsync(address, MqttVersion.V50);
            await modern.SendAsync(Packet.Publish(MqttVersion.V50, "t", "refused", qos: 1, packetId: 1));
            Assert.Equal(0x97, (await modern.ReceiveAsync(PacketType.PubAck)).ReasonCode);
            await modern.SendAsync(Packet.Publish(MqttVersion.V50, "t", "refused", qos: 2, packetId: 2));
            Assert.Equal(0x97, (await modern.ReceiveAsync(PacketType.PubRec)).ReasonCode);
            await using (var silent = await RawMqttClient.ConnectAsync(address, older))
            {
                await silent.SendAsync(Packet.Publish(MqttVersion.V311, "t", "1", qos: 1, packetId: 7));
                await silent.PingAsync(); // would follow a PUBACK
                await modern.PublishAsync("t", "at most once");
                Assert.Equal("at most once", (await live.ReceivePublishAsync()).Text);
                Interlocked.Exchange(ref _free, long.MaxValue);
                await silent.ExpectClosedAsync();
            }

            await using var again = await RawMqttClient.ConnectAsync(address, older);
            await again.SendAsync(Packet.Publish(MqttVersion.V311, "t", "1", qos: 1, packetId: 7, dup: true));
            await again.ReceiveAckAsync(PacketType.PubAck, 7);
            await modern.PublishAsync("t", "2", qos: 2, packetId: 2);
        }

        await using var next = await StartAsync(loops);
        await using var resumed = await RawMqttClient.ConnectAsync(AddressOf(next), offline);
        Assert.True(resumed.ConnAck.SessionPresent);
        Assert.Equal(["1", "2"], [(await resumed.ReceivePublishAsync()).Text, (await resumed.ReceivePublishAsync()).Text]);
        Assert.DoesNotContain(await resumed.PingAndCollectAsync(), packet => packet.Type == PacketType.Publish);
    }

    private static BrokerAddress AddressOf(GodwitBroker broker) => new("127.0.0.1", broker.Listeners[0].EndPoint.Port, TimeLimits.Event);

    private Task<GodwitBroker> StartAsync(int loops) => GodwitBroker.StartAsync(new BrokerOptions
    {
        Listeners = [new ListenerOptions { Url = "mqtt://127.0.0.1:0" }],
        Loops = loops,
        Placement = LoopPlacement.RoundRobin,
        Durability = DurabilityLevel.Os,
        DataDirectory = _data,
        OpenStore = options => RocksDbStore.Open(new RocksDbStoreOptions
        {
            Directory = options.DataDirectory,
            Level = options.Durability,
            FreeBytes = () => Interlocked.Read(ref _free),
        }),
    });
}
