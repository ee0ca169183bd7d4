namespace Godwit.Client.Conformance.Tests;

/// <summary>Sections 3.1.2.4, 3.1.2.11.2, 4.1, 4.4 and 4.6: what the client keeps over several connections.</summary>
public class SessionTests
{
    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-4.4.0-1", "MQTT-3.3.1-1", "MQTT-4.6.0-1", "MQTT-4.3.2-3", "MQTT-4.3.3-3", "MQTT-3.1.2-23", "MQTT-3.1.3-2", "MQTT-2.2.1-3")]
    [Statement("3.1.1", "MQTT-4.4.0-1", "MQTT-3.3.1-1", "MQTT-4.6.0-1", "MQTT-4.3.2-1", "MQTT-4.3.3-1", "MQTT-3.1.2-4", "MQTT-3.1.3-2", "MQTT-2.3.1-3", "MQTT-4.1.0-1")]
    public async Task A_resumed_session_sends_what_is_unacknowledged_again_in_order_with_DUP_and_the_same_identifiers(MqttVersion version)
    {
        var options = Resumable(version);
        await using var first = await Dialog.ConnectAsync(options);
        List<Task> publishing = [];
        List<ClientPacket> sent = [];
        for (var index = 0; index < 6; index++)
        {
            publishing.Add(first.Client.PublishAsync("topic", $"{index}", (QualityOfService)(1 + (index % 2)), retain: index == 1).AsTask());
            sent.Add(await first.ReadAsync(PacketType.Publish));
        }

        await first.SendAsync(Packet.Ack(PacketType.PubAck, sent[2].PacketIdentifier)); // settled: not again
        await publishing[2];
        await first.CutAsync();
        Assert.Equal(5, first.Client.SessionState.UnsettledPublications);

        sent.RemoveAt(2);
        var state = first.Client.SessionState;
        for (var round = 0; round < 2; round++)
        {
            await using var next = await Dialog.ConnectAsync(options with { SessionState = state }, sessionPresent: true);
            Assert.Equal("client", next.Connect.ClientId);
            var again = await next.ReadAllAsync();
            foreach (var packet in sent)
            {
                packet.Whole[0] |= 8; // that alone may differ
            }

            Assert.Equal(sent.Select(packet => packet.Whole), again.Select(packet => packet.Whole));

            // And what is new gets none of their identifiers.
            _ = next.Client.PublishAsync("topic", "new").AsTask();
            _ = next.Client.UnsubscribeAsync("x");
            Assert.DoesNotContain((await next.ReadAllAsync())[^1].PacketIdentifier, again.Select(packet => packet.PacketIdentifier));
            await next.CutAsync();
        }
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-4.3.3-6", "MQTT-4.3.3-5", "MQTT-4.4.0-1")]
    [Statement("3.1.1", "MQTT-4.3.3-1", "MQTT-4.4.0-1")]
    public async Task After_PUBREL_only_PUBREL_is_sent_again(MqttVersion version)
    {
        var options = Resumable(version);
        await using var first = await Dialog.ConnectAsync(options);
        _ = first.Client.PublishAsync("a", "x", QualityOfService.ExactlyOnce).AsTask();
        var id = (await first.ReadAsync(PacketType.Publish)).PacketIdentifier;
        await first.SendAsync(Packet.Ack(PacketType.PubRec, id));
        await first.ReadAsync(PacketType.PubRel, id);
        await first.CutAsync();

        await using var second = await Dialog.ConnectAsync(options with { SessionState = first.Client.SessionState }, sessionPresent: true);
        var packet = Assert.Single(await second.ReadAllAsync());
        Assert.Equal((PacketType.PubRel, id), (packet.Type, packet.PacketIdentifier));
        await second.SendAsync(Packet.Ack(PacketType.PubComp, id));
        await second.ExpectSilenceAsync();
        Assert.Equal(0, second.Client.SessionState.UnsettledPublications);
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-4.6.0-4")]
    [Statement("3.1.1", "MQTT-4.6.0-4")]
    public async Task PUBRELs_are_sent_again_in_the_order_of_the_PUBRECs(MqttVersion version)
    {
        var options = Resumable(version);
        await using var first = await Dialog.ConnectAsync(options);
        var ids = new int[5];
        for (var index = 0; index < ids.Length; index++)
        {
            _ = first.Client.PublishAsync("a", "x", QualityOfService.ExactlyOnce).AsTask();
            ids[index] = (await first.ReadAsync(PacketType.Publish)).PacketIdentifier;
        }

        int[] order = [ids[3], ids[0], ids[4]];
        await first.SendAsync([.. order.Select(id => Packet.Ack(PacketType.PubRec, id))]);
        await first.ReadAllAsync();
        await first.CutAsync();

        await using var second = await Dialog.ConnectAsync(options with { SessionState = first.Client.SessionState }, sessionPresent: true);
        var again = await second.ReadAllAsync();
        Assert.Equal(order, again.Where(packet => packet.Type == PacketType.PubRel).Select(packet => packet.PacketIdentifier));
        Assert.Equal([ids[1], ids[2]], again.Where(packet => packet.Type == PacketType.Publish).Select(packet => packet.PacketIdentifier));
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-3.1.2-23", "MQTT-4.3.3-10", "MQTT-4.1.0-1")]
    [Statement("3.1.1", "MQTT-3.1.2-4", "MQTT-4.3.3-2", "MQTT-4.1.0-1")]
    public async Task QoS_2_that_was_passed_on_before_the_connection_broke_is_not_passed_on_again(MqttVersion version)
    {
        var options = Resumable(version);
        await using var first = await Dialog.ConnectAsync(options);
        var subscription = await first.SubscribeAsync("a");
        await first.SendPublishAsync("a", "once", 2, 5);
        await first.SendPublishAsync("a", "unread", 2, 6);
        await Dialog.NextAsync(subscription);
        await first.ReadAsync(PacketType.PubRec, 5);
        await first.CutAsync();

        await using var second = await Dialog.ConnectAsync(options with { SessionState = first.Client.SessionState }, sessionPresent: true);
        await second.SendPublishAsync("a", "once", 2, 5, dup: true);
        await second.ReadAsync(PacketType.PubRec, 5);
        await second.SendPublishAsync("a", "unread", 2, 6, dup: true);
        var again = await second.SubscribeAsync("a");
        Assert.Equal("unread", (await Dialog.NextAsync(again)).GetPayloadText());
        await second.ReadAsync(PacketType.PubRec, 6);
        await second.SendAsync(Packet.Ack(PacketType.PubRel, 5));
        await second.ReadAsync(PacketType.PubComp, 5);
        Assert.False(again.TryRead(out _));
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-3.1.2-4", "MQTT-3.1.3-2")]
    [Statement("3.1.1", "MQTT-3.1.2-6", "MQTT-3.1.3-2")]
    public async Task A_clean_start_sends_nothing_of_an_earlier_session(MqttVersion version)
    {
        var options = Resumable(version);
        await using var first = await Dialog.ConnectAsync(options);
        _ = first.Client.PublishAsync("a", "x", QualityOfService.ExactlyOnce).AsTask();
        await first.ReadAsync(PacketType.Publish);
        await first.CutAsync();
        var clean = options with { CleanStart = true };
        await Assert.ThrowsAsync<ArgumentException>(() => MqttClient.ConnectAsync(new MemoryStream(), clean with { SessionState = first.Client.SessionState }));
        await Assert.ThrowsAsync<ArgumentException>(
            () => MqttClient.ConnectAsync(new MemoryStream(), options with { ClientId = "other", SessionState = first.Client.SessionState }));
        await using var second = await Dialog.ConnectAsync(clean);
        Assert.True(second.Connect.CleanStart);
        await second.ExpectSilenceAsync();
        var subscription = await second.SubscribeAsync("a");
        await second.SendPublishAsync("a", "new", 2, 1);
        Assert.Equal("new", (await Dialog.NextAsync(subscription)).GetPayloadText());
    }

    [Fact]
    [Statement("5.0", "MQTT-4.4.0-2")]
    public async Task A_refused_publication_is_not_sent_again()
    {
        var options = Resumable(V50);
        await using var first = await Dialog.ConnectAsync(options);
        foreach (var (qos, answer) in new[] { (QualityOfService.AtLeastOnce, PacketType.PubAck), (QualityOfService.ExactlyOnce, PacketType.PubRec) })
        {
            var publishing = first.Client.PublishAsync("a", "x", qos).AsTask();
            await first.SendAsync(Packet.Ack(answer, (await first.ReadAsync(PacketType.Publish)).PacketIdentifier, 0x87));
            await Assert.ThrowsAsync<MqttException>(() => publishing);
        }

        await first.CutAsync();
        await using var second = await Dialog.ConnectAsync(options with { SessionState = first.Client.SessionState }, sessionPresent: true);
        await second.ExpectSilenceAsync();
    }

    [Fact]
    [Statement("5.0", "MQTT-4.3.3-7")]
    public async Task A_message_that_was_sent_once_does_not_expire()
    {
        var options = Resumable(V50);
        await using var first = await Dialog.ConnectAsync(options);
        _ = first.Client.PublishAsync(new MqttMessage { Topic = "a", QoS = QualityOfService.ExactlyOnce, MessageExpiryInterval = 1 }).AsTask();
        var id = (await first.ReadAsync(PacketType.Publish)).PacketIdentifier;
        await first.CutAsync();
        first.Time.Advance(TimeSpan.FromDays(1));
        await using var second = await Dialog.ConnectAsync(options with { SessionState = first.Client.SessionState }, sessionPresent: true);
        second.Time.Advance(TimeSpan.FromDays(1));
        await second.ReadAsync(PacketType.Publish, id);
        await second.SendAsync(Packet.Ack(PacketType.PubRec, id));
        await second.ReadAsync(PacketType.PubRel, id);
    }

    [Theory, InlineData(2)]
    [Statement("5.0", "MQTT-3.3.4-7", "MQTT-3.3.4-8", "MQTT-4.9.0-1", "MQTT-4.9.0-2")]
    public async Task A_resumed_session_keeps_to_the_Receive_Maximum_of_the_new_connection(int receiveMaximum)
    {
        var options = Resumable(V50);
        await using var first = await Dialog.ConnectAsync(options);
        var ids = new int[5];
        for (var index = 0; index < ids.Length; index++)
        {
            _ = first.Client.PublishAsync("a", "x", QualityOfService.ExactlyOnce).AsTask();
            ids[index] = (await first.ReadAsync(PacketType.Publish)).PacketIdentifier;
        }

        await first.SendAsync(Packet.Ack(PacketType.PubRec, ids[0]));
        await first.ReadAsync(PacketType.PubRel);
        await first.CutAsync();
        await using var second = await Dialog.ConnectAsync(
            options with { SessionState = first.Client.SessionState },
            sessionPresent: true,
            new Properties().TwoByte(PropertyId.ReceiveMaximum, receiveMaximum));
        Assert.Equal([PacketType.PubRel, PacketType.Publish], (await second.ReadAllAsync()).Select(packet => packet.Type));
        await second.SendAsync(Packet.Ack(PacketType.PubComp, ids[0]));
        await second.ReadAsync(PacketType.Publish, ids[2]);
        await second.ExpectSilenceAsync();
    }

    private static MqttClientOptions Resumable(MqttVersion version) =>
        Dialog.Options(version) with { CleanStart = false, SessionExpiryInterval = version == V50 ? 3600u : 0 };
}
