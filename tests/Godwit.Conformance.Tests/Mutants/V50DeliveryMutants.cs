using System.Collections.Concurrent;

namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Faults of 5.0 in the exchanges of QoS 1 and 2, in their order and in flow control.</summary>
internal static class V50DeliveryMutants
{
    public static readonly Mutant[] All =
    [
        new("5-one-packet-identifier", "All deliveries have the Packet Identifier 7.", V50Mutants.ChangeServerPublish(message => message.PacketId = 7), "5.0/qos-packet-identifiers-are-free-ones"),
        new("5-first-delivery-with-dup", "DUP is set in each delivery above QoS 0.", V50Mutants.ChangeServerPublish(message => message.Dup = message.QoS > 0), "5.0/qos-first-delivery"),
        new("5-sends-nothing-again", "A reconnect brings no PUBLISH again.", V50Mutants.OnServerPublish(message => message.Dup ? null : message),
            "5.0/publish-again-has-dup", "5.0/qos1-waits-for-its-puback", "5.0/qos2-waits-for-its-pubrec", "5.0/qos2-message-under-way-does-not-expire", "5.0/shared-qos2-delivery-is-finished"),
        new("5-sends-again-under-another-identifier", "What is sent again has another Packet Identifier.", V50Mutants.ChangeServerPublish(message => message.PacketId += message.Dup ? 100 : 0),
            "5.0/qos1-waits-for-its-puback", "5.0/qos2-waits-for-its-pubrec"),
        new("5-sends-what-was-acknowledged-again", "PUBACK is overlooked.", Mutant.OnClient(packet => V50Mutants.TypeOf(packet) == PacketType.PubAck ? [] : [packet]),
            "5.0/qos1-waits-for-its-puback", "5.0/failing-puback-settles-its-message"),
        new("5-takes-dup-for-known", "A QoS 1 PUBLISH with DUP is acknowledged and dropped.", () => new TakesDupForKnown(), "5.0/qos1-identifier-is-new-after-puback"),
        new("5-sends-publish-twice", "Each PUBLISH comes again at once.", Mutant.OnServer(packet =>
            V50Mutants.TypeOf(packet) == PacketType.Publish ? [packet, [(byte)(packet[0] | 8), .. packet[1..]]] : [packet]), "5.0/unacknowledged-messages-wait-for-a-reconnect"),
        new("5-sends-pubrel-twice", "Each PUBREL comes again at once.", Mutant.OnServer(packet => V50Mutants.TypeOf(packet) == PacketType.PubRel ? [packet, packet] : [packet]),
            "5.0/unacknowledged-messages-wait-for-a-reconnect"),
        new("5-takes-failures-for-success", "The codes of PUBREC are overlooked.", Mutant.OnClient(packet =>
            V50Mutants.TypeOf(packet) == PacketType.PubRec ? [Packet.Frame(0x50, packet[2], packet[3])] : [packet]), "5.0/failing-pubrec-settles-its-message"),
        new("5-delivers-to-one-subscriber", "Of all subscribers the first one gets the message.", DeliversToOne(), "5.0/message-reaches-every-subscriber"),

        new("5-no-pubrel", "PUBREC gets no PUBREL.", Mutant.Mute(PacketType.PubRel), "5.0/qos2-pubrec-gets-pubrel"),
        new("5-pubrel-of-another", "PUBREL has another Packet Identifier.", V50Mutants.WrongPacketId(PacketType.PubRel), "5.0/qos2-pubrec-gets-pubrel"),
        new("5-pubrel-code-unknown", "PUBREL has a code that no table has.", V50PublishMutants.WithCode(PacketType.PubRel, 0x55), "5.0/qos2-pubrec-gets-pubrel"),
        new("5-does-not-wait-for-pubcomp", "PUBREL is taken for acknowledged.", () => new AcknowledgesItself(), "5.0/qos2-pubrel-waits-for-its-pubcomp", "5.0/shared-qos2-release-is-finished"),
        new("5-publish-behind-pubrel", "PUBREC gets PUBREL, but is forgotten.", () => new ForgetsPubRec(), "5.0/qos2-publish-does-not-follow-pubrel", "5.0/qos2-pubrel-waits-for-its-pubcomp"),
        new("5-remembers-what-it-refused", "A Packet Identifier whose message was refused is taken for known.", () => new RemembersIdentifiers(refuses: true), "5.0/qos2-identifier-is-new-after-a-failing-pubrec"),
        new("5-remembers-identifiers", "A Packet Identifier of QoS 2 is taken for known for ever.", () => new RemembersIdentifiers(refuses: false), "5.0/qos2-identifier-is-new-after-pubcomp"),
        new("5-delivers-repeated-publish", "A repeated PUBLISH is delivered again.", () => new DeliversRepeated(),
            "5.0/qos2-repeated-publish-is-no-message", "5.0/qos2-publish-repeated-after-reconnect-is-no-message"),
        new("5-pubcomp-of-another", "PUBCOMP has another Packet Identifier.", V50Mutants.WrongPacketId(PacketType.PubComp), "5.0/qos2-pubrel-gets-pubcomp"),
        new("5-pubcomp-code-unknown", "PUBCOMP has a code that no table has.", V50PublishMutants.WithCode(PacketType.PubComp, 0x55), "5.0/qos2-pubrel-gets-pubcomp"),
        new("5-no-pubcomp", "PUBREL gets no PUBCOMP.", Mutant.Mute(PacketType.PubComp), "5.0/qos2-expired-message-is-acknowledged", "5.0/qos2-pubrel-gets-pubcomp"),

        new("5-swaps-messages", "Of two messages the second one comes first.", () => new Swaps(),
            "5.0/order-of-qos0-messages", "5.0/order-of-qos1-messages", "5.0/order-of-qos2-messages", "5.0/order-of-queued-messages"),

        new("5-overlooks-receive-maximum", "The client's Receive Maximum is overlooked.", OverlooksReceiveMaximum(),
            "5.0/flow-stays-within-receive-maximum", "5.0/flow-of-qos2-goes-on-at-pubcomp"),
        new("5-says-nothing-when-full", "With two messages that wait, nothing is answered.", () => new SaysNothingWhenFull(), "5.0/flow-holds-back-publish-alone"),
        new("5-takes-five-messages", "QoS 2 messages with a Packet Identifier above 5 are lost.", V50Mutants.OnClientPublish(message => message.QoS == 2 && message.PacketId > 5 ? null : message), "5.0/flow-of-the-publisher"),
        new("5-long-reason-strings", "Acknowledgements have a Reason String of 200 characters.", Mutant.OnServer(packet => V50Mutants.TypeOf(packet) is
                PacketType.PubAck or PacketType.PubRec or PacketType.PubRel or PacketType.PubComp or PacketType.SubAck or PacketType.UnsubAck
                ? [PacketSurgery.AddProperty(packet, [PropertyId.ReasonString, 0, 200, .. Enumerable.Repeat((byte)'a', 200)])]
                : [packet]),
            "5.0/puback-fits-maximum-packet-size", "5.0/pubrec-fits-maximum-packet-size", "5.0/pubrel-fits-maximum-packet-size", "5.0/pubcomp-fits-maximum-packet-size", "5.0/suback-fits-maximum-packet-size", "5.0/unsuback-fits-maximum-packet-size"),
    ];

