using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>PINGREQ and PINGRESP (§3.12, §3.13).</summary>
internal static class PingChecks
{
    public static readonly Check[] All =
    [
        new(MqttVersion.V50, "pingreq-is-answered", ["MQTT-3.12.4-1"], "PINGREQ gets PINGRESP.", PingReqIsAnswered),
        new(MqttVersion.V50, "connack-comes-before-pingresp", ["MQTT-3.2.0-1"], "A PINGREQ right behind the CONNECT of a session that is kept, a new one and one that goes on, is answered behind CONNACK.", ConnAckComesBeforePingResp),
    ];

    private static async Task PingReqIsAnswered(CheckContext context)
    {
        var client = await context.ConnectAsync();
        await client.SendAsync(Packet.PingReq);
        await client.ExpectAsync(0xD0, 0x00);
    }

    private static async Task ConnAckComesBeforePingResp(CheckContext context)
    {
        var fields = context.PersistentFields();
        foreach (bool isPresent in new[] { false, true })
        {
            var client = await context.OpenAsync();
            await client.SendAsync(Packet.Join(Packet.Connect(fields), Packet.PingReq));
            var connAck = await client.ReceiveAsync(PacketType.ConnAck);
            CheckContext.Expect(connAck.ReasonCode == 0 && connAck.SessionPresent == isPresent, $"CONNACK with 0x00 and Session Present {(isPresent ? 1 : 0)}, got {connAck}");
            await client.ExpectAsync(0xD0, 0x00);
            await client.DisconnectAsync();
        }
    }
}
