using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Interop.Tests;

/// <summary>Godwit.Client against foreign brokers: messages at every version and QoS.</summary>
public sealed class ClientMessagesTests(ForeignBrokers brokers) : ForeignBrokerTests(brokers)
{
    [Theory]
    [MemberData(nameof(EveryQoS))]
    public async Task Messages_arrive_in_order_at_the_QoS_of_their_publication(ForeignBroker broker, ProtocolVersion version, QualityOfService qos)
    {
        var topic = Unique.Name();
        await using var consumer = await ConnectAsync(broker, version);
        await using var producer = await ConnectAsync(broker, version);
        var subscription = await consumer.SubscribeAsync($"{topic}/+");
        Assert.Equal([ReasonCode.GrantedQoS2], subscription.GrantedReasons);
        for (var number = 0; number < 30; number++)
        {
            Assert.Equal(ReasonCode.Success, (await producer.PublishAsync($"{topic}/{number % 3}", $"{number}", qos)).Reason);
        }

        for (var number = 0; number < 30; number++)
        {
            var message = await ReadAsync(subscription);
            Assert.Equal(($"{topic}/{number % 3}", $"{number}", qos, false, false), (message.Topic, message.GetPayloadText(), message.QoS, message.Retain, message.Duplicate));
        }
    }

    [Theory]
    [MemberData(nameof(EveryQoS))]
    public async Task The_QoS_granted_is_the_highest_that_arrives(ForeignBroker broker, ProtocolVersion version, QualityOfService qos)
    {
        var topic = Unique.Name();
        await using var client = await ConnectAsync(broker, version);
        var subscription = await client.SubscribeAsync(topic, qos);
        Assert.Equal([(ReasonCode)qos], subscription.GrantedReasons);
        await client.PublishAsync(topic, "x", QualityOfService.ExactlyOnce);
        Assert.Equal(qos, (await ReadAsync(subscription)).QoS);
    }

    [Theory]
    [MemberData(nameof(EveryQoS))]
    public async Task Retained_messages_come_with_their_flag_until_they_are_cleared(ForeignBroker broker, ProtocolVersion version, QualityOfService qos)
    {
        var topic = Unique.Name();
        await using var client = await ConnectAsync(broker, version);
        await using var early = await client.SubscribeAsync(topic);
        await client.PublishAsync(topic, "kept", qos, retain: true);
        var live = await ReadAsync(early);
        Assert.Equal(("kept", false), (live.GetPayloadText(), live.Retain));

        await using var second = await ConnectAsync(broker, version);
        await using (var late = await second.SubscribeAsync(topic))
        {
            var stored = await ReadAsync(late);
            Assert.Equal(("kept", true, qos), (stored.GetPayloadText(), stored.Retain, stored.QoS));
        }

        await client.PublishAsync(topic, "", qos, retain: true);
        Assert.True((await ReadAsync(early)).Payload.IsEmpty);
        await using var afterwards = await second.SubscribeAsync(topic);
        await second.PublishAsync(topic, "live", QualityOfService.AtLeastOnce);
        Assert.Equal("live", (await ReadAsync(afterwards)).GetPayloadText());
    }

    [Theory]
    [MemberData(nameof(EveryQoS))]
    public async Task A_megabyte_arrives_whole(ForeignBroker broker, ProtocolVersion version, QualityOfService qos)
    {
        var topic = Unique.Name();
        var payload = new byte[1024 * 1024];
        new Random(17).NextBytes(payload);
        await using var client = await ConnectAsync(broker, version);
        var subscription = await client.SubscribeAsync(topic);
        await client.PublishAsync(topic, payload, qos);
        await client.PublishAsync(topic, "behind it", qos);
        Assert.True((await ReadAsync(subscription)).Payload.Span.SequenceEqual(payload));
        Assert.Equal("behind it", (await ReadAsync(subscription)).GetPayloadText());
    }

