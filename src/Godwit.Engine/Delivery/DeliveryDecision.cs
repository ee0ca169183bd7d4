using Godwit.Protocol;

namespace Godwit.Engine.Delivery;

/// <summary>What a session's subscriptions say of one message.</summary>
internal struct DeliveryDecision
{
    public bool IsDelivered;
    public bool Retain;
    public QualityOfService QoS;
    public int IdentifierCount;
}
