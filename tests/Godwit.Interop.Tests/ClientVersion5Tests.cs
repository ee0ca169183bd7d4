using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Interop.Tests;

/// <summary>Godwit.Client against foreign brokers: what 5.0 has brought.</summary>
public sealed class ClientVersion5Tests(ForeignBrokers brokers) : ForeignBrokerTests(brokers)
{
    [Theory]
    [InlineData(ForeignBroker.Mosquitto)]
    [InlineData(ForeignBroker.MqttNet)]
    public async Task All_properties_of_a_message_arrive(ForeignBroker broker)
    {
        var topic = Unique.Name();
        await using var client = await ConnectAsync(broker, ProtocolVersion.Mqtt5);
        var subscription = await client.SubscribeAsync(topic);
        await client.PublishAsync(new MqttMessage
        {
            Topic = topic,
            Payload = "{}"u8.ToArray(),
            QoS = QualityOfService.AtLeastOnce,
            IsPayloadText = true,
            MessageExpiryInterval = 300,
            ContentType = "application/json",
            ResponseTopic = "answers/here",
            CorrelationData = new byte[] { 0, 1, 255 },
            UserProperties = [new("a", "1"), new("b", "ü"), new("a", "2")],
        });
        var message = await ReadAsync(subscription);
        Assert.Equal((true, "application/json", "answers/here"), (message.IsPayloadText, message.ContentType, message.ResponseTopic));
        Assert.InRange(message.MessageExpiryInterval!.Value, 280u, 300u);
        Assert.Equal([0, 1, 255], message.CorrelationData!.Value.ToArray());
        Assert.Equal([new("a", "1"), new("b", "ü"), new("a", "2")], message.UserProperties);
    }

    [Fact]
    public async Task A_client_without_identifier_gets_one()
    {
        await using var client = await ConnectAsync(ForeignBroker.Mosquitto, ProtocolVersion.Mqtt5, options => options with { ClientId = "" });
        Assert.True(client.Connection.IsClientIdAssigned);
        Assert.NotEmpty(client.ClientId);
    }

    [Fact]
    public async Task A_server_that_wants_an_identifier_refuses_in_words()
    {
        var refusal = await Assert.ThrowsAsync<MqttConnectException>(
            () => ConnectAsync(ForeignBroker.MqttNet, ProtocolVersion.Mqtt5, options => options with { ClientId = "" }));
        Assert.Equal("The server refused the connection: Client Identifier not valid (0x85)", refusal.Message);
        Assert.Equal(ReasonCode.ClientIdentifierNotValid, refusal.Result!.Reason);
    }

    [Theory]
    [InlineData(ForeignBroker.Mosquitto)]
    [InlineData(ForeignBroker.MqttNet)]
    public async Task Topic_aliases_stand_for_their_topics(ForeignBroker broker)
    {
        var topic = Unique.Name();
        await using var client = await ConnectAsync(broker, ProtocolVersion.Mqtt5, options => options with { OutgoingTopicAliasMaximum = 2 });
        Assert.True(client.Connection.TopicAliasMaximum >= 2);
        var subscription = await client.SubscribeAsync($"{topic}/+");
        for (var number = 0; number < 12; number++)
        {
            await client.PublishAsync($"{topic}/{number % 3}", $"{number}", (QualityOfService)(number % 3)); // three topics for two aliases
        }

        await client.PublishAsync(new MqttMessage { Topic = $"{topic}/chosen", TopicAlias = 1, QoS = QualityOfService.AtLeastOnce });
        await client.PublishAsync(new MqttMessage { Topic = $"{topic}/chosen", TopicAlias = 1, QoS = QualityOfService.AtLeastOnce });
        await client.PublishAsync($"{topic}/0", "last", QualityOfService.AtLeastOnce);
        var received = await ReadAsync(subscription, 15);
        Assert.Equal(
            Enumerable.Range(0, 12).Select(number => ($"{topic}/{number % 3}", $"{number}")).Order(),
            received.Take(12).Select(message => (message.Topic, message.GetPayloadText())).Order());
        Assert.Equal([$"{topic}/chosen", $"{topic}/chosen", $"{topic}/0"], received.Skip(12).Select(message => message.Topic));
    }

