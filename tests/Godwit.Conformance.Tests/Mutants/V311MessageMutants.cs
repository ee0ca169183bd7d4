using System.Collections.Concurrent;

namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Faults of 3.1.1 around PUBLISH, its acknowledgements, retained messages and topics.</summary>
internal static class V311MessageMutants
{
    private static readonly ConcurrentDictionary<string, bool> RetainedTopics = new();

    public static readonly Mutant[] All =
    [
        new("v311-drops-byte-order-mark", "U+FEFF is dropped from topics.", V311Packets.OnServerPublish(message => message with { Topic = message.Topic.Replace("\uFEFF", "", StringComparison.Ordinal) }), "3.1.1/byte-order-mark-is-kept"),
        new("v311-pingresp-with-flag", "PINGRESP has a reserved flag.", Mutant.Change(PacketType.PingResp, packet => packet[0] |= 1), "3.1.1/server-packets-have-right-flags"),
        new("v311-identifier-0", "Deliveries have Packet Identifier 0.", V311Packets.OnServerPublish(message => message with { PacketId = 0 }), "3.1.1/server-identifiers-are-not-zero"),
        new("v311-one-identifier-for-all", "All deliveries have the same Packet Identifier.", V311Packets.OnServerPublish(message => message with { PacketId = 1 }),
            "3.1.1/server-identifiers-in-use-are-unique", "3.1.1/qos-1-message-comes-with-free-identifier-and-dup-0", "3.1.1/qos-2-messages-have-free-identifiers"),
        new("v311-identifier-at-qos-0", "A QoS 0 PUBLISH has a Packet Identifier.", V311Packets.OnServerPublish(message => message.QoS > 0 ? message : message with { Payload = [0, 1, .. message.Payload] }), "3.1.1/qos-0-has-no-identifier"),
        new("v311-puback-forgets-high-byte", "PUBACK has the low byte of the Packet Identifier alone.", Mutant.Change(PacketType.PubAck, packet => packet[2] = 0), "3.1.1/acknowledgements-repeat-identifier", "3.1.1/answer-follows-qos"),
        new("v311-pubrel-for-next", "PUBREL has the next Packet Identifier.", Mutant.Change(PacketType.PubRel, packet => packet[3]++), "3.1.1/pubrel-repeats-identifier", "3.1.1/qos-2-message-goes-through-all-steps"),
        new("v311-puback-at-qos-2", "PUBLISH of QoS 2 gets PUBACK.", Mutant.Change(PacketType.PubRec, packet => packet[0] = 0x40), "3.1.1/answer-follows-qos", "3.1.1/publish-is-acknowledged-or-ends-connection", "3.1.1/qos-2-publish-is-received-in-four-steps"),
        new("v311-mute-puback", "PUBLISH of QoS 1 gets no answer.", Mutant.Mute(PacketType.PubAck), "3.1.1/publish-is-acknowledged-or-ends-connection"),
        new("v311-mute-pubcomp", "PUBREL gets no answer.", Mutant.Mute(PacketType.PubComp), "3.1.1/qos-2-publish-is-received-in-four-steps", "3.1.1/repeated-pubrel-gets-pubcomp"),
        new("v311-dup-at-qos-0", "A QoS 0 PUBLISH has DUP 1.", V311Packets.OnServerPublish(message => message with { Dup = message.QoS == 0 || message.Dup }), "3.1.1/qos-0-comes-with-dup-0", "3.1.1/qos-0-message-comes-once"),
        new("v311-always-dup", "Deliveries of QoS 1 and 2 have DUP 1 from the first.", V311Packets.OnServerPublish(message => message with { Dup = message.QoS > 0 }),
            "3.1.1/dup-is-not-passed-on", "3.1.1/qos-1-message-comes-with-free-identifier-and-dup-0", "3.1.1/qos-2-message-goes-through-all-steps"),
        new("v311-never-dup", "What is sent again has DUP 0.", V311Packets.OnServerPublish(message => message with { Dup = false }), "3.1.1/unacknowledged-publish-is-sent-again", "3.1.1/unreceived-qos-2-publish-is-sent-again"),
        new("v311-topic-cut-short", "Deliveries have the topic without its last level.", V311Packets.OnServerPublish(message => message with { Topic = message.Topic[..Math.Max(1, message.Topic.LastIndexOf('/'))] }), "3.1.1/topic-name-fits-filter"),
        new("v311-delivers-at-qos-0", "All is delivered at QoS 0.", V311Packets.OnServerPublish(message => message with { QoS = 0, Dup = false }),
            "3.1.1/overlapping-subscriptions-bring-highest-qos", "3.1.1/delivery-has-lower-qos", "3.1.1/retained-message-is-stored-with-qos"),
        new("v311-delivers-twice", "Each QoS 0 message comes twice.", Mutant.OnServer(packet => (packet[0] & 0xF6) == 0x30 ? [packet, packet] : [packet]), "3.1.1/qos-0-message-comes-once"),
        new("v311-subscribers-get-two", "Each QoS 2 message comes as QoS 0, too.",
            Mutant.OnServer(packet => (packet[0] & 0xF6) == 0x34 ? [packet, (V311Packets.ReadPublish(packet) with { QoS = 0, Dup = false }).ToPacket()] : [packet]), "3.1.1/qos-2-publish-is-received-in-four-steps"),
        new("v311-dup-is-no-message", "A QoS 1 PUBLISH with DUP 1 is acknowledged and taken for a repeat.", () => new DupIsNoMessage(), "3.1.1/qos-1-identifier-is-free-after-puback"),
        new("v311-identifier-used-up", "A QoS 2 Packet Identifier can be used once for a connection.", () => new IdentifierUsedUp(), "3.1.1/qos-2-identifier-is-free-after-pubcomp"),
        new("v311-repeat-is-new", "A repeat of a QoS 2 PUBLISH is a message of its own.",
            Mutant.OnClient(packet => (packet[0] & 0xFE) == 0x3C ? [packet, (V311Packets.ReadPublish(packet) with { QoS = 0, Dup = false }).ToPacket()] : [packet]),
            "3.1.1/qos-2-repeat-before-pubrel-is-no-new-message", "3.1.1/qos-2-every-repeat-gets-pubrec", "3.1.1/received-qos-2-message-is-remembered"),
        new("v311-first-pubrel-only", "A repeated PUBREL is dropped.", () => new FirstPubRelOnly(), "3.1.1/repeated-pubrel-gets-pubcomp"),
        new("v311-disorder", "Each two messages change places.", () => new Swaps(packet => (packet[0] >> 4) == 3), "3.1.1/messages-come-in-order"),
        new("v311-disorder-in-repeats", "Each two messages that are sent again change places.", () => new Swaps(packet => (packet[0] & 0xF8) == 0x38), "3.1.1/messages-are-sent-again-in-order"),
        new("v311-disorder-in-pubrels", "Each two PUBRELs change places.", () => new Swaps(packet => packet[0] == 0x62), "3.1.1/pubrels-come-in-order-of-pubrecs"),
        new("v311-keeps-no-retained", "RETAIN of a PUBLISH is not looked at.", V311Packets.OnClientPublish(message => message with { Retain = false }),
            "3.1.1/retained-message-is-stored-with-qos", "3.1.1/retained-message-comes-with-retain-1", "3.1.1/new-subscription-gets-latest-of-each-topic", "3.1.1/message-with-retain-0-is-not-stored",
            "3.1.1/retained-message-outlives-session", "3.1.1/same-filter-brings-retained-again"),
        new("v311-keeps-first-retained", "A retained message is never replaced or deleted.", V311Packets.OnClientPublish(message => message with { Retain = message.Retain && RetainedTopics.TryAdd(message.Topic, true) }),
            "3.1.1/new-subscription-gets-latest-of-each-topic", "3.1.1/qos-0-retained-message-removes-earlier", "3.1.1/empty-retained-message-deletes"),
        new("v311-session-takes-retained-along", "A DISCONNECT deletes what the client has retained.", () => new SessionTakesRetainedAlong(), "3.1.1/retained-message-outlives-session"),
        new("v311-retain-0-always", "Nothing is delivered with RETAIN 1.", V311Packets.OnServerPublish(message => message with { Retain = false }), "3.1.1/retained-message-comes-with-retain-1", "3.1.1/same-filter-brings-retained-again"),
        new("v311-retain-1-always", "All is delivered with RETAIN 1.", V311Packets.OnServerPublish(message => message with { Retain = true }), "3.1.1/live-message-comes-with-retain-0"),
        new("v311-stores-empty", "An empty retained message is stored.", V311Packets.OnClientPublish(message => message.Retain && message.Payload.Length == 0 ? message with { Payload = [0] } : message),
            "3.1.1/empty-retained-message-deletes", "3.1.1/empty-retained-message-is-not-stored"),
        new("v311-stores-all", "Each message is retained.", V311Packets.OnClientPublish(message => message with { Retain = true }), "3.1.1/message-with-retain-0-is-not-stored"),
        new("v311-dollar-is-a-letter", "A topic that begins with $ is a topic like others.", V311Packets.OnClientPublish(message => message with { Topic = message.Topic.Replace('$', 'S') }), "3.1.1/wildcards-do-not-match-dollar"),
        new("v311-normalizes-topics", "Topics are brought into the composed form.", V311Packets.OnClientPublish(message => message with { Topic = message.Topic.Replace("e\u0301", "\u00E9", StringComparison.Ordinal) }), "3.1.1/topics-are-compared-as-they-are"),
    ];

