using Godwit.Protocol;

namespace Godwit.Client.Sessions;

/// <summary>A QoS 1 or 2 publication that was sent and is not settled.</summary>
internal sealed class OutboundPublish
{
    /// <summary>The packet identifier of the exchange, the same over all connections ([MQTT-4.4.0-1]).</summary>
    public ushort PacketIdentifier;

    public QualityOfService QoS;

    /// <summary>The whole PUBLISH without DUP and with its full topic, in an array of the store; null once PUBREC has settled it.</summary>
    public byte[]? Packet;

    public int PacketLength;

    /// <summary>PUBREC has come: from now on PUBREL is repeated, never the PUBLISH ([MQTT-4.3.3-6]).</summary>
    public bool IsReleased;

    /// <summary>It takes up send quota of the present connection.</summary>
    public bool IsOnWire;

    /// <summary>Who waits for the outcome; null if nobody does, or no longer.</summary>
    public PublishCommand? Command;

    public OutboundPublish? Previous;
    public OutboundPublish? Next;
}
