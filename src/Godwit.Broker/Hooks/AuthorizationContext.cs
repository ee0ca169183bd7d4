using Godwit.Protocol;

namespace Godwit.Broker.Hooks;

/// <summary>A client and what it wants to do.</summary>
/// <param name="Client">Who.</param>
/// <param name="Action">One action.</param>
/// <param name="Topic">The Topic Name, or for <see cref="AccessAction.Subscribe"/> the Topic Filter without its <c>$share</c> part.</param>
/// <param name="QoS">QoS of the message, or the highest asked for by the subscription.</param>
/// <param name="Retain">The message is to be retained, or was published so.</param>
/// <param name="ShareName">For a shared subscription its share name, else null.</param>
public sealed record AuthorizationContext(
    ClientContext Client, AccessAction Action, string Topic, QualityOfService QoS, bool Retain, string? ShareName = null);
