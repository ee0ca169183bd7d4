using Godwit.Broker;
using Godwit.Broker.Hooks;
using Godwit.Broker.Hosting;
using Godwit.Broker.Options;
using Godwit.Client;
using Godwit.Engine;
using Godwit.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Samples.Tests.Snippets;

/// <summary>The code of docs/embedding.md: starting, publishing, subscribing, stopping.</summary>
public sealed class EmbeddingSnippets : SnippetTest
{
    [Fact]
    public async Task Start_without_a_host()
    {
        // snippet: start
        var options = new BrokerOptions
        {
            Listeners = [new ListenerOptions { Url = "mqtt://127.0.0.1:0" }], // 0: a free port
            Loops = 1,
            Engine = new EngineOptions { MaximumPacketSize = 64 * 1024 },
        };
        await using var broker = await GodwitBroker.StartAsync(options);
        Console.WriteLine(broker.Listeners[0].Url); // mqtt://127.0.0.1:43210
        // end

        await using var client = await MqttClient.ConnectAsync(broker.Listeners[0].Url, cancellationToken: Limit);
        Assert.Equal(64 * 1024u, client.Connection.MaximumPacketSize);
    }

    [Fact]
    public async Task Start_with_a_host()
    {
        string[] args = ["--urls", "http://127.0.0.1:0"];

        // snippet: host
        var builder = WebApplication.CreateBuilder(args);
        builder.Services
            .AddGodwitBroker(
                builder.Configuration.GetSection("Godwit"),
                options => options with { Listeners = [new ListenerOptions { Url = "mqtt://127.0.0.1:0" }] })
            .AddAuthenticator<Doorkeeper>()
            .AddAuthorizer<OwnTopics>();
        builder.Services.AddSingleton<UserDirectory>();
        builder.Services.AddHostedService<Greeter>();
        await using var app = builder.Build();
        // end

        await app.StartAsync(Limit);
        var broker = await app.Services.GetRequiredService<EmbeddedBroker>().Started;
        var credentials = new MqttCredentials("anna", "secret");
        await using var client = await MqttClient.ConnectAsync(broker.Listeners[0].Url, new MqttClientOptions { Credentials = credentials }, Limit);
        await using var greetings = await client.SubscribeAsync("anna/greeting", cancellationToken: Limit);
        Assert.Equal("hello", (await greetings.ReadAsync(Limit))!.GetPayloadText());
        await app.StopAsync(Limit);
    }

    [Fact]
    public async Task Hooks_without_a_host()
    {
        var users = new UserDirectory();

        // snippet: hooks
        var options = new BrokerOptions
        {
            Listeners = [new ListenerOptions { Url = "mqtt://127.0.0.1:0" }],
            Hooks = new BrokerHooks
            {
                Authenticators = [new Doorkeeper(users)],
                Authorizers = [new OwnTopics()],
                PublishInterceptors = [new Stamp()],
                ConnectionObservers = [new Diary()],
                Timeout = TimeSpan.FromSeconds(2),
            },
        };
        await using var broker = await GodwitBroker.StartAsync(options);
        // end

        var url = broker.Listeners[0].Url;
        var refused = await Assert.ThrowsAsync<MqttConnectException>(() => MqttClient.ConnectAsync(url, cancellationToken: Limit));
        Assert.Equal(ReasonCode.BadUserNameOrPassword, refused.ReasonCode);
        await using var client = await MqttClient.ConnectAsync(url, new MqttClientOptions { Credentials = new MqttCredentials("anna", "secret") }, Limit);
        await using var own = await client.SubscribeAsync("anna/#", cancellationToken: Limit);
        var notAllowed = await Assert.ThrowsAsync<MqttException>(() => client.SubscribeAsync("bert/#", cancellationToken: Limit));
        Assert.Equal(ReasonCode.NotAuthorized, notAllowed.ReasonCode);
        await client.PublishAsync("anna/t", "x", QualityOfService.AtLeastOnce, cancellationToken: Limit);
        Assert.Equal([new MqttUserProperty("publisher", client.ClientId)], (await own.ReadAsync(Limit))!.UserProperties);
    }

    [Fact]
    public async Task Publish_and_subscribe_in_process()
    {
        var broker = Running;

        // snippet: in-process
        await using var subscription = await broker.SubscribeAsync("garden/#");
        var reason = await broker.PublishAsync(BrokerMessage.FromText("garden/temperature", "21.5", QualityOfService.AtLeastOnce, retain: true));
        await foreach (var message in subscription)
        {
            Console.WriteLine($"{message.Topic}: {message.GetPayloadText()}");
            break;
        }
        // end

        Assert.Equal(ReasonCode.Success, reason);
    }

    [Fact]
    public async Task Several_brokers()
    {
        // snippet: several
        await using var inside = await GodwitBroker.StartAsync(new BrokerOptions { Listeners = [new ListenerOptions { Url = "mqtt://127.0.0.1:0" }] });
        await using var outside = await GodwitBroker.StartAsync(new BrokerOptions { Listeners = [new ListenerOptions { Url = "mqtt://127.0.0.1:0" }] });
        await using var readings = await inside.SubscribeAsync("readings/#");
        await inside.PublishAsync(BrokerMessage.FromText("readings/1", "21.5", QualityOfService.AtLeastOnce));
        if (await readings.ReadAsync() is { } reading)
        {
            await outside.PublishAsync(reading with { Retain = true });
        }
        // end

        await using var client = await MqttClient.ConnectAsync(outside.Listeners[0].Url, cancellationToken: Limit);
        await using var bridged = await client.SubscribeAsync("#", cancellationToken: Limit);
        Assert.Equal("21.5", (await bridged.ReadAsync(Limit))!.GetPayloadText());
    }

    [Fact]
    public async Task Stop()
    {
        using var loggers = LoggerFactory.Create(_ => { });

        // snippet: stop
        var broker = await GodwitBroker.StartAsync(new BrokerOptions
        {
            Listeners = [new ListenerOptions { Url = "mqtt://127.0.0.1:0" }],
            DrainTimeoutMilliseconds = 2_000,
        }, loggers);
        var ended = broker.Failure; // completes with an error should a loop ever fail
        await broker.StopAsync();
        // end

        Assert.False(ended.IsFaulted);
        await Assert.ThrowsAsync<BrokerStoppedException>(async () => await broker.PublishAsync(BrokerMessage.FromText("t", "x"), Limit));
    }

    // snippet: test
    [Fact]
    public async Task A_reading_reaches_the_dashboard()
    {
        await using var broker = await GodwitBroker.StartAsync(new BrokerOptions { Listeners = [new ListenerOptions { Url = "mqtt://127.0.0.1:0" }] });
        await using var dashboard = await broker.SubscribeAsync("garden/#");

        // What is tested: here a client of the library, in your test your own code.
        await using var sensor = await MqttClient.ConnectAsync(broker.Listeners[0].Url);
        await sensor.PublishAsync("garden/temperature", "21.5", QualityOfService.AtLeastOnce);

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var message = await dashboard.ReadAsync(limit.Token);
        Assert.Equal("21.5", message!.GetPayloadText());
    }
    // end
}
