using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Interop.Tests;

/// <summary>Godwit.Client against foreign brokers: sessions that outlive their connections.</summary>
public sealed class ClientSessionsTests(ForeignBrokers brokers) : ForeignBrokerTests(brokers)
{
    [Theory]
    [MemberData(nameof(AcknowledgedQoS))]
    public async Task Messages_for_an_absent_client_wait_for_it(ForeignBroker broker, ProtocolVersion version, QualityOfService qos)
    {
        var topic = Unique.Name();
        await using var producer = await ConnectAsync(broker, version);
        var former = await ConnectAsync(broker, version, KeepSession);
        await former.SubscribeAsync(topic);
        await former.DisconnectAsync();
        for (var number = 0; number < 5; number++)
        {
            await producer.PublishAsync(topic, $"{number}", qos);
        }

        await using var client = await ResumeAsync(broker, former, version);
        Assert.Equal((former.ClientId, version != ProtocolVersion.Mqtt31), (client.ClientId, client.Connection.SessionPresent));
        var messages = await ReadAsync(client.Messages, 5);
        Assert.Equal(["0", "1", "2", "3", "4"], messages.Select(message => message.GetPayloadText()));
        Assert.All(messages, message => Assert.Equal(qos, message.QoS));

        // The server still has the subscription.
        await producer.PublishAsync(topic, "live", qos);
        Assert.Equal("live", (await ReadAsync(client.Messages, 1))[0].GetPayloadText());
    }

    [Theory]
    [MemberData(nameof(AcknowledgedQoS))]
    public async Task Messages_that_no_reader_took_come_again_to_the_subscription_of_the_next_connection(
        ForeignBroker broker, ProtocolVersion version, QualityOfService qos)
    {
        var topic = Unique.Name();
        await using var producer = await ConnectAsync(broker, version);
        var (former, link) = await ConnectCuttableAsync(broker, version);
        var untaken = await former.SubscribeAsync(topic);
        for (var number = 0; number < 3; number++)
        {
            await producer.PublishAsync(topic, $"{number}", qos);
        }

        // The first is taken and acknowledged, so the others are here or on their way.
        Assert.Equal("0", (await ReadAsync(untaken)).GetPayloadText());
        await producer.PublishAsync(topic, "3", qos);
        link.LoseOutgoing();
        link.Cut();
        await former.Closed.WaitAsync(TimeLimits.Event);

        await using var client = await ResumeAsync(broker, former, version);
        var subscription = await client.SubscribeAsync(topic);
        await producer.PublishAsync(topic, "end", qos);
        List<string> texts = [];
        do
        {
            texts.Add((await ReadAsync(subscription)).GetPayloadText());
        }
        while (texts[^1] != "end");

        // The acknowledgement of the first may have been lost with the connection: then it comes again, at QoS 1 at least.
        Assert.Equal(["1", "2", "3", "end"], texts.SkipWhile(text => text == "0"));
        await former.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(AcknowledgedQoS))]
    public async Task A_publication_whose_acknowledgement_was_lost_is_settled_by_the_next_connection(
        ForeignBroker broker, ProtocolVersion version, QualityOfService qos)
    {
        var topic = Unique.Name();
        await using var consumer = await ConnectAsync(broker, version);
        var subscription = await consumer.SubscribeAsync(topic);
        var (former, link) = await ConnectCuttableAsync(broker, version);
        link.LoseIncoming();
        var publication = former.PublishAsync(topic, "in flight", qos).AsTask();
        await link.WaitForLossAsync();
        link.Cut();
        await Assert.ThrowsAsync<MqttConnectionClosedException>(() => publication.WaitAsync(TimeLimits.Event));
        Assert.Equal(1, former.SessionState.UnsettledPublications);

        await using var client = await ResumeAsync(broker, former, version);
        await client.PublishAsync(topic, "next", qos).AsTask().WaitAsync(TimeLimits.Event);
        Assert.Equal(0, client.SessionState.UnsettledPublications);
        List<string> texts = [];
        do
        {
            texts.Add((await ReadAsync(subscription)).GetPayloadText());
        }
        while (texts[^1] != "next");

        Assert.Equal("in flight", texts[0]);
        // MQTTnet.Server delivers a message of QoS 2 again when its PUBLISH is repeated.
        Assert.InRange(texts.Count, 2, qos == QualityOfService.ExactlyOnce && broker != ForeignBroker.MqttNet ? 2 : 3);
        await former.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(AcknowledgedQoS))]
    public async Task A_message_whose_acknowledgement_was_lost_comes_again_at_QoS_1_only(ForeignBroker broker, ProtocolVersion version, QualityOfService qos)
    {
        var topic = Unique.Name();
        await using var producer = await ConnectAsync(broker, version);
        var (former, link) = await ConnectCuttableAsync(broker, version);
        var subscription = await former.SubscribeAsync(topic);
        link.LoseOutgoing();
        await producer.PublishAsync(topic, "taken", qos);
        Assert.Equal("taken", (await ReadAsync(subscription)).GetPayloadText());
        await link.WaitForLossAsync();
        link.Cut();
        await former.Closed.WaitAsync(TimeLimits.Event);

        await using var client = await ResumeAsync(broker, former, version);
        await producer.PublishAsync(topic, "next", qos);
        // MQTTnet.Server repeats a message as a new one: without DUP and with another packet identifier.
        if (qos == QualityOfService.AtLeastOnce || broker == ForeignBroker.MqttNet)
        {
            var again = (await ReadAsync(client.Messages, 1))[0];
            Assert.Equal(("taken", broker != ForeignBroker.MqttNet), (again.GetPayloadText(), again.Duplicate));
        }

        Assert.Equal("next", (await ReadAsync(client.Messages, 1))[0].GetPayloadText());
        await former.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(EveryVersion))]
    public async Task A_clean_start_ends_the_session_of_before(ForeignBroker broker, ProtocolVersion version)
    {
        var topic = Unique.Name();
        await using var producer = await ConnectAsync(broker, version);
        var former = await ConnectAsync(broker, version, KeepSession);
        await former.SubscribeAsync(topic);
        await former.DisconnectAsync();
        await producer.PublishAsync(topic, "for the former", QualityOfService.AtLeastOnce);

        await using var client = await ConnectAsync(broker, version, options => options with { ClientId = former.ClientId });
        Assert.False(client.Connection.SessionPresent);
        var subscription = await client.SubscribeAsync(topic);
        await producer.PublishAsync(topic, "for the new one", QualityOfService.AtLeastOnce);
        Assert.Equal("for the new one", (await ReadAsync(subscription)).GetPayloadText());
    }

    [Theory]
    [MemberData(nameof(EveryVersion))]
    public async Task A_second_client_of_the_same_identifier_takes_over(ForeignBroker broker, ProtocolVersion version)
    {
        await using var former = await ConnectAsync(broker, version);
        await using var client = await ConnectAsync(broker, version, options => options with { ClientId = former.ClientId });
        var disconnection = await former.Closed.WaitAsync(TimeLimits.Event);
        Assert.NotEqual(MqttDisconnectionCause.ByClient, disconnection.Cause);
        if (version == ProtocolVersion.Mqtt5 && broker != ForeignBroker.Mosquitto) // mosquitto 2.0.11 closes without a word
        {
            Assert.Equal(ReasonCode.SessionTakenOver, disconnection.Reason);
        }

        Assert.True(client.IsConnected);
    }
}
