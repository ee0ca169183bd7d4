using Godwit.Protocol;

namespace Godwit.Engine.Durability;

/// <summary>A message on its way to a client under a packet identifier, as the store keeps it.</summary>
/// <param name="PacketIdentifier">The packet identifier.</param>
/// <param name="Order">Grows from exchange to exchange of a session: the order in which they are sent again.</param>
/// <param name="QoS">1 or 2.</param>
/// <param name="Released">PUBREC has come: only PUBREL may be sent again.</param>
/// <param name="Retain">RETAIN as it was sent.</param>
/// <param name="Journal">Number of the journal that holds the message; 0 when it has a record of its own.</param>
/// <param name="Index">Its index there.</param>
public readonly record struct StoredExchange(
    ushort PacketIdentifier, uint Order, QualityOfService QoS, bool Released, bool Retain, long Journal, long Index);
