using Godwit.Protocol;

namespace Godwit.Engine.Durability;

/// <summary>A message as a store reads it back; slices of the store's own memory, good until the next read.</summary>
public ref struct StoredMessage
{
    /// <summary>The Topic Name.</summary>
    public ReadOnlySpan<byte> Topic { get; init; }

    /// <summary>The properties that a server forwards unchanged, without length prefix (§3.3.2.3).</summary>
    public ReadOnlySpan<byte> Properties { get; init; }

    /// <summary>The payload.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>QoS of the publication.</summary>
    public QualityOfService QoS { get; init; }

    /// <summary>RETAIN as the publisher set it.</summary>
    public bool Retain { get; init; }

    /// <summary>When it expires, in milliseconds of the engine's clock in this run; <see cref="long.MaxValue"/> for never.</summary>
    public long ExpiresAt { get; init; }

    /// <summary>The publisher's Client Identifier.</summary>
    public byte[] Publisher { get; init; }

    /// <summary>Place among all changes of retained messages; 0 when it was not retained.</summary>
    public long RetainSequence { get; init; }
}
