namespace Godwit.Client.Conformance.Tests;

/// <summary>Sections 3.3.4, 4.3, 4.5 and 4.6: the client as the receiver of messages, within one connection.</summary>
public class DeliveryTests
{
    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-3.3.4-1", "MQTT-4.3.2-4", "MQTT-4.3.3-8", "MQTT-4.3.3-11", "MQTT-2.2.1-5", "MQTT-2.2.1-2")]
    [Statement("3.1.1", "MQTT-3.3.4-1", "MQTT-4.3.2-2", "MQTT-4.3.3-2", "MQTT-2.3.1-6", "MQTT-2.3.1-5")]
    public async Task The_answer_follows_from_the_QoS(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        var subscription = await dialog.SubscribeAsync("a");
        await dialog.SendPublishAsync("a", "\u0001\u0002payload");
        Assert.Equal("\u0001\u0002payload", (await Dialog.NextAsync(subscription)).GetPayloadText()); // no identifier is cut off
        await dialog.ExpectSilenceAsync();
        await dialog.SendPublishAsync("a", "x", 1, 65534);
        await Dialog.NextAsync(subscription);
        await dialog.ReadAsync(PacketType.PubAck, 65534);
        await dialog.SendPublishAsync("a", "x", 2, 256);
        await Dialog.NextAsync(subscription);
        await dialog.ReadAsync(PacketType.PubRec, 256);
        await dialog.ExpectSilenceAsync();
        await dialog.SendAsync(Packet.Ack(PacketType.PubRel, 256));
        await dialog.ReadAsync(PacketType.PubComp, 256);
        await dialog.ExpectSilenceAsync();
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-3.3.1-4")]
    [Statement("3.1.1", "MQTT-3.3.1-4", "MQTT-4.8.0-1")]
    public async Task QoS_3_from_the_server_ends_the_connection(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        await dialog.SendPublishAsync("a", "x", 3, 1);
        await dialog.ExpectFaultAsync(0x81);
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-3.3.1-2", "MQTT-4.3.1-1")]
    [Statement("3.1.1", "MQTT-3.3.1-2", "MQTT-4.3.1-1")]
    public async Task DUP_at_QoS_0_from_the_server_ends_the_connection(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        await dialog.SendPublishAsync("a", "x", dup: true);
        await dialog.ExpectFaultAsync(0x81, 0x82);
    }

    [Theory, InlineData(V50, 1), InlineData(V50, 2), InlineData(V311, 1), InlineData(V311, 2)]
    [Statement("3.1.1", "MQTT-2.3.1-1")]
    public async Task Identifier_0_from_the_server_ends_the_connection(MqttVersion version, int qos)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        await dialog.SendPublishAsync("a", "x", qos, 0);
        await dialog.ExpectFaultAsync(0x81, 0x82);
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-4.3.2-5")]
    [Statement("3.1.1", "MQTT-4.3.2-2")]
    public async Task After_PUBACK_the_identifier_means_a_new_message_whatever_DUP_says(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        var subscription = await dialog.SubscribeAsync("a");
        foreach (var dup in new[] { false, true, false, true })
        {
            await dialog.SendPublishAsync("a", $"{dup}", 1, 1, dup);
            var message = await Dialog.NextAsync(subscription);
            Assert.Equal(($"{dup}", dup), (message.GetPayloadText(), message.Duplicate));
            await dialog.ReadAsync(PacketType.PubAck, 1);
        }
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-4.3.3-10", "MQTT-4.3.3-12", "MQTT-4.1.0-1")]
    [Statement("3.1.1", "MQTT-4.3.3-2", "MQTT-4.1.0-1", "MQTT-4.1.0-2")]
    public async Task QoS_2_is_passed_on_once_until_PUBREL_and_as_a_new_message_after_PUBCOMP(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        var subscription = await dialog.SubscribeAsync("a");
        for (var round = 0; round < 3; round++)
        {
            await dialog.SendPublishAsync("a", $"{round}", 2, 5);
            Assert.Equal($"{round}", (await Dialog.NextAsync(subscription)).GetPayloadText());
            await dialog.ReadAsync(PacketType.PubRec, 5);
            for (var repeat = 0; repeat < 3; repeat++)
            {
                dialog.Time.Advance(TimeSpan.FromDays(1)); // the connection stays, and so does what the client knows
                await dialog.SendPublishAsync("a", $"{round}", 2, 5, dup: repeat > 0);
                await dialog.ReadAsync(PacketType.PubRec, 5);
            }

            await dialog.SendAsync(Packet.Ack(PacketType.PubRel, 5));
            await dialog.ReadAsync(PacketType.PubComp, 5);
            Assert.False(subscription.TryRead(out _));
        }
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-4.3.3-10", "MQTT-4.3.3-12")]
    [Statement("3.1.1", "MQTT-4.3.3-2")]
    public async Task A_repeat_that_waits_behind_another_message_does_not_outlive_its_exchange(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        var first = await dialog.SubscribeAsync("a");
        var second = await dialog.SubscribeAsync("b");
        await dialog.SendPublishAsync("a", "1", 2, 5);
        await dialog.SendPublishAsync("b", "2", 1, 6);
        await dialog.SendPublishAsync("a", "1", 2, 5, dup: true);
        await Dialog.NextAsync(first);
        await dialog.ReadAsync(PacketType.PubRec, 5);
        await dialog.SendAsync(Packet.Ack(PacketType.PubRel, 5));
        await dialog.ReadAsync(PacketType.PubComp, 5);
        await Dialog.NextAsync(second);
        await dialog.ReadAsync(PacketType.PubAck, 6);
        await dialog.ReadAllAsync();
        await dialog.SendPublishAsync("a", "new", 2, 5);
        Assert.Equal("new", (await Dialog.NextAsync(first)).GetPayloadText());
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-4.6.0-2", "MQTT-4.6.0-3")]
    [Statement("3.1.1", "MQTT-4.6.0-2", "MQTT-4.6.0-3")]
    public async Task PUBACKs_and_PUBRECs_go_out_in_the_order_of_the_messages(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        var first = await dialog.SubscribeAsync("a");
        var second = await dialog.SubscribeAsync("b");
        int[] ids = [9, 3, 7, 1, 8, 2];
        for (var index = 0; index < ids.Length; index++)
        {
            await dialog.SendPublishAsync(index % 2 == 0 ? "a" : "b", $"{ids[index]}", 1 + (index / 2 % 2), ids[index]);
        }

        // The readers take them in another order.
        foreach (var subscription in new[] { second, first, second, second, first, first })
        {
            await Dialog.NextAsync(subscription);
        }

        Assert.Equal(ids, (await dialog.ReadAllAsync()).Select(packet => packet.PacketIdentifier));
    }

    [Theory, InlineData(V50, 1), InlineData(V50, 2), InlineData(V311, 1), InlineData(V311, 2)]
    [Statement("5.0", "MQTT-4.5.0-2")]
    [Statement("3.1.1", "MQTT-4.5.0-2")]
    public async Task Messages_of_an_ended_subscription_are_acknowledged(MqttVersion version, int qos)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        var kept = await dialog.SubscribeAsync("b");
        var subscription = await dialog.SubscribeAsync("a");
        await dialog.SendPublishAsync("a", "unread", qos, 1);
        await dialog.ExpectSilenceAsync();
        var leaving = subscription.DisposeAsync().AsTask();
        var answer = qos == 1 ? PacketType.PubAck : PacketType.PubRec;
        var answered = await dialog.ReadAllAsync();
        Assert.Equal(new[] { answer, PacketType.Unsubscribe }, answered.Select(packet => packet.Type));
        await dialog.SendPublishAsync("a", "before UNSUBACK", qos, 2);
        await dialog.ReadAsync(answer, 2);
        await dialog.SendAsync(ServerPacket.UnsubAck(version, answered[^1].PacketIdentifier, 0));
        await leaving;

        // The server may still deliver what it had in store (section 3.10.4), and that holds up nothing else.
        await dialog.SendPublishAsync("a", "after UNSUBACK", qos, 3);
        await dialog.ReadAsync(answer, 3);
        await dialog.SendPublishAsync("b", "x", 1, 4);
        Assert.Equal("x", (await Dialog.NextAsync(kept)).GetPayloadText());
        await dialog.ReadAsync(PacketType.PubAck, 4);
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-4.5.0-2")]
    [Statement("3.1.1", "MQTT-4.5.0-2")]
    public async Task Messages_of_no_subscription_are_acknowledged_as_they_are_taken(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        await dialog.SendPublishAsync("a", "1", 1, 1);
        await dialog.SendPublishAsync("a", "2", 2, 2);
        await using var messages = dialog.Client.Messages.GetAsyncEnumerator();
        Assert.True(await messages.MoveNextAsync());
        await dialog.ReadAsync(PacketType.PubAck, 1);
        Assert.True(await messages.MoveNextAsync());
        await dialog.ReadAsync(PacketType.PubRec, 2);
    }

    [Fact]
    [Statement("5.0", "MQTT-4.3.3-13")]
    public async Task The_exchange_of_an_expired_message_is_completed()
    {
        await using var dialog = await Dialog.ConnectAsync(V50);
        var subscription = await dialog.SubscribeAsync("a");
        var properties = new Properties().FourByte(PropertyId.MessageExpiryInterval, 1);
        await dialog.SendPublishAsync("a", "x", 2, 5, properties: properties);
        await dialog.ExpectSilenceAsync();
        dialog.Time.Advance(TimeSpan.FromDays(1));
        await Dialog.NextAsync(subscription);
        await dialog.ReadAsync(PacketType.PubRec, 5);
        dialog.Time.Advance(TimeSpan.FromDays(1));
        await dialog.SendPublishAsync("a", "x", 2, 5, dup: true, properties: properties);
        await dialog.ReadAsync(PacketType.PubRec, 5);
        await dialog.SendAsync(Packet.Ack(PacketType.PubRel, 5));
        await dialog.ReadAsync(PacketType.PubComp, 5);
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-4.3.3-8", "MQTT-4.3.3-11")]
    [Statement("3.1.1", "MQTT-4.3.3-2", "MQTT-4.8.0-1")]
    public async Task PUBREL_before_PUBREC_ends_the_connection(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        var subscription = await dialog.SubscribeAsync("a");
        await dialog.SendPublishAsync("a", "x", 2, 5);
        await dialog.SendAsync(Packet.Ack(PacketType.PubRel, 5));
        await dialog.ExpectFaultAsync(0x82);
    }

    [Fact]
    [Statement("5.0", "MQTT-3.4.2-1", "MQTT-3.4.2-2", "MQTT-3.4.2-3", "MQTT-3.5.2-1", "MQTT-3.5.2-2", "MQTT-3.5.2-3")]
    [Statement("5.0", "MQTT-3.6.2-1", "MQTT-3.6.2-2", "MQTT-3.6.2-3", "MQTT-3.7.2-1", "MQTT-3.7.2-2", "MQTT-3.7.2-3")]
    public async Task Acknowledgements_have_reason_codes_of_their_tables_and_never_more()
    {
        // 5 bytes are the most that an acknowledgement without properties has.
        await using var dialog = await Dialog.ConnectAsync(V50, new Properties().FourByte(PropertyId.MaximumPacketSize, 20));
        var subscription = await dialog.SubscribeAsync("a");
        await dialog.SendPublishAsync("a", "x", 1, 1);
        await dialog.SendPublishAsync("a", "x", 2, 2);
        await Dialog.NextAsync(subscription);
        await Dialog.NextAsync(subscription);
        await dialog.SendAsync(
            Packet.Ack(PacketType.PubRel, 2),
            Packet.Ack(PacketType.PubRel, 3), // unknown: 0x92
            Packet.Ack(PacketType.PubRec, 4)); // unknown: 0x92
        _ = dialog.Client.PublishAsync("b", "x", QualityOfService.ExactlyOnce).AsTask();
        ClientPacket? publish = null;
        List<(PacketType, int)> answers = [];
        foreach (var packet in await dialog.ReadAllAsync())
        {
            if (packet.Type == PacketType.Publish)
            {
                publish = packet;
                continue;
            }

            Assert.InRange(packet.Whole.Length, 4, 5);
            answers.Add((packet.Type, packet.ReasonCode)); // the reader refuses reasons from outside the table
        }

        Assert.Equal([(PacketType.PubAck, 0), (PacketType.PubRec, 0), (PacketType.PubComp, 0), (PacketType.PubComp, 0x92), (PacketType.PubRel, 0x92)], answers);
        await dialog.SendAsync(Packet.Ack(PacketType.PubRec, publish!.PacketIdentifier));
        Assert.Equal(4, (await dialog.ReadAsync(PacketType.PubRel)).Whole.Length);
    }
}
