namespace Godwit.Broker.InProcess;

/// <summary>A message for the reader, and under which packet identifier it is acknowledged.</summary>
internal readonly record struct InProcessDelivery(BrokerMessage Message, ushort PacketIdentifier);
