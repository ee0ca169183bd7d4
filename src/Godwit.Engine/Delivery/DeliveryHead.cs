using Godwit.Protocol;

namespace Godwit.Engine.Delivery;

/// <summary>What of a PUBLISH differs from subscriber to subscriber in its first bytes.</summary>
/// <param name="QoS">Effective QoS: the lower of published and granted ([MQTT-3.8.4-8]).</param>
/// <param name="PacketIdentifier">0 at QoS 0.</param>
/// <param name="Dup">True only when sent again ([MQTT-3.3.1-1], [MQTT-3.3.1-3]).</param>
/// <param name="Retain">RETAIN as this subscription is to see it.</param>
internal readonly record struct DeliveryHead(QualityOfService QoS, ushort PacketIdentifier, bool Dup, bool Retain);
