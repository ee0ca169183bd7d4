namespace Godwit.Client.Conformance.Tests;

/// <summary>Section 2.1 (3.1.1: 2.2) and what breaks the format of a packet as a whole.</summary>
public class FixedHeaderTests
{
    /// <summary>Every packet that a server sends, but PUBLISH, with each wrong value of its flags.</summary>
    public static TheoryData<MqttVersion, PacketType, int> WrongFlags() => new(
        from version in new[] { V50, V311 }
        from type in new[] { PacketType.PubAck, PacketType.PubRec, PacketType.PubRel, PacketType.PubComp, PacketType.SubAck, PacketType.UnsubAck, PacketType.PingResp, PacketType.Disconnect, PacketType.Auth }
        where version == V50 || type < PacketType.Disconnect
        from flags in type == PacketType.PubRel ? new[] { 0, 1, 3, 6, 10 } : [1, 2, 4, 8, 15]
        select (version, type, flags));

    [Theory, MemberData(nameof(WrongFlags))]
    [Statement("5.0", "MQTT-2.1.3-1", "MQTT-3.6.1-1", "MQTT-3.14.1-1", "MQTT-3.15.1-1")]
    [Statement("3.1.1", "MQTT-2.2.2-1", "MQTT-2.2.2-2", "MQTT-3.6.1-1")]
    public async Task Reserved_flags_of_a_packet_from_the_server_are_checked(MqttVersion version, PacketType type, int flags)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        var subscribing = dialog.Client.SubscribeAsync("a");
        await dialog.ReadAsync(PacketType.Subscribe);
        await dialog.SendAsync(Packet.Frame(((int)type << 4) | flags, type switch
        {
            PacketType.PingResp or PacketType.Disconnect or PacketType.Auth => [],
            PacketType.SubAck or PacketType.UnsubAck => version == V50 ? [0, 1, 0, 0] : [0, 1, 0],
            _ => [0, 1],
        }));
        await dialog.ExpectFaultAsync(0x81);
        await Assert.ThrowsAsync<MqttConnectionClosedException>(() => subscribing);
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-2.1.3-1")]
    [Statement("3.1.1", "MQTT-2.2.2-1", "MQTT-2.2.2-2")]
    public async Task Reserved_flags_of_CONNACK_are_checked(MqttVersion version)
    {
        await using var dialog = await Dialog.OpenAsync(Dialog.Options(version));
        var connAck = ServerPacket.ConnAck(version);
        connAck[0] |= 2;
        await dialog.SendAsync(connAck);
        await dialog.ExpectFaultAsync(0x81);
    }

