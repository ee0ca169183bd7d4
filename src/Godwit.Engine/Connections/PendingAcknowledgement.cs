using Godwit.Protocol;

namespace Godwit.Engine.Connections;

/// <summary>An answer that waits for the batch with this ticket to be committed.</summary>
/// <param name="Ticket">0 when it waits only for its turn.</param>
/// <param name="Type">PUBACK, PUBREC, PUBREL, PUBCOMP; or CONNACK, SUBACK, UNSUBACK with the packet in <paramref name="Encoded"/>.</param>
/// <param name="Reason">Reason code of the short forms.</param>
/// <param name="PacketIdentifier">Packet identifier of the short forms.</param>
/// <param name="Encoded">The whole packet, for the long forms.</param>
internal readonly record struct PendingAcknowledgement(
    long Ticket, PacketType Type, ReasonCode Reason, ushort PacketIdentifier, byte[]? Encoded);
