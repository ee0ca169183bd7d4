namespace Godwit.Broker.Hooks;

/// <summary>A message on its way to one client.</summary>
/// <param name="Client">Who is to get it.</param>
/// <param name="Message">What; <see cref="BrokerMessage.QoS"/> is that of the delivery, <see cref="BrokerMessage.Retain"/> that of the publication.</param>
/// <param name="Publisher">Client Identifier of its publisher.</param>
public sealed record DeliveryContext(ClientContext Client, BrokerMessage Message, string Publisher);
