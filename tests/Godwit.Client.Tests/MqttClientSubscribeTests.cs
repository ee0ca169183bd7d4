using Godwit.Protocol;

namespace Godwit.Client.Tests;

public class MqttClientSubscribeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Messages_are_led_by_subscription_identifiers()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        var first = await SubscribeAsync(client, broker, 1, "a/#");
        var second = await SubscribeAsync(client, broker, 2, "a/b");
        await broker.SendAsync(Wire.Publish("a/b", "both", properties: "0B01 0B02"), Wire.Publish("a/b", "first", properties: "0B01"), Wire.Publish("a/b", "second", properties: "0B02"));
        Assert.Equal(["both", "first"], await ReadAsync(first, 2));
        Assert.Equal(["both", "second"], await ReadAsync(second, 2));
        await EndAsync(client, broker);
    }

    [Fact]
    public async Task Without_identifiers_messages_are_led_by_their_topic()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync(connAck: Wire.ConnAck(properties: "2900"));
        var first = await SubscribeAsync(client, broker, 1, "a/#", identifiers: false);
        var second = await SubscribeAsync(client, broker, 2, "$share/g/+/b", identifiers: false);
        await broker.SendAsync(Wire.Publish("a/b", "both"), Wire.Publish("a/c", "first"), Wire.Publish("c/b", "second"), Wire.Publish("d", "none"));
        Assert.Equal(["both", "first"], await ReadAsync(first, 2));
        Assert.Equal(["both", "second"], await ReadAsync(second, 2));
        Assert.Equal(["none"], await ReadAsync(client.Messages, 1));
        await EndAsync(client, broker);
    }

    [Fact]
    public async Task A_stream_of_overlapping_filters_gets_a_message_once()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        var subscribing = client.SubscribeAsync(new MqttSubscriptionOptions(new MqttTopicFilter("a/#"), new MqttTopicFilter("+/b")), Cancellation);
        await broker.ExpectAsync(Wire.Hex("82 11 0001 02 0B01 0003612F23 02 00032B2F62 02"));
        await broker.SendAsync(Wire.SubAck(1, 2, 0x87), Wire.Publish("a/b", "1", properties: "0B01"), Wire.Publish("a/c", "2", properties: "0B01"));
        var subscription = await subscribing;
        Assert.Equal([ReasonCode.GrantedQoS2, ReasonCode.NotAuthorized], subscription.GrantedReasons);
        Assert.Equal(["1", "2"], await ReadAsync(subscription, 2));
        await EndAsync(client, broker);
    }

    [Fact]
    public async Task A_refused_subscription_throws_and_leaves_nothing_behind()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        var subscribing = client.SubscribeAsync("a", cancellationToken: Cancellation);
        await broker.ReadAsync();
        await broker.SendAsync(Wire.SubAck(1, 0x87));
        var exception = await Assert.ThrowsAsync<MqttException>(() => subscribing);
        Assert.Equal((ReasonCode.NotAuthorized, "The server refused the subscription to 'a': Not authorized (0x87)"), (exception.ReasonCode, exception.Message));
        await broker.SendAsync(Wire.Publish("a", "stray"));
        Assert.Equal(["stray"], await ReadAsync(client.Messages, 1));
        await EndAsync(client, broker);
    }

    [Fact]
    public async Task Messages_that_come_with_the_ConnAck_are_kept_for_the_first_reader()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync(
            new MqttClientOptions { ClientId = "c", CleanStart = false, KeepAlive = 0 },
            Wire.ConnAck(sessionPresent: true),
            64 * 1024,
            Wire.Publish("old/1", "a", 1, 1),
            Wire.Publish("other", "b", 1, 2),
            Wire.Publish("old/2", "c", 2, 3));
        var subscribing = client.SubscribeAsync("old/#", cancellationToken: Cancellation);
        var subscribe = await broker.ReadAsync();
        await broker.SendAsync(Wire.SubAck((ushort)(subscribe[2] << 8 | subscribe[3]), 2), Wire.Publish("old/3", "d", properties: "0B01"));
        var subscription = await subscribing;
        Assert.Equal(["a", "c", "d"], await ReadAsync(subscription, 3));
        await broker.ExpectAsync(Wire.PubAck(1));
        Assert.Equal(["b"], await ReadAsync(client.Messages, 1));
        await broker.ExpectAsync(Wire.PubAck(2), Wire.PubRec(3)); // in the order of arrival
        await EndAsync(client, broker);
    }

    [Fact]
    public async Task Identifiers_of_a_resumed_session_count_only_if_the_filter_fits()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync(
            new MqttClientOptions { ClientId = "c", CleanStart = false, KeepAlive = 0 },
            Wire.ConnAck(sessionPresent: true));
        var subscribing = client.SubscribeAsync("new", cancellationToken: Cancellation);
        var subscribe = await broker.ReadAsync();
        await broker.SendAsync(Wire.SubAck((ushort)(subscribe[2] << 8 | subscribe[3]), 2), Wire.Publish("old", "1", properties: "0B01"), Wire.Publish("new", "2", properties: "0B01"));
        Assert.Equal(["2"], await ReadAsync(await subscribing, 1));
        Assert.Equal(["1"], await ReadAsync(client.Messages, 1));
        await EndAsync(client, broker);
    }

    [Fact]
    public async Task A_message_is_acknowledged_when_its_reader_takes_it()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync(new MqttClientOptions { KeepAlive = 0, ReceiveMaximum = 2 });
        var subscription = await SubscribeAsync(client, broker, 1, "a");
        await broker.SendAsync(Wire.Publish("a", "1", 1, 1, properties: "0B01"), Wire.Publish("a", "2", 2, 2, properties: "0B01"));
        await client.PublishAsync("proof", "", cancellationToken: Cancellation);
        await broker.ExpectAsync(Wire.Publish("proof", "")); // and no acknowledgement
        Assert.Equal(["1"], await ReadAsync(subscription, 1));
        await broker.ExpectAsync(Wire.PubAck(1));
        Assert.Equal(["2"], await ReadAsync(subscription, 1));
        await broker.ExpectAsync(Wire.PubRec(2));
        await broker.SendAsync(Wire.PubRel(2));
        await broker.ExpectAsync(Wire.PubComp(2));
        await EndAsync(client, broker);
    }

    [Fact]
    public async Task Received_properties_reach_the_reader()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        var subscription = await SubscribeAsync(client, broker, 1, "a");
        await broker.SendAsync(Wire.Publish("a", "x", 1, 5, dup: true, retain: true, properties: "0101 0200000009 03000163 08000172 0900020102 26000162000132 26000161000131 0B01"));
        var message = await subscription.ReadAsync(Cancellation);
        Assert.NotNull(message);
        Assert.Equal(
            ("a", "x", QualityOfService.AtLeastOnce, true, true, true, 9u, "c", "r"),
            (message.Topic, message.GetPayloadText(), message.QoS, message.Retain, message.Duplicate, message.IsPayloadText, message.MessageExpiryInterval, message.ContentType, message.ResponseTopic));
        Assert.Equal([1, 2], message.CorrelationData!.Value.ToArray());
        Assert.Equal([new MqttUserProperty("b", "2"), new MqttUserProperty("a", "1")], message.UserProperties);
        await broker.ExpectAsync(Wire.PubAck(5));
        await broker.SendAsync(Wire.Publish("a", "", properties: "03000163 0B01"));
        var other = await subscription.ReadAsync(Cancellation);
        Assert.Equal(("c", false, null, null), (other!.ContentType, other.IsPayloadText, other.CorrelationData, other.ResponseTopic));
        await EndAsync(client, broker);
    }

    [Fact]
    public async Task Disposing_unsubscribes_and_acknowledges_what_nobody_will_read()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        var subscription = await SubscribeAsync(client, broker, 1, "a");
        await broker.SendAsync(Wire.Publish("a", "1", 1, 1, properties: "0B01"), Wire.Publish("a", "2", 1, 2, properties: "0B01"));
        Assert.Equal(["1"], await ReadAsync(subscription, 1));
        await broker.ExpectAsync(Wire.PubAck(1));
        var disposing = subscription.DisposeAsync();
        await broker.ExpectAsync(Wire.PubAck(2), Wire.Hex("A2 06 0002 00 000161"));
        await broker.SendAsync(Wire.Publish("a", "late", 1, 3, properties: "0B01"), Wire.UnsubAck(2, 0));
        await broker.ExpectAsync(Wire.PubAck(3));
        await disposing;
        Assert.Null(await subscription.ReadAsync(Cancellation));
        await broker.SendAsync(Wire.Publish("a", "after", properties: "0B01"));
        Assert.Equal(["after"], await ReadAsync(client.Messages, 1));
        await EndAsync(client, broker);
    }

    [Fact]
    public async Task Two_streams_of_one_filter_share_it_until_the_last_one_leaves()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        var first = await SubscribeAsync(client, broker, 1, "a");
        var second = await SubscribeAsync(client, broker, 2, "a");
        await broker.SendAsync(Wire.Publish("a", "1", 1, 1, properties: "0B02"));
        Assert.Equal(["1"], await ReadAsync(first, 1));
        Assert.Equal(["1"], await ReadAsync(second, 1));
        await broker.ExpectAsync(Wire.PubAck(1));
        await first.DisposeAsync(); // sends nothing
        await broker.SendAsync(Wire.Publish("a", "2", properties: "0B02"));
        Assert.Equal(["2"], await ReadAsync(second, 1));
        var disposing = second.DisposeAsync();
        await broker.ExpectAsync(Wire.Hex("A2 06 0003 00 000161"));
        await broker.SendAsync(Wire.UnsubAck(3, 0));
        await disposing;
        await EndAsync(client, broker);
    }

    [Fact]
    public async Task Unsubscribing_lets_the_stream_be_read_to_its_end()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        var subscription = await SubscribeAsync(client, broker, 1, "a");
        await broker.SendAsync(Wire.Publish("a", "1", properties: "0B01"), Wire.Publish("fence", ""));
        await ReadAsync(client.Messages, 1);
        var unsubscribing = client.UnsubscribeAsync("a", Cancellation);
        await broker.ExpectAsync(Wire.Hex("A2 06 0002 00 000161"));
        await broker.SendAsync(Wire.UnsubAck(2, 0x11));
        Assert.Equal(ReasonCode.NoSubscriptionExisted, await unsubscribing);
        List<string> payloads = [];
        await foreach (var message in subscription)
        {
            payloads.Add(message.GetPayloadText());
        }

        Assert.Equal(["1"], payloads);
        await EndAsync(client, broker);
    }

    [Fact]
    public async Task A_cancelled_reader_loses_no_message()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        var subscription = await SubscribeAsync(client, broker, 1, "a");
        using var cancellation = new CancellationTokenSource();
        var reading = subscription.ReadAsync(cancellation.Token).AsTask();
        var other = Assert.ThrowsAsync<InvalidOperationException>(async () => await subscription.ReadAsync(Cancellation));
        await other;
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => reading);
        await broker.SendAsync(Wire.Publish("a", "1", properties: "0B01"));
        Assert.Equal(["1"], await ReadAsync(subscription, 1));
        await EndAsync(client, broker);
    }

    [Fact]
    public async Task A_cancelled_subscription_is_taken_back()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        using var cancellation = new CancellationTokenSource();
        var subscribing = client.SubscribeAsync("a", cancellationToken: cancellation.Token);
        await broker.ReadAsync();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => subscribing);
        await broker.ExpectAsync(Wire.Hex("A2 06 0002 00 000161"));
        await broker.SendAsync(Wire.SubAck(1, 0), Wire.UnsubAck(2, 0));
        await EndAsync(client, broker);
    }

    [Fact]
    public async Task Unsubscribing_carries_user_properties_and_can_be_cancelled()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        await SubscribeAsync(client, broker, 1, "a");
        using var cancellation = new CancellationTokenSource();
        var unsubscribing = client.UnsubscribeAsync("a", [new MqttUserProperty("n", "v")], cancellation.Token);
        await broker.ExpectAsync(Wire.Hex("A2 0D 0002 07 26 00016E 000176 000161"));
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => unsubscribing);
        await broker.SendAsync(Wire.UnsubAck(2, 0)); // comes to nobody, and does no harm
        var again = client.SubscribeAsync("b", cancellationToken: Cancellation);
        await broker.ExpectAsync(Wire.Packet(0x82, Wire.Number(3), [2, 0x0B, 2], Wire.Text("b"), [2]));
        await broker.SendAsync(Wire.SubAck(3, 2));
        await again;
        await EndAsync(client, broker);
    }

    [Fact]
    public async Task A_reader_of_QoS_0_can_stop_and_go_on_at_any_message()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        var subscription = await SubscribeAsync(client, broker, 1, "a");
        var expected = Enumerable.Range(0, 300).Select(number => $"{number}").ToArray();
        await broker.SendAsync([.. expected.Select((payload, index) => Wire.Publish("a", payload, index % 100 == 99 ? 1 : 0, 7, properties: "0B01")), Wire.Publish("fence", "")]);
        await ReadAsync(client.Messages, 1);
        List<string> payloads = [];
        while (payloads.Count < expected.Length)
        {
            payloads.AddRange(await ReadAsync(subscription, 1 + payloads.Count % 3));
            Assert.True(subscription.TryRead(out var message));
            payloads.Add(message.GetPayloadText());
        }

        Assert.Equal(expected, payloads);
        Assert.False(subscription.TryRead(out _));
        await broker.ExpectAsync(Wire.PubAck(7), Wire.PubAck(7), Wire.PubAck(7));
        await EndAsync(client, broker);
    }

    [Fact]
    public async Task Disposing_drops_what_is_not_taken_also_of_QoS_0()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        var subscription = await SubscribeAsync(client, broker, 1, "a");
        await broker.SendAsync([.. Enumerable.Repeat(Wire.Publish("a", "1", properties: "0B01"), 200), Wire.Publish("fence", "")]);
        await ReadAsync(client.Messages, 1);
        Assert.True(subscription.TryRead(out _));
        var disposing = subscription.DisposeAsync();
        Assert.False(subscription.TryRead(out _));
        await broker.ExpectAsync(Wire.Hex("A2 06 0002 00 000161"));
        await broker.SendAsync(Wire.UnsubAck(2, 0));
        await disposing;
        Assert.Null(await subscription.ReadAsync(Cancellation));
        await EndAsync(client, broker);
    }

    [Fact]
    public async Task A_full_stream_of_QoS_0_stops_the_reading_instead_of_losing_messages()
    {
        const int Count = 40_000;
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        var subscription = await SubscribeAsync(client, broker, 1, "a", capacity: 10);
        var sent = 0;
        var sending = Task.Run(
            async () =>
            {
                for (var index = 0; index < Count; index++)
                {
                    await broker.SendAsync(Wire.Publish("a", $"{index:000000}", properties: "0B01"));
                    Volatile.Write(ref sent, index + 1);
                }
            },
            Cancellation);
        var aheadMax = 0;
        for (var index = 0; index < Count; index++)
        {
            Assert.Equal($"{index:000000}", (await subscription.ReadAsync(Cancellation))!.GetPayloadText());
            aheadMax = Math.Max(aheadMax, Volatile.Read(ref sent) - index);
            if (index % 1000 == 0)
            {
                await Task.Yield();
            }
        }

        Assert.InRange(aheadMax, 0, 15_000); // 14 bytes each: what a pipe of 64 KiB, twice the client's buffer of 32 KiB and the stream hold
        await sending;
        Assert.Equal(0, subscription.DiscardedCount);
        await EndAsync(client, broker);
    }

    [Fact]
    public async Task A_full_stream_does_not_stop_an_answer_that_its_reader_waits_for()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        var subscription = await SubscribeAsync(client, broker, 1, "a", capacity: 1);
        await broker.SendAsync(Wire.Publish("a", "1", properties: "0B01"));
        var publishing = client.PublishAsync("p", "", QualityOfService.AtLeastOnce, cancellationToken: Cancellation);
        await broker.ExpectAsync(Wire.Publish("p", "", 1, 2));
        await broker.SendAsync(Wire.Publish("a", "2", properties: "0B01"), Wire.Publish("a", "3", properties: "0B01"), Wire.PubAck(2));
        await publishing;
        Assert.Equal(["1"], await ReadAsync(subscription, 1));
        Assert.Equal((2, 2), (subscription.DiscardedCount, client.DiscardedCount));
        await EndAsync(client, broker);
    }

    [Fact]
    public async Task Streams_end_quietly_when_the_client_disconnects()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        var subscription = await SubscribeAsync(client, broker, 1, "a");
        var reading = subscription.ReadAsync(Cancellation);
        await EndAsync(client, broker);
        Assert.Null(await reading);
    }

    [Fact]
    public async Task Queued_messages_can_be_read_after_a_loss_and_then_it_is_told()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        var subscription = await SubscribeAsync(client, broker, 1, "a");
        await broker.SendAsync(Wire.Publish("a", "1", 1, 1, properties: "0B01"), Wire.Disconnect(0x8B));
        Assert.Equal(MqttDisconnectionCause.ByServer, (await client.Closed).Cause);
        Assert.Equal(["1"], await ReadAsync(subscription, 1));
        var exception = await Assert.ThrowsAsync<MqttConnectionClosedException>(async () => await subscription.ReadAsync(Cancellation));
        Assert.Equal(ReasonCode.ServerShuttingDown, exception.ReasonCode);
        await subscription.DisposeAsync();
        await client.DisposeAsync();
    }

    private static async Task<MqttSubscription> SubscribeAsync(
        MqttClient client,
        ScriptedBroker broker,
        byte identifier,
        string filter,
        bool identifiers = true,
        int capacity = 1024)
    {
        var subscribing = client.SubscribeAsync(new MqttSubscriptionOptions(new MqttTopicFilter(filter)) { Capacity = capacity }, Cancellation);
        await broker.ExpectAsync(Wire.Packet(0x82, Wire.Number(identifier), identifiers ? [2, 0x0B, identifier] : [0], Wire.Text(filter), [2]));
        await broker.SendAsync(Wire.SubAck(identifier, 2));
        var subscription = await subscribing;
        Assert.Equal([ReasonCode.GrantedQoS2], subscription.GrantedReasons);
        return subscription;
    }

    private static async Task<string[]> ReadAsync(IAsyncEnumerable<MqttMessage> messages, int count)
    {
        List<string> payloads = [];
        await foreach (var message in messages.WithCancellation(Cancellation))
        {
            payloads.Add(message.GetPayloadText());
            if (payloads.Count == count)
            {
                break;
            }
        }

        return [.. payloads];
    }

    private static async Task EndAsync(MqttClient client, ScriptedBroker broker)
    {
        var disconnecting = client.DisposeAsync();
        await broker.ExpectAsync(Wire.Hex("E000"));
        await broker.DisposeAsync();
        await disconnecting;
    }
}
