using System.Collections.Concurrent;

namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Faults of 3.1.1 around SUBSCRIBE and UNSUBSCRIBE.</summary>
internal static class V311SubscribeMutants
{
    private static readonly ConcurrentDictionary<string, bool> Delivered = new();

    public static readonly Mutant[] All =
    [
        new("v311-suback-identifier-turned", "The bytes of the Packet Identifier change places in SUBACK.", Mutant.Change(PacketType.SubAck, Turn), "3.1.1/suback-repeats-identifier"),
        new("v311-unsuback-identifier-turned", "The bytes of the Packet Identifier change places in UNSUBACK.", Mutant.Change(PacketType.UnsubAck, Turn), "3.1.1/unsuback-repeats-identifier", "3.1.1/unsubscribe-gets-unsuback"),
        new("v311-one-suback", "Only the first SUBSCRIBE of a connection gets SUBACK.", () => new OneSubAck(), "3.1.1/subscribe-gets-suback"),
        new("v311-wildcards-are-letters", "Filters with wildcards are granted and match nothing but letters.",
            V311Packets.OnSubscribe(filters => [.. filters.Select(each => (each.Filter.Replace('+', 'x').Replace('#', 'x'), each.QoS))]),
            "3.1.1/wildcard-filter-works-or-is-rejected", "3.1.1/hash-within-filter-is-not-granted", "3.1.1/plus-beside-other-characters-is-not-granted", "3.1.1/plus-matches-one-level", "3.1.1/hash-matches-parent-and-below"),
        new("v311-hash-for-plus", "A + matches all that a # would.",
            V311Packets.OnSubscribe(filters => [.. filters.Select(each => (each.Filter.EndsWith("/+", StringComparison.Ordinal) ? each.Filter[..^1] + "#" : each.Filter, each.QoS))]),
            "3.1.1/plus-matches-one-level", "3.1.1/new-subscription-gets-latest-of-each-topic"),
        new("v311-hash-without-parent", "A # does not match the level above.", Mutant.OnServer(packet => (packet[0] >> 4) == 3 && V311Packets.ReadPublish(packet).Topic.EndsWith("/a", StringComparison.Ordinal) ? [] : [packet]), "3.1.1/hash-matches-parent-and-below"),
        new("v311-first-subscription-stays", "A second SUBSCRIBE to the same filter is acknowledged and changes nothing.", () => new FirstSubscriptionStays(), "3.1.1/same-filter-replaces-subscription", "3.1.1/same-filter-brings-retained-again"),
        new("v311-first-filter-only", "Only the first filter of a SUBSCRIBE is seen.", V311Packets.OnSubscribe(filters => filters[..1]), "3.1.1/several-filters-in-one-subscribe", "3.1.1/suback-has-a-code-for-each-filter"),
        new("v311-codes-turned", "Return codes come in the reverse order.", Mutant.Change(PacketType.SubAck, packet => Array.Reverse(packet, 4, packet.Length - 4)), "3.1.1/suback-codes-come-in-order"),
        new("v311-unknown-code", "SUBACK has the return code 0x81 for QoS 0.", Mutant.Change(PacketType.SubAck, packet => packet[4] = packet[4] == 0 ? (byte)0x81 : packet[4]), "3.1.1/suback-has-a-code-for-each-filter"),
        new("v311-subscription-for-one-message", "A subscription ends with the first message that it brings.", () => new SubscriptionForOneMessage(), "3.1.1/session-lasts-as-long-as-connection"),
        new("v311-first-subscriber-only", "A topic brings its messages to the first subscriber alone.", Mutant.OnServer(packet => (packet[0] >> 4) != 3 || Delivered.TryAdd(V311Packets.ReadPublish(packet).Topic, true) ? [packet] : []), "3.1.1/message-reaches-every-subscriber"),
        new("v311-unsubscribe-ends-all", "UNSUBSCRIBE ends all subscriptions of the client.", () => new UnsubscribeEndsAll(), "3.1.1/unsubscribe-needs-equal-filter", "3.1.1/several-filters-in-one-unsubscribe"),
        new("v311-unsubscribe-ends-nothing", "UNSUBSCRIBE is acknowledged and changes nothing.", () => new UnsubscribeEndsNothing(), "3.1.1/nothing-comes-after-unsubscribe", "3.1.1/several-filters-in-one-unsubscribe"),
        new("v311-unsubscribe-stops-deliveries", "After UNSUBSCRIBE, PUBREC gets no PUBREL.", () => new UnsubscribeStopsDeliveries(), "3.1.1/deliveries-under-way-are-finished"),
        new("v311-unsuback-for-subscriptions-only", "UNSUBSCRIBE from what is not subscribed gets no answer.", () => new UnsubAckForSubscriptionsOnly(), "3.1.1/unsubscribe-from-nothing-gets-unsuback"),
    ];

