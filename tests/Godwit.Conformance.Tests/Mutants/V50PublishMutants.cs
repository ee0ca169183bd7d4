using System.Collections.Concurrent;
using System.Text;

namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Faults of 5.0 around PUBLISH, its properties and retained messages.</summary>
internal static class V50PublishMutants
{
    public static readonly Mutant[] All =
    [
        new("5-delivers-with-dup", "DUP is set in each delivery above QoS 0.", V50Mutants.ChangeServerPublish(message => message.Dup = message.QoS > 0), "5.0/publish-dup-is-not-taken-over"),
        new("5-redelivers-without-dup", "DUP is never set.", V50Mutants.ChangeServerPublish(message => message.Dup = false), "5.0/publish-again-has-dup"),
        new("5-delivers-qos0-with-dup", "DUP is set in each delivery at QoS 0.", V50Mutants.ChangeServerPublish(message => message.Dup |= message.QoS == 0), "5.0/publish-qos0-has-no-dup"),
        new("5-renames-topics", "Deliveries have another topic.", V50Mutants.ChangeServerPublish(message => message.Topic += "x"), "5.0/publish-topic-fits-the-filter"),
        new("5-acknowledges-qos0", "QoS 0 gets PUBACK.", () => new AcknowledgesQoS0(), "5.0/publish-qos0-gets-no-answer"),
        new("5-puback-of-another", "PUBACK has another Packet Identifier.", V50Mutants.WrongPacketId(PacketType.PubAck), "5.0/publish-qos1-gets-puback"),
        new("5-pubrec-of-another", "PUBREC has another Packet Identifier.", V50Mutants.WrongPacketId(PacketType.PubRec), "5.0/publish-qos2-gets-pubrec"),
        new("5-puback-code-unknown", "PUBACK has a code that no table has.", WithCode(PacketType.PubAck, 0x55), "5.0/publish-qos1-gets-puback"),
        new("5-pubrec-code-unknown", "PUBREC has a code that no table has.", WithCode(PacketType.PubRec, 0x55), "5.0/publish-qos2-gets-pubrec"),

        new("5-forgets-retained", "RETAIN of a publisher is overlooked.", V50Mutants.ChangeClientPublish(message => message.Retain = false),
            "5.0/retain-stores-and-replaces", "5.0/retain-handling-0-sends", "5.0/retain-handling-1-sends-when-new", "5.0/publish-properties-are-kept-with-a-retained-message"),
        new("5-keeps-the-first-retained", "A retained message is not replaced.", KeepsFirst(), "5.0/retain-stores-and-replaces"),
        new("5-swallows-empty-retained", "An empty retained message is not forwarded.", () => new SwallowsEmptyRetained(), "5.0/retain-empty-deletes"),
        new("5-empty-retained-deletes-nothing", "An empty retained message leaves the retained one as it is.", V50Mutants.ChangeClientPublish(message => message.Retain &= message.Payload.Length > 0), "5.0/retain-empty-deletes"),
        new("5-stores-empty-retained", "An empty retained message is stored.", StoresEmpty(), "5.0/retain-empty-is-not-stored"),
        new("5-retains-everything", "All messages are retained.", V50Mutants.ChangeClientPublish(message => message.Retain = true), "5.0/retain-0-is-not-stored"),
        new("5-always-sends-retained", "Retain Handling is overlooked.", V50Mutants.ChangeFilters(PacketType.Subscribe, each => (each.Filter, each.Options & ~0x30)),
            "5.0/retain-handling-1-sends-when-new", "5.0/retain-handling-1-knows-stored-subscriptions", "5.0/retain-handling-2-sends-nothing"),
        new("5-never-sends-retained", "Retain Handling is taken for 2.", V50Mutants.ChangeFilters(PacketType.Subscribe, each => (each.Filter, (each.Options & ~0x30) | 0x20)),
            "5.0/retain-handling-0-sends", "5.0/retain-handling-1-sends-when-new", "5.0/subscribe-again-sends-retained-again"),
        new("5-sends-retained-to-groups", "A Shared Subscription gets retained messages.", V50Mutants.ChangeFilters(PacketType.Subscribe, each => (each.Filter[(each.Filter.IndexOf('/', 7) + 1)..], each.Options)),
            "5.0/retain-handling-of-a-shared-subscription"),
        new("5-retain-always-as-published", "Retain As Published is taken for 1.", V50Mutants.ChangeFilters(PacketType.Subscribe, each => (each.Filter, each.Options | 0x08)), "5.0/retain-as-published-0-clears"),
        new("5-retain-never-as-published", "Retain As Published is taken for 0.", V50Mutants.ChangeFilters(PacketType.Subscribe, each => (each.Filter, each.Options & ~0x08)), "5.0/retain-as-published-1-keeps"),

        Drops("payload-format", PropertyId.PayloadFormatIndicator, "5.0/publish-payload-format-is-forwarded", "5.0/publish-properties-are-kept-with-a-retained-message"),
        Drops("response-topic", PropertyId.ResponseTopic, "5.0/publish-response-topic-is-forwarded", "5.0/publish-properties-are-kept-with-a-retained-message"),
        Drops("correlation-data", PropertyId.CorrelationData, "5.0/publish-correlation-data-is-forwarded", "5.0/publish-properties-are-kept-with-a-retained-message"),
        Drops("content-type", PropertyId.ContentType, "5.0/publish-content-type-is-forwarded", "5.0/publish-properties-are-kept-with-a-retained-message"),
        Drops("user-properties", PropertyId.UserProperty, "5.0/publish-user-properties-are-forwarded", "5.0/publish-properties-are-kept-with-a-retained-message"),
        new("5-reverses-properties", "Properties arrive in the reverse order.", V50Mutants.ChangeServerPublish(message => message.Properties.Reverse()), "5.0/publish-user-properties-are-forwarded"),
        new("5-never-expires", "The Message Expiry Interval is overlooked.", V50Mutants.ChangeClientPublish(message => message.Properties.RemoveAll(each => each.Id == PropertyId.MessageExpiryInterval)),
            "5.0/publish-expired-message-is-not-delivered", "5.0/publish-expired-retained-message-is-not-delivered"),
        new("5-expiry-is-not-reduced", "The Message Expiry Interval arrives as it was sent.", V50Mutants.ChangeServerPublish(message =>
        {
            message.Properties.RemoveAll(each => each.Id == PropertyId.MessageExpiryInterval);
            message.Properties.Add((PropertyId.MessageExpiryInterval, [0, 0, 0, 100]));
        }), "5.0/publish-expiry-is-reduced"),

        new("5-forgets-aliases", "A PUBLISH with an alias in place of its topic is lost.", V50Mutants.OnClientPublish(message => message.Topic.Length == 0 ? null : message), "5.0/alias-stands-for-its-topic"),
        new("5-uses-any-alias", "Deliveries have Topic Alias 9.", V50Mutants.ChangeServerPublish(message => message.Properties.Add((PropertyId.TopicAlias, [0, 9]))),
            "5.0/alias-of-the-broker-stays-within-the-maximum", "5.0/alias-of-the-broker-needs-a-maximum"),
    ];

