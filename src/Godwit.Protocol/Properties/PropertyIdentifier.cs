namespace Godwit.Protocol;

/// <summary>The 27 properties of 5.0 (section 2.2.2.2). The value is the identifier on the wire.</summary>
public enum PropertyIdentifier : byte
{
    /// <summary>Not a property.</summary>
    None = 0,

    /// <summary>Byte, 0 or 1. PUBLISH, will.</summary>
    PayloadFormatIndicator = 0x01,

    /// <summary>Four bytes, seconds. PUBLISH, will.</summary>
    MessageExpiryInterval = 0x02,

    /// <summary>String. PUBLISH, will.</summary>
    ContentType = 0x03,

    /// <summary>String, a topic name. PUBLISH, will.</summary>
    ResponseTopic = 0x08,

    /// <summary>Binary. PUBLISH, will.</summary>
    CorrelationData = 0x09,

    /// <summary>Variable byte integer, not 0. SUBSCRIBE, and PUBLISH from the server.</summary>
    SubscriptionIdentifier = 0x0B,

    /// <summary>Four bytes, seconds; 0xFFFFFFFF is for ever. CONNECT, CONNACK, DISCONNECT from the client.</summary>
    SessionExpiryInterval = 0x11,

    /// <summary>String. CONNACK.</summary>
    AssignedClientIdentifier = 0x12,

    /// <summary>Two bytes, seconds. CONNACK.</summary>
    ServerKeepAlive = 0x13,

    /// <summary>String. CONNECT, CONNACK, AUTH.</summary>
    AuthenticationMethod = 0x15,

    /// <summary>Binary. CONNECT, CONNACK, AUTH.</summary>
    AuthenticationData = 0x16,

    /// <summary>Byte, 0 or 1. CONNECT.</summary>
    RequestProblemInformation = 0x17,

    /// <summary>Four bytes, seconds. Will.</summary>
    WillDelayInterval = 0x18,

    /// <summary>Byte, 0 or 1. CONNECT.</summary>
    RequestResponseInformation = 0x19,

    /// <summary>String. CONNACK.</summary>
    ResponseInformation = 0x1A,

    /// <summary>String. CONNACK, DISCONNECT.</summary>
    ServerReference = 0x1C,

    /// <summary>String. Every acknowledgement, DISCONNECT, AUTH.</summary>
    ReasonString = 0x1F,

    /// <summary>Two bytes, not 0. CONNECT, CONNACK.</summary>
    ReceiveMaximum = 0x21,

    /// <summary>Two bytes. CONNECT, CONNACK.</summary>
    TopicAliasMaximum = 0x22,

    /// <summary>Two bytes, not 0. PUBLISH.</summary>
    TopicAlias = 0x23,

    /// <summary>Byte, 0 or 1. CONNACK.</summary>
    MaximumQoS = 0x24,

    /// <summary>Byte, 0 or 1. CONNACK.</summary>
    RetainAvailable = 0x25,

    /// <summary>Pair of strings, any number of times. Every packet with properties, and the will.</summary>
    UserProperty = 0x26,

    /// <summary>Four bytes, not 0. CONNECT, CONNACK.</summary>
    MaximumPacketSize = 0x27,

    /// <summary>Byte, 0 or 1. CONNACK.</summary>
    WildcardSubscriptionAvailable = 0x28,

    /// <summary>Byte, 0 or 1. CONNACK.</summary>
    SubscriptionIdentifierAvailable = 0x29,

    /// <summary>Byte, 0 or 1. CONNACK.</summary>
    SharedSubscriptionAvailable = 0x2A,
}
