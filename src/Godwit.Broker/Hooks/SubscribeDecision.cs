using Godwit.Protocol;

namespace Godwit.Broker.Hooks;

/// <summary>What an <see cref="ISubscribeInterceptor"/> makes of a subscription.</summary>
public sealed class SubscribeDecision
{
    private SubscribeDecision(ReasonCode grant) => Grant = grant;

    /// <summary>As asked for.</summary>
    public static SubscribeDecision Continue { get; } = new(ReasonCode.GrantedQoS2);

    /// <summary>Highest QoS granted (0 to 2), or the refusal.</summary>
    public ReasonCode Grant { get; }

    /// <summary>At most at this QoS.</summary>
    public static SubscribeDecision Limit(QualityOfService maximumQoS) => maximumQoS <= QualityOfService.ExactlyOnce
        ? new SubscribeDecision((ReasonCode)maximumQoS)
        : throw new ArgumentOutOfRangeException(nameof(maximumQoS), maximumQoS, "QoS is 0, 1 or 2.");

    /// <summary>Not at all.</summary>
    /// <param name="reason">A failure that SUBACK may carry; earlier versions than 5.0 hear 0x80.</param>
    public static SubscribeDecision Refuse(ReasonCode reason = ReasonCode.NotAuthorized) =>
        reason.IsFailure() && reason.IsValidFor(PacketType.SubAck)
            ? new SubscribeDecision(reason)
            : throw new ArgumentOutOfRangeException(nameof(reason), reason, "SUBACK cannot carry this as a refusal.");
}