    [Theory]
    [MemberData(nameof(EveryVersion))]
    public async Task Unsubscribing_ends_the_stream_and_what_the_server_sends(ForeignBroker broker, ProtocolVersion version)
    {
        var topic = Unique.Name();
        await using var client = await ConnectAsync(broker, version);
        var ended = await client.SubscribeAsync($"{topic}/a");
        var kept = await client.SubscribeAsync($"{topic}/b");
        await client.PublishAsync($"{topic}/a", "before", QualityOfService.AtLeastOnce);
        Assert.Equal("before", (await ReadAsync(ended)).GetPayloadText());
        Assert.Equal(ReasonCode.Success, await client.UnsubscribeAsync($"{topic}/a").WaitAsync(TimeLimits.Event));
        await client.PublishAsync($"{topic}/a", "after", QualityOfService.AtLeastOnce);
        await client.PublishAsync($"{topic}/b", "sentinel", QualityOfService.AtLeastOnce);
        Assert.Equal("sentinel", (await ReadAsync(kept)).GetPayloadText());
        Assert.Null(await ended.ReadAsync().AsTask().WaitAsync(TimeLimits.Event));

        if (version == ProtocolVersion.Mqtt5)
        {
            Assert.Equal(ReasonCode.NoSubscriptionExisted, await client.UnsubscribeAsync($"{topic}/a").WaitAsync(TimeLimits.Event));
        }
    }

    [Theory]
    [MemberData(nameof(EveryQoS))]
    public async Task A_will_comes_when_the_connection_breaks_and_not_after_a_disconnect(ForeignBroker broker, ProtocolVersion version, QualityOfService qos)
    {
        var topic = Unique.Name();
        await using var watcher = await ConnectAsync(broker, version);
        var subscription = await watcher.SubscribeAsync($"{topic}/+");
        MqttClientOptions WithWill(MqttClientOptions options, string text) => options with
        {
            CleanStart = true,
            SessionExpiryInterval = 0,
            Will = new MqttWill(version == ProtocolVersion.Mqtt5
                ? new MqttMessage { Topic = $"{topic}/will", Payload = "gone"u8.ToArray(), QoS = qos, ContentType = "text/plain", UserProperties = [new("why", text)] }
                : new MqttMessage { Topic = $"{topic}/will", Payload = "gone"u8.ToArray(), QoS = qos }),
        };

        await using (var polite = await ConnectAsync(broker, version, options => WithWill(options, "polite")))
        {
            await polite.PublishAsync($"{topic}/sentinel", "said goodbye", QualityOfService.AtLeastOnce);
        }

        var (broken, link) = await ConnectCuttableAsync(broker, version, options => WithWill(options, "cut"));
        await using (broken)
        {
            link.Cut();
            Assert.Equal("said goodbye", (await ReadAsync(subscription)).GetPayloadText());
            var will = await ReadAsync(subscription);
            Assert.Equal(($"{topic}/will", "gone", qos), (will.Topic, will.GetPayloadText(), will.QoS));
            if (version == ProtocolVersion.Mqtt5)
            {
                Assert.Equal("text/plain", will.ContentType);
                Assert.Equal([new MqttUserProperty("why", "cut")], will.UserProperties);
            }
        }
    }

    [Theory]
    [MemberData(nameof(AcknowledgedQoS))]
    public async Task A_reader_that_does_not_read_holds_messages_back_and_loses_none(ForeignBroker broker, ProtocolVersion version, QualityOfService qos)
    {
        var topic = Unique.Name();
        await using var consumer = await ConnectAsync(broker, version, options => options with { ReceiveMaximum = 5 });
        await using var producer = await ConnectAsync(broker, version);
        var subscription = await consumer.SubscribeAsync(topic);
        for (var number = 0; number < 60; number++)
        {
            await producer.PublishAsync(topic, $"{number}", qos);
        }

        for (var number = 0; number < 60; number++)
        {
            Assert.Equal($"{number}", (await ReadAsync(subscription)).GetPayloadText());
        }

        Assert.Equal(0, consumer.DiscardedCount);
    }

    [Theory]
    [MemberData(nameof(AcknowledgedQoS))]
    public async Task More_publications_at_once_than_the_server_takes_are_all_settled(ForeignBroker broker, ProtocolVersion version, QualityOfService qos)
    {
        var topic = Unique.Name();
        await using var client = await ConnectAsync(broker, version);
        var subscription = await client.SubscribeAsync(topic, QualityOfService.AtMostOnce);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(number => client.PublishAsync(topic, $"{number}", qos).AsTask())).WaitAsync(TimeLimits.Event);
        for (var number = 0; number < 200; number++)
        {
            Assert.Equal($"{number}", (await ReadAsync(subscription)).GetPayloadText());
        }
    }
}
