namespace Godwit.Conformance.Wire;

/// <summary>The upper four bits of the first byte of a packet, §2.1.2.</summary>
public enum PacketType
{
    /// <summary>Forbidden.</summary>
    Reserved = 0,

    /// <summary>Client to server: connection request.</summary>
    Connect = 1,

    /// <summary>Server to client: connect acknowledgement.</summary>
    ConnAck = 2,

    /// <summary>A message, either way.</summary>
    Publish = 3,

    /// <summary>QoS 1 acknowledgement.</summary>
    PubAck = 4,

    /// <summary>QoS 2, part 1.</summary>
    PubRec = 5,

    /// <summary>QoS 2, part 2.</summary>
    PubRel = 6,

    /// <summary>QoS 2, part 3.</summary>
    PubComp = 7,

    /// <summary>Client to server: subscribe.</summary>
    Subscribe = 8,

    /// <summary>Server to client: subscribe acknowledgement.</summary>
    SubAck = 9,

    /// <summary>Client to server: unsubscribe.</summary>
    Unsubscribe = 10,

    /// <summary>Server to client: unsubscribe acknowledgement.</summary>
    UnsubAck = 11,

    /// <summary>Client to server: ping.</summary>
    PingReq = 12,

    /// <summary>Server to client: ping response.</summary>
    PingResp = 13,

    /// <summary>End of the connection; from the server in 5.0 only.</summary>
    Disconnect = 14,

    /// <summary>Authentication exchange, 5.0 only.</summary>
    Auth = 15,
}
