namespace Godwit.Broker.Hooks;

/// <summary>What an <see cref="IAuthorizer"/> says.</summary>
public enum AuthorizationResult
{
    /// <summary>This authorizer has no opinion: the next one is asked. What none allows is refused.</summary>
    Next,

    /// <summary>Yes.</summary>
    Allow,

    /// <summary>No: 0x87 for 5.0, what the version has for it before.</summary>
    Deny,
}
