namespace Godwit.Broker.Hooks;

/// <summary>What an <see cref="IDeliveryInterceptor"/> makes of a delivery.</summary>
public enum DeliveryDecision
{
    /// <summary>This client does not get the message; counted as <see cref="Godwit.Engine.Observation.DropReason.Intercepted"/>.</summary>
    Drop,

    /// <summary>It is sent.</summary>
    Deliver,
}
