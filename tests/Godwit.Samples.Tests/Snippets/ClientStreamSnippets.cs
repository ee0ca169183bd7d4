using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Samples.Tests.Snippets;

/// <summary>The code of docs/client.md: subscribing and reading.</summary>
public sealed class ClientStreamSnippets : SnippetTest
{
    [Fact]
    public async Task Subscribe_and_read()
    {
        await using var client = await MqttClient.ConnectAsync(Server, cancellationToken: Limit);
        var publishing = PublishSoonAsync("garden/temperature", "21.5");

        // snippet: subscribe
        await using var subscription = await client.SubscribeAsync("garden/#", QualityOfService.AtLeastOnce);
        await foreach (var message in subscription)
        {
            Console.WriteLine($"{message.Topic}: {message.GetPayloadText()}");
            if (message.Topic == "garden/temperature")
            {
                break; // disposing the subscription unsubscribes
            }
        }
        // end

        await publishing;
        Assert.Equal(ReasonCode.GrantedQoS1, subscription.GrantedReasons[0]);
    }

    [Fact]
    public async Task Subscribe_with_options()
    {
        await using var client = await MqttClient.ConnectAsync(Server, cancellationToken: Limit);

        // snippet: filters
        var options = new MqttSubscriptionOptions(
            new MqttTopicFilter("garden/+/state") { RetainHandling = RetainHandling.SendAtSubscribeIfNew },
            new MqttTopicFilter("alarms/#") { MaximumQoS = QualityOfService.AtLeastOnce, NoLocal = true },
            new MqttTopicFilter("$share/workers/jobs"))
        {
            Capacity = 100,
        };
        var subscription = await client.SubscribeAsync(options);
        foreach (var (filter, reason) in subscription.Filters.Zip(subscription.GrantedReasons))
        {
            Console.WriteLine($"{filter.Filter}: {reason.Describe()}");
        }
        // end

        Assert.Equal([ReasonCode.GrantedQoS2, ReasonCode.GrantedQoS1, ReasonCode.GrantedQoS2], subscription.GrantedReasons);
    }

    [Fact]
    public async Task Read_with_a_time_limit()
    {
        await using var client = await MqttClient.ConnectAsync(Server, cancellationToken: Limit);
        await using var subscription = await client.SubscribeAsync("garden/#", cancellationToken: Limit);

        // snippet: read
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        try
        {
            var message = await subscription.ReadAsync(limit.Token);
            Console.WriteLine(message is null ? "the stream has ended" : message.Topic);
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine("nothing came"); // and nothing is lost: read on whenever you like
        }
        // end

        await PublishAsync("garden/temperature", "21.5");
        Assert.Equal("21.5", (await subscription.ReadAsync(Limit))!.GetPayloadText());
    }

    [Fact]
    public async Task Handlers_side_by_side()
    {
        await using var client = await MqttClient.ConnectAsync(Server, cancellationToken: Limit);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Limit);
        var running = HandleAllAsync(client, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task Closed_tells_how_it_ended()
    {
        var client = await MqttClient.ConnectAsync(Server, cancellationToken: Limit);
        var stopping = Running.StopAsync();

        // snippet: closed
        var ended = await client.Closed;
        Console.WriteLine($"{ended.Cause}: {ended.Message}"); // Cause: ByClient, ByServer, ConnectionLost, ProtocolFault or Timeout
        // end

        Assert.Equal((MqttDisconnectionCause.ByServer, ReasonCode.ServerShuttingDown), (ended.Cause, ended.Reason));
        await stopping;
    }

    // snippet: handlers
    private static async Task HandleAllAsync(MqttClient client, CancellationToken stopping)
    {
        var states = await client.SubscribeAsync("garden/+/state", cancellationToken: stopping);
        var alarms = await client.SubscribeAsync("alarms/#", cancellationToken: stopping);
        await Task.WhenAll(
            ReadAsync(states, message => Console.WriteLine($"state {message.Topic}")),
            ReadAsync(alarms, message => Console.WriteLine($"alarm {message.Topic}")));

        async Task ReadAsync(MqttSubscription subscription, Action<MqttMessage> handle)
        {
            await foreach (var message in subscription.WithCancellation(stopping))
            {
                handle(message);
            }
        }
    }
    // end

    private async Task PublishSoonAsync(string topic, string payload)
    {
        while (await Running.PublishAsync(Broker.BrokerMessage.FromText(topic, payload, QualityOfService.AtLeastOnce), Limit) == ReasonCode.NoMatchingSubscribers)
        {
            await Task.Delay(5, Limit);
        }
    }
}
