using System.Text;
using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>AUTH and the Authentication Method (§3.15, §4.12): an exchange is begun with SCRAM-SHA-256, the method of the standard's examples in its present form.</summary>
internal static class AuthChecks
{
    private const string Scram = "SCRAM-SHA-256";

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
        new(MqttVersion.V50, "auth-challenge", ["MQTT-4.12.0-2", "MQTT-4.12.0-5", "MQTT-3.15.2-1"], "Where the broker takes SCRAM-SHA-256, it challenges the client by AUTH with 0x18 and that method.", Challenge),
        new(MqttVersion.V50, "wrong-answer-to-a-challenge", ["MQTT-4.12.0-4", "MQTT-4.13.2-1"], "Where the broker takes SCRAM-SHA-256, a wrong answer to its challenge ends the connection, with or without a CONNACK that refuses.", WrongAnswer),
        new(MqttVersion.V50, "auth-within-maximum-packet-size", ["MQTT-3.15.2-2", "MQTT-3.15.2-3"], "Where the broker takes SCRAM-SHA-256, its AUTH has no Reason String or User Property beyond a Maximum Packet Size of 250 bytes.", ChallengeWithinSize),
    ];

    private static byte[] Auth(int reasonCode) => Auth(reasonCode, new Properties().Text(PropertyId.AuthenticationMethod, "no-such-method"));

    private static byte[] Auth(int reasonCode, Properties properties)
    {
        byte[] bytes = properties.ToArray();
        return Packet.Frame(0xF0, new Bytes().Byte(reasonCode).VarInt(bytes.Length).Raw(bytes).ToArray());
    }

    /// <summary>Begins an exchange of SCRAM-SHA-256 (RFC 7677), which a broker with accounts can go on with for any user name.</summary>
    private static async Task<(RawMqttClient Client, ReceivedPacket Challenge)> BeginAsync(CheckContext context, Properties? properties = null)
    {
        byte[] first = Encoding.UTF8.GetBytes($"n,,n={context.Credentials?.UserName ?? "user"},r={CheckContext.NewClientId()}");
        var client = await context.OpenAsync();
        await client.SendAsync(Packet.Connect(context.Fields() with
        {
            UserName = null,
            Password = null,
            Properties = (properties ?? new Properties()).Text(PropertyId.AuthenticationMethod, Scram).Binary(PropertyId.AuthenticationData, first),
        }));
        var answer = await client.TryReceiveAsync();
        CheckContext.NotApplicableWhen(
            answer is null || (answer.Type == PacketType.ConnAck && answer.ReasonCode >= 0x80), $"the broker does not begin an exchange of {Scram}");
        return (client, answer);
    }

    private static async Task Challenge(CheckContext context)
    {
        var (_, challenge) = await BeginAsync(context);
        CheckContext.Expect(
            challenge.Type == PacketType.Auth && challenge.ReasonCode == 0x18 && challenge.Property(PropertyId.AuthenticationMethod) is Scram,
            $"AUTH with 0x18 and {Scram}, got {challenge}");
    }

    private static async Task WrongAnswer(CheckContext context)
    {
        var (client, challenge) = await BeginAsync(context);
        CheckContext.Expect(challenge.Type == PacketType.Auth, $"AUTH, got {challenge}");
        await client.SendAsync(Auth(0x18, new Properties().Text(PropertyId.AuthenticationMethod, Scram).Binary(PropertyId.AuthenticationData, "c=biws,r=wrong,p=wrong"u8)));
        if (await client.TryReceiveAsync() is { } answer)
        {
            CheckContext.Expect(answer.Type == PacketType.ConnAck && answer.ReasonCode >= 0x80, $"a refusal or the end of the connection, got {answer}");
            await client.ExpectClosedAsync();
        }
    }

    private static async Task ChallengeWithinSize(CheckContext context)
    {
        const int Limit = 250;
        var (_, challenge) = await BeginAsync(context, new Properties().FourByte(PropertyId.MaximumPacketSize, Limit));
        CheckContext.Expect(Packet.Frame(challenge.FirstByte, challenge.Body).Length <= Limit, $"AUTH of at most {Limit} bytes, got {challenge}");
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
