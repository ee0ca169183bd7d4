namespace Godwit.Conformance.Wire;

/// <summary>Everything a CONNECT can carry. What is left out gets the usual value.</summary>
public sealed record ConnectFields
{
    /// <summary>Protocol level; decides name and layout.</summary>
    public MqttVersion Version { get; init; } = MqttVersion.V50;

    /// <summary>Client identifier.</summary>
    public string ClientId { get; init; } = "";

    /// <summary>Clean Start (5.0) or Clean Session.</summary>
    public bool CleanStart { get; init; } = true;

    /// <summary>Keep Alive in seconds.</summary>
    public int KeepAlive { get; init; } = 60;

    /// <summary>Session Expiry Interval in seconds (5.0 only); null leaves the property out.</summary>
    public uint? SessionExpiry { get; init; }

    /// <summary>Further properties (5.0 only).</summary>
    public Properties? Properties { get; init; }

    /// <summary>Topic of the will; null for no will.</summary>
    public string? WillTopic { get; init; }

    /// <summary>Payload of the will.</summary>
    public string WillPayload { get; init; } = "";

    /// <summary>QoS of the will.</summary>
    public int WillQoS { get; init; }

    /// <summary>Retain flag of the will.</summary>
    public bool WillRetain { get; init; }

    /// <summary>Properties of the will (5.0 only).</summary>
    public Properties? WillProperties { get; init; }

    /// <summary>User name; null for none.</summary>
    public string? UserName { get; init; }

    /// <summary>Password; null for none.</summary>
    public string? Password { get; init; }

    /// <summary>Protocol name; null for the one that belongs to <see cref="Version"/>.</summary>
    public string? ProtocolName { get; init; }

    /// <summary>Protocol level byte; null for that of <see cref="Version"/>.</summary>
    public int? ProtocolLevel { get; init; }

    /// <summary>Bits turned over in the connect flags, to make wrong ones.</summary>
    public int FlagsXor { get; init; }
}
