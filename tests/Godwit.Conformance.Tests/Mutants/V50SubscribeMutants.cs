namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Faults of 5.0 around SUBSCRIBE and UNSUBSCRIBE.</summary>
internal static class V50SubscribeMutants
{
    public static readonly Mutant[] All =
    [
        new("5-suback-of-another", "SUBACK has another Packet Identifier.", V50Mutants.WrongPacketId(PacketType.SubAck), "5.0/subscribe-gets-suback"),
        new("5-sends-own-messages-back", "No Local is overlooked.", V50Mutants.ChangeFilters(PacketType.Subscribe, each => (each.Filter, each.Options & ~0x04)), "5.0/subscribe-no-local"),
        new("5-keeps-the-first-subscription", "Subscribing again is answered, but changes nothing.", () => new KeepsFirstSubscription(),
            "5.0/subscribe-again-replaces", "5.0/subscribe-again-sends-retained-again"),
        new("5-loses-a-message-at-subscribe", "The message behind a SUBSCRIBE is lost.", () => new LosesMessageAtSubscribe(), "5.0/subscribe-again-loses-nothing"),
        new("5-sees-the-first-filter-alone", "Of several filters the first one is subscribed to.", () => new FirstFilterAlone(), "5.0/subscribe-several-filters", "5.0/subscribe-one-filter-twice"),
        new("5-suback-codes-reversed", "The codes of SUBACK come the other way round.", V50Mutants.ChangeCodes(PacketType.SubAck, codes => codes.Reverse()), "5.0/suback-codes-come-in-order"),
        new("5-suback-code-unknown", "SUBACK has a code that no table has.", V50Mutants.ChangeCodes(PacketType.SubAck, codes => codes.Fill(0x55)), "5.0/suback-codes-are-of-the-table"),
        new("5-suback-grants-more", "SUBACK grants QoS 2 always.", V50Mutants.ChangeCodes(PacketType.SubAck, codes => codes.Fill(2)), "5.0/suback-codes-are-of-the-table"),
        new("5-delivers-at-qos0", "All deliveries have QoS 0.", V50Mutants.ChangeServerPublish(message => message.QoS = 0),
            "5.0/subscribe-delivers-at-the-lower-qos", "5.0/overlap-delivers-at-the-highest-qos"),
        new("5-drops-subscription-identifiers", "Deliveries have no Subscription Identifier.", V50Mutants.ChangeServerPublish(message => message.Properties.RemoveAll(each => each.Id == PropertyId.SubscriptionIdentifier)),
            "5.0/subscription-identifier-comes-with-its-messages", "5.0/overlap-carries-all-subscription-identifiers", "5.0/overlap-with-a-subscription-without-identifier"),
        new("5-sends-one-subscription-identifier", "A copy for several subscriptions has one Subscription Identifier.", V50Mutants.ChangeServerPublish(message =>
        {
            int first = message.Properties.FindIndex(each => each.Id == PropertyId.SubscriptionIdentifier);
            for (int i = message.Properties.Count - 1; i > first; i--)
            {
                if (message.Properties[i].Id == PropertyId.SubscriptionIdentifier)
                {
                    message.Properties.RemoveAt(i);
                }
            }
        }), "5.0/overlap-carries-all-subscription-identifiers"),

        new("5-unsuback-of-another", "UNSUBACK has another Packet Identifier.", V50Mutants.WrongPacketId(PacketType.UnsubAck), "5.0/unsubscribe-gets-unsuback"),
        new("5-unsubscribe-does-nothing", "UNSUBSCRIBE is answered, but changes nothing.", () => new UnsubscribesNothing(), "5.0/unsubscribe-stops-messages", "5.0/unsubscribe-several-filters"),
        new("5-unsubscribes-what-matches", "UNSUBSCRIBE takes the last level for a wildcard.", V50Mutants.ChangeFilters(PacketType.Unsubscribe, each => ($"{each.Filter[..(each.Filter.LastIndexOf('/') + 1)]}+", 0)),
            "5.0/unsubscribe-matches-literally"),
        new("5-unsubscribe-ends-deliveries", "After UNSUBSCRIBE there is no PUBREL.", Mutant.Mute(PacketType.PubRel), "5.0/unsubscribe-finishes-deliveries"),
        new("5-forgets-what-is-under-way", "What was not acknowledged is not sent again.", V50Mutants.OnServerPublish(message => message.Dup ? null : message), "5.0/unsubscribe-finishes-deliveries-after-reconnect"),
        new("5-unsuback-codes-reversed", "The codes of UNSUBACK come the other way round.", V50Mutants.ChangeCodes(PacketType.UnsubAck, codes => codes.Reverse()), "5.0/unsubscribe-several-filters"),
        new("5-unsuback-always-succeeds", "UNSUBACK says success where there was no subscription.", V50Mutants.ChangeCodes(PacketType.UnsubAck, codes => codes.Clear()), "5.0/unsuback-codes-are-of-the-table"),
    ];

    private sealed class KeepsFirstSubscription : MutantLink
    {
        private readonly HashSet<string> _filters = [];

        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (TypeOf(packet) == PacketType.Subscribe && V50Filters.Read(packet) is { Filters: [var (filter, options)] } subscribe && !_filters.Add(filter))
            {
                SendToClient(subscribe.Answer(options & 3));
                return [];
            }

            return [packet];
        }
    }

    private sealed class LosesMessageAtSubscribe : MutantLink
    {
        private int _subscribes;
        private bool _loses;

        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            _loses |= TypeOf(packet) == PacketType.Subscribe && ++_subscribes == 3;
            return [packet];
        }

        public override IEnumerable<byte[]> FromServer(byte[] packet)
        {
            if (!_loses || TypeOf(packet) != PacketType.Publish)
            {
                return [packet];
            }

            _loses = false;
            SendToServer(Packet.Ack(PacketType.PubAck, V50Message.Read(packet).PacketId));
            return [];
        }
    }

    private sealed class FirstFilterAlone : MutantLink
    {
        private V50Filters? _asked;

        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (TypeOf(packet) != PacketType.Subscribe)
            {
                return [packet];
            }

            _asked = V50Filters.Read(packet);
            return [(_asked with { Filters = [_asked.Filters[0]] }).ToPacket()];
        }

        public override IEnumerable<byte[]> FromServer(byte[] packet) =>
            TypeOf(packet) == PacketType.SubAck ? [_asked!.Answer(_asked.Filters.Select(each => each.Options & 3))] : [packet];
    }

    private sealed class UnsubscribesNothing : MutantLink
    {
        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (TypeOf(packet) != PacketType.Unsubscribe)
            {
                return [packet];
            }

            var unsubscribe = V50Filters.Read(packet);
            SendToClient(unsubscribe.Answer(unsubscribe.Filters.Select((_, index) => index % 2 * 0x11)));
            return [];
        }
    }
}
