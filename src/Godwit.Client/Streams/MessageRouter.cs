using Godwit.Client.Sessions;
using Godwit.Protocol;

namespace Godwit.Client.Streams;

/// <summary>
/// Leads messages to streams: by Subscription Identifier where the server sends them, otherwise by matching the filters. What
/// belongs to no subscription of this client, as in a resumed session, waits in <see cref="Unclaimed"/>. Lock held throughout.
/// </summary>
internal sealed class MessageRouter(IMessageStreamOwner owner)
{
    private const int RetiredMax = 1024;

    private readonly Dictionary<string, FilterRoute> _routes = [];
    private readonly Dictionary<uint, List<FilterRoute>> _byIdentifier = [];
    private readonly List<MessageStream> _streams = [];

    // Filters that were unsubscribed from, the latest last.
    private readonly List<(FilterRoute Route, uint Identifier)> _retired = [];
    private long _stamp;

    public MessageStream Unclaimed { get; } = new(owner, MqttSubscriptionOptions.DefaultCapacity, isSharedOut: true);

    /// <summary>
    /// The session was resumed: identifiers may be those that an earlier connection gave to other filters, so that the filter
    /// has to match as well.
    /// </summary>
    public bool AreIdentifiersDoubtful { get; set; }

    /// <summary>Messages of QoS 0 that were discarded, over all streams.</summary>
    public long DiscardedCount { get; private set; }

