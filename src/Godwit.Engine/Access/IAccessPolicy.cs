using Godwit.Protocol;

namespace Godwit.Engine.Access;

/// <summary>
/// Decides what clients may do, and changes what they publish. Called on the loop that owns the connection; must not block.
/// What cannot be answered at once is answered with <see cref="AccessDecision.Later"/> and, on any thread, by one call of
/// <see cref="BrokerCore.Answer"/>: meanwhile the connection's next packets wait, or for <see cref="AccessScope.Receive"/> its
/// next messages; all others go on. Whoever asks for time bounds it.
/// </summary>
/// <remarks>The requests are views of the receive buffer: what is needed after the call has to be copied.</remarks>
public interface IAccessPolicy
{
    /// <summary>What the policy wants to be asked. Does not change.</summary>
    AccessScope Scope { get; }

    /// <summary>May this client connect? A refusal carries the CONNACK reason code; a change replaces the will.</summary>
    AccessDecision DecideConnect(AccessQuestion question, in ConnectRequest request);

    /// <summary>May this message be published? A refusal carries the reason code of PUBACK or PUBREC; a change replaces the message.</summary>
    AccessDecision DecidePublish(AccessQuestion question, in MessageView message);

    /// <summary>May these subscriptions be made? A refusal is for all filters; <see cref="AccessDecision.Grants"/> answers each by itself.</summary>
    AccessDecision DecideSubscribe(AccessQuestion question, in SubscribePacket packet);

    /// <summary>May the client be sent this message? Messages sent again after a reconnect are not asked about again.</summary>
    AccessDecision DecideReceive(AccessQuestion question, in MessageView message);
}
