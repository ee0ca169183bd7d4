namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Faults with CONNECT and what it asks for.</summary>
internal static class ConnectMutants
{
    public static readonly Mutant[] All =
    [
        new("mute-connack", "CONNECT gets no answer.", Mutant.Mute(PacketType.ConnAck), "5.0/connect-is-answered"),
        new("mixes-up-user-name-and-will", "Takes the User Name for the payload of the will.", Mutant.Change(PacketType.Publish, packet => PacketSurgery.Overwrite(packet, "will"u8, "user"u8)),
            "5.0/connect-payload-order"),
        new("takes-short-client-identifiers-only", "Refuses a ClientID of 23 bytes.", () => new Refuses(connect => PacketSurgery.ClientIdOf(connect).Length == 23, 0x85),
            "5.0/client-identifiers-every-server-takes"),
        new("ignores-the-case-of-client-identifiers", "Takes A for a in a ClientID.", OnConnect(connect => PacketSurgery.Overwrite(connect, "Ac"u8, "ac"u8)),
            "5.0/client-identifier-names-the-session"),
        new("assigns-one-client-identifier", "Tells every client without ClientID the same one.", Mutant.OnServer(packet => [WithOneClientIdentifier(packet)]),
            "5.0/assigned-client-identifiers-are-unique", "5.0/assigned-client-identifier-names-the-session"),
        new("rejects-client-identifiers-and-stays", "Refuses a long ClientID without closing.", () => new Refuses(connect => PacketSurgery.ClientIdOf(connect).Length > 23, 0x85),
            "5.0/rejection-of-a-client-identifier"),
        new("rejects-user-names-and-stays", "Refuses a user name without closing.", () => new Refuses(connect => (connect[PacketSurgery.ConnectFlagsAt(connect)] & 0x80) != 0, 0x86),
            "5.0/wrong-credentials-end-the-connection"),
        new("another-reason-for-takeover", "Disconnects with 0x80 where 0x8E is due.", Mutant.Change(PacketType.Disconnect, packet => PacketSurgery.Overwrite(packet, [0x8E], [0x80])),
            "5.0/takeover-tells-the-older-connection"),
        new("goes-on-behind-a-refusal", "Says that it refuses a CONNECT with the reserved flag, and handles what follows.", () => new GoesOn(),
            "5.0/packets-behind-a-refused-connect-are-ignored"),
        new("keep-alive-of-a-minute", "Takes a Keep Alive of 1 s for one of 60 s.", OnConnect(connect => connect[PacketSurgery.ConnectFlagsAt(connect) + 2] = 60),
            "5.0/keep-alive-closes-a-silent-connection", "5.0/keep-alive-of-the-client-is-used") { Patience = TimeSpan.FromSeconds(3) },
        new("pings-do-not-count", "Answers PINGREQ, and counts the connection as silent.", () => new PingsDoNotCount(),
            "5.0/pings-keep-a-connection-open"),
        new("ignores-maximum-packet-size", "Sends messages of any size.", OnConnect(connect => PacketSurgery.Overwrite(connect, [0x27, 0, 0, 1, 44], [0x27, 1, 0, 0, 0])),
            "5.0/nothing-above-maximum-packet-size", "5.0/too-large-counts-as-delivered"),
        new("ignores-topic-alias-maximum", "Uses ten aliases where two are allowed.", OnConnect(connect => PacketSurgery.Overwrite(connect, [0x22, 0, 2], [0x22, 0, 10])),
            "5.0/no-alias-above-the-maximum"),
        new("aliases-for-everyone", "Sets an alias in every PUBLISH.", AddTo(PacketType.Publish, new Properties().TwoByte(PropertyId.TopicAlias, 1)),
            "5.0/no-alias-without-a-maximum"),
        new("response-information-for-everyone", "Puts Response Information into CONNACK unasked.", AddTo(PacketType.ConnAck, new Properties().Text(PropertyId.ResponseInformation, "a")),
            "5.0/no-response-information-unasked"),
        new("reason-strings-for-everyone", "Puts a Reason String into SUBACK though the client wants none.", AddTo(PacketType.SubAck, new Properties().Text(PropertyId.ReasonString, "a")),
            "5.0/no-problem-information"),
        new("user-properties-for-everyone", "Puts a User Property into PUBACK though the client wants none.", AddTo(PacketType.PubAck, new Properties().User("a", "b")),
            "5.0/no-problem-information"),
    ];

    /// <summary>Changes each CONNECT in place.</summary>
    public static Func<MutantLink> OnConnect(Action<byte[]> change) => Mutant.OnClient(packet =>
    {
        if (PacketSurgery.IsConnect(packet))
        {
            change(packet);
        }

        return [packet];
    });

    /// <summary>Puts properties into every packet of a type from the broker.</summary>
    public static Func<MutantLink> AddTo(PacketType type, Properties properties) => Mutant.OnServer(packet =>
        [PacketSurgery.TypeOf(packet) == type ? PacketSurgery.AddProperty(packet, properties.ToArray()) : packet]);

    private static byte[] WithOneClientIdentifier(byte[] packet)
    {
        if (PacketSurgery.TypeOf(packet) == PacketType.ConnAck
            && ReceivedPacket.Parse(MqttVersion.V50, packet[0], PacketSurgery.BodyOf(packet)).Property(PropertyId.AssignedClientIdentifier) is string assigned)
        {
            PacketSurgery.Overwrite(packet, System.Text.Encoding.UTF8.GetBytes(assigned), System.Text.Encoding.UTF8.GetBytes(new string('x', assigned.Length)));
        }

        return packet;
    }

    /// <summary>Tells some clients that they are refused, and lets them stay.</summary>
    private sealed class Refuses(Func<byte[], bool> whom, byte reasonCode) : MutantLink
    {
        private bool _refuses;

        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            _refuses |= PacketSurgery.IsConnect(packet) && whom(packet);
            return [packet];
        }

        public override IEnumerable<byte[]> FromServer(byte[] packet) => [_refuses && TypeOf(packet) == PacketType.ConnAck ? [0x20, 3, 0, reasonCode, 0] : packet];
    }

    private sealed class GoesOn : MutantLink
    {
        private bool _refuses;

        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (PacketSurgery.IsConnect(packet) && (packet[PacketSurgery.ConnectFlagsAt(packet)] & 1) != 0)
            {
                _refuses = true;
                packet[PacketSurgery.ConnectFlagsAt(packet)] ^= 1;
                return [packet];
            }

            // The broker ends the connection once it has handled what followed.
            return _refuses ? [packet, Packet.Disconnect(MqttVersion.V50)] : [packet];
        }

        public override IEnumerable<byte[]> FromServer(byte[] packet) => [_refuses && TypeOf(packet) == PacketType.ConnAck ? [0x20, 3, 0, 0x81, 0] : packet];
    }

    private sealed class PingsDoNotCount : MutantLink
    {
        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (TypeOf(packet) != PacketType.PingReq)
            {
                return [packet];
            }

            SendToClient(Packet.PingResp);
            return [];
        }
    }
}
