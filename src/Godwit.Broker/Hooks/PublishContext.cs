namespace Godwit.Broker.Hooks;

/// <summary>A message that a client publishes.</summary>
/// <param name="Client">Who publishes.</param>
/// <param name="Message">What, as the interceptors before left it.</param>
/// <param name="IsWill">It is the client's will, looked at when the client connects.</param>
public sealed record PublishContext(ClientContext Client, BrokerMessage Message, bool IsWill);
