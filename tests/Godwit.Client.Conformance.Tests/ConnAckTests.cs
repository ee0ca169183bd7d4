namespace Godwit.Client.Conformance.Tests;

/// <summary>Section 3.2: what the client makes of the CONNACK.</summary>
public class ConnAckTests
{
    [Theory, InlineData(V50, 2), InlineData(V50, 0x80), InlineData(V50, 0xFF), InlineData(V311, 2), InlineData(V311, 0x81)]
    [Statement("5.0", "MQTT-3.2.2-1")]
    [Statement("3.1.1", "MQTT-4.8.0-1")]
    public async Task Reserved_bits_of_the_acknowledge_flags_end_the_connection(MqttVersion version, int flags)
    {
        await using var dialog = await Dialog.OpenAsync(Dialog.Options(version));
        var connAck = ServerPacket.ConnAck(version);
        connAck[2] = (byte)flags;
        await dialog.SendAsync(connAck);
        await dialog.ExpectFaultAsync(0x81);
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-3.2.2-4", "MQTT-4.13.2-1")]
    [Statement("3.1.1", "MQTT-4.8.0-1")]
    public async Task Session_Present_after_a_clean_start_ends_the_connection(MqttVersion version)
    {
        await using var dialog = await Dialog.OpenAsync(Dialog.Options(version));
        await dialog.SendAsync(ServerPacket.ConnAck(version, sessionPresent: true));
        await dialog.ExpectFaultAsync(0x82);
    }

    [Fact]
    [Statement("5.0", "MQTT-3.2.2-4")]
    public async Task Session_Present_for_a_client_without_an_identifier_ends_the_connection()
    {
        // Who has no identifier yet cannot have a session under it.
        await using var dialog = await Dialog.OpenAsync(Dialog.Options(V50) with { ClientId = "", CleanStart = false });
        await dialog.SendAsync(ServerPacket.ConnAck(V50, sessionPresent: true, properties: new Properties().Text(PropertyId.AssignedClientIdentifier, "x")));
        await dialog.ExpectFaultAsync(0x82);
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-3.2.2-5")]
    [Statement("3.1.1", "MQTT-3.1.2-4")]
    public async Task Session_Present_0_makes_the_client_forget_its_half(MqttVersion version)
    {
        var options = Dialog.Options(version) with { CleanStart = false, SessionExpiryInterval = version == V50 ? 60u : 0 };
        await using var first = await Dialog.ConnectAsync(options);
        var subscription = await first.SubscribeAsync("a");
        var publishing = first.Client.PublishAsync("b", "x", QualityOfService.AtLeastOnce);
        await first.ReadAsync(PacketType.Publish);
        await first.SendPublishAsync("a", "received", 2, 9);
        await Dialog.NextAsync(subscription);
        await first.ReadAsync(PacketType.PubRec, 9);
        await first.CutAsync();
        await Assert.ThrowsAsync<MqttConnectionClosedException>(() => publishing.AsTask());
        Assert.Equal(1, first.Client.SessionState.UnsettledPublications);

        await using var second = await Dialog.ConnectAsync(options with { SessionState = first.Client.SessionState }, sessionPresent: false);
        await second.ExpectSilenceAsync();
        Assert.Equal(0, second.Client.SessionState.UnsettledPublications);
        var again = await second.SubscribeAsync("a");
        await second.SendPublishAsync("a", "new", 2, 9);
        Assert.Equal("new", (await Dialog.NextAsync(again)).GetPayloadText()); // identifier 9 is free again
    }

    [Theory, InlineData(V50, 0x87), InlineData(V50, 0x80), InlineData(V50, 0x9F), InlineData(V311, 5), InlineData(V311, 1)]
    [Statement("5.0", "MQTT-4.13.2-1")]
    public async Task A_refusal_closes_the_connection(MqttVersion version, int reason)
    {
        await using var dialog = await Dialog.OpenAsync(Dialog.Options(version));
        await dialog.SendAsync(ServerPacket.ConnAck(version, reason: reason));
        await dialog.ExpectEndAsync();
        Assert.NotNull((await dialog.ExpectRefusalAsync()).Result);
    }

    [Theory]
    [InlineData(V50, "300400016100"), InlineData(V50, "D000"), InlineData(V50, "40020001"), InlineData(V50, "E000")]
    [InlineData(V311, "3003000161"), InlineData(V311, "D000"), InlineData(V311, "40020001"), InlineData(V311, "9003000100")]
    [Statement("3.1.1", "MQTT-3.2.0-1")]
    public async Task Another_packet_before_CONNACK_ends_the_connection(MqttVersion version, string packet)
    {
        await using var dialog = await Dialog.OpenAsync(Dialog.Options(version));
        await dialog.SendAsync(Convert.FromHexString(packet));
        await dialog.ExpectFaultAsync(0x82);
    }

    [Theory, InlineData(0), InlineData(1)]
    [Statement("5.0", "MQTT-3.2.2-11")]
    public async Task Nothing_is_published_above_the_Maximum_QoS(int maximum)
    {
        await using var dialog = await Dialog.ConnectAsync(V50, new Properties().Byte(PropertyId.MaximumQoS, maximum));
        for (var qos = maximum + 1; qos <= 2; qos++)
        {
            var exception = await Assert.ThrowsAsync<MqttException>(() => dialog.Client.PublishAsync("a", "x", (QualityOfService)qos).AsTask());
            Assert.Equal(ReasonCode.QoSNotSupported, exception.ReasonCode);
        }

        await dialog.ExpectSilenceAsync();
        _ = dialog.Client.PublishAsync("a", "x", (QualityOfService)maximum).AsTask();
        Assert.Equal(maximum, (await dialog.ReadAsync(PacketType.Publish)).QoS);
    }

    [Fact]
    [Statement("5.0", "MQTT-3.2.2-11")]
    public async Task A_resumed_session_publishes_nothing_above_the_Maximum_QoS()
    {
        var options = Dialog.Options(V50) with { CleanStart = false, SessionExpiryInterval = 60 };
        await using var first = await Dialog.ConnectAsync(options);
        _ = first.Client.PublishAsync("a", "x", QualityOfService.ExactlyOnce).AsTask();
        await first.ReadAsync(PacketType.Publish);
        await first.CutAsync();
        await using var second = await Dialog.ConnectAsync(
            options with { SessionState = first.Client.SessionState },
            sessionPresent: true,
            new Properties().Byte(PropertyId.MaximumQoS, 1));
        await second.ExpectSilenceAsync();
    }

    [Fact]
    [Statement("5.0", "MQTT-3.2.2-14")]
    public async Task Nothing_is_retained_where_that_is_not_available()
    {
        await using var dialog = await Dialog.ConnectAsync(V50, new Properties().Byte(PropertyId.RetainAvailable, 0));
        var exception = await Assert.ThrowsAsync<MqttException>(() => dialog.Client.PublishAsync("a", "x", retain: true).AsTask());
        Assert.Equal(ReasonCode.RetainNotSupported, exception.ReasonCode);
        await dialog.ExpectSilenceAsync();
    }

    [Fact]
    [Statement("5.0", "MQTT-3.2.2-15")]
    public async Task Nothing_is_larger_than_the_Maximum_Packet_Size()
    {
        await using var dialog = await Dialog.ConnectAsync(V50, new Properties().FourByte(PropertyId.MaximumPacketSize, 30));
        await dialog.Client.PublishAsync("topic", new byte[20]);
        Assert.Equal(30, (await dialog.ReadAsync(PacketType.Publish)).Whole.Length);
        foreach (var qos in new[] { 0, 1, 2 })
        {
            var exception = await Assert.ThrowsAsync<MqttException>(() => dialog.Client.PublishAsync("topic", new byte[21], (QualityOfService)qos).AsTask());
            Assert.Equal(ReasonCode.PacketTooLarge, exception.ReasonCode);
        }

        await Assert.ThrowsAsync<MqttException>(() => dialog.Client.SubscribeAsync(new string('x', 30)));
        await Assert.ThrowsAsync<MqttException>(() => dialog.Client.UnsubscribeAsync(new string('x', 30)));
        await dialog.ExpectSilenceAsync();
    }

    [Theory, InlineData(2), InlineData(3), InlineData(4), InlineData(8)]
    [Statement("5.0", "MQTT-3.2.2-15")]
    public async Task A_Maximum_Packet_Size_below_what_the_client_has_to_send_ends_the_connection(int maximum)
    {
        await using var dialog = await Dialog.OpenAsync(Dialog.Options(V50));
        await dialog.SendAsync(ServerPacket.ConnAck(V50, properties: new Properties().FourByte(PropertyId.MaximumPacketSize, (uint)maximum)));
        if (maximum > 2)
        {
            Assert.Equal(new byte[] { 0xE0, 1, 0x95 }, (await dialog.ReadAsync(PacketType.Disconnect)).Whole);
        }

        await dialog.ExpectEndAsync();
        Assert.Equal(ReasonCode.PacketTooLarge, (await dialog.ExpectRefusalAsync()).ReasonCode);
    }

    [Theory]
    [InlineData(0, 1), InlineData(3, 4), InlineData(3, 65535)]
    [Statement("5.0", "MQTT-3.2.2-17", "MQTT-3.2.2-18", "MQTT-3.3.2-9")]
    public async Task No_Topic_Alias_is_above_the_maximum_of_the_server(int maximum, int alias)
    {
        await using var dialog = await Dialog.ConnectAsync(V50, maximum == 0 ? null : new Properties().TwoByte(PropertyId.TopicAliasMaximum, maximum));
        var exception = await Assert.ThrowsAsync<MqttException>(() => dialog.Client.PublishAsync(new MqttMessage { Topic = "a", TopicAlias = (ushort)alias }).AsTask());
        Assert.Equal(ReasonCode.TopicAliasInvalid, exception.ReasonCode);
        await dialog.ExpectSilenceAsync();
    }

    [Theory, InlineData(0), InlineData(3), InlineData(5)]
    [Statement("5.0", "MQTT-3.2.2-17", "MQTT-3.2.2-18", "MQTT-3.3.2-9", "MQTT-3.3.2-8")]
    public async Task Automatic_Topic_Aliases_stay_within_the_maximum_of_the_server(int maximum)
    {
        await using var dialog = await Dialog.ConnectAsync(
            Dialog.Options(V50) with { OutgoingTopicAliasMaximum = 5 },
            properties: new Properties().TwoByte(PropertyId.TopicAliasMaximum, maximum));
        HashSet<long> aliases = [];
        for (var round = 0; round < 2; round++)
        {
            for (var topic = 0; topic < 8; topic++)
            {
                await dialog.Client.PublishAsync($"t{topic}", "x");
                aliases.Add((await dialog.ReadAsync(PacketType.Publish)).Number(PropertyId.TopicAlias, -1));
            }
        }

        Assert.Equal(Enumerable.Range(1, maximum).Select(alias => (long)alias).Append(-1).Order(), aliases.Order());
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("3.1.1", "MQTT-4.8.0-1")]
    public async Task A_second_CONNACK_ends_the_connection(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        await dialog.SendAsync(ServerPacket.ConnAck(version));
        await dialog.ExpectFaultAsync(0x82);
    }

    [Fact]
    public async Task Properties_that_may_not_be_there_end_the_connection()
    {
        Properties[] faulty =
        [
            new Properties().TwoByte(PropertyId.ReceiveMaximum, 0),
            new Properties().FourByte(PropertyId.MaximumPacketSize, 0),
            new Properties().Byte(PropertyId.MaximumQoS, 2),
            new Properties().Byte(PropertyId.RetainAvailable, 2),
            new Properties().TwoByte(PropertyId.ReceiveMaximum, 1).TwoByte(PropertyId.ReceiveMaximum, 1),
            new Properties().TwoByte(PropertyId.TopicAlias, 1),
            new Properties().Text(PropertyId.AuthenticationMethod, "SCRAM-SHA-1"), // section 4.12: the CONNECT had none
            new Properties().Binary(PropertyId.AuthenticationData, 1),
        ];
        foreach (var properties in faulty)
        {
            await using var dialog = await Dialog.OpenAsync(Dialog.Options(V50));
            await dialog.SendAsync(ServerPacket.ConnAck(V50, properties: properties));
            await dialog.ExpectFaultAsync(0x81, 0x82);
        }
    }
}
