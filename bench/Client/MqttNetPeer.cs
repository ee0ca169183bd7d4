using System.Globalization;
using System.Net;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Godwit.ClientBench;

/// <summary>MQTTnet's client: one message object is used again and again, which is its cheapest way; messages come by its event.</summary>
internal sealed class MqttNetPeer : IPeer
{
    // Its default of 8 KiB becomes the socket's receive buffer, far below the segment size of loopback: Linux then holds a fast
    // sender back for 200 ms again and again, and the client receives some 250 messages per second.
    private const int SocketBufferSize = 256 * 1024;

    private static readonly MqttClientFactory Factory = new();
    private readonly IMqttClient _client = Factory.CreateMqttClient();

    public Task ConnectAsync(ushort port) => _client.ConnectAsync(Factory.CreateClientOptionsBuilder()
        .WithEndPoint(new IPEndPoint(IPAddress.Loopback, port))
        .WithTcpServer(tcp => tcp.BufferSize = SocketBufferSize)
        .WithProtocolVersion(MqttProtocolVersion.V500)
        .Build());

    public async Task PublishAsync(string topic, byte[] payload, int qos, Meter meter)
    {
        var message = new MqttApplicationMessageBuilder()
            .WithTopic(topic)
            .WithPayload(payload)
            .WithQualityOfServiceLevel((MqttQualityOfServiceLevel)qos)
            .Build();
        while (meter.IsRunning)
        {
            if (meter.Paused is { } pause)
            {
                await pause;
            }

            var result = await _client.PublishAsync(message);
            if (!result.IsSuccess)
            {
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"MQTTnet's publication ended with {result.ReasonCode}."));
            }

            meter.Count(payload.Length);
        }
    }

    public async Task SubscribeAsync(string topic, int qos, Meter meter)
    {
        _client.ApplicationMessageReceivedAsync += received =>
        {
            meter.Count((int)received.ApplicationMessage.Payload.Length);
            return Task.CompletedTask;
        };
        await _client.SubscribeAsync(topic, (MqttQualityOfServiceLevel)qos);
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }
}
