using Godwit.Protocol;

namespace Godwit.Engine.Access;

/// <summary>An answer of an access policy.</summary>
public sealed class AccessDecision
{
    /// <summary>Yes, as it is.</summary>
    public static readonly AccessDecision Allowed = new(ReasonCode.Success);

    /// <summary>Not known yet: the answer follows by <see cref="BrokerCore.Answer"/>.</summary>
    public static readonly AccessDecision Later = new(ReasonCode.Success);

    /// <summary>A publication is acknowledged as a success and goes nowhere.</summary>
    public static readonly AccessDecision Discarded = new(ReasonCode.Success);

    /// <summary>No, as <see cref="ReasonCode.NotAuthorized"/>.</summary>
    public static readonly AccessDecision NotAuthorized = new(ReasonCode.NotAuthorized);

    private AccessDecision(ReasonCode reason) => Reason = reason;

    /// <summary><see cref="ReasonCode.Success"/>, or the refusal.</summary>
    public ReasonCode Reason { get; }

    /// <summary>What takes the place of the message, or at CONNECT of the will; null leaves it.</summary>
    public MessageChange? Change { get; private init; }

    /// <summary>For SUBSCRIBE: per filter the highest QoS granted (0 to 2) or a failure; null grants all as asked.</summary>
    public IReadOnlyList<ReasonCode>? Grants { get; private init; }

    /// <summary>No.</summary>
    /// <param name="reason">A failure that the packet's answer may carry.</param>
    public static AccessDecision Refused(ReasonCode reason)
    {
        if (!reason.IsFailure())
        {
            throw new ArgumentOutOfRangeException(nameof(reason), reason, "a refusal has a reason code of 0x80 or above");
        }

        return reason == ReasonCode.NotAuthorized ? NotAuthorized : new AccessDecision(reason);
    }

    /// <summary>Yes, with another message in its place.</summary>
    public static AccessDecision Changed(MessageChange change) => new(ReasonCode.Success) { Change = change };

    /// <summary>An answer per filter of a SUBSCRIBE, in their order.</summary>
    public static AccessDecision Granted(IReadOnlyList<ReasonCode> grants) => new(ReasonCode.Success) { Grants = grants };
}