    private static void Turn(byte[] packet) => (packet[2], packet[3]) = (packet[3], packet[2]);

    private sealed class OneSubAck : MutantLink
    {
        private bool _isOver;

        public override IEnumerable<byte[]> FromServer(byte[] packet)
        {
            if (TypeOf(packet) != PacketType.SubAck)
            {
                return [packet];
            }

            bool isOver = _isOver;
            _isOver = true;
            return isOver ? [] : [packet];
        }
    }

    // Remembers the filters of its connection.
    private abstract class FilterLink : MutantLink
    {
        protected HashSet<string> Filters { get; } = [];

        public sealed override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (TypeOf(packet) is not (PacketType.Subscribe or PacketType.Unsubscribe))
            {
                return OtherFromClient(packet);
            }

            var (packetId, filters) = V311Packets.ReadFilters(packet);
            return TypeOf(packet) == PacketType.Subscribe ? OnSubscribe(packet, packetId, filters) : OnUnsubscribe(packet, packetId, [.. filters.Select(each => each.Filter)]);
        }

        protected virtual IEnumerable<byte[]> OtherFromClient(byte[] packet) => [packet];

        protected virtual IEnumerable<byte[]> OnSubscribe(byte[] packet, int packetId, (string Filter, int QoS)[] filters)
        {
            Filters.UnionWith(filters.Select(each => each.Filter));
            return [packet];
        }

        protected virtual IEnumerable<byte[]> OnUnsubscribe(byte[] packet, int packetId, string[] filters) => [packet];
    }

    private sealed class FirstSubscriptionStays : FilterLink
    {
        protected override IEnumerable<byte[]> OnSubscribe(byte[] packet, int packetId, (string Filter, int QoS)[] filters)
        {
            if (Filters.Add(filters[0].Filter))
            {
                return [packet];
            }

            SendToClient([0x90, 3, (byte)(packetId >> 8), (byte)packetId, (byte)filters[0].QoS]);
            return [];
        }
    }

    private sealed class SubscriptionForOneMessage : FilterLink
    {
        private const int OwnIdentifier = 0xEEEE;

        public override IEnumerable<byte[]> FromServer(byte[] packet)
        {
            if (TypeOf(packet) == PacketType.Publish)
            {
                SendToServer(Packet.Unsubscribe(MqttVersion.V311, OwnIdentifier, [.. Filters]));
            }

            return TypeOf(packet) == PacketType.UnsubAck && packet[2] == OwnIdentifier >> 8 ? [] : [packet];
        }
    }

    private sealed class UnsubscribeEndsAll : FilterLink
    {
        protected override IEnumerable<byte[]> OnUnsubscribe(byte[] packet, int packetId, string[] filters) => [Packet.Unsubscribe(MqttVersion.V311, packetId, [.. filters, .. Filters])];
    }

    private sealed class UnsubscribeEndsNothing : FilterLink
    {
        protected override IEnumerable<byte[]> OnUnsubscribe(byte[] packet, int packetId, string[] filters)
        {
            SendToClient([0xB0, 2, (byte)(packetId >> 8), (byte)packetId]);
            return [];
        }
    }

    private sealed class UnsubscribeStopsDeliveries : FilterLink
    {
        private bool _hasUnsubscribed;

        protected override IEnumerable<byte[]> OnUnsubscribe(byte[] packet, int packetId, string[] filters)
        {
            _hasUnsubscribed = true;
            return [packet];
        }

        protected override IEnumerable<byte[]> OtherFromClient(byte[] packet) => _hasUnsubscribed && TypeOf(packet) == PacketType.PubRec ? [] : [packet];
    }

    private sealed class UnsubAckForSubscriptionsOnly : FilterLink
    {
        protected override IEnumerable<byte[]> OnUnsubscribe(byte[] packet, int packetId, string[] filters) => filters.Any(Filters.Contains) ? [packet] : [];
    }
}
