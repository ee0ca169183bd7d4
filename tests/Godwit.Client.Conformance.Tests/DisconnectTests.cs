namespace Godwit.Client.Conformance.Tests;

/// <summary>Sections 3.14, 3.15, 4.12 and 4.13: the end of a connection, from either side.</summary>
public class DisconnectTests
{
    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-3.14.4-1", "MQTT-3.14.4-2", "MQTT-3.14.1-1")]
    [Statement("3.1.1", "MQTT-3.14.4-1", "MQTT-3.14.4-2")]
    public async Task DISCONNECT_is_the_last_packet_and_the_client_closes(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        var subscription = await dialog.SubscribeAsync("a");
        for (var index = 0; index < 50; index++)
        {
            await dialog.Client.PublishAsync("b", $"{index}");
        }

        var disconnecting = dialog.Client.DisconnectAsync();
        for (var index = 0; index < 50; index++)
        {
            Assert.Equal($"{index}", (await dialog.ReadAsync(PacketType.Publish)).Text);
        }

        Assert.Equal(new byte[] { 0xE0, 0 }, (await dialog.ReadAsync(PacketType.Disconnect)).Whole);
        await dialog.SendPublishAsync("a", "late", 1, 1); // gets no answer any more
        await Assert.ThrowsAsync<MqttConnectionClosedException>(() => dialog.Client.PublishAsync("b", "late").AsTask());
        await dialog.ExpectEndAsync();
        await disconnecting;
    }

    [Theory]
    [InlineData(0x04), InlineData(0x80), InlineData(0x81), InlineData(0x82), InlineData(0x83), InlineData(0x90), InlineData(0x93)]
    [InlineData(0x94), InlineData(0x95), InlineData(0x96), InlineData(0x97), InlineData(0x98), InlineData(0x99)]
    [Statement("5.0", "MQTT-3.14.2-1")]
    public async Task Reason_codes_of_the_table_are_sent(int reason)
    {
        await using var dialog = await Dialog.ConnectAsync(V50);
        var disconnecting = dialog.Client.DisconnectAsync((ReasonCode)reason);
        Assert.Equal(reason, (await dialog.ReadAsync(PacketType.Disconnect)).ReasonCode);
        await dialog.ExpectEndAsync();
        await disconnecting;
    }

    [Fact]
    [Statement("5.0", "MQTT-3.14.2-1")]
    public async Task Other_reason_codes_are_not_sent()
    {
        int[] table = [0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99];
        await using var dialog = await Dialog.ConnectAsync(V50);
        for (var reason = 0; reason < 256; reason++)
        {
            if (!table.Contains(reason))
            {
                await Assert.ThrowsAsync<ArgumentException>(() => dialog.Client.DisconnectAsync((ReasonCode)reason));
            }
        }

        await dialog.ExpectSilenceAsync();
    }

    [Theory, InlineData(0x01), InlineData(0x10), InlineData(0x91), InlineData(0x92), InlineData(0xFF)]
    [Statement("5.0", "MQTT-3.14.2-1")]
    public async Task Reason_codes_from_the_server_that_are_not_in_the_table_are_a_fault(int reason)
    {
        await using var dialog = await Dialog.ConnectAsync(V50);
        await dialog.SendAsync(Packet.Disconnect(V50, reason));
        await dialog.ExpectFaultAsync(0x81, 0x82);
    }

    [Theory, InlineData(41, true), InlineData(40, false), InlineData(9, false)]
    [Statement("5.0", "MQTT-3.14.2-3", "MQTT-3.14.2-4", "MQTT-3.2.2-15")]
    public async Task Reason_string_and_user_properties_go_only_where_the_packet_may_be_so_large(int maximum, bool isSent)
    {
        await using var dialog = await Dialog.ConnectAsync(
            Dialog.Options(V50) with { SessionExpiryInterval = 60 },
            properties: new Properties().FourByte(PropertyId.MaximumPacketSize, (uint)maximum));
        var disconnecting = dialog.Client.DisconnectAsync(new MqttDisconnectOptions
        {
            Reason = ReasonCode.DisconnectWithWillMessage,
            SessionExpiryInterval = 100,
            ReasonString = "because of that",
            UserProperties = [new("name", "value")],
        });
        var packet = await dialog.ReadAsync(PacketType.Disconnect);
        Assert.Equal((4, 100), (packet.ReasonCode, packet.Number(PropertyId.SessionExpiryInterval, 0)));
        Assert.Equal((isSent, isSent), (packet.Properties.Any(property => property.Id == PropertyId.ReasonString), packet.Properties.Any(property => property.Id == PropertyId.UserProperty)));
        await dialog.ExpectEndAsync();
        await disconnecting;
    }

    [Theory, InlineData(0x00), InlineData(0x8B), InlineData(0x8E), InlineData(0x9D)]
    [Statement("5.0", "MQTT-4.13.2-1", "MQTT-3.14.2-1")]
    public async Task DISCONNECT_from_the_server_closes_the_connection(int reason)
    {
        await using var dialog = await Dialog.ConnectAsync(V50);
        await dialog.SendAsync(Packet.Disconnect(V50, reason, new Properties().Text(PropertyId.ReasonString, "so")));
        await dialog.ExpectEndAsync();
        var disconnection = await dialog.ClosedAsync();
        Assert.Equal((MqttDisconnectionCause.ByServer, (ReasonCode)reason, "so"), (disconnection.Cause, disconnection.Reason, disconnection.ReasonString));
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-4.13.2-1")]
    [Statement("3.1.1", "MQTT-4.8.0-1")]
    public async Task A_packet_over_the_own_Maximum_Packet_Size_ends_the_connection(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(Dialog.Options(version) with { MaximumPacketSize = 100 });
        await dialog.SendPublishAsync("a", new string('x', 100));
        await dialog.ExpectFaultAsync(0x95);
    }

    [Fact]
    [Statement("5.0", "MQTT-4.13.2-1")]
    public async Task More_messages_than_the_own_Receive_Maximum_end_the_connection_of_a_client_that_insists()
    {
        await using var dialog = await Dialog.ConnectAsync(Dialog.Options(V50) with { ReceiveMaximum = 2, EnforceReceiveMaximum = true });
        for (var id = 1; id <= 3; id++)
        {
            await dialog.SendPublishAsync("a", "x", 1, id);
        }

        await dialog.ExpectFaultAsync(0x93);
    }

    [Theory, InlineData(0x00), InlineData(0x18), InlineData(0x19), InlineData(0x77)]
    [Statement("5.0", "MQTT-4.12.0-7")]
    public async Task AUTH_from_the_server_is_never_answered_by_AUTH(int reason)
    {
        var auth = Packet.Frame(0xF0, new Bytes().Byte(reason).VarInt(4).Byte(PropertyId.AuthenticationMethod).Text("x").ToArray());
        await using (var dialog = await Dialog.OpenAsync(Dialog.Options(V50)))
        {
            await dialog.SendAsync(auth);
            await dialog.ExpectFaultAsync(0x82);
        }

        await using (var dialog = await Dialog.ConnectAsync(V50))
        {
            await dialog.SendAsync(auth);
            await dialog.ExpectFaultAsync(0x82);
        }
    }
}
