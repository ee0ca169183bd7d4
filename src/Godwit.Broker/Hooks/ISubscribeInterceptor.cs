namespace Godwit.Broker.Hooks;

/// <summary>Sees every filter that a client subscribes to, after authorization, and may limit or refuse it. See <see cref="IAuthenticator"/> for what is true of every hook.</summary>
public interface ISubscribeInterceptor
{
    /// <summary>What becomes of the subscription?</summary>
    ValueTask<SubscribeDecision> InterceptAsync(SubscribeContext context, CancellationToken cancellation);
}
