using Godwit.Engine.Messages;

namespace Godwit.Engine.Delivery;

/// <summary>A QoS 0 message that waits for the access policy's answer. Owns one reference.</summary>
internal readonly record struct HeldDelivery(Message Message, bool Retain, uint[] Identifiers);
