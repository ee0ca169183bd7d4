namespace Godwit.Protocol;

/// <summary>Reason codes of 5.0 (section 2.4); the values are those on the wire. Below 0x80 is success, from 0x80 on failure.</summary>
public enum ReasonCode : byte
{
    /// <summary>0x00: The operation succeeded. Also Normal disconnection (DISCONNECT) and Granted QoS 0 (SUBACK).</summary>
    Success = 0x00,

    /// <summary>0x01: The subscription is accepted at QoS 1 at most (SUBACK).</summary>
    GrantedQoS1 = 0x01,

    /// <summary>0x02: The subscription is accepted at QoS 2 at most (SUBACK).</summary>
    GrantedQoS2 = 0x02,

    /// <summary>0x04: The client leaves and wants its will published (DISCONNECT).</summary>
    DisconnectWithWillMessage = 0x04,

    /// <summary>0x10: The message was taken over, but nobody subscribed to it (PUBACK, PUBREC).</summary>
    NoMatchingSubscribers = 0x10,

    /// <summary>0x11: The filter was not subscribed (UNSUBACK).</summary>
    NoSubscriptionExisted = 0x11,

    /// <summary>0x18: The authentication goes on with another step (AUTH).</summary>
    ContinueAuthentication = 0x18,

    /// <summary>0x19: The client starts a re-authentication (AUTH).</summary>
    ReAuthenticate = 0x19,

    /// <summary>0x80: The sender does not say why, or no other code fits.</summary>
    UnspecifiedError = 0x80,

    /// <summary>0x81: The packet cannot be parsed.</summary>
    MalformedPacket = 0x81,

    /// <summary>0x82: The packet is well-formed but not allowed, here or now.</summary>
    ProtocolError = 0x82,

    /// <summary>0x83: The packet is valid but not processed.</summary>
    ImplementationSpecificError = 0x83,

    /// <summary>0x84: The protocol name or level is not spoken here (CONNACK).</summary>
    UnsupportedProtocolVersion = 0x84,

    /// <summary>0x85: The client identifier is refused (CONNACK).</summary>
    ClientIdentifierNotValid = 0x85,

    /// <summary>0x86: The credentials are refused (CONNACK).</summary>
    BadUserNameOrPassword = 0x86,

    /// <summary>0x87: The operation is not permitted.</summary>
    NotAuthorized = 0x87,

    /// <summary>0x88: The server is not available (CONNACK).</summary>
    ServerUnavailable = 0x88,

    /// <summary>0x89: The server is busy: try again later.</summary>
    ServerBusy = 0x89,

    /// <summary>0x8A: The client is banned by an administrator (CONNACK).</summary>
    Banned = 0x8A,

    /// <summary>0x8B: The server is stopping (DISCONNECT).</summary>
    ServerShuttingDown = 0x8B,

    /// <summary>0x8C: The authentication method is unknown or changed.</summary>
    BadAuthenticationMethod = 0x8C,

    /// <summary>0x8D: Nothing came for one and a half times the keep alive (DISCONNECT).</summary>
    KeepAliveTimeout = 0x8D,

    /// <summary>0x8E: Another connection uses the same client identifier (DISCONNECT).</summary>
    SessionTakenOver = 0x8E,

    /// <summary>0x8F: The topic filter is not accepted.</summary>
    TopicFilterInvalid = 0x8F,

    /// <summary>0x90: The topic name is not accepted.</summary>
    TopicNameInvalid = 0x90,

    /// <summary>0x91: The packet identifier already belongs to an open exchange.</summary>
    PacketIdentifierInUse = 0x91,

    /// <summary>0x92: No open exchange has the packet identifier (PUBREL, PUBCOMP).</summary>
    PacketIdentifierNotFound = 0x92,

    /// <summary>0x93: More unacknowledged publications than the receiver allows (DISCONNECT).</summary>
    ReceiveMaximumExceeded = 0x93,

    /// <summary>0x94: The alias is 0, above the maximum or not yet defined (DISCONNECT).</summary>
    TopicAliasInvalid = 0x94,

    /// <summary>0x95: The packet is larger than the receiver allows.</summary>
    PacketTooLarge = 0x95,

    /// <summary>0x96: Data comes faster than the receiver allows (DISCONNECT).</summary>
    MessageRateTooHigh = 0x96,

    /// <summary>0x97: A limit of the implementation or of an administrator is reached.</summary>
    QuotaExceeded = 0x97,

    /// <summary>0x98: An administrator closed the connection (DISCONNECT).</summary>
    AdministrativeAction = 0x98,

    /// <summary>0x99: The payload is not what its Payload Format Indicator says.</summary>
    PayloadFormatInvalid = 0x99,

    /// <summary>0x9A: The server has no retained messages.</summary>
    RetainNotSupported = 0x9A,

    /// <summary>0x9B: The QoS is above the Maximum QoS of the CONNACK.</summary>
    QoSNotSupported = 0x9B,

    /// <summary>0x9C: The client should use another server for now.</summary>
    UseAnotherServer = 0x9C,

    /// <summary>0x9D: The client should use another server from now on.</summary>
    ServerMoved = 0x9D,

    /// <summary>0x9E: The server has no shared subscriptions.</summary>
    SharedSubscriptionsNotSupported = 0x9E,

    /// <summary>0x9F: Connections come faster than the server allows.</summary>
    ConnectionRateExceeded = 0x9F,

    /// <summary>0xA0: The time authorised for this connection is over (DISCONNECT).</summary>
    MaximumConnectTime = 0xA0,

    /// <summary>0xA1: The server has no subscription identifiers.</summary>
    SubscriptionIdentifiersNotSupported = 0xA1,

    /// <summary>0xA2: The server has no wildcard subscriptions.</summary>
    WildcardSubscriptionsNotSupported = 0xA2,
}
