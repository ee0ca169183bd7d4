using Godwit.Protocol;

namespace Godwit.Broker.Hooks;

/// <summary>What an <see cref="IPublishInterceptor"/> makes of a message.</summary>
public sealed class PublishDecision
{
    private PublishDecision(ReasonCode reason) => Reason = reason;

    /// <summary>It goes on as it is.</summary>
    public static PublishDecision Continue { get; } = new(ReasonCode.Success);

    /// <summary>It is acknowledged as a success and goes nowhere. A will is taken and never published.</summary>
    public static PublishDecision Discard { get; } = new(ReasonCode.Success) { IsDiscarded = true };

    /// <summary><see cref="ReasonCode.Success"/> or the refusal.</summary>
    public ReasonCode Reason { get; }

    /// <summary>True for <see cref="Discard"/>.</summary>
    public bool IsDiscarded { get; private init; }

    /// <summary>What takes the message's place, or null.</summary>
    public BrokerMessage? Message { get; private init; }

    /// <summary>Another message goes on in its place. The exchange with the publisher keeps the QoS of its packet.</summary>
    public static PublishDecision Replace(BrokerMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return new PublishDecision(ReasonCode.Success) { Message = message };
    }

    /// <summary>
    /// It is refused. 5.0 publishers are told; those of earlier versions are acknowledged for <see cref="ReasonCode.NotAuthorized"/>
    /// and disconnected for all else, since they know no refusal. A will: CONNECT is refused.
    /// </summary>
    /// <param name="reason">A failure that PUBACK may carry, such as <see cref="ReasonCode.NotAuthorized"/> or <see cref="ReasonCode.PayloadFormatInvalid"/>.</param>
    public static PublishDecision Refuse(ReasonCode reason = ReasonCode.NotAuthorized) =>
        reason.IsFailure() && reason.IsValidFor(PacketType.PubAck)
            ? new PublishDecision(reason)
            : throw new ArgumentOutOfRangeException(nameof(reason), reason, "PUBACK cannot carry this as a refusal.");
}