    /// <summary>PUBACK and its kin have this code.</summary>
    internal static Func<MutantLink> WithCode(PacketType type, int code) => Mutant.OnServer(packet =>
        V50Mutants.TypeOf(packet) == type ? [Packet.Frame(packet[0], packet[2], packet[3], (byte)code)] : [packet]);

    private static Mutant Drops(string name, int property, params string[] trips) =>
        new($"5-drops-{name}", "The property is not forwarded.", V50Mutants.ChangeServerPublish(message => message.Properties.RemoveAll(each => each.Id == property)), trips);

    private static Func<MutantLink> KeepsFirst()
    {
        var topics = new ConcurrentDictionary<string, bool>();
        return V50Mutants.ChangeClientPublish(message => message.Retain = message.Retain && topics.TryAdd(message.Topic, true));
    }

    private static Func<MutantLink> StoresEmpty()
    {
        var topics = new ConcurrentDictionary<string, bool>();
        return () => new EmptyStore(topics);
    }

    private sealed class AcknowledgesQoS0 : MutantLink
    {
        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (TypeOf(packet) == PacketType.Publish && (packet[0] & 6) == 0)
            {
                SendToClient(Packet.Ack(PacketType.PubAck, 1));
            }

            return [packet];
        }
    }

    private sealed class SwallowsEmptyRetained : MutantLink
    {
        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (TypeOf(packet) == PacketType.Publish && V50Message.Read(packet) is { Payload.Length: 0, QoS: 1 } message)
            {
                SendToClient(Packet.Ack(PacketType.PubAck, message.PacketId));
                return [];
            }

            return [packet];
        }
    }

    private sealed class EmptyStore(ConcurrentDictionary<string, bool> topics) : MutantLink
    {
        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (TypeOf(packet) == PacketType.Publish && V50Message.Read(packet) is { Payload.Length: 0, Retain: true } message)
            {
                topics[message.Topic] = true;
            }
            else if (TypeOf(packet) == PacketType.Subscribe && V50Filters.Read(packet).Filters is [var (filter, _)] && topics.ContainsKey(filter))
            {
                SendToClient(Packet.Publish(MqttVersion.V50, filter, Encoding.UTF8.GetBytes(""), retain: true));
            }

            return [packet];
        }
    }
}
