namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Faults around PINGREQ.</summary>
internal static class PingMutants
{
    public static readonly Mutant[] All =
    [
        new("mute-pingresp", "PINGREQ gets no answer.", Mutant.Mute(PacketType.PingResp), "5.0/pingreq-is-answered", "3.1.1/pingreq-is-answered"),
        new("pingresp-before-connack", "PINGRESP to a PINGREQ right behind the CONNECT overtakes the CONNACK.", () => new Overtakes(), "5.0/connack-comes-before-pingresp", "3.1.1/connack-comes-before-pingresp"),
    ];

    // CONNACK leaves behind the packet that follows it; without one it never does.
    private sealed class Overtakes : MutantLink
    {
        private byte[]? _connAck;

        public override IEnumerable<byte[]> FromServer(byte[] packet)
        {
            if (TypeOf(packet) == PacketType.ConnAck)
            {
                _connAck = packet;
                return [];
            }

            byte[][] swapped = _connAck is null ? [packet] : [packet, _connAck];
            _connAck = null;
            return swapped;
        }
    }
}
