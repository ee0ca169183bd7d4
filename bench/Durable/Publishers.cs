using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.DurableBench;

/// <summary>Publishes many messages at QoS 1 with a full window.</summary>
internal static class Publishers
{
    private const int Window = 1000;

    internal static async Task PublishAsync(string address, int count, Func<int, string> topic, int payloadLength, bool retain, Action<int>? progress = null)
    {
        await using var client = await MqttClient.ConnectAsync(address, new MqttClientOptions { ProtocolVersion = ProtocolVersion.Mqtt311 });
        byte[] payload = new byte[payloadLength];
        var window = new Queue<Task<PublishResult>>();
        for (int i = 0; i < count; i++)
        {
            if (window.Count == Window)
            {
                await window.Dequeue();
            }

            window.Enqueue(client.PublishAsync(topic(i), payload, QualityOfService.AtLeastOnce, retain).AsTask());
            progress?.Invoke(i + 1);
        }

        await Task.WhenAll(window);
    }
}
