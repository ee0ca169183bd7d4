using System.Text;
using Godwit.Broker.Options;
using Godwit.Client;
using Godwit.Engine;
using Godwit.Engine.SharedGroups;
using Godwit.Protocol;

namespace Godwit.Broker.Tests.InProcess;

/// <summary>The process publishes to and subscribes at its own broker, without a socket.</summary>
public sealed class InProcessTests
{
    public static TheoryData<IoDriver, int> Cells => BrokerUnderTest.Cells;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Cells))]
    public async Task Messages_of_the_process_reach_clients_whole(IoDriver io, int loops)
    {
        await using var broker = await GodwitBroker.StartAsync(BrokerUnderTest.OptionsFor(io, loops), cancellation: Cancellation);
        await using var client = await ConnectAsync(broker);
        var subscription = await client.SubscribeAsync("#", QualityOfService.ExactlyOnce, Cancellation);
        foreach (var qos in Enum.GetValues<QualityOfService>())
        {
            var sent = Full("plant/line", $"{qos}") with { QoS = qos };
            Assert.Equal(ReasonCode.Success, await broker.PublishAsync(sent, Cancellation));
            var received = (await subscription.ReadAsync(Cancellation))!;
            Assert.Equal((sent.Topic, $"{qos}", qos), (received.Topic, received.GetPayloadText(), received.QoS));
            Assert.Equal(("text/plain", "answers/here", 60u, true), (received.ContentType!, received.ResponseTopic!, received.MessageExpiryInterval!.Value, received.IsPayloadText));
            Assert.Equal([1, 2, 3], received.CorrelationData!.Value.ToArray());
            Assert.Equal(["a=1", "a=2"], received.UserProperties.Select(each => $"{each.Name}={each.Value}"));
        }
    }

    [Theory, MemberData(nameof(Cells))]
    public async Task Messages_of_clients_reach_the_process_whole(IoDriver io, int loops)
    {
        await using var broker = await GodwitBroker.StartAsync(BrokerUnderTest.OptionsFor(io, loops), cancellation: Cancellation);
        await using var subscription = await broker.SubscribeAsync("plant/+", new BrokerSubscribeOptions { MaximumQoS = QualityOfService.ExactlyOnce });
        await using var client = await ConnectAsync(broker);
        foreach (var qos in Enum.GetValues<QualityOfService>())
        {
            await client.PublishAsync(
                new MqttMessage
                {
                    Topic = "plant/line",
                    Payload = Encoding.UTF8.GetBytes($"{qos}"),
                    QoS = qos,
                    IsPayloadText = true,
                    ContentType = "text/plain",
                    ResponseTopic = "answers/here",
                    CorrelationData = new byte[] { 1, 2, 3 },
                    MessageExpiryInterval = 60,
                    UserProperties = [new("a", "1"), new("a", "2")],
                },
                Cancellation);
            var received = (await subscription.ReadAsync(Cancellation))!;
            var expected = Full("plant/line", $"{qos}") with { QoS = qos };
            Assert.Equal((expected.Topic, $"{qos}", qos), (received.Topic, received.GetPayloadText(), received.QoS));
            Assert.Equal((expected.ContentType, expected.ResponseTopic, expected.MessageExpiryInterval, true), (received.ContentType, received.ResponseTopic, received.MessageExpiryInterval, received.IsPayloadText));
            Assert.Equal(expected.CorrelationData!.Value.ToArray(), received.CorrelationData!.Value.ToArray());
            Assert.Equal(expected.UserProperties, received.UserProperties);
        }
    }

    [Theory, MemberData(nameof(Cells))]
    public async Task Slow_reader_loses_nothing_at_QoS_1_and_slows_nobody(IoDriver io, int loops)
    {
        const int Count = 3000;
        await using var broker = await GodwitBroker.StartAsync(BrokerUnderTest.OptionsFor(io, loops), cancellation: Cancellation);
        await using var slow = await broker.SubscribeAsync("t", new BrokerSubscribeOptions { Capacity = 10 });
        await using var quick = await broker.SubscribeAsync("t");
        var reading = ReadAsync(quick, Count);
        var publishing = new List<Task<ReasonCode>>();
        for (int i = 0; i < Count; i++)
        {
            publishing.Add(broker.PublishAsync(BrokerMessage.FromText("t", $"{i}", QualityOfService.AtLeastOnce), Cancellation).AsTask());
        }

        Assert.All(await Task.WhenAll(publishing), reason => Assert.Equal(ReasonCode.Success, reason));
        string[] expected = [.. Enumerable.Range(0, Count).Select(i => $"{i}")];
        Assert.Equal(expected, await reading);
        Assert.Equal(expected, await ReadAsync(slow, Count));
    }

    [Fact]
    public async Task Much_QoS_0_in_one_go_arrives_in_order_as_long_as_it_is_read()
    {
        const int Count = 50_000;
        await using var broker = await StartAsync();
        await using var subscription = await broker.SubscribeAsync("t", new BrokerSubscribeOptions { Capacity = ushort.MaxValue });
        var reading = ReadAsync(subscription, Count);
        for (int i = 0; i < Count; i++)
        {
            await broker.PublishAsync(BrokerMessage.FromText("t", $"{i}"), Cancellation);
        }

        Assert.Equal(Enumerable.Range(0, Count).Select(i => $"{i}"), await reading);
    }

    [Fact]
    public async Task Retained_messages_come_first_and_can_be_set_by_the_process()
    {
        await using var broker = await StartAsync();
        await broker.PublishAsync(BrokerMessage.FromText("state", "on", QualityOfService.AtLeastOnce, retain: true), Cancellation);
        await using var subscription = await broker.SubscribeAsync("#");
        var message = (await subscription.ReadAsync(Cancellation))!;
        Assert.Equal(("state", "on", true), (message.Topic, message.GetPayloadText(), message.Retain));
    }

    [Fact]
    public async Task Members_of_a_shared_subscription_in_the_process_divide_the_work()
    {
        var options = BrokerUnderTest.OptionsFor(IoDriver.Auto, 2);
        await using var broker = await GodwitBroker.StartAsync(
            options with { Engine = options.Engine with { SharedGroupStrategy = SharedGroupStrategy.RoundRobin } }, cancellation: Cancellation);
        await using var first = await broker.SubscribeAsync("$share/g/work");
        await using var second = await broker.SubscribeAsync("$share/g/work");
        for (int i = 0; i < 10; i++)
        {
            await broker.PublishAsync(BrokerMessage.FromText("work", $"{i}", QualityOfService.AtLeastOnce), Cancellation);
        }

        string[] all = [.. await ReadAsync(first, 5), .. await ReadAsync(second, 5)];
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{i}"), all.Order());
    }

    [Fact]
    public async Task Disposed_subscription_is_gone()
    {
        await using var broker = await StartAsync();
        var subscription = await broker.SubscribeAsync("t");
        Assert.Equal(ReasonCode.Success, await broker.PublishAsync(BrokerMessage.FromText("t", "x", QualityOfService.AtLeastOnce), Cancellation));
        await subscription.DisposeAsync();
        await BrokerUnderTest.WaitForAsync(() => broker.SessionCount == 1, "the session is left over"); // the publisher's own
        Assert.Equal(
            ReasonCode.NoMatchingSubscribers,
            await broker.PublishAsync(BrokerMessage.FromText("t", "x", QualityOfService.AtLeastOnce), Cancellation));
        Assert.NotNull(await subscription.ReadAsync(Cancellation)); // what had come is still there
        Assert.Null(await subscription.ReadAsync(Cancellation));
    }

    [Fact]
    public async Task Stop_ends_subscriptions_quietly_and_publications_with_an_error()
    {
        var broker = await StartAsync();
        var subscription = await broker.SubscribeAsync("t");
        await broker.PublishAsync(BrokerMessage.FromText("t", "last", QualityOfService.AtLeastOnce), Cancellation);
        await broker.StopAsync();
        var messages = new List<string>();
        await foreach (var message in subscription)
        {
            messages.Add(message.GetPayloadText());
        }

        Assert.Equal(["last"], messages);
        foreach (var qos in Enum.GetValues<QualityOfService>())
        {
            await Assert.ThrowsAsync<BrokerStoppedException>(async () => await broker.PublishAsync(BrokerMessage.FromText("t", "x", qos), Cancellation));
        }

        await Assert.ThrowsAsync<BrokerStoppedException>(() => broker.SubscribeAsync("t"));
    }

    [Fact]
    public async Task First_call_after_the_stop_fails_too()
    {
        var broker = await StartAsync();
        await broker.StopAsync();
        await Assert.ThrowsAsync<BrokerStoppedException>(() => broker.SubscribeAsync("t"));
        await Assert.ThrowsAsync<BrokerStoppedException>(async () => await broker.PublishAsync(BrokerMessage.FromText("t", "x"), Cancellation));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("a/+", "")]
    [InlineData("a\0b", "")]
    [InlineData("a", "b/#")]
    public async Task Message_that_the_standard_does_not_allow_is_refused_at_once(string topic, string responseTopic)
    {
        await using var broker = await StartAsync();
        var message = BrokerMessage.FromText(topic, "x") with { ResponseTopic = responseTopic.Length == 0 ? null : responseTopic };
        await Assert.ThrowsAsync<ArgumentException>(async () => await broker.PublishAsync(message, Cancellation));
    }

    [Fact]
    public async Task Text_with_a_lone_surrogate_is_refused_and_not_replaced()
    {
        await using var broker = await StartAsync();
        var message = BrokerMessage.FromText("t", "x");
        BrokerMessage[] bad = [message with { Topic = "\uD83D" }, message with { ContentType = "\uD83D" }, message with { UserProperties = [new("name", "\uD83D")] }];
        foreach (var each in bad)
        {
            await Assert.ThrowsAsync<ArgumentException>(async () => await broker.PublishAsync(each, Cancellation));
        }
    }

    [Fact]
    public async Task Message_over_the_packet_size_is_refused_and_the_next_one_goes_through()
    {
        await using var broker = await StartAsync();
        var large = new BrokerMessage { Topic = "t", Payload = new byte[2 * 1024 * 1024], QoS = QualityOfService.AtLeastOnce };
        var error = await Assert.ThrowsAsync<ArgumentException>(async () => await broker.PublishAsync(large, Cancellation));
        Assert.Contains("MaximumPacketSize", error.Message, StringComparison.Ordinal);
        Assert.Equal(
            ReasonCode.NoMatchingSubscribers,
            await broker.PublishAsync(BrokerMessage.FromText("t", "x", QualityOfService.AtLeastOnce), Cancellation));
    }

    [Theory]
    [InlineData("a/#/b")]
    [InlineData("")]
    [InlineData("$share/g")]
    public async Task Filter_that_is_not_valid_is_refused(string filter)
    {
        await using var broker = await StartAsync();
        var error = await Assert.ThrowsAnyAsync<Exception>(() => broker.SubscribeAsync(filter));
        Assert.True(error is BrokerSubscriptionException { Reason: ReasonCode.TopicFilterInvalid } or BrokerStoppedException, error.ToString());
    }

    [Fact]
    public async Task Several_brokers_in_one_process_know_nothing_of_each_other()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        await using var atSecond = await second.SubscribeAsync("#");
        Assert.Equal(
            ReasonCode.NoMatchingSubscribers,
            await first.PublishAsync(BrokerMessage.FromText("t", "1", QualityOfService.AtLeastOnce), Cancellation));
        await second.PublishAsync(BrokerMessage.FromText("t", "2", QualityOfService.AtLeastOnce), Cancellation);
        Assert.Equal("2", (await atSecond.ReadAsync(Cancellation))!.GetPayloadText());
    }

    private static BrokerMessage Full(string topic, string payload) => BrokerMessage.FromText(topic, payload) with
    {
        IsPayloadText = true,
        ContentType = "text/plain",
        ResponseTopic = "answers/here",
        CorrelationData = new byte[] { 1, 2, 3 },
        MessageExpiryInterval = 60,
        UserProperties = [new("a", "1"), new("a", "2")],
    };

    private static Task<GodwitBroker> StartAsync() =>
        GodwitBroker.StartAsync(BrokerUnderTest.OptionsFor(IoDriver.Auto, 2), cancellation: Cancellation);

    private static Task<MqttClient> ConnectAsync(GodwitBroker broker) =>
        MqttClient.ConnectAsync($"mqtt://{broker.Listeners[0].EndPoint}", cancellationToken: Cancellation);

    private static async Task<string[]> ReadAsync(BrokerSubscription subscription, int count)
    {
        string[] payloads = new string[count];
        for (int i = 0; i < count; i++)
        {
            payloads[i] = (await subscription.ReadAsync(Cancellation))!.GetPayloadText();
        }

        return payloads;
    }
}
