using Godwit.Broker;
using Godwit.Broker.Options;
using Godwit.Client;
using Godwit.Protocol;
using Godwit.Testing;

namespace Godwit.Samples.Tests.Snippets;

/// <summary>What the snippets have around them: a broker of their own and a time limit.</summary>
public abstract class SnippetTest : IAsyncLifetime
{
    private readonly CancellationTokenSource _limit = new(TimeLimits.Process);
    private GodwitBroker? _broker;
    private string? _server;

    protected GodwitBroker Running => _broker!;

    protected string Server => _server!;

    protected CancellationToken Limit => _limit.Token;

    public virtual async ValueTask InitializeAsync()
    {
        _broker = await GodwitBroker.StartAsync(new BrokerOptions { Listeners = [new ListenerOptions { Url = "mqtt://127.0.0.1:0" }] }, cancellation: Limit);
        _server = _broker.Listeners[0].Url;
    }

    public virtual async ValueTask DisposeAsync()
    {
        await _broker!.DisposeAsync();
        _limit.Dispose();
        GC.SuppressFinalize(this);
    }

    protected async Task PublishAsync(string topic, string payload)
    {
        await using var client = await MqttClient.ConnectAsync(Server, cancellationToken: Limit);
        await client.PublishAsync(topic, payload, QualityOfService.AtLeastOnce, cancellationToken: Limit);
    }
}
