namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Faults in an authentication exchange: the proxy itself plays the broker that has one.</summary>
internal static class AuthMutants
{
    private static readonly Properties Method = new Properties().Text(PropertyId.AuthenticationMethod, "SCRAM-SHA-256").Binary(PropertyId.AuthenticationData, 1, 2, 3);

    public static readonly Mutant[] All =
    [
        new("challenge-with-0x00", "Challenges by AUTH with 0x00.", () => new Challenges(0x00, Method), "5.0/auth-challenge"),
        new("challenge-with-another-method", "Challenges by AUTH with another method.", () => new Challenges(0x18, new Properties().Text(PropertyId.AuthenticationMethod, "SCRAM-SHA-1")), "5.0/auth-challenge"),
        new("stays-after-a-wrong-answer", "Says nothing to a wrong answer.", () => new Challenges(0x18, Method), "5.0/wrong-answer-to-a-challenge"),
        new("long-reason-in-auth", "Explains AUTH at any length.", () => new Challenges(0x18, new Properties().Text(PropertyId.ReasonString, new string('r', 300))), "5.0/auth-within-maximum-packet-size"),
        new("user-properties-in-auth", "Puts User Properties of any length into AUTH.", () => new Challenges(0x18, new Properties().User("name", new string('v', 300))), "5.0/auth-within-maximum-packet-size"),
    ];

    private sealed class Challenges(int reasonCode, Properties properties) : MutantLink
    {
        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (TypeOf(packet) == PacketType.Connect)
            {
                byte[] bytes = properties.ToArray();
                SendToClient(Packet.Frame(0xF0, new Bytes().Byte(reasonCode).VarInt(bytes.Length).Raw(bytes).ToArray()));
            }

            return [];
        }
    }
}
