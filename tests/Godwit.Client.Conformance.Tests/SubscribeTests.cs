namespace Godwit.Client.Conformance.Tests;

/// <summary>Sections 3.8 to 3.11, 4.7 and 4.8: filters and their requests.</summary>
public class SubscribeTests
{
    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-3.8.1-1", "MQTT-3.8.3-1", "MQTT-3.8.3-2")]
    [Statement("3.1.1", "MQTT-3.8.1-1", "MQTT-3.8.3-1", "MQTT-3.8.3-3")]
    public async Task SUBSCRIBE_holds_its_filters_with_their_options(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        _ = dialog.Client.SubscribeAsync(new MqttSubscriptionOptions(
            new MqttTopicFilter("a/+") { MaximumQoS = QualityOfService.AtMostOnce },
            new MqttTopicFilter("b/#") { MaximumQoS = QualityOfService.AtLeastOnce },
            new MqttTopicFilter("$SYS/c")));
        var packet = await dialog.ReadAsync(PacketType.Subscribe);
        Assert.Equal(0x82, packet.Whole[0]);
        Assert.Equal([("a/+", 0), ("b/#", 1), ("$SYS/c", 2)], packet.Filters);
        if (version == V50)
        {
            _ = dialog.Client.SubscribeAsync(new MqttSubscriptionOptions(
                new MqttTopicFilter("a") { NoLocal = true },
                new MqttTopicFilter("b") { RetainAsPublished = true, RetainHandling = RetainHandling.DoNotSend }));
            Assert.Equal([("a", 0x06), ("b", 0x2A)], (await dialog.ReadAsync(PacketType.Subscribe)).Filters);
        }
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-3.10.1-1", "MQTT-3.10.3-1", "MQTT-3.10.3-2")]
    [Statement("3.1.1", "MQTT-3.10.1-1", "MQTT-3.10.3-1", "MQTT-3.10.3-2")]
    public async Task UNSUBSCRIBE_holds_its_filters(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        _ = dialog.Client.UnsubscribeAsync("a/+/b");
        var packet = await dialog.ReadAsync(PacketType.Unsubscribe);
        Assert.Equal((0xA2, "a/+/b"), (packet.Whole[0], Assert.Single(packet.Filters).Filter));
        var subscribing = dialog.Client.SubscribeAsync(new MqttSubscriptionOptions(new MqttTopicFilter("a"), new MqttTopicFilter("b")));
        await dialog.SendAsync(ServerPacket.SubAck(version, (await dialog.ReadAsync(PacketType.Subscribe)).PacketIdentifier, 2, 2));
        _ = (await subscribing).DisposeAsync().AsTask();
        Assert.Equal(["a", "b"], (await dialog.ReadAsync(PacketType.Unsubscribe)).Filters.Select(each => each.Filter).Order());
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-3.8.3-2")]
    [Statement("3.1.1", "MQTT-3.8.3-3")]
    public async Task Without_a_filter_there_is_no_SUBSCRIBE(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        await Assert.ThrowsAnyAsync<ArgumentException>(() => dialog.Client.SubscribeAsync(new MqttSubscriptionOptions()));
        await dialog.ExpectSilenceAsync();
    }

    [Theory]
    [InlineData(V50, "a#"), InlineData(V50, "a/#/b"), InlineData(V50, "##"), InlineData(V50, "#/"), InlineData(V50, "a/b#"), InlineData(V50, "a+"), InlineData(V50, "+a/b"), InlineData(V50, "a/b+/c"), InlineData(V50, "++")]
    [InlineData(V311, "a#"), InlineData(V311, "a/#/b"), InlineData(V311, "##"), InlineData(V311, "#/"), InlineData(V311, "a/b#"), InlineData(V311, "a+"), InlineData(V311, "+a/b"), InlineData(V311, "a/b+/c"), InlineData(V311, "++")]
    [Statement("5.0", "MQTT-4.7.1-1", "MQTT-4.7.1-2")]
    [Statement("3.1.1", "MQTT-4.7.1-2", "MQTT-4.7.1-3")]
    public async Task Wildcards_that_do_not_fill_their_level_are_not_sent(MqttVersion version, string filter)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        Assert.Equal(ReasonCode.TopicFilterInvalid, (await Assert.ThrowsAsync<MqttException>(() => dialog.Client.SubscribeAsync(filter))).ReasonCode);
        Assert.Equal(ReasonCode.TopicFilterInvalid, (await Assert.ThrowsAsync<MqttException>(() => dialog.Client.UnsubscribeAsync(filter))).ReasonCode);
        await dialog.ExpectSilenceAsync();
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-4.7.0-1", "MQTT-4.7.1-1", "MQTT-4.7.1-2")]
    [Statement("3.1.1", "MQTT-4.7.1-1", "MQTT-4.7.1-2", "MQTT-4.7.1-3")]
    public async Task Wildcards_that_fill_their_level_are_sent(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        foreach (var filter in new[] { "#", "+", "/", "//", "/#", "+/+/#", "a/+/b", "/+", "a//#", " ", "$share" })
        {
            _ = dialog.Client.SubscribeAsync(filter);
            Assert.Equal(filter, Assert.Single((await dialog.ReadAsync(PacketType.Subscribe)).Filters).Filter);
        }
    }

    [Theory, InlineData("$share/"), InlineData("$share/a"), InlineData("$share/a/"), InlineData("$share//a"), InlineData("$share/a+/b"), InlineData("$share/#/b"), InlineData("$share/a/b#"), InlineData("$share/+/b")]
    [Statement("5.0", "MQTT-4.8.2-1", "MQTT-4.8.2-2")]
    public async Task Shared_filters_without_a_proper_name_or_filter_are_not_sent(string filter)
    {
        await using var dialog = await Dialog.ConnectAsync(V50);
        await Assert.ThrowsAsync<MqttException>(() => dialog.Client.SubscribeAsync(filter));
        await Assert.ThrowsAsync<MqttException>(() => dialog.Client.UnsubscribeAsync(filter));
        await dialog.ExpectSilenceAsync();
    }

    [Fact]
    [Statement("5.0", "MQTT-4.8.2-1", "MQTT-4.8.2-2")]
    public async Task Shared_filters_are_sent_as_they_are()
    {
        await using var dialog = await Dialog.ConnectAsync(V50);
        foreach (var filter in new[] { "$share/a/#", "$share/name/a/+/b", "$share/x//" })
        {
            _ = dialog.Client.SubscribeAsync(filter);
            Assert.Equal(filter, Assert.Single((await dialog.ReadAsync(PacketType.Subscribe)).Filters).Filter);
        }
    }

    [Fact]
    [Statement("5.0", "MQTT-3.8.3-4")]
    public async Task No_Local_is_not_sent_on_a_shared_filter()
    {
        await using var dialog = await Dialog.ConnectAsync(V50);
        var options = new MqttSubscriptionOptions(new MqttTopicFilter("a"), new MqttTopicFilter("$share/a/b") { NoLocal = true });
        await Assert.ThrowsAsync<MqttException>(() => dialog.Client.SubscribeAsync(options));
        await dialog.ExpectSilenceAsync();
    }

    [Theory, InlineData(0x03), InlineData(0x7F), InlineData(0x81), InlineData(0x87), InlineData(0xFF)]
    [Statement("3.1.1", "MQTT-3.9.3-2")]
    public async Task A_return_code_that_SUBACK_does_not_have_ends_the_connection(int code)
    {
        await using var dialog = await Dialog.ConnectAsync(V311);
        var subscribing = dialog.Client.SubscribeAsync("a");
        await dialog.SendAsync(ServerPacket.SubAck(V311, (await dialog.ReadAsync(PacketType.Subscribe)).PacketIdentifier, (byte)code));
        await dialog.ExpectFaultAsync();
        await Assert.ThrowsAsync<MqttConnectionClosedException>(() => subscribing);
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2), InlineData(0x80)]
    [Statement("3.1.1", "MQTT-3.9.3-2")]
    public async Task The_return_codes_of_SUBACK_are_taken(int code)
    {
        await using var dialog = await Dialog.ConnectAsync(V311);
        var subscribing = dialog.Client.SubscribeAsync("a");
        await dialog.SendAsync(ServerPacket.SubAck(V311, (await dialog.ReadAsync(PacketType.Subscribe)).PacketIdentifier, (byte)code));
        if (code == 0x80)
        {
            await Assert.ThrowsAsync<MqttException>(() => subscribing);
        }
        else
        {
            Assert.Equal((ReasonCode)code, Assert.Single((await subscribing).GrantedReasons));
        }
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("3.1.1", "MQTT-4.8.0-1")]
    public async Task An_answer_with_another_identifier_or_number_of_codes_ends_the_connection(MqttVersion version)
    {
        foreach (var (idOffset, codes) in new (int, byte[])[] { (1, [0]), (0, [0, 0]) })
        {
            await using var dialog = await Dialog.ConnectAsync(version);
            var subscribing = dialog.Client.SubscribeAsync("a");
            var id = (await dialog.ReadAsync(PacketType.Subscribe)).PacketIdentifier;
            await dialog.SendAsync(ServerPacket.SubAck(version, id + idOffset, codes));
            await dialog.ExpectFaultAsync(0x81, 0x82);
            await Assert.ThrowsAsync<MqttConnectionClosedException>(() => subscribing);
        }
    }
}
