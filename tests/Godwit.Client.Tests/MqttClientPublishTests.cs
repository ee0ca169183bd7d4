using Godwit.Protocol;

namespace Godwit.Client.Tests;

public class MqttClientPublishTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Publications_of_each_QoS_complete_as_their_exchange_does()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        var first = client.PublishAsync("a", "0", cancellationToken: Cancellation);
        Assert.True(first.IsCompletedSuccessfully);
        Assert.Equal(ReasonCode.Success, (await first).Reason);
        var second = client.PublishAsync("a", "1", QualityOfService.AtLeastOnce, cancellationToken: Cancellation);
        var third = client.PublishAsync(new MqttMessage { Topic = "a", Payload = "2"u8.ToArray(), QoS = QualityOfService.ExactlyOnce, Retain = true, ContentType = "c" }, Cancellation);
        await broker.ExpectAsync(Wire.Publish("a", "0"), Wire.Publish("a", "1", 1, 1), Wire.Publish("a", "2", 2, 2, retain: true, properties: "03000163"));
        Assert.False(second.IsCompleted || third.IsCompleted);
        await broker.SendAsync(Wire.Packet(0x40, Wire.Number(1), Wire.Hex("10 0A 1F0000 26000161000162")), Wire.PubRec(2));
        var result = await second;
        Assert.Equal((ReasonCode.NoMatchingSubscribers, ""), (result.Reason, result.ReasonString));
        Assert.Equal([new MqttUserProperty("a", "b")], result.UserProperties);
        await broker.ExpectAsync(Wire.PubRel(2));
        await broker.SendAsync(Wire.PubComp(2));
        Assert.Equal(ReasonCode.Success, (await third).Reason);
        await DisconnectAsync(client, broker);
    }

    [Fact]
    public async Task A_refused_publication_throws_with_the_reason_in_words()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        var publishing = client.PublishAsync("secret", "1", QualityOfService.AtLeastOnce, cancellationToken: Cancellation);
        await broker.SendAsync(Wire.PubAck(1, 0x87));
        var exception = await Assert.ThrowsAsync<MqttException>(async () => await publishing);
        Assert.Equal(ReasonCode.NotAuthorized, exception.ReasonCode);
        Assert.Equal("The server refused the publication to 'secret': Not authorized (0x87)", exception.Message);
        await broker.ReadAsync();
        await DisconnectAsync(client, broker);
    }

    [Fact]
    public async Task What_may_not_be_sent_throws_and_the_connection_goes_on()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        var exception = await Assert.ThrowsAsync<MqttException>(async () => await client.PublishAsync("a/#", "1", cancellationToken: Cancellation));
        Assert.Equal(ReasonCode.TopicNameInvalid, exception.ReasonCode);
        await client.PublishAsync("a", "1", cancellationToken: Cancellation);
        await broker.ExpectAsync(Wire.Publish("a", "1"));
        await DisconnectAsync(client, broker);
    }

    [Fact]
    public async Task Cancelling_a_publication_that_waits_takes_it_back()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync(connAck: Wire.ConnAck(properties: "210001"));
        using var cancellation = new CancellationTokenSource();
        var first = client.PublishAsync("a", "1", QualityOfService.AtLeastOnce, cancellationToken: cancellation.Token);
        var second = client.PublishAsync("b", "2", QualityOfService.AtLeastOnce, cancellationToken: cancellation.Token);
        var third = client.PublishAsync("c", "3", QualityOfService.AtLeastOnce, cancellationToken: Cancellation);
        await cancellation.CancelAsync();
        Assert.Equal(cancellation.Token, (await Assert.ThrowsAsync<OperationCanceledException>(async () => await first)).CancellationToken);
        await Assert.ThrowsAsync<OperationCanceledException>(async () => await second);
        await broker.ExpectAsync(Wire.Publish("a", "1", 1, 1));
        await broker.SendAsync(Wire.PubAck(1));
        await broker.ExpectAsync(Wire.Publish("c", "3", 1, 2));
        await broker.SendAsync(Wire.PubAck(2));
        Assert.Equal(ReasonCode.Success, (await third).Reason);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await client.PublishAsync("d", "4", cancellationToken: cancellation.Token));
        await DisconnectAsync(client, broker);
    }

    [Fact]
    public async Task QoS_0_waits_for_a_server_that_does_not_read()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync(writeAhead: 1024);
        var payload = new byte[10_000];
        var count = 0;
        ValueTask<PublishResult> publishing;
        do
        {
            publishing = client.PublishAsync("a", payload, cancellationToken: Cancellation);
            count++;
        }
        while (publishing.IsCompletedSuccessfully && count < 1000);
        Assert.InRange(count, 27, 60); // some 256 KiB on their way, and as much again waiting
        for (var index = 0; index < count; index++)
        {
            Assert.Equal(10_007, (await broker.ReadAsync()).Length);
        }

        await publishing;
        await DisconnectAsync(client, broker);
    }

    [Fact]
    public async Task A_lost_connection_fails_everything_that_is_pending_in_words()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        var publishing = client.PublishAsync("a", "1", QualityOfService.AtLeastOnce, cancellationToken: Cancellation);
        var subscribing = client.SubscribeAsync("b", cancellationToken: Cancellation);
        var reading = client.Messages.GetAsyncEnumerator(Cancellation).MoveNextAsync();
        await broker.DisposeAsync();
        foreach (var task in new Task[] { publishing.AsTask(), subscribing, reading.AsTask() })
        {
            var exception = await Assert.ThrowsAsync<MqttConnectionClosedException>(() => task);
            Assert.Equal("The server closed the connection.", exception.Message);
            Assert.Equal(MqttDisconnectionCause.ConnectionLost, exception.Disconnection.Cause);
            Assert.Null(exception.ReasonCode);
        }

        await Assert.ThrowsAsync<MqttConnectionClosedException>(async () => await client.PublishAsync("a", "1", cancellationToken: Cancellation));
        await Assert.ThrowsAsync<MqttConnectionClosedException>(() => client.SubscribeAsync("a", cancellationToken: Cancellation));
        await Assert.ThrowsAsync<MqttConnectionClosedException>(() => client.UnsubscribeAsync("a", Cancellation));
        Assert.Equal(MqttDisconnectionCause.ConnectionLost, (await client.Closed).Cause);
        Assert.Equal(1, client.SessionState.UnsettledPublications);
        await client.DisposeAsync();
    }

    [Fact]
    public async Task Session_state_goes_on_with_the_next_connection()
    {
        var options = new MqttClientOptions { ClientId = "c", KeepAlive = 0, SessionExpiryInterval = 100 };
        var (client, broker) = await ScriptedBroker.ConnectAsync(options);
        var publishing = client.PublishAsync("a", "1", QualityOfService.AtLeastOnce, cancellationToken: Cancellation);
        await broker.ExpectAsync(Wire.Publish("a", "1", 1, 1));
        await broker.DisposeAsync();
        await Assert.ThrowsAsync<MqttConnectionClosedException>(async () => await publishing);

        (client, broker) = await ScriptedBroker.ConnectAsync(
            options with { ClientId = "", CleanStart = false, SessionState = client.SessionState },
            Wire.ConnAck(sessionPresent: true));
        Assert.Equal(("c", true), (client.ClientId, client.Connection.SessionPresent));
        await broker.ExpectAsync(Wire.Publish("a", "1", 1, 1, dup: true));
        await broker.SendAsync(Wire.PubAck(1), Wire.Publish("fence", ""));
        await using (var fence = client.Messages.GetAsyncEnumerator(Cancellation))
        {
            Assert.True(await fence.MoveNextAsync());
        }

        await DisconnectAsync(client, broker);
        Assert.Equal(0, client.SessionState.UnsettledPublications);
    }

    [Fact]
    public async Task Steady_publishing_allocates_nothing()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync(writeAhead: 64 * 1024 * 1024);
        var payload = new byte[100];
        var allocated = long.MaxValue;
        for (var round = 0; round < 6; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var index = 0; index < 1000; index++)
            {
                var publishing = client.PublishAsync("some/topic", payload, cancellationToken: CancellationToken.None);
                Assert.True(publishing.IsCompletedSuccessfully);
                await publishing;
            }

            allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
            for (var index = 0; index < 1000; index++)
            {
                await broker.ReadAsync();
            }
        }

        Assert.InRange(allocated, 0, 1000); // the best of several rounds: the pool of arrays may be emptied at any time
        await DisconnectAsync(client, broker);
    }

    private static async Task DisconnectAsync(MqttClient client, ScriptedBroker broker)
    {
        var disconnecting = client.DisconnectAsync(cancellationToken: Cancellation);
        await broker.ExpectAsync(Wire.Hex("E000"));
        await broker.DisposeAsync();
        await disconnecting;
        Assert.Equal(MqttDisconnectionCause.ByClient, (await client.Closed).Cause);
    }
}
