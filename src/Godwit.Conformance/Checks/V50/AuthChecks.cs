using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>AUTH and the Authentication Method (§3.15, §4.12), as far as it can be seen without a method that both sides know.</summary>
internal static class AuthChecks
{
    public static readonly Check[] All =
    [
        new(MqttVersion.V50, "reserved-flags-of-auth-close", ["MQTT-3.15.1-1"], "AUTH with flags other than 0000 ends the connection.", context =>
            context.ExpectClosedAfterAsync([0xF1, 0x00])),
        new(MqttVersion.V50, "unknown-auth-reason-code-closes", ["MQTT-3.15.2-1"], "AUTH with a reason code that is not in the table ends the connection.", context =>
            context.ExpectClosedAfterAsync(Auth(0x01))),
        new(MqttVersion.V50, "unknown-authentication-method-refused", ["MQTT-4.12.0-1", "MQTT-3.1.4-2", "MQTT-4.13.2-1"], "An Authentication Method that no one knows is refused, with or without CONNACK 0x8C or 0x87.", context =>
            context.ExpectConnectRefusedAsync(Packet.Connect(ConnAckChecks.Refused(context.Fields())), 0x8C, 0x87)),
        new(MqttVersion.V50, "no-auth-without-method", ["MQTT-4.12.0-6"], "A client without Authentication Method gets no AUTH, and no Authentication Method in CONNACK.", NoAuth),
        new(MqttVersion.V50, "auth-without-method-closes", ["MQTT-4.13.1-1"], "AUTH from a client whose CONNECT had no Authentication Method ends the connection.", context => CheckContext.ExpectEachAsync(
        [
            ("0x00 in the short form", () => context.ExpectClosedAfterAsync([0xF0, 0x00])),
            ("0x18", () => context.ExpectClosedAfterAsync(Auth(0x18))),
        ])),
        new(MqttVersion.V50, "re-authentication-without-method-closes", ["MQTT-4.12.1-2"], "A re-authentication that cannot succeed, since CONNECT had no Authentication Method, ends the connection.", context =>
            context.ExpectClosedAfterAsync(Auth(0x19))),
    ];

    private static byte[] Auth(int reasonCode)
    {
        byte[] properties = new Properties().Text(PropertyId.AuthenticationMethod, "no-such-method").ToArray();
        return Packet.Frame(0xF0, new Bytes().Byte(reasonCode).VarInt(properties.Length).Raw(properties).ToArray());
    }

    private static async Task NoAuth(CheckContext context)
    {
        var client = await context.OpenAsync();
        await client.SendAsync(Packet.Connect(context.Fields()));
        var answer = await client.ReceiveAsync(PacketType.ConnAck);
        CheckContext.Expect(answer.Property(PropertyId.AuthenticationMethod) is null, $"no Authentication Method, got {answer}");
        await client.PingAsync();
    }
}