    [Theory]
    [InlineData(V50, 0), InlineData(V50, 1), InlineData(V50, 2), InlineData(V50, 8), InlineData(V50, 10), InlineData(V50, 12)]
    [InlineData(V311, 0), InlineData(V311, 1), InlineData(V311, 2), InlineData(V311, 8), InlineData(V311, 10), InlineData(V311, 12), InlineData(V311, 14), InlineData(V311, 15)]
    [Statement("3.1.1", "MQTT-4.8.0-1")]
    public async Task A_packet_that_no_server_sends_here_ends_the_connection(MqttVersion version, int type)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        await dialog.SendAsync((PacketType)type switch
        {
            PacketType.Connect => Packet.Connect(new ConnectFields { Version = version }),
            PacketType.ConnAck => ServerPacket.ConnAck(version),
            PacketType.Subscribe => Packet.Subscribe(version, 1, "a", 0),
            PacketType.Unsubscribe => Packet.Unsubscribe(version, 1, "a"),
            _ => Packet.Frame(type << 4),
        });
        await dialog.ExpectFaultAsync(0x81, 0x82);
    }

    [Theory]
    [InlineData(V50, "40 00"), InlineData(V50, "40 01 00"), InlineData(V50, "40 05 0001 00 00 00"), InlineData(V50, "40 04 0001 00 05")]
    [InlineData(V50, "30 00"), InlineData(V50, "30 03 000261"), InlineData(V50, "32 03 000161"), InlineData(V50, "30 03 000161"), InlineData(V50, "30 05 000161 02 78")]
    [InlineData(V50, "D0 01 00"), InlineData(V50, "90 02 0001"), InlineData(V50, "90 03 0001 00"), InlineData(V50, "E0 03 00 05 00")]
    [InlineData(V50, "30 06 000161 02 7F 00"), InlineData(V50, "30 06 000161 02 21 00")]
    [InlineData(V311, "40 00"), InlineData(V311, "40 01 00"), InlineData(V311, "40 03 0001 00"), InlineData(V311, "30 00"), InlineData(V311, "30 03 000261")]
    [InlineData(V311, "32 03 000161"), InlineData(V311, "D0 01 00"), InlineData(V311, "90 02 0001"), InlineData(V311, "B0 03 0001 00")]
    [Statement("5.0", "MQTT-2.2.2-1")]
    [Statement("3.1.1", "MQTT-4.8.0-1")]
    public async Task A_packet_that_is_too_short_or_too_long_for_its_type_ends_the_connection(MqttVersion version, string packet)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        await dialog.SendAsync(Convert.FromHexString(packet.Replace(" ", "", StringComparison.Ordinal)));
        await dialog.ExpectFaultAsync(0x81, 0x82);
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-2.1.3-1", "MQTT-2.2.2-1", "MQTT-3.6.1-1", "MQTT-3.8.1-1", "MQTT-3.10.1-1", "MQTT-3.14.1-1")]
    [Statement("3.1.1", "MQTT-2.2.2-1", "MQTT-3.6.1-1", "MQTT-3.8.1-1", "MQTT-3.10.1-1", "MQTT-7.0.0-2", "MQTT-7.1.2-1")]
    [Statement("5.0", "MQTT-4.2.0-1")]
    public async Task Every_packet_of_the_client_is_well_formed_over_TCP(MqttVersion version)
    {
        // The reader of this kit refuses wrong flags, missing property lengths and extensions; here each type passes it.
        await using var dialog = await Dialog.ConnectAsync(Dialog.Options(version) with { KeepAlive = 10 });
        var subscription = await dialog.SubscribeAsync("a/#");
        foreach (var qos in new[] { 0, 1, 2 })
        {
            await dialog.SendPublishAsync("a", $"{qos}", qos, qos);
            Assert.Equal($"{qos}", (await Dialog.NextAsync(subscription)).GetPayloadText());
        }

        await dialog.ReadAsync(PacketType.PubAck, 1);
        await dialog.ReadAsync(PacketType.PubRec, 2);
        await dialog.SendAsync(Packet.Ack(PacketType.PubRel, 2));
        await dialog.ReadAsync(PacketType.PubComp, 2);
        var publishing = dialog.Client.PublishAsync("b", "x", QualityOfService.ExactlyOnce);
        var id = (await dialog.ReadAsync(PacketType.Publish)).PacketIdentifier;
        await dialog.SendAsync(Packet.Ack(PacketType.PubRec, id));
        await dialog.ReadAsync(PacketType.PubRel, id);
        await dialog.SendAsync(Packet.Ack(PacketType.PubComp, id));
        await publishing;
        await dialog.AdvanceAsync(10);
        await dialog.ReadAsync(PacketType.PingReq);
        await dialog.SendAsync(Packet.PingResp);
        var unsubscribing = dialog.Client.UnsubscribeAsync("a/#");
        await dialog.SendAsync(ServerPacket.UnsubAck(version, (await dialog.ReadAsync(PacketType.Unsubscribe)).PacketIdentifier, 0));
        await unsubscribing;
        var disconnecting = dialog.Client.DisconnectAsync();
        await dialog.ReadAsync(PacketType.Disconnect);
        await dialog.ExpectEndAsync();
        await disconnecting;
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-4.2.0-1")]
    [Statement("3.1.1", "MQTT-7.1.2-1")]
    public async Task Packets_may_arrive_in_any_pieces(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        var subscription = await dialog.SubscribeAsync("#");
        var packets = Packet.Join(
            Packet.Publish(version, "a", "first", 1, 1),
            Packet.Publish(version, "b", new string('x', 300)),
            Packet.Publish(version, "c", "last", 1, 2));
        foreach (var one in packets)
        {
            await dialog.SendAsync([one]);
        }

        Assert.Equal("first", (await Dialog.NextAsync(subscription)).GetPayloadText());
        Assert.Equal(300, (await Dialog.NextAsync(subscription)).Payload.Length);
        Assert.Equal("last", (await Dialog.NextAsync(subscription)).GetPayloadText());
        await dialog.ReadAsync(PacketType.PubAck, 1);
        await dialog.ReadAsync(PacketType.PubAck, 2);
    }
}
