namespace Godwit.Broker.Hooks;

/// <summary>
/// Decides who may connect. Several are asked in their order until one knows the client; without any, everybody may connect.
/// </summary>
/// <remarks>
/// True of every hook: it may answer at once or later. The part before its first <c>await</c> that really waits runs on an event
/// loop and must not block; later answers hold up only the client in question. An exception, or no answer within
/// <see cref="BrokerHooks.Timeout"/>, is a refusal, logged with the hook's name.
/// </remarks>
public interface IAuthenticator
{
    /// <summary>Is this client who it says it is?</summary>
    ValueTask<AuthenticationResult> AuthenticateAsync(AuthenticationContext context, CancellationToken cancellation);
}
