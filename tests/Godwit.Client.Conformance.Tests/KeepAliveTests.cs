namespace Godwit.Client.Conformance.Tests;

/// <summary>Section 3.1.2.10, by the client's clock.</summary>
public class KeepAliveTests
{
    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-3.1.2-20")]
    [Statement("3.1.1", "MQTT-3.1.2-23")]
    public async Task A_silent_client_sends_PINGREQ_within_the_keep_alive(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(Dialog.Options(version) with { KeepAlive = 60 });
        Assert.Equal(60, dialog.Connect.KeepAlive);
        for (var round = 0; round < 3; round++)
        {
            Assert.InRange(await dialog.AdvanceAsync(60) ?? int.MaxValue, 1, 60);
            await dialog.ReadAsync(PacketType.PingReq);
            await dialog.SendAsync(Packet.PingResp);
            await dialog.SendPublishAsync("a", "x"); // what the server sends counts for nothing
        }
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-3.1.2-20")]
    [Statement("3.1.1", "MQTT-3.1.2-23")]
    public async Task A_client_that_is_sent_messages_all_the_time_sends_PINGREQ_within_the_keep_alive(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(Dialog.Options(version) with { KeepAlive = 60 });
        var subscription = await dialog.SubscribeAsync("a");
        int? seconds = null;
        for (var passed = 0; passed < 60 && seconds is null; passed += 5)
        {
            await dialog.SendPublishAsync("a", "x");
            await Dialog.NextAsync(subscription);
            seconds = await dialog.AdvanceAsync(5);
        }

        Assert.NotNull(seconds);
        await dialog.ReadAsync(PacketType.PingReq);
    }

    [Theory, InlineData(V50), InlineData(V311)]
    [Statement("5.0", "MQTT-3.1.2-20")]
    public async Task Without_keep_alive_there_is_no_PINGREQ(MqttVersion version)
    {
        await using var dialog = await Dialog.ConnectAsync(version);
        dialog.Time.Advance(TimeSpan.FromDays(1));
        await dialog.ExpectSilenceAsync();
    }

    [Theory, InlineData(60, 10, 10), InlineData(10, 200, 200), InlineData(0, 10, 10)]
    [Statement("5.0", "MQTT-3.1.2-21", "MQTT-3.2.2-21")]
    public async Task A_Server_Keep_Alive_is_used_in_place_of_the_own(int own, int server, int inForce)
    {
        await using var dialog = await Dialog.ConnectAsync(
            Dialog.Options(V50) with { KeepAlive = (ushort)own },
            properties: new Properties().TwoByte(PropertyId.ServerKeepAlive, server));
        Assert.InRange(await dialog.AdvanceAsync(inForce) ?? int.MaxValue, inForce / 2, inForce);
        await dialog.ReadAsync(PacketType.PingReq);
    }

    [Fact]
    [Statement("5.0", "MQTT-3.1.2-21", "MQTT-3.2.2-21")]
    public async Task A_Server_Keep_Alive_of_0_turns_it_off()
    {
        await using var dialog = await Dialog.ConnectAsync(Dialog.Options(V50) with { KeepAlive = 10 }, properties: new Properties().TwoByte(PropertyId.ServerKeepAlive, 0));
        dialog.Time.Advance(TimeSpan.FromDays(1));
        await dialog.ExpectSilenceAsync();
    }
}