    [Theory]
    [InlineData(ForeignBroker.Mosquitto)]
    [InlineData(ForeignBroker.MqttNet)]
    public async Task Subscription_options_are_obeyed(ForeignBroker broker)
    {
        var topic = Unique.Name();
        await using var other = await ConnectAsync(broker, ProtocolVersion.Mqtt5);
        await other.PublishAsync($"{topic}/own", "stored", QualityOfService.AtLeastOnce, retain: true);
        await using var client = await ConnectAsync(broker, ProtocolVersion.Mqtt5);
        var subscription = await client.SubscribeAsync(new MqttSubscriptionOptions(
            new MqttTopicFilter($"{topic}/own") { NoLocal = true, RetainAsPublished = true, RetainHandling = RetainHandling.DoNotSend },
            new MqttTopicFilter($"{topic}/end") { MaximumQoS = QualityOfService.AtMostOnce }));
        Assert.Equal([ReasonCode.GrantedQoS2, ReasonCode.Success], subscription.GrantedReasons);
        await client.PublishAsync($"{topic}/own", "of this client", QualityOfService.AtLeastOnce);
        await other.PublishAsync($"{topic}/own", "of another", QualityOfService.AtLeastOnce, retain: true);
        await client.PublishAsync($"{topic}/end", "end", QualityOfService.AtLeastOnce);
        var first = await ReadAsync(subscription);
        Assert.Equal(("of another", true), (first.GetPayloadText(), first.Retain));
        Assert.Equal("end", (await ReadAsync(subscription)).GetPayloadText());
    }

    [Theory]
    [InlineData(ForeignBroker.Mosquitto)]
    [InlineData(ForeignBroker.MqttNet)]
    public async Task Overlapping_subscriptions_have_a_stream_each(ForeignBroker broker)
    {
        var topic = Unique.Name();
        await using var client = await ConnectAsync(broker, ProtocolVersion.Mqtt5);
        var wide = await client.SubscribeAsync($"{topic}/#");
        var narrow = await client.SubscribeAsync($"{topic}/a");
        await client.PublishAsync($"{topic}/a", "both", QualityOfService.AtLeastOnce);
        await client.PublishAsync($"{topic}/b", "wide only", QualityOfService.AtLeastOnce);
        await client.PublishAsync($"{topic}/a", "both again", QualityOfService.AtLeastOnce);
        Assert.Equal(["both", "wide only", "both again"], (await ReadAsync(wide, 3)).Select(message => message.GetPayloadText()));
        Assert.Equal(["both", "both again"], (await ReadAsync(narrow, 2)).Select(message => message.GetPayloadText()));
    }

    [Theory]
    [InlineData(ForeignBroker.Mosquitto)]
    [InlineData(ForeignBroker.MqttNet)]
    public async Task A_shared_subscription_gives_each_message_to_one_or_is_refused_by_name(ForeignBroker broker)
    {
        var topic = Unique.Name();
        await using var first = await ConnectAsync(broker, ProtocolVersion.Mqtt5);
        await using var second = await ConnectAsync(broker, ProtocolVersion.Mqtt5);
        if (!first.Connection.SharedSubscriptionAvailable)
        {
            Assert.Equal(ForeignBroker.MqttNet, broker);
            var refusal = await Assert.ThrowsAsync<MqttException>(() => first.SubscribeAsync($"$share/group/{topic}"));
            Assert.Equal(ReasonCode.SharedSubscriptionsNotSupported, refusal.ReasonCode);
            return;
        }

        var readers = new[] { await first.SubscribeAsync($"$share/group/{topic}"), await second.SubscribeAsync($"$share/group/{topic}") };
        await using var producer = await ConnectAsync(broker, ProtocolVersion.Mqtt5);
        for (var number = 0; number < 20; number++)
        {
            await producer.PublishAsync(topic, $"{number}", QualityOfService.AtLeastOnce);
        }

        var shares = await Task.WhenAll(ReadAsync(readers[0], 10), ReadAsync(readers[1], 10));
        Assert.Equal(
            Enumerable.Range(0, 20),
            shares.SelectMany(share => share).Select(message => int.Parse(message.GetPayloadText(), System.Globalization.CultureInfo.InvariantCulture)).Order());
    }

    [Fact] // MQTTnet.Server takes every DISCONNECT for a normal one
    public async Task Disconnecting_with_the_will_has_it_published()
    {
        var topic = Unique.Name();
        await using var watcher = await ConnectAsync(ForeignBroker.Mosquitto, ProtocolVersion.Mqtt5);
        var subscription = await watcher.SubscribeAsync(topic);
        await using var client = await ConnectAsync(
            ForeignBroker.Mosquitto,
            ProtocolVersion.Mqtt5,
            options => options with { Will = new MqttWill(new MqttMessage { Topic = topic, Payload = "will"u8.ToArray() }) });
        await client.DisconnectAsync(ReasonCode.DisconnectWithWillMessage);
        Assert.Equal("will", (await ReadAsync(subscription)).GetPayloadText());
    }
}
