namespace Godwit.Simulation;

/// <summary>A message that arrived at a client's application.</summary>
internal sealed record ModelDelivery(SentMessage Message, ModelSession Session, int QoS, bool Retain, bool Dup, uint? Expiry, long At, long Time, int Connection);
