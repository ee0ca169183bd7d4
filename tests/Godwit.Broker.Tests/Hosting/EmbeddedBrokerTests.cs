using Godwit.Broker.Hooks;
using Godwit.Broker.Hosting;
using Godwit.Broker.Options;
using Godwit.Broker.Tests.Hooks;
using Godwit.Client;
using Godwit.Protocol;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Godwit.Broker.Tests.Hosting;

/// <summary>A host has the broker as one of its services.</summary>
public sealed class EmbeddedBrokerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Broker_starts_and_stops_with_its_host_and_can_be_injected()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddGodwitBroker(configure: options => options with { Listeners = [new ListenerOptions { Url = "mqtt://127.0.0.1:0" }] });
        builder.Services.AddHostedService<Greeter>();
        using var host = builder.Build();
        await host.StartAsync(Cancellation);
        var embedded = host.Services.GetRequiredService<EmbeddedBroker>();
        var broker = await embedded.Started;
        await using (var client = await MqttClient.ConnectAsync($"mqtt://{broker.Listeners[0].EndPoint}", cancellationToken: Cancellation))
        {
            var subscription = await client.SubscribeAsync("#", cancellationToken: Cancellation);
            Assert.Equal("hello", (await subscription.ReadAsync(Cancellation))!.GetPayloadText());
        }

        await host.StopAsync(Cancellation);
        await Assert.ThrowsAsync<BrokerStoppedException>(async () => await embedded.PublishAsync(BrokerMessage.FromText("t", "x"), Cancellation));
    }

    [Fact]
    public async Task Settings_come_from_a_section_and_hooks_from_the_container()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Godwit:Listen:0"] = "mqtt://127.0.0.1:0",
            ["Godwit:Loops"] = "1",
            ["urls"] = "http://127.0.0.1:0",
            ["Godwit:Limits:ReceiveMaximum"] = "7",
        });
        builder.Services.AddSingleton<Users>();
        builder.Services.AddGodwitBroker(builder.Configuration.GetSection("Godwit"))
            .AddAuthenticator<Doorkeeper>()
            .AddPublishInterceptor<Stamp>();
        await using var app = builder.Build();
        await app.StartAsync(Cancellation);
        var embedded = app.Services.GetRequiredService<EmbeddedBroker>();
        var broker = await embedded.Started;
        Assert.Equal(1, broker.LoopCount);
        string url = $"mqtt://{broker.Listeners[0].EndPoint}";
        var refused = await Assert.ThrowsAsync<MqttConnectException>(() => MqttClient.ConnectAsync(url, cancellationToken: Cancellation));
        Assert.Equal(ReasonCode.BadUserNameOrPassword, refused.ReasonCode);
        await using var client = await MqttClient.ConnectAsync(url, new MqttClientOptions { Credentials = new MqttCredentials("anna", "secret") }, Cancellation);
        Assert.Equal(7, client.Connection.ReceiveMaximum);
        await using var subscription = await embedded.SubscribeAsync("t", cancellation: Cancellation);
        await client.PublishAsync("t", "x", QualityOfService.AtLeastOnce, cancellationToken: Cancellation);
        var message = (await subscription.ReadAsync(Cancellation))!;
        Assert.Equal([new KeyValuePair<string, string>("stamped", "yes")], message.UserProperties);
        await app.StopAsync(Cancellation);
    }

    [Fact]
    public async Task Settings_that_are_not_allowed_stop_the_host_and_are_all_named()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Mqtt:Loops"] = "0",
            ["Mqtt:Limits:ReceiveMaximun"] = "7",
        });
        builder.Services.AddGodwitBroker(builder.Configuration.GetSection("Mqtt"));
        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<BrokerConfigurationException>(() => host.StartAsync(Cancellation));
        Assert.Contains("Loops", error.Message, StringComparison.Ordinal);
        Assert.Contains("Limits:ReceiveMaximum", error.Message, StringComparison.Ordinal);
        var embedded = host.Services.GetRequiredService<EmbeddedBroker>();
        await Assert.ThrowsAsync<BrokerConfigurationException>(() => embedded.Started);
    }

    [Fact]
    public void Second_broker_in_a_host_is_refused_with_the_remedy()
    {
        var services = new ServiceCollection();
        services.AddGodwitBroker();
        var error = Assert.Throws<InvalidOperationException>(() => services.AddGodwitBroker());
        Assert.Contains("GodwitBroker.StartAsync", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_kind_of_hook_can_be_added()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddGodwitBroker(configure: options => options with { Listeners = [new ListenerOptions { Url = "mqtt://127.0.0.1:0" }], Loops = 1 })
            .AddAuthenticator<TestHook>()
            .AddAuthorizer<TestHook>()
            .AddPublishInterceptor<TestHook>()
            .AddSubscribeInterceptor<TestHook>()
            .AddDeliveryInterceptor<TestHook>()
            .AddConnectionObserver<TestHook>()
            .AddSessionObserver<TestHook>();
        using var host = builder.Build();
        await host.StartAsync(Cancellation);
        var broker = await host.Services.GetRequiredService<EmbeddedBroker>().Started;
        await using (var client = await MqttClient.ConnectAsync($"mqtt://{broker.Listeners[0].EndPoint}", cancellationToken: Cancellation))
        {
            var subscription = await client.SubscribeAsync("t", cancellationToken: Cancellation);
            await client.PublishAsync("t", "x", QualityOfService.AtLeastOnce, cancellationToken: Cancellation);
            await subscription.ReadAsync(Cancellation);
        }

        await host.StopAsync(Cancellation);
        AssertAsked<IAuthenticator>(host, 1);
        AssertAsked<IAuthorizer>(host, 2);
        AssertAsked<IPublishInterceptor>(host, 1);
        AssertAsked<ISubscribeInterceptor>(host, 1);
        AssertAsked<IDeliveryInterceptor>(host, 1);
        Assert.Equal(2, ((TestHook)host.Services.GetRequiredService<IConnectionObserver>()).Events.Count);
        Assert.Equal(2, ((TestHook)host.Services.GetRequiredService<ISessionObserver>()).Events.Count);
    }

    private static void AssertAsked<T>(IHost host, int count)
        where T : notnull => Assert.Equal(count, ((TestHook)(object)host.Services.GetRequiredService<T>()).AskedCount);

    /// <summary>Asks for the broker before the host has started it.</summary>
    private sealed class Greeter(EmbeddedBroker broker) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken) =>
            await broker.PublishAsync(BrokerMessage.FromText("greeting", "hello", QualityOfService.AtLeastOnce, retain: true), stoppingToken);
    }

    private sealed class Users
    {
        private readonly Dictionary<string, string> _passwords = new() { ["anna"] = "secret" };

        public bool Knows(string? name, string? password) => name is not null && _passwords.TryGetValue(name, out string? own) && own == password;
    }

    private sealed class Doorkeeper(Users users) : IAuthenticator
    {
        public async ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationContext context, CancellationToken cancellation)
        {
            await Task.Yield();
            return users.Knows(context.Client.UserName, context.GetPasswordText()) ? AuthenticationResult.Allow() : AuthenticationResult.Deny();
        }
    }

    private sealed class Stamp : IPublishInterceptor
    {
        public ValueTask<PublishDecision> InterceptAsync(PublishContext context, CancellationToken cancellation) =>
            new(PublishDecision.Replace(context.Message with { UserProperties = [.. context.Message.UserProperties, new("stamped", "yes")] }));
    }
}
