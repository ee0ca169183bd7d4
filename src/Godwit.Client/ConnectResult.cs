using Godwit.Protocol;

namespace Godwit.Client;

/// <summary>What the server said in its CONNACK (section 3.2), with the defaults of the standard for what it left out.</summary>
public sealed record ConnectResult
{
    /// <summary>Success; in a <see cref="MqttConnectException"/> why the server refused.</summary>
    public ReasonCode Reason { get; init; }

    /// <summary>The server has resumed a session. Always false in 3.1.</summary>
    public bool SessionPresent { get; init; }

    /// <summary>The client identifier in force: that of the options, or the one that the server assigned.</summary>
    public string ClientId { get; init; } = "";

    /// <summary>The identifier was assigned by the server (5.0), since none was given.</summary>
    public bool IsClientIdAssigned { get; init; }

    /// <summary>Seconds that the server keeps the session after the connection; <see cref="uint.MaxValue"/>: for ever.</summary>
    public uint SessionExpiryInterval { get; init; }

    /// <summary>Unacknowledged QoS 1 and 2 publications that the server takes at a time; 65,535 if it did not say.</summary>
    public ushort ReceiveMaximum { get; init; } = ushort.MaxValue;

    /// <summary>Highest QoS at which one may publish.</summary>
    public QualityOfService MaximumQoS { get; init; } = QualityOfService.ExactlyOnce;

    /// <summary>The server stores retained messages.</summary>
    public bool RetainAvailable { get; init; } = true;

    /// <summary>Largest packet that the server takes, in bytes, or null: no limit but that of the protocol.</summary>
    public uint? MaximumPacketSize { get; init; }

    /// <summary>Highest Topic Alias that the server takes; 0: none.</summary>
    public ushort TopicAliasMaximum { get; init; }

    /// <summary>Filters may have wildcards.</summary>
    public bool WildcardSubscriptionAvailable { get; init; } = true;

    /// <summary>The server has Subscription Identifiers; false before 5.0.</summary>
    public bool SubscriptionIdentifierAvailable { get; init; } = true;

    /// <summary>The server has shared subscriptions. Unknown, and reported as true, before 5.0.</summary>
    public bool SharedSubscriptionAvailable { get; init; } = true;

    /// <summary>Seconds of keep alive in force: those of the server if it named some ([MQTT-3.1.2-21]); 0: none.</summary>
    public ushort KeepAlive { get; init; }

    /// <summary>What the server says to people, or null.</summary>
    public string? ReasonString { get; init; }

    /// <summary>A base for response topics, or null.</summary>
    public string? ResponseInformation { get; init; }

    /// <summary>Other servers to use, or null.</summary>
    public string? ServerReference { get; init; }

    /// <summary>User Properties of the CONNACK.</summary>
    public IReadOnlyList<MqttUserProperty> UserProperties { get; init; } = [];
}
