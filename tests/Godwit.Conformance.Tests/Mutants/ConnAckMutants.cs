namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Faults with CONNACK.</summary>
internal static class ConnAckMutants
{
    public static readonly Mutant[] All =
    [
        new("speaks-before-connack", "Another packet comes before the CONNACK of a session that goes on.", OnConnAck(packet => packet[2] == 1 ? [Packet.PingResp, packet] : [packet]),
            "5.0/connack-comes-first"),
        new("connack-twice", "CONNACK comes twice.", OnConnAck(packet => [packet, packet]),
            "5.0/connack-comes-once"),
        new("reserved-connack-flag", "Sets a reserved flag of CONNACK.", Mutant.Change(PacketType.ConnAck, packet => packet[2] |= 2),
            "5.0/connack-flags-are-0-or-1"),
        new("session-present-in-refusals", "CONNACK that refuses says Session Present 1.", OnRefusal(packet => [[packet[0], packet[1], 1, .. packet[3..]]]),
            "5.0/refusal-has-session-present-0"),
        new("foreign-reason-in-connack", "Refuses with 0x9E, which is no reason for CONNACK.", OnRefusal(packet => [[packet[0], packet[1], packet[2], 0x9E, .. packet[4..]]]),
            "5.0/connack-reason-codes"),
        new("silent-about-maximum-qos", "Takes no QoS 2, and does not say so.", Mutant.OnServer(packet => [PacketSurgery.TypeOf(packet) == PacketType.PubRec ? [0xE0, 1, 0x9B] : packet]),
            "5.0/announced-qos-is-taken"),
        new("refuses-subscriptions-of-qos-2", "Refuses subscriptions that ask for QoS 2.", Mutant.Change(PacketType.SubAck, packet => PacketSurgery.Overwrite(packet, [0, 1, 2], [0, 1, 0x80])),
            "5.0/subscriptions-of-any-qos-are-taken"),
        new("takes-wills-above-maximum-qos", "Announces Maximum QoS 1, and takes wills of QoS 2.", ConnectMutants.AddTo(PacketType.ConnAck, new Properties().Byte(PropertyId.MaximumQoS, 1)),
            "5.0/will-qos-and-maximum-qos-agree"),
        new("takes-retained-wills-without-retain", "Says Retain Available 0, and takes retained wills.", ConnectMutants.AddTo(PacketType.ConnAck, new Properties().Byte(PropertyId.RetainAvailable, 0)),
            "5.0/retained-will-and-retain-available-agree"),
        new("long-reason-in-refusals", "Explains refusals at any length.", OnRefusal(packet => [PacketSurgery.AddProperty(packet, new Properties().Text(PropertyId.ReasonString, "no such thing").ToArray())]),
            "5.0/refusal-within-maximum-packet-size"),
        new("user-properties-in-refusals", "Puts User Properties of any length into refusals.", OnRefusal(packet => [PacketSurgery.AddProperty(packet, new Properties().User("no", "such thing").ToArray())]),
            "5.0/refusal-within-maximum-packet-size"),
        new("disconnect-behind-a-refusal", "DISCONNECT follows the CONNACK that refuses.", OnRefusal(packet => [packet, [0xE0, 1, 0x81]]),
            "5.0/no-disconnect-behind-a-refusal"),
        new("method-in-connack", "Puts an Authentication Method into CONNACK.", ConnectMutants.AddTo(PacketType.ConnAck, new Properties().Text(PropertyId.AuthenticationMethod, "m")),
            "5.0/no-auth-without-method"),
        new("auth-out-of-the-blue", "Sends AUTH to a client that named no method.", OnConnAck(packet => [packet, [0xF0, 2, 0x18, 0]]),
            "5.0/no-auth-without-method"),
    ];

    private static Func<MutantLink> OnConnAck(Func<byte[], IEnumerable<byte[]>> change) => Mutant.OnServer(packet =>
        PacketSurgery.TypeOf(packet) == PacketType.ConnAck ? change(packet) : [packet]);

    private static Func<MutantLink> OnRefusal(Func<byte[], IEnumerable<byte[]>> change) => OnConnAck(packet => packet[3] != 0 ? change(packet) : [packet]);
}
