namespace Godwit.Broker.Hooks;

/// <summary>
/// Sees every message before it is sent to a client, after authorization, and may withhold it. Runs once per message and
/// client: the dearest of all hooks. What waits for a late answer waits in the client's queue; of QoS 0 at most 1,000 messages.
/// See <see cref="IAuthenticator"/> for what is true of every hook.
/// </summary>
public interface IDeliveryInterceptor
{
    /// <summary>Does the client get the message?</summary>
    ValueTask<DeliveryDecision> InterceptAsync(DeliveryContext context, CancellationToken cancellation);
}
