using Godwit.Engine.Sessions;
using Godwit.Engine.Subscriptions;
using Godwit.Protocol;

namespace Godwit.Engine.Delivery;

/// <summary>The sessions that one publish reaches through several filters, each once, with the subscriptions that lead there. Reused from publish to publish.</summary>
internal sealed class TargetList
{
    private DeliveryTarget[] _targets = new DeliveryTarget[16];
    private DeliveryLink[] _links = new DeliveryLink[16];
    private int _linkCount;

    public int Count { get; private set; }

    public ref DeliveryTarget this[int index] => ref _targets[index];

    public ref DeliveryLink Link(int index) => ref _links[index];

    public void Add(Subscription subscription, ulong routeMark, QualityOfService published)
    {
        var session = subscription.Session;
        if (session.RouteMark != routeMark)
        {
            session.RouteMark = routeMark;
            session.RouteTarget = Count;
            if (Count == _targets.Length)
            {
                Array.Resize(ref _targets, Count * 2);
            }

            _targets[Count++] = new DeliveryTarget { Session = session, FirstLink = -1 };
        }

        if (_linkCount == _links.Length)
        {
            Array.Resize(ref _links, _linkCount * 2);
        }

        ref var target = ref _targets[session.RouteTarget];
        _links[_linkCount] = new DeliveryLink(subscription, target.FirstLink);
        target.FirstLink = _linkCount++;

        // The highest QoS that the overlapping subscriptions allow [MQTT-3.3.4-2].
        var granted = subscription.Options.MaximumQoS < published ? subscription.Options.MaximumQoS : published;
        target.QoS = granted > target.QoS ? granted : target.QoS;
    }

    public void Clear()
    {
        Array.Clear(_targets, 0, Count);
        Array.Clear(_links, 0, _linkCount);
        Count = 0;
        _linkCount = 0;
    }
}
