using System.Threading.Channels;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Godwit.Interop.Tests;

/// <summary>An MQTTnet client that keeps what arrives until a test asks for it.</summary>
internal sealed class MqttNetPeer : IAsyncDisposable
{
    private static readonly MqttClientFactory Factory = new();
    private readonly Channel<MqttApplicationMessage> _received = Channel.CreateUnbounded<MqttApplicationMessage>();
    private readonly TaskCompletionSource<MqttClientDisconnectedEventArgs> _disconnected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private MqttNetPeer(IMqttClient client)
    {
        Client = client;
        client.ApplicationMessageReceivedAsync += received =>
        {
            _received.Writer.TryWrite(received.ApplicationMessage);
            return Task.CompletedTask;
        };
        client.DisconnectedAsync += disconnected =>
        {
            _disconnected.TrySetResult(disconnected);
            return Task.CompletedTask;
        };
    }

    /// <summary>The client itself.</summary>
    public IMqttClient Client { get; }

    /// <summary>What the broker answered to CONNECT.</summary>
    public MqttClientConnectResult Connected { get; private set; } = null!;

    /// <summary>Connects at a protocol version, otherwise as MQTTnet does by default.</summary>
    public static async Task<MqttNetPeer> ConnectAsync(BrokerProcess broker, MqttVersion version, Action<MqttClientOptionsBuilder>? configure = null, string? clientId = null)
    {
        var options = Factory.CreateClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", broker.Port)
            .WithClientId(clientId ?? Unique.Name("c"))
            .WithTimeout(TimeLimits.Event)
            .WithProtocolVersion(version switch
            {
                MqttVersion.V31 => MqttProtocolVersion.V310,
                MqttVersion.V311 => MqttProtocolVersion.V311,
                _ => MqttProtocolVersion.V500,
            });
        configure?.Invoke(options);
        var peer = new MqttNetPeer(Factory.CreateMqttClient());
        using var limit = new CancellationTokenSource(TimeLimits.Event);
        peer.Connected = await peer.Client.ConnectAsync(options.Build(), limit.Token);
        Assert.Equal(MqttClientConnectResultCode.Success, peer.Connected.ResultCode);
        return peer;
    }

    /// <summary>Connects with a session that outlives the connection.</summary>
    public static Task<MqttNetPeer> ConnectKeptAsync(BrokerProcess broker, MqttVersion version, string clientId) =>
        ConnectAsync(
            broker,
            version,
            options =>
            {
                options.WithCleanSession(false);
                if (version == MqttVersion.V50)
                {
                    options.WithSessionExpiryInterval(60);
                }
            },
            clientId);

    /// <summary>Subscribes; the result is the reason code of the one filter.</summary>
    public async Task<MqttClientSubscribeResultCode> SubscribeAsync(string filter, int qos, Action<MqttTopicFilterBuilder>? configure = null, uint identifier = 0)
    {
        var options = Factory.CreateSubscribeOptionsBuilder().WithTopicFilter(topicFilter =>
        {
            topicFilter.WithTopic(filter).WithQualityOfServiceLevel((MqttQualityOfServiceLevel)qos);
            configure?.Invoke(topicFilter);
        });
        if (identifier > 0)
        {
            options.WithSubscriptionIdentifier(identifier);
        }

        using var limit = new CancellationTokenSource(TimeLimits.Event);
        var result = await Client.SubscribeAsync(options.Build(), limit.Token);
        return Assert.Single(result.Items).ResultCode;
    }

    /// <summary>Publishes and waits for the acknowledgement.</summary>
    public async Task<MqttClientPublishResult> PublishAsync(string topic, string payload, int qos, bool retain = false, Action<MqttApplicationMessageBuilder>? configure = null)
    {
        var message = new MqttApplicationMessageBuilder()
            .WithTopic(topic)
            .WithPayload(payload)
            .WithQualityOfServiceLevel((MqttQualityOfServiceLevel)qos)
            .WithRetainFlag(retain);
        configure?.Invoke(message);
        using var limit = new CancellationTokenSource(TimeLimits.Event);
        var result = await Client.PublishAsync(message.Build(), limit.Token);
        Assert.True(result.IsSuccess, $"{result.ReasonCode}");
        return result;
    }

    /// <summary>The next message.</summary>
    public async Task<MqttApplicationMessage> ReceiveAsync()
    {
        using var limit = new CancellationTokenSource(TimeLimits.Event);
        try
        {
            return await _received.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new MqttExpectationException($"no message within {TimeLimits.Event}");
        }
    }

    /// <summary>The next message's payload.</summary>
    public async Task<string> ReceiveTextAsync() => (await ReceiveAsync()).ConvertPayloadToString();

    /// <summary>Waits for the end of the connection.</summary>
    public Task<MqttClientDisconnectedEventArgs> WaitForDisconnectAsync() => _disconnected.Task.WaitAsync(TimeLimits.Event);

    /// <summary>Says DISCONNECT.</summary>
    public Task DisconnectAsync() => Client.DisconnectAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Client.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>User Properties as pairs.</summary>
    public static IEnumerable<(string Name, string Value)> UserPropertiesOf(MqttApplicationMessage message) =>
        (message.UserProperties ?? []).Select(property => (property.Name, property.ReadValueAsString()));
}
