using Godwit.Protocol;

namespace Godwit.Engine.Access;

/// <summary>A message that takes the place of another.</summary>
public sealed class MessageChange
{
    /// <summary>
    /// A Topic Name that has passed <see cref="TopicName"/>'s check. With more levels than
    /// <see cref="EngineOptions.TopicLevelsMax"/> the PUBLISH, or the CONNECT with the will, is refused with 0x90.
    /// </summary>
    public required byte[] Topic { get; init; }

    /// <summary>Properties that a server forwards, without length prefix: of a <see cref="PropertyWriter"/>.</summary>
    public ReadOnlyMemory<byte> Properties { get; init; }

    /// <summary>The payload; not to be changed any more.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>QoS at which it goes to subscribers. The exchange with its publisher keeps the QoS of the packet.</summary>
    public QualityOfService QoS { get; init; }

    /// <summary>Becomes the topic's retained message.</summary>
    public bool Retain { get; init; }

    /// <summary>Seconds to live from now, or null without expiry.</summary>
    public uint? MessageExpiryInterval { get; init; }
}
