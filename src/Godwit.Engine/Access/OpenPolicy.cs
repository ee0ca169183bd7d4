using Godwit.Protocol;

namespace Godwit.Engine.Access;

/// <summary>Everyone may do everything: nothing is asked.</summary>
public sealed class OpenPolicy : IAccessPolicy
{
    /// <summary>The one instance.</summary>
    public static readonly OpenPolicy Instance = new();

    private OpenPolicy()
    {
    }

    /// <inheritdoc/>
    public AccessScope Scope => AccessScope.None;

    /// <inheritdoc/>
    public AccessDecision DecideConnect(AccessQuestion question, in ConnectRequest request) => AccessDecision.Allowed;

    /// <inheritdoc/>
    public AccessDecision DecidePublish(AccessQuestion question, in MessageView message) => AccessDecision.Allowed;

    /// <inheritdoc/>
    public AccessDecision DecideSubscribe(AccessQuestion question, in SubscribePacket packet) => AccessDecision.Allowed;

    /// <inheritdoc/>
    public AccessDecision DecideReceive(AccessQuestion question, in MessageView message) => AccessDecision.Allowed;
}
