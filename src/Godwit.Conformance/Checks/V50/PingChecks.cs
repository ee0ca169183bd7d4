using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>PINGREQ and PINGRESP (§3.12, §3.13).</summary>
internal static class PingChecks
{
    public static readonly Check[] All =
    [
        new(MqttVersion.V50, "pingreq-is-answered", ["MQTT-3.12.4-1"], "PINGREQ gets PINGRESP.", PingReqIsAnswered),
    ];

    private static async Task PingReqIsAnswered(CheckContext context)
    {
        var client = await context.ConnectAsync();
        await client.SendAsync(Packet.PingReq);
        await client.ExpectAsync(0xD0, 0x00);
    }
}
