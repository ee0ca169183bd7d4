using System.Collections.Concurrent;

namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Faults of 5.0 around topics, filters and Shared Subscriptions.</summary>
internal static class V50TopicMutants
{
    public static readonly Mutant[] All =
    [
        new("5-grants-everything", "SUBSCRIBE is granted, whatever its filter is.", () => new GrantsEverything(),
            "5.0/topic-misplaced-hash-is-not-granted", "5.0/topic-misplaced-plus-is-not-granted", "5.0/filter-without-characters-is-not-granted",
            "5.0/shared-without-name-is-not-granted", "5.0/shared-with-wrong-name-is-not-granted"),
        new("5-hash-misses-its-parent", "# does not match the level above it.", V50Mutants.OnServerPublish(message => message.Topic.Contains('/') ? message : null), "5.0/topic-hash-matches-the-level-and-all-below"),
        new("5-plus-matches-more", "+ is taken for #.", V50Mutants.ChangeFilters(PacketType.Subscribe, each => (each.Filter.Contains('+') ? $"{each.Filter[..each.Filter.IndexOf('+')]}#" : each.Filter, each.Options)),
            "5.0/topic-plus-matches-one-level", "5.0/topic-plus-and-hash-together"),
        new("5-overlooks-the-dollar", "The $ at the begin of a topic is overlooked.", V50Mutants.ChangeClientPublish(message => message.Topic = message.Topic.TrimStart('$')), "5.0/topic-with-dollar-needs-its-own-filter"),
        new("5-shows-dollar-topics-to-all", "The filter # gets topics that begin with $.", () => new ShowsDollarTopics(), "5.0/topic-with-dollar-is-not-in-all-topics"),
        new("5-lower-cases-topics", "Topics are made lower case.", V50Mutants.ChangeClientPublish(message => message.Topic = message.Topic.ToLowerInvariant()), "5.0/topic-is-not-normalized"),
        new("5-composes-topics", "Characters of topics are composed.", V50Mutants.ChangeClientPublish(message => message.Topic = message.Topic.Replace("e\u0301", "\u00E9", StringComparison.Ordinal)), "5.0/topic-is-not-normalized"),

        new("5-shares-nothing", "A Shared Subscription is an ordinary one.", V50Mutants.ChangeFilters(PacketType.Subscribe, each => (each.Filter[(each.Filter.IndexOf('/', 7) + 1)..], each.Options)), "5.0/shared-messages-go-to-one-member"),
        new("5-delivers-above-the-granted-qos", "A subscription gets messages at the QoS at which they were published.", () => new DeliversAboveGrant(),
            "5.0/shared-messages-come-at-the-granted-qos", "5.0/subscribe-delivers-at-the-lower-qos"),
        new("5-hands-over", "Another member of a group gets what the first one refused, or lost with its session.", HandsOver(),
            "5.0/shared-qos2-delivery-ends-with-the-session", "5.0/shared-message-that-was-refused-is-dropped"),
    ];

    private static Func<MutantLink> HandsOver()
    {
        var members = new ConcurrentQueue<GroupMember>();
        return () => new GroupMember(members);
    }

    private sealed class GrantsEverything : MutantLink
    {
        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (TypeOf(packet) != PacketType.Subscribe)
            {
                return [packet];
            }

            var subscribe = V50Filters.Read(packet);
            SendToClient(subscribe.Answer(subscribe.Filters.Select(each => each.Options & 3)));
            return [];
        }
    }

    private sealed class ShowsDollarTopics : MutantLink
    {
        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (TypeOf(packet) == PacketType.Subscribe && V50Filters.Read(packet).Filters is [("#", _)])
            {
                SendToClient(Packet.Publish(MqttVersion.V50, "$SYS/uptime", "1"));
            }

            return [packet];
        }
    }

    private sealed class DeliversAboveGrant : MutantLink
    {
        private readonly ConcurrentQueue<V50Filters> _asked = [];

        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            if (TypeOf(packet) != PacketType.Subscribe)
            {
                return [packet];
            }

            var subscribe = V50Filters.Read(packet);
            _asked.Enqueue(subscribe);
            return [(subscribe with { Filters = [.. subscribe.Filters.Select(each => (each.Filter, each.Options | 2))] }).ToPacket()];
        }

        public override IEnumerable<byte[]> FromServer(byte[] packet) =>
            TypeOf(packet) == PacketType.SubAck && _asked.TryDequeue(out var asked) ? [asked.Answer(asked.Filters.Select(each => each.Options & 3))] : [packet];
    }

    private sealed class GroupMember(ConcurrentQueue<GroupMember> members) : MutantLink
    {
        private string? _clientId;
        private string? _filter;

        public override IEnumerable<byte[]> FromClient(byte[] packet)
        {
            switch (TypeOf(packet))
            {
                case PacketType.Connect:
                    _clientId = PacketSurgery.ClientIdOf(packet);
                    if ((packet[PacketSurgery.ConnectFlagsAt(packet)] & 2) != 0 && members.FirstOrDefault(member => member._clientId == _clientId) is { _filter: { } filter })
                    {
                        HandOver(filter);
                    }

                    break;
                case PacketType.Subscribe when V50Filters.Read(packet).Filters is [(['$', 's', 'h', ..] group, _)]:
                    _filter = group;
                    members.Enqueue(this);
                    break;
                case PacketType.PubAck or PacketType.PubRec when packet.Length > 4 && packet[4] >= 0x80:
                    HandOver(_filter!);
                    break;
                default:
                    break;
            }

            return [packet];
        }

        private void HandOver(string filter)
        {
            foreach (var member in members.Where(member => member._filter == filter && member._clientId != _clientId))
            {
                member.SendToClient(Packet.Publish(MqttVersion.V50, filter[(filter.LastIndexOf('/') + 1)..], "x"));
            }
        }
    }
}
