using Godwit.Protocol;

namespace Godwit.Engine.Access;

/// <summary>A message as a policy sees it.</summary>
public readonly ref struct MessageView
{
    /// <summary>The Topic Name; a Topic Alias is resolved.</summary>
    public ReadOnlySpan<byte> Topic { get; init; }

    /// <summary>The properties that a server forwards unchanged, without length prefix (§3.3.2.3).</summary>
    public ReadOnlySpan<byte> Properties { get; init; }

    /// <summary>The payload.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>QoS of the publication; of a delivery: the QoS at which it will be sent.</summary>
    public QualityOfService QoS { get; init; }

    /// <summary>RETAIN as the publisher set it.</summary>
    public bool Retain { get; init; }

    /// <summary>Seconds left to live, or null without expiry.</summary>
    public uint? MessageExpiryInterval { get; init; }

    /// <summary>The publisher's Client Identifier.</summary>
    public ReadOnlySpan<byte> Publisher { get; init; }
}
