using Godwit.Protocol;

namespace Godwit.Client;

/// <summary>How a connection ended.</summary>
public sealed record MqttDisconnection
{
    internal MqttDisconnection(MqttDisconnectionCause cause, ReasonCode? reason, string message)
    {
        Cause = cause;
        Reason = reason;
        Message = message;
    }

    /// <summary>Who or what ended it.</summary>
    public MqttDisconnectionCause Cause { get; }

    /// <summary>The reason code sent or received with DISCONNECT or CONNACK, or the class of the protocol fault; null for a lost connection.</summary>
    public ReasonCode? Reason { get; }

    /// <summary>The whole story in one sentence.</summary>
    public string Message { get; }

    /// <summary>What the server says to people, or null. 5.0 only.</summary>
    public string? ReasonString { get; init; }

    /// <summary>Other servers to use, or null. 5.0 only.</summary>
    public string? ServerReference { get; init; }

    /// <summary>User Properties of the server's DISCONNECT.</summary>
    public IReadOnlyList<MqttUserProperty> UserProperties { get; init; } = [];

    /// <summary>What broke the transport, or null.</summary>
    public Exception? Exception { get; init; }
}