    private sealed class DupIsNoMessage : MutantLink
    {
        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if ((packet[0] & 0xFE) != 0x3A)
            {
                return [packet];
            }

            SendToClient(Packet.Ack(PacketType.PubAck, V311Packets.ReadPublish(packet).PacketId));
            return [];
        }
    }

    private sealed class IdentifierUsedUp : MutantLink
    {
        private readonly HashSet<int> _used = [];

        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if ((packet[0] & 0xF6) != 0x34 || V311Packets.ReadPublish(packet).PacketId is var packetId && _used.Add(packetId))
            {
                return [packet];
            }

            SendToClient(Packet.Ack(PacketType.PubRec, packetId));
            return [];
        }
    }

    private sealed class FirstPubRelOnly : MutantLink
    {
        private readonly HashSet<int> _seen = [];

        public override IEnumerable<byte[]> FromClient(byte[] packet) => TypeOf(packet) != PacketType.PubRel || _seen.Add((packet[2] << 8) | packet[3]) ? [packet] : [];
    }

    private sealed class Swaps(Func<byte[], bool> concerns) : MutantLink
    {
        private byte[]? _held;

        public override IEnumerable<byte[]> FromServer(byte[] packet)
        {
            if (!concerns(packet))
            {
                return [packet];
            }

            byte[]? before = _held;
            _held = before is null ? packet : null;
            return before is null ? [] : [packet, before];
        }
    }

    private sealed class SessionTakesRetainedAlong : MutantLink
    {
        private readonly List<string> _topics = [];

        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (TypeOf(packet) == PacketType.Publish && V311Packets.ReadPublish(packet) is { Retain: true } message)
            {
                _topics.Add(message.Topic);
            }

            return TypeOf(packet) == PacketType.Disconnect ? [.. _topics.Select(topic => Packet.Publish(MqttVersion.V311, topic, "", retain: true)), packet] : [packet];
        }
    }
}
