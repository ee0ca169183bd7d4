using Godwit.Engine.Sessions;
using Godwit.Protocol;

namespace Godwit.Engine.Delivery;

/// <summary>One session among those that a publish reaches.</summary>
internal struct DeliveryTarget
{
    public Session Session;
    public int FirstLink;
    public QualityOfService QoS;
}
