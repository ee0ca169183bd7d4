namespace Godwit.Client.Conformance.Tests;

/// <summary>Sections 4.3 and 3.4 to 3.7: the client as the sender of QoS 1 and 2, within one connection.</summary>
public class SenderTests
{
    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-2.2.1-2", "MQTT-3.3.1-2", "MQTT-4.3.1-1")]
    [Statement("3.1.1", "MQTT-2.3.1-5", "MQTT-3.3.1-2", "MQTT-4.3.1-1")]
    public async Task QoS_0_is_sent_once_without_identifier_and_DUP(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        await dialog.Client.PublishAsync(new MqttMessage { Topic = "a", Payload = "xyz"u8.ToArray(), Duplicate = true });
        Assert.Equal(version == V50 ? "3007000161" + "00" + "78797A" : "3006000161" + "78797A", Convert.ToHexString((await dialog.ReadAsync()).Whole));
        await dialog.ExpectSilenceAsync();
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-3.3.1-4")]
    [Statement("3.1.1", "MQTT-3.3.1-4")]
    public async Task QoS_3_is_not_published(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        await Assert.ThrowsAnyAsync<ArgumentException>(() => dialog.Client.PublishAsync("a", "x", (QualityOfService)3).AsTask());
        await Assert.ThrowsAnyAsync<ArgumentException>(() => dialog.Client.PublishAsync(new MqttMessage { Topic = "a", QoS = (QualityOfService)3 }).AsTask());
        await dialog.ExpectSilenceAsync();
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-4.3.2-1", "MQTT-4.3.2-2", "MQTT-4.3.2-3", "MQTT-2.2.1-3")]
    [Statement("3.1.1", "MQTT-4.3.2-1", "MQTT-2.3.1-1", "MQTT-2.3.1-2")]
    public async Task QoS_1_is_unacknowledged_until_its_PUBACK(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        var first = dialog.Client.PublishAsync(new MqttMessage { Topic = "a", QoS = QualityOfService.AtLeastOnce, Duplicate = true }).AsTask();
        var second = dialog.Client.PublishAsync("a", "x", QualityOfService.AtLeastOnce).AsTask();
        var one = await dialog.ReadAsync(PacketType.Publish);
        var two = await dialog.ReadAsync(PacketType.Publish);
        Assert.Equal((1, false, 1, false), (one.QoS, one.Dup, two.QoS, two.Dup));
        Assert.NotEqual(one.PacketIdentifier, two.PacketIdentifier);
        await dialog.SendAsync(Packet.Ack(PacketType.PubAck, two.PacketIdentifier));
        await second;
        await dialog.ExpectSilenceAsync();
        Assert.False(first.IsCompleted);
        await dialog.SendAsync(Packet.Ack(PacketType.PubAck, one.PacketIdentifier));
        await first;
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-4.3.3-1", "MQTT-4.3.3-2", "MQTT-4.3.3-3", "MQTT-4.3.3-4", "MQTT-4.3.3-5", "MQTT-2.2.1-5", "MQTT-2.2.1-3")]
    [Statement("3.1.1", "MQTT-4.3.3-1", "MQTT-2.3.1-1", "MQTT-2.3.1-6")]
    public async Task QoS_2_is_unacknowledged_until_its_PUBCOMP(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        var publishing = dialog.Client.PublishAsync("a", "x", QualityOfService.ExactlyOnce).AsTask();
        var publish = await dialog.ReadAsync(PacketType.Publish);
        Assert.Equal((2, false), (publish.QoS, publish.Dup));
        await dialog.ExpectSilenceAsync();
        Assert.Equal((false, 1), (publishing.IsCompleted, dialog.Client.SessionState.UnsettledPublications));
        await dialog.SendAsync(Packet.Ack(PacketType.PubRec, publish.PacketIdentifier));
        var pubRel = await dialog.ReadAsync(PacketType.PubRel, publish.PacketIdentifier);
        Assert.Equal(0, pubRel.ReasonCode);
        await dialog.ExpectSilenceAsync();
        Assert.Equal((false, 1), (publishing.IsCompleted, dialog.Client.SessionState.UnsettledPublications));
        await dialog.SendAsync(Packet.Ack(PacketType.PubComp, publish.PacketIdentifier));
        await publishing;
        Assert.Equal(0, dialog.Client.SessionState.UnsettledPublications);
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-2.2.1-3", "MQTT-4.3.2-1", "MQTT-4.3.3-1")]
    [Statement("3.1.1", "MQTT-2.3.1-1", "MQTT-2.3.1-2", "MQTT-2.3.1-3")]
    public async Task No_identifier_is_zero_or_given_again_while_it_is_in_use(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(Dialog.Options(version) with { SendMaximum = 65535 });
        _ = dialog.Client.PublishAsync("a", "x", QualityOfService.ExactlyOnce).AsTask();
        var released = (await dialog.ReadAsync(PacketType.Publish)).PacketIdentifier;
        await dialog.SendAsync(Packet.Ack(PacketType.PubRec, released));
        await dialog.ReadAsync(PacketType.PubRel);
        _ = dialog.Client.SubscribeAsync("a");
        _ = dialog.Client.UnsubscribeAsync("b");
        HashSet<int> used = [released, (await dialog.ReadAsync(PacketType.Subscribe)).PacketIdentifier, (await dialog.ReadAsync(PacketType.Unsubscribe)).PacketIdentifier];
        Assert.Equal(3, used.Count);

        // Every other identifier there is, and one message more.
        List<Task> publishing = [];
        for (var count = 3; count <= 65535; count++)
        {
            publishing.Add(dialog.Client.PublishAsync("a", "", QualityOfService.AtLeastOnce).AsTask());
        }

        while (used.Count < 65535)
        {
            Assert.True(used.Add((await dialog.ReadAsync(PacketType.Publish)).PacketIdentifier));
        }

        Assert.DoesNotContain(0, used);
        await Assert.ThrowsAsync<MqttException>(() => dialog.Client.UnsubscribeAsync("c"));
        await dialog.SendAsync(Packet.Ack(PacketType.PubRec, released)); // no more than a PUBREL again
        await dialog.ReadAsync(PacketType.PubRel, released);
        await dialog.SendAsync(Packet.Ack(PacketType.PubComp, released));
        await dialog.ReadAsync(PacketType.Publish, released);
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-4.3.3-6")]
    [Statement("3.1.1", "MQTT-4.3.3-1")]
    public async Task A_repeated_PUBREC_is_answered_by_PUBREL_again(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        _ = dialog.Client.PublishAsync("a", "x", QualityOfService.ExactlyOnce).AsTask();
        var id = (await dialog.ReadAsync(PacketType.Publish)).PacketIdentifier;
        for (var round = 0; round < 3; round++)
        {
            await dialog.SendAsync(Packet.Ack(PacketType.PubRec, id));
            await dialog.ReadAsync(PacketType.PubRel, id);
        }

        await dialog.ExpectSilenceAsync();
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-4.6.0-4", "MQTT-4.3.3-4")]
    [Statement("3.1.1", "MQTT-4.6.0-4")]
    public async Task PUBRELs_go_out_in_the_order_of_the_PUBRECs(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        var ids = new int[5];
        for (var index = 0; index < ids.Length; index++)
        {
            _ = dialog.Client.PublishAsync("a", "x", QualityOfService.ExactlyOnce).AsTask();
            ids[index] = (await dialog.ReadAsync(PacketType.Publish)).PacketIdentifier;
        }

        int[] order = [ids[3], ids[0], ids[4], ids[2], ids[1]];
        await dialog.SendAsync([.. order.Select(id => Packet.Ack(PacketType.PubRec, id))]);
        Assert.Equal(order, (await dialog.ReadAllAsync()).Select(packet => packet.PacketIdentifier));
    }

    [Theory]
    [InlineData(V50, 1), InlineData(V50, 5), InlineData(V50, 65535)]
    [Statement("5.0", "MQTT-3.3.4-7", "MQTT-4.9.0-1", "MQTT-4.9.0-2")]
    public async Task No_more_publications_are_on_their_way_than_the_Receive_Maximum(MqttVersion version, int receiveMaximum)
    {
        const int Count = 2000;
        await using var dialog = await Dialog.ConnectAsync(
            Dialog.Options(version) with { SendMaximum = 1000 },
            properties: new Properties().TwoByte(PropertyId.ReceiveMaximum, receiveMaximum));
        var publishing = Enumerable.Range(0, Count).Select(index => dialog.Client.PublishAsync("a", $"{index}", index % 2 == 0 ? QualityOfService.AtLeastOnce : QualityOfService.ExactlyOnce).AsTask()).ToArray();
        var window = Math.Min(receiveMaximum, 1000);
        var published = new Queue<ClientPacket>(await dialog.ReadAllAsync());
        Assert.Equal(window, published.Count);
        var sent = window;
        while (published.TryDequeue(out var publish))
        {
            // Nothing is settled before the end of an exchange, so the next message comes with it and not earlier.
            if (publish.QoS == 1)
            {
                await dialog.SendAsync(Packet.Ack(PacketType.PubAck, publish.PacketIdentifier));
            }
            else
            {
                await dialog.SendAsync(Packet.Ack(PacketType.PubRec, publish.PacketIdentifier));
                await dialog.ReadAsync(PacketType.PubRel, publish.PacketIdentifier);
                await dialog.SendAsync(Packet.Ack(PacketType.PubComp, publish.PacketIdentifier));
            }

            if (sent < Count)
            {
                var next = await dialog.ReadAsync(PacketType.Publish);
                Assert.Equal($"{sent++}", next.Text);
                published.Enqueue(next);
            }
        }

        await Task.WhenAll(publishing);
        await dialog.ExpectSilenceAsync();
    }

    [Fact]
    [Statement("5.0", "MQTT-3.3.4-7", "MQTT-4.9.0-2", "MQTT-4.4.0-2")]
    public async Task A_failing_PUBREC_gives_its_place_to_the_next_message()
    {
        await using var dialog = await Dialog.ConnectAsync(V50, new Properties().TwoByte(PropertyId.ReceiveMaximum, 1));
        var refused = dialog.Client.PublishAsync("a", "refused", QualityOfService.ExactlyOnce).AsTask();
        _ = dialog.Client.PublishAsync("a", "next", QualityOfService.AtLeastOnce).AsTask();
        var publish = Assert.Single(await dialog.ReadAllAsync());
        await dialog.SendAsync(Packet.Ack(PacketType.PubRec, publish.PacketIdentifier, 0x97));
        Assert.Equal("next", (await dialog.ReadAsync(PacketType.Publish)).Text); // and no PUBREL
        Assert.Equal(ReasonCode.QuotaExceeded, (await Assert.ThrowsAsync<MqttException>(() => refused)).ReasonCode);
    }

    [Fact]
    [Statement("5.0", "MQTT-3.3.4-8", "MQTT-4.9.0-3")]
    public async Task With_the_quota_exhausted_everything_but_PUBLISH_goes_on()
    {
        await using var dialog = await Dialog.ConnectAsync(
            Dialog.Options(V50) with { KeepAlive = 10 },
            properties: new Properties().TwoByte(PropertyId.ReceiveMaximum, 1));
        _ = dialog.Client.PublishAsync("a", "1", QualityOfService.ExactlyOnce).AsTask();
        var id = (await dialog.ReadAsync(PacketType.Publish)).PacketIdentifier;
        _ = dialog.Client.PublishAsync("a", "2", QualityOfService.AtLeastOnce).AsTask();
        var subscription = await dialog.SubscribeAsync("b");
        await dialog.SendPublishAsync("b", "1", 1, 7);
        await dialog.SendPublishAsync("b", "2", 2, 8);
        await Dialog.NextAsync(subscription);
        await Dialog.NextAsync(subscription);
        await dialog.ReadAsync(PacketType.PubAck, 7);
        await dialog.ReadAsync(PacketType.PubRec, 8);
        await dialog.SendAsync(Packet.Ack(PacketType.PubRel, 8));
        await dialog.ReadAsync(PacketType.PubComp, 8);
        await dialog.SendAsync(Packet.Ack(PacketType.PubRec, id));
        await dialog.ReadAsync(PacketType.PubRel, id);
        await dialog.Client.PublishAsync("a", "QoS 0");
        Assert.Equal(0, (await dialog.ReadAsync(PacketType.Publish)).QoS);
        _ = dialog.Client.UnsubscribeAsync("c");
        await dialog.ReadAsync(PacketType.Unsubscribe);
        await dialog.AdvanceAsync(10);
        await dialog.ReadAsync(PacketType.PingReq);
    }

    [Theory]
    [InlineData(V50, PacketType.PubAck, 2), InlineData(V50, PacketType.PubRec, 1), InlineData(V50, PacketType.PubComp, 2)]
    [InlineData(V311, PacketType.PubAck, 2), InlineData(V311, PacketType.PubRec, 1), InlineData(V311, PacketType.PubComp, 2)]
    [Statement("5.0", "MQTT-3.3.4-1", "MQTT-4.3.2-3", "MQTT-4.3.3-3", "MQTT-4.3.3-5")]
    [Statement("3.1.1", "MQTT-3.3.4-1", "MQTT-4.8.0-1")]
    public async Task An_acknowledgement_of_the_wrong_kind_ends_the_connection(MqttVersion version, PacketType answer, int qos)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        var publishing = dialog.Client.PublishAsync("a", "x", (QualityOfService)qos).AsTask();
        await dialog.SendAsync(Packet.Ack(answer, (await dialog.ReadAsync(PacketType.Publish)).PacketIdentifier));
        await dialog.ExpectFaultAsync(0x82);
        await Assert.ThrowsAsync<MqttConnectionClosedException>(() => publishing);
    }

    [Theory]
    [InlineData(PacketType.PubAck), InlineData(PacketType.PubRec), InlineData(PacketType.PubRel), InlineData(PacketType.PubComp)]
    [Statement("5.0", "MQTT-3.4.2-1", "MQTT-3.5.2-1", "MQTT-3.6.2-1", "MQTT-3.7.2-1")]
    public async Task A_reason_code_that_is_not_in_the_table_of_its_packet_ends_the_connection(PacketType type)
    {
        foreach (var reason in new[] { 0x01, 0x8E, 0xFF, type is PacketType.PubAck or PacketType.PubRec ? 0x92 : 0x10 })
        {
            await using var dialog = await Dialog.ConnectAsync(V50);
            _ = dialog.Client.PublishAsync("a", "x", type == PacketType.PubAck ? QualityOfService.AtLeastOnce : QualityOfService.ExactlyOnce).AsTask().ContinueWith(task => task.Exception, TaskScheduler.Default);
            var id = (await dialog.ReadAsync(PacketType.Publish)).PacketIdentifier;
            if (type == PacketType.PubComp)
            {
                await dialog.SendAsync(Packet.Ack(PacketType.PubRec, id));
                await dialog.ReadAsync(PacketType.PubRel);
            }

            await dialog.SendAsync(Packet.Ack(type, id, reason));
            await dialog.ExpectFaultAsync(0x81, 0x82);
        }
    }

    [Theory]
    [InlineData(0x00), InlineData(0x10), InlineData(0x80), InlineData(0x83), InlineData(0x87), InlineData(0x90), InlineData(0x91), InlineData(0x97), InlineData(0x99)]
    [Statement("5.0", "MQTT-3.4.2-1", "MQTT-3.5.2-1", "MQTT-4.4.0-2")]
    public async Task Every_reason_code_of_the_table_settles_the_publication(int reason)
    {
        await using var dialog = await Dialog.ConnectAsync(V50);
        foreach (var qos in new[] { QualityOfService.AtLeastOnce, QualityOfService.ExactlyOnce })
        {
            var publishing = dialog.Client.PublishAsync("a", "x", qos).AsTask();
            var id = (await dialog.ReadAsync(PacketType.Publish)).PacketIdentifier;
            var properties = new Properties().Text(PropertyId.ReasonString, "so").User("a", "b");
            await dialog.SendAsync(ServerPacket.Ack(qos == QualityOfService.AtLeastOnce ? PacketType.PubAck : PacketType.PubRec, id, reason, properties));
            if (qos == QualityOfService.ExactlyOnce && reason < 0x80)
            {
                await dialog.ReadAsync(PacketType.PubRel, id);
                await dialog.SendAsync(Packet.Ack(PacketType.PubComp, id));
            }

            Assert.Equal((ReasonCode)reason, reason < 0x80 ? (await publishing).Reason : (await Assert.ThrowsAsync<MqttException>(() => publishing)).ReasonCode);
        }

        await dialog.ExpectSilenceAsync();
        Assert.Equal(0, dialog.Client.SessionState.UnsettledPublications);
    }

    [Theory, InlineData(PacketType.PubAck), InlineData(PacketType.PubRec), InlineData(PacketType.PubRel), InlineData(PacketType.PubComp)]
    public async Task Problem_information_that_was_not_requested_ends_the_connection(PacketType type)
    {
        foreach (var properties in new[] { new Properties().Text(PropertyId.ReasonString, "so"), new Properties().User("a", "b") })
        {
            await using var dialog = await Dialog.ConnectAsync(Dialog.Options(V50) with { RequestProblemInformation = false });
            await dialog.SendAsync(ServerPacket.Ack(type, 77, 0, properties));
            await dialog.ExpectFaultAsync(0x82);
        }
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-4.4.0-1", "MQTT-4.3.3-7")]
    public async Task Nothing_is_sent_again_on_the_same_connection(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        foreach (var qos in new[] { QualityOfService.AtLeastOnce, QualityOfService.ExactlyOnce })
        {
            _ = dialog.Client.PublishAsync(new MqttMessage { Topic = "a", QoS = qos, MessageExpiryInterval = version == V50 ? 1u : null }).AsTask();
        }

        Assert.Equal(2, (await dialog.ReadAllAsync()).Count);
        dialog.Time.Advance(TimeSpan.FromDays(1));
        await dialog.ExpectSilenceAsync();
    }
}
