using System.Collections.Concurrent;
using Godwit.Broker;
using Godwit.Broker.Hooks;
using Godwit.Broker.Options;
using Godwit.Engine;

namespace Godwit.Cli.Tests.Bench;

/// <summary>A broker in the process of the tests, which notes who connects and what is published.</summary>
internal sealed class BenchBroker : IAsyncDisposable, IAuthenticator, IPublishInterceptor
{
    private readonly ConcurrentBag<(ClientContext Client, string? Password)> _clients = [];
    private readonly ConcurrentDictionary<string, int> _topics = [];
    private GodwitBroker? _broker;
    private long _published;

    public GodwitBroker Broker => _broker!;

    public string Url => Broker.Listeners[0].Url;

    public IReadOnlyCollection<(ClientContext Client, string? Password)> Clients => _clients;

    public IEnumerable<string> Topics => _topics.Keys;

    public long PublishedCount => Interlocked.Read(ref _published);

    public AuthenticationResult Authentication { get; init; } = AuthenticationResult.Allow();

    /// <summary>What becomes of a message, by its number from 1.</summary>
    public Func<long, PublishContext, PublishDecision> Decide { get; init; } = (_, _) => PublishDecision.Continue;

    public async Task<BenchBroker> StartAsync(string url = "mqtt://127.0.0.1:0", Func<EngineOptions, EngineOptions>? configure = null)
    {
        var options = new BrokerOptions
        {
            Listeners = [new ListenerOptions { Url = url }],
            Loops = 1,
            Hooks = new BrokerHooks { Authenticators = [this], PublishInterceptors = [this] },
        };
        _broker = await GodwitBroker.StartAsync(options with { Engine = configure?.Invoke(options.Engine) ?? options.Engine });
        return this;
    }

    public ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationContext context, CancellationToken cancellation)
    {
        _clients.Add((context.Client, context.GetPasswordText()));
        return ValueTask.FromResult(Authentication);
    }

    public ValueTask<PublishDecision> InterceptAsync(PublishContext context, CancellationToken cancellation)
    {
        _topics.TryAdd(context.Message.Topic, 0);
        return ValueTask.FromResult(Decide(Interlocked.Increment(ref _published), context));
    }

    /// <summary>Waits until so many messages were published.</summary>
    public async Task WaitForMessagesAsync(long count)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (PublishedCount < count)
        {
            await Task.Delay(10, limit.Token);
        }
    }

    public ValueTask DisposeAsync() => _broker?.DisposeAsync() ?? default;
}
