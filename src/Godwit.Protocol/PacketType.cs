namespace Godwit.Protocol;

/// <summary>The control packet type in bits 7 to 4 of the first byte (section 2.1.2). Zero is forbidden on the wire.</summary>
public enum PacketType : byte
{
    /// <summary>No packet: the value 0 is reserved and malformed on the wire.</summary>
    None = 0,

    /// <summary>Client to server: connection request (section 3.1).</summary>
    Connect = 1,

    /// <summary>Server to client: connect acknowledgement (section 3.2).</summary>
    ConnAck = 2,

    /// <summary>Either way: application message (section 3.3).</summary>
    Publish = 3,

    /// <summary>Either way: QoS 1 acknowledgement (section 3.4).</summary>
    PubAck = 4,

    /// <summary>Either way: first acknowledgement of QoS 2 (section 3.5).</summary>
    PubRec = 5,

    /// <summary>Either way: release of a QoS 2 identifier (section 3.6).</summary>
    PubRel = 6,

    /// <summary>Either way: end of a QoS 2 exchange (section 3.7).</summary>
    PubComp = 7,

    /// <summary>Client to server: subscribe request (section 3.8).</summary>
    Subscribe = 8,

    /// <summary>Server to client: subscribe acknowledgement (section 3.9).</summary>
    SubAck = 9,

    /// <summary>Client to server: unsubscribe request (section 3.10).</summary>
    Unsubscribe = 10,

    /// <summary>Server to client: unsubscribe acknowledgement (section 3.11).</summary>
    UnsubAck = 11,

    /// <summary>Client to server: ping (section 3.12).</summary>
    PingReq = 12,

    /// <summary>Server to client: answer to a ping (section 3.13).</summary>
    PingResp = 13,

    /// <summary>Client to server, in 5.0 either way: the last packet of a connection (section 3.14).</summary>
    Disconnect = 14,

    /// <summary>5.0 only, either way: enhanced authentication (section 3.15).</summary>
    Auth = 15,
}
