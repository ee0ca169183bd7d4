using System.Text;

namespace Godwit.EndToEnd.Tests;

/// <summary>SIGTERM: the broker says goodbye, sends what it still has, and leaves with exit code 0.</summary>
public sealed class ShutdownTests(BrokerCells cells) : EndToEndTest(cells)
{
    private const int ServerShuttingDown = 0x8B;

    [Theory, EveryCell]
    public async Task Sigterm_tells_version_5_clients_closes_the_others_and_ends_with_0(BrokerCell cell)
    {
        await using var broker = await BrokerProcess.StartAsync(new BrokerSettings { Cell = cell });
        var topic = Unique.Name();
        List<RawMqttClient> clients = [];
        try
        {
            for (var number = 0; number < 12; number++)
            {
                var client = await RawMqttClient.ConnectAsync(broker, number % 2 == 0 ? MqttVersion.V50 : MqttVersion.V311);
                clients.Add(client);
                await client.SubscribeAsync(topic, 0);
            }

            await using var silent = await RawMqttClient.OpenAsync(broker);
            broker.Terminate();
            foreach (var client in clients)
            {
                await client.ExpectDisconnectAsync(ServerShuttingDown);
            }

            await silent.ExpectClosedAsync();
            Assert.Equal(0, await broker.WaitForExitAsync());
            await Assert.ThrowsAsync<MqttExpectationException>(() => RawMqttClient.OpenAsync(broker));
        }
        finally
        {
            foreach (var client in clients)
            {
                await client.DisposeAsync();
            }
        }
    }

    [Theory, EveryCell]
    public async Task Sigterm_is_not_held_up_by_a_client_that_does_not_read(BrokerCell cell)
    {
        await using var broker = await BrokerProcess.StartAsync(new BrokerSettings { Cell = cell });
        var topic = Unique.Name();
        await using var stalled = await RawMqttClient.ConnectAsync(broker, new ConnectFields { ClientId = Unique.Name("c") }, receiveBuffer: 4096);
        await stalled.SubscribeAsync(topic, 0);
        await using var publisher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        var packet = Packet.Publish(MqttVersion.V50, topic, Encoding.UTF8.GetBytes(new string('x', 60_000)));
        for (var count = 0; count < 300; count++)
        {
            await publisher.SendAsync(packet);
        }

        await publisher.PublishAsync(Unique.Name(), "sentinel", qos: 1);
        broker.Terminate();
        Assert.Equal(0, await broker.WaitForExitAsync());
    }
}
