namespace Godwit.Broker.Hooks;

/// <summary>
/// Sees every message that a client publishes, after authorization, and may change, discard or refuse it. Several run in their
/// order. The next packets of the same client wait for the answer, so order is kept. See <see cref="IAuthenticator"/> for what is true of every hook.
/// </summary>
public interface IPublishInterceptor
{
    /// <summary>What becomes of the message?</summary>
    ValueTask<PublishDecision> InterceptAsync(PublishContext context, CancellationToken cancellation);
}