    /// <summary>Some stream with a reader to come is full of QoS 0.</summary>
    public bool IsAnyFull
    {
        get
        {
            foreach (var stream in _streams)
            {
                if (stream.IsFull && !stream.IsCompleted)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Some stream with a reader to come is more than half full of QoS 0.</summary>
    public bool IsAnyFilling
    {
        get
        {
            foreach (var stream in _streams)
            {
                if (stream.IsFilling && !stream.IsCompleted)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Leads a message to its streams.</summary>
    /// <param name="packet">The packet.</param>
    /// <param name="topic">Its topic.</param>
    /// <param name="delivery">The session's number for it, 0 at QoS 0.</param>
    /// <param name="mayOverfill">Reading stops behind this message if a stream is full.</param>
    /// <returns>How many streams have it.</returns>
    public int Route(scoped in PublishPacket packet, ReceivedTopic topic, long delivery, bool mayOverfill)
    {
        _stamp++;
        MqttMessage? message = null;
        var readers = 0;
        var isClaimed = false;
        if (packet.Properties.SubscriptionIdentifierCount > 0)
        {
            foreach (var identifier in packet.Properties.SubscriptionIdentifiers)
            {
                if (!_byIdentifier.TryGetValue(identifier, out var routes))
                {
                    continue;
                }

                var isSure = routes.Count == 1 && !AreIdentifiersDoubtful;
                foreach (var route in routes)
                {
                    if (isSure || route.Matches(topic.Utf8))
                    {
                        isClaimed = true;
                        readers += Add(route, packet, topic, delivery, mayOverfill, ref message);
                    }
                }
            }
        }

        var isOver = !isClaimed && _retired.Count > 0 && IsOfRetiredIdentifiers(packet);
        if (!isClaimed && !isOver)
        {
            foreach (var route in _routes.Values)
            {
                if (route.Matches(topic.Utf8))
                {
                    isClaimed = true;
                    readers += Add(route, packet, topic, delivery, mayOverfill, ref message);
                }
            }
        }

        if (!isClaimed)
        {
            isOver = isOver || IsOfRetiredFilter(topic);
            readers += Add(Unclaimed, packet, topic, isOver ? 0 : delivery, mayOverfill: false, ref message);
        }

        return isOver ? 0 : readers;
    }

    /// <summary>Leads the messages of filters to a stream from now on, and what is unclaimed and fits.</summary>
    public void Register(MessageStream stream, IReadOnlyList<MqttTopicFilter> filters, uint identifier)
    {
        _streams.Add(stream);
        foreach (var filter in filters)
        {
            if (!_routes.TryGetValue(filter.Filter, out var route))
            {
                _routes.Add(filter.Filter, route = new FilterRoute(filter.Filter));
            }

            _retired.RemoveAll(retired => retired.Route.Filter == filter.Filter);
            route.IsClosing = false;
            if (!route.Streams.Contains(stream))
            {
                route.Streams.Add(stream);
            }

            SetIdentifier(route, identifier);
        }

        List<(MqttMessage Message, long Delivery)> others = [];
        List<(MqttMessage Message, long Delivery)> claimed = [];
        foreach (var item in Unclaimed.Drain())
        {
            var topic = System.Text.Encoding.UTF8.GetBytes(item.Message.Topic);
            (filters.Any(filter => _routes[filter.Filter].Matches(topic)) ? claimed : others).Add(item);
        }

        Unclaimed.Restore(others);
        stream.Restore(claimed);
    }

    /// <summary>The stream reads no longer.</summary>
    /// <returns>The filters that no other stream reads; they are closing.</returns>
    public List<string> Leave(MessageStream stream)
    {
        List<string> orphans = [];
        foreach (var route in _routes.Values)
        {
            if (route.Streams.Remove(stream) && route.Streams.Count == 0)
            {
                route.IsClosing = true;
                orphans.Add(route.Filter);
            }
        }

        _streams.Remove(stream);
        return orphans;
    }

    /// <summary>The server refused a filter: the stream gets no messages by it, and other streams keep theirs.</summary>
    public void Refuse(MessageStream stream, string filter)
    {
        if (_routes.TryGetValue(filter, out var route) && route.Streams.Remove(stream) && route.Streams.Count == 0)
        {
            SetIdentifier(route, 0);
            _routes.Remove(filter);
        }
    }

    /// <summary>The server is asked to end the filter: its streams end, unless they have other filters.</summary>
    public void BeginClosing(string filter)
    {
        if (!_routes.TryGetValue(filter, out var route))
        {
            return;
        }

        route.IsClosing = true;
        var streams = route.Streams.ToArray();
        route.Streams.Clear();
        foreach (var stream in streams)
        {
            if (!_routes.Values.Any(other => other.Streams.Contains(stream)))
            {
                stream.Complete(null);
                _streams.Remove(stream);
            }
        }
    }

    /// <summary>
    /// The server has ended the filter, unless it was subscribed to again meanwhile. It may still deliver what it had in store (section 3.10.4):
    /// unacknowledged that would hold up all acknowledgements behind it, so it is acknowledged at once ([MQTT-4.5.0-2]) and kept in
    /// <see cref="Unclaimed"/> like messages of QoS 0. In a resumed session it could as well belong to a subscription of an earlier connection,
    /// and is acknowledged when somebody takes it.
    /// </summary>
    public void Remove(string filter)
    {
        if (_routes.TryGetValue(filter, out var route) && route.IsClosing)
        {
            if (!AreIdentifiersDoubtful)
            {
                if (_retired.Count == RetiredMax)
                {
                    _retired.RemoveAt(0);
                }

                _retired.Add((route, route.Identifier));
            }

            SetIdentifier(route, 0);
            _routes.Remove(filter);
        }
    }

    /// <summary>The connection is gone.</summary>
    public void CompleteAll(MqttDisconnection? failure)
    {
        foreach (var stream in _streams)
        {
            stream.Complete(failure);
        }

        Unclaimed.Complete(failure);
    }

    private bool IsOfRetiredIdentifiers(scoped in PublishPacket packet)
    {
        var isRetired = packet.Properties.SubscriptionIdentifierCount > 0;
        foreach (var identifier in packet.Properties.SubscriptionIdentifiers)
        {
            isRetired &= _retired.Exists(retired => retired.Identifier == identifier);
        }

        return isRetired;
    }

    private bool IsOfRetiredFilter(ReceivedTopic topic)
    {
        foreach (var (route, _) in _retired)
        {
            if (route.Matches(topic.Utf8))
            {
                return true;
            }
        }

        return false;
    }

    private int Add(FilterRoute route, scoped in PublishPacket packet, ReceivedTopic topic, long delivery, bool mayOverfill, ref MqttMessage? message)
    {
        var readers = 0;
        foreach (var stream in route.Streams)
        {
            if (stream.RouteStamp != _stamp)
            {
                stream.RouteStamp = _stamp;
                readers += Add(stream, packet, topic, delivery, mayOverfill, ref message);
            }
        }

        return readers;
    }

    private int Add(MessageStream stream, scoped in PublishPacket packet, ReceivedTopic topic, long delivery, bool mayOverfill, ref MqttMessage? message)
    {
        if (delivery == 0 && stream.IsFull && !mayOverfill)
        {
            stream.CountDiscarded();
            DiscardedCount++;
            return 0;
        }

        message ??= MqttMessage.FromPacket(packet, topic.Text);
        return stream.TryAdd(message, delivery) ? 1 : 0;
    }

    private void SetIdentifier(FilterRoute route, uint identifier)
    {
        if (route.Identifier == identifier)
        {
            return;
        }

        if (_byIdentifier.TryGetValue(route.Identifier, out var former))
        {
            former.Remove(route);
            if (former.Count == 0)
            {
                _byIdentifier.Remove(route.Identifier);
            }
        }

        route.Identifier = identifier;
        if (identifier != 0)
        {
            if (!_byIdentifier.TryGetValue(identifier, out var routes))
            {
                _byIdentifier.Add(identifier, routes = []);
            }

            routes.Add(route);
        }
    }
}
