namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Faults of fixed headers, Packet Identifiers and the stream.</summary>
internal static class HeaderMutants
{
    public static readonly Mutant[] All =
    [
        new("long-form-of-lengths", "Writes each Remaining Length below 128 into two bytes.", Mutant.OnServer(packet => [packet[1] < 128 ? [packet[0], (byte)(packet[1] | 0x80), 0, .. packet[2..]] : packet]),
            "5.0/lengths-are-in-their-shortest-form"),
        new("flags-in-pubcomp", "Sets a reserved flag of PUBCOMP.", Mutant.Change(PacketType.PubComp, packet => packet[0] |= 1),
            "5.0/reserved-flags-of-the-broker"),
        new("packet-identifier-at-qos-0", "Puts a Packet Identifier into PUBLISH at QoS 0.", Mutant.OnServer(packet => [PacketSurgery.TypeOf(packet) == PacketType.Publish && (packet[0] & 6) == 0 ? WithIdentifier(packet) : packet]),
            "5.0/qos-0-publish-has-no-packet-identifier"),
        new("one-packet-identifier-for-all", "Gives each PUBLISH the identifier 1.", Mutant.OnServer(packet => [WithIdentifierOne(packet)]),
            "5.0/server-packet-identifiers-are-unused-ones"),
        new("another-identifier-in-pubcomp", "PUBCOMP is for another identifier.", Mutant.Change(PacketType.PubComp, packet => packet[3] ^= 1),
            "5.0/acknowledgements-repeat-the-packet-identifier"),
        new("another-identifier-in-pubrel", "PUBREL is for another identifier.", Mutant.Change(PacketType.PubRel, packet => packet[3] ^= 1),
            "5.0/pubrel-repeats-the-packet-identifier"),
        new("another-identifier-in-suback", "SUBACK is for another identifier.", Mutant.Change(PacketType.SubAck, packet => packet[3] ^= 1),
            "5.0/suback-and-unsuback-repeat-the-packet-identifier"),
        new("another-identifier-in-unsuback", "UNSUBACK is for another identifier.", Mutant.Change(PacketType.UnsubAck, packet => packet[2] ^= 1),
            "5.0/suback-and-unsuback-repeat-the-packet-identifier"),
        new("loses-every-fourth-packet", "Every fourth packet of a client is lost.", () => new Loses(),
            "5.0/conversation-byte-by-byte", "5.0/stream-is-ordered-and-lossless"),
    ];

    private static byte[] WithIdentifier(byte[] packet)
    {
        byte[] body = PacketSurgery.BodyOf(packet);
        int at = 2 + (body[0] << 8) + body[1];
        return Packet.Frame(packet[0], [.. body[..at], 0, 1, .. body[at..]]);
    }

    private static byte[] WithIdentifierOne(byte[] packet)
    {
        if (PacketSurgery.TypeOf(packet) != PacketType.Publish || (packet[0] & 6) == 0)
        {
            return packet;
        }

        byte[] body = PacketSurgery.BodyOf(packet);
        int at = 2 + (body[0] << 8) + body[1];
        return Packet.Frame(packet[0], [.. body[..at], 0, 1, .. body[(at + 2)..]]);
    }

    private sealed class Loses : MutantLink
    {
        private int _count;

        public override IEnumerable<byte[]> FromClient(byte[] packet) => ++_count % 4 == 0 ? [] : [packet];
    }
}
