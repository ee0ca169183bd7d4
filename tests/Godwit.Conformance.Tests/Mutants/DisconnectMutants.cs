namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Faults with DISCONNECT.</summary>
internal static class DisconnectMutants
{
    public static readonly Mutant[] All =
    [
        new("foreign-reason-in-disconnect", "Disconnects with 0x8C, which is no reason for DISCONNECT.", Mutant.Change(PacketType.Disconnect, packet => packet[2] = 0x8C),
            "5.0/disconnect-reason-codes"),
        new("session-expiry-in-disconnect", "Puts a Session Expiry Interval into DISCONNECT.", ConnectMutants.AddTo(PacketType.Disconnect, new Properties().FourByte(PropertyId.SessionExpiryInterval, 1)),
            "5.0/server-disconnect-has-no-session-expiry"),
        new("long-reason-in-disconnect", "Explains DISCONNECT at any length.", ConnectMutants.AddTo(PacketType.Disconnect, new Properties().Text(PropertyId.ReasonString, new string('r', 100))),
            "5.0/disconnect-within-maximum-packet-size"),
        new("user-properties-in-disconnect", "Puts User Properties of any length into DISCONNECT.", ConnectMutants.AddTo(PacketType.Disconnect, new Properties().User("name", new string('v', 100))),
            "5.0/disconnect-within-maximum-packet-size"),
        new("speaks-behind-disconnect", "PINGRESP follows DISCONNECT.", Mutant.OnServer(packet => PacketSurgery.TypeOf(packet) == PacketType.Disconnect ? [packet, Packet.PingResp] : [packet]),
            "5.0/disconnect-is-the-last-packet"),
    ];
}
