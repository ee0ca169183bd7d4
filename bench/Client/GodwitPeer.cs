using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.ClientBench;

/// <summary>Godwit.Client: publications are awaited, messages come by <c>await foreach</c>.</summary>
internal sealed class GodwitPeer : IPeer
{
    private MqttClient? _client;

    public async Task ConnectAsync(ushort port) => _client = await MqttClient.ConnectAsync($"mqtt://127.0.0.1:{port}");

    public async Task PublishAsync(string topic, byte[] payload, int qos, Meter meter)
    {
        while (meter.IsRunning)
        {
            if (meter.Paused is { } pause)
            {
                await pause;
            }

            await _client!.PublishAsync(topic, payload, (QualityOfService)qos);
            meter.Count(payload.Length);
        }
    }

    public async Task SubscribeAsync(string topic, int qos, Meter meter)
    {
        var subscription = await _client!.SubscribeAsync(topic, (QualityOfService)qos);
        _ = ReadAsync(subscription, meter);
    }

    public ValueTask DisposeAsync() => _client?.DisposeAsync() ?? default;

    private static async Task ReadAsync(MqttSubscription subscription, Meter meter)
    {
        await foreach (var message in subscription)
        {
            meter.Count(message.Payload.Length);
        }
    }
}
