namespace Godwit.Broker.Hooks;

/// <summary>Decides what connected clients may do. Several are asked in their order until one has an opinion; without any, everything is allowed. See <see cref="IAuthenticator"/> for what is true of every hook.</summary>
public interface IAuthorizer
{
    /// <summary>The actions that this authorizer is asked about; the others it does not restrict. Does not change.</summary>
    AccessAction Actions => AccessAction.Publish | AccessAction.Subscribe;

    /// <summary>May the client do this?</summary>
    ValueTask<AuthorizationResult> AuthorizeAsync(AuthorizationContext context, CancellationToken cancellation);
}
