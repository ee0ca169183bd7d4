using Godwit.Protocol;

namespace Godwit.Broker.Hooks;

/// <summary>What an <see cref="IAuthenticator"/> says of a client.</summary>
public sealed class AuthenticationResult
{
    private AuthenticationResult(ReasonCode? reason, string? userName)
    {
        Reason = reason;
        UserName = userName;
    }

    /// <summary>This authenticator does not know the client: the next one is asked. A client that none knows is refused.</summary>
    public static AuthenticationResult Next { get; } = new(null, null);

    /// <summary><see cref="ReasonCode.Success"/>, a refusal, or null for <see cref="Next"/>.</summary>
    public ReasonCode? Reason { get; }

    /// <summary>The name under which the client goes on, or null for the one it gave.</summary>
    public string? UserName { get; }

    /// <summary>The client is who it says it is.</summary>
    /// <param name="userName">The name under which the other hooks see it; null: the one it gave.</param>
    public static AuthenticationResult Allow(string? userName = null) => new(ReasonCode.Success, userName);

    /// <summary>The client may not connect.</summary>
    /// <param name="reason">A failure that CONNACK may carry, such as <see cref="ReasonCode.BadUserNameOrPassword"/> or <see cref="ReasonCode.Banned"/>.</param>
    public static AuthenticationResult Deny(ReasonCode reason = ReasonCode.BadUserNameOrPassword) =>
        reason.IsFailure() && reason.IsValidFor(PacketType.ConnAck)
            ? new AuthenticationResult(reason, null)
            : throw new ArgumentOutOfRangeException(nameof(reason), reason, "CONNACK cannot carry this as a refusal.");
}