    private static Func<MutantLink> OverlooksReceiveMaximum() => Mutant.OnClient(packet =>
    {
        if (V50Mutants.TypeOf(packet) == PacketType.Connect)
        {
            PacketSurgery.Overwrite(packet, [PropertyId.ReceiveMaximum, 0, 1], [PropertyId.ReceiveMaximum, 0, 100]);
            PacketSurgery.Overwrite(packet, [PropertyId.ReceiveMaximum, 0, 2], [PropertyId.ReceiveMaximum, 0, 100]);
        }

        return [packet];
    });

    private static Func<MutantLink> DeliversToOne()
    {
        var topics = new ConcurrentDictionary<string, bool>();
        return V50Mutants.OnServerPublish(message => topics.TryAdd(message.Topic, true) ? message : null);
    }

    private sealed class TakesDupForKnown : MutantLink
    {
        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (TypeOf(packet) == PacketType.Publish && V50Message.Read(packet) is { Dup: true, QoS: 1 } message)
            {
                SendToClient(Packet.Ack(PacketType.PubAck, message.PacketId));
                return [];
            }

            return [packet];
        }
    }

    private sealed class AcknowledgesItself : MutantLink
    {
        public override IEnumerable<byte[]> FromServer(byte[] packet)
        {
            if (TypeOf(packet) == PacketType.PubRel)
            {
                SendToServer(Packet.Ack(PacketType.PubComp, (packet[2] << 8) | packet[3]));
            }

            return [packet];
        }
    }

    private sealed class ForgetsPubRec : MutantLink
    {
        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (TypeOf(packet) != PacketType.PubRec)
            {
                return [packet];
            }

            SendToClient(Packet.Ack(PacketType.PubRel, (packet[2] << 8) | packet[3]));
            return [];
        }
    }

    private sealed class RemembersIdentifiers(bool refuses) : MutantLink
    {
        private readonly HashSet<int> _known = [];

        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (TypeOf(packet) != PacketType.Publish || V50Message.Read(packet) is not { QoS: 2 } message)
            {
                return [packet];
            }

            if (_known.Add(message.PacketId) && !refuses)
            {
                return [packet];
            }

            SendToClient(Packet.Ack(PacketType.PubRec, message.PacketId, message.Topic.StartsWith('$') ? 0x87 : 0));
            return [];
        }
    }

    private sealed class DeliversRepeated : MutantLink
    {
        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (TypeOf(packet) == PacketType.Publish && V50Message.Read(packet) is { Dup: true, QoS: 2 } message)
            {
                message.QoS = 0;
                message.Dup = false;
                SendToServer(message.ToPacket());
            }

            return [packet];
        }
    }

    private sealed class Swaps : MutantLink
    {
        private byte[]? _held;

        public override IEnumerable<byte[]> FromServer(byte[] packet)
        {
            if (TypeOf(packet) != PacketType.Publish)
            {
                return [packet];
            }

            if (_held is null)
            {
                _held = packet;
                return [];
            }

            byte[] held = _held;
            _held = null;
            return [packet, held];
        }
    }

    private sealed class SaysNothingWhenFull : MutantLink
    {
        private int _waiting;

        public override IEnumerable<byte[]> FromServer(byte[] packet)
        {
            if (TypeOf(packet) == PacketType.Publish)
            {
                _waiting += (packet[0] & 6) == 0 ? 0 : 1;
                return [packet];
            }

            return _waiting >= 2 ? [] : [packet];
        }
    }
}
