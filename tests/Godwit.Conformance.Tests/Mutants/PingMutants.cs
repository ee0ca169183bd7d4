namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Faults around PINGREQ.</summary>
internal static class PingMutants
{
    public static readonly Mutant[] All =
    [
        new("mute-pingresp", "PINGREQ gets no answer.", Mutant.Mute(PacketType.PingResp), "5.0/pingreq-is-answered", "3.1.1/pingreq-is-answered"),
    ];
}
