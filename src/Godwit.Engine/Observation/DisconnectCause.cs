namespace Godwit.Engine.Observation;

/// <summary>Why a connection ended.</summary>
public enum DisconnectCause : byte
{
    /// <summary>The client sent DISCONNECT.</summary>
    ClientDisconnected,

    /// <summary>The peer closed the connection without DISCONNECT.</summary>
    PeerClosed,

    /// <summary>The transport failed.</summary>
    TransportError,

    /// <summary>No packet within one and a half times the keep-alive ([MQTT-3.1.2-22]).</summary>
    KeepAliveTimeout,

    /// <summary>No CONNECT in time.</summary>
    ConnectTimeout,

    /// <summary>The client took none of the bytes waiting for it in time.</summary>
    OutputStalled,

    /// <summary>The client broke the protocol.</summary>
    ProtocolViolation,

    /// <summary>CONNECT was refused.</summary>
    Refused,

    /// <summary>Another connection took the session over.</summary>
    TakenOver,

    /// <summary>The session's queue overflowed and the policy says disconnect.</summary>
    QueueOverflow,

    /// <summary>The store had no room for messages of a client before 5.0, and has room again: the client is to send them again.</summary>
    StoreWasFull,

    /// <summary>The broker is shutting down.</summary>
    ServerShutdown,
}
