using System.Diagnostics;

namespace Godwit.EndToEnd.Tests;

/// <summary>Peers that fall silent. §3.1.2.10, §4.13.</summary>
public sealed class TimeoutTests(BrokerCells cells) : EndToEndTest(cells)
{
    private const int KeepAliveTimeout = 0x8D;

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Silent_client_is_disconnected_after_one_and_a_half_keep_alives(BrokerCell cell, MqttVersion version)
    {
        // [MQTT-3.1.2-22]
        var broker = await BrokerAsync(cell);
        var started = Stopwatch.GetTimestamp();
        await using var client = await RawMqttClient.ConnectAsync(broker, new ConnectFields { Version = version, ClientId = Unique.Name("c"), KeepAlive = 1 });
        await client.ExpectDisconnectAsync(KeepAliveTimeout);
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromSeconds(1.4), TimeLimits.Event);
    }

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50)]
    public async Task Truncated_packet_then_silence_ends_with_the_keep_alive(BrokerCell cell, MqttVersion version)
    {
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), new ConnectFields { Version = version, ClientId = Unique.Name("c"), KeepAlive = 1 });
        await client.SendAsync(Packet.Publish(version, Unique.Name(), "cut off", qos: 1, packetId: 1)[..^3]);
        await client.ExpectDisconnectAsync(KeepAliveTimeout);
    }

    [Theory, EveryCell(MosquittoDiffers = "has no CONNECT timeout that can be set")]
    public async Task Connection_without_a_whole_connect_is_closed_after_the_connect_timeout(BrokerCell cell)
    {
        await using var broker = await BrokerProcess.StartAsync(new BrokerSettings
        {
            Cell = cell,
            Environment = new Dictionary<string, string> { ["GODWIT__LIMITS__CONNECTTIMEOUT"] = "00:00:02" },
        });
        var connect = Packet.Connect(new ConnectFields { ClientId = Unique.Name("c") });
        await using var connected = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        var started = Stopwatch.GetTimestamp();
        List<RawMqttClient> silent = [];
        try
        {
            for (var length = 0; length < connect.Length; length++)
            {
                var client = await RawMqttClient.OpenAsync(broker);
                silent.Add(client);
                await client.SendAsync(connect[..length]);
            }

            await Task.WhenAll(silent.Select(client => client.ExpectClosedAsync()));
            Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(10));
        }
        finally
        {
            foreach (var client in silent)
            {
                await client.DisposeAsync();
            }
        }

        await connected.PingAsync();
    }
}
