using System.Text;
using Godwit.Protocol;

namespace Godwit.Broker;

/// <summary>An application message as the embedding process sees it (§3.3). Immutable; payload and correlation data are not to be changed.</summary>
public sealed record BrokerMessage
{
    /// <summary>The Topic Name.</summary>
    public required string Topic { get; init; }

    /// <summary>The payload.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Quality of service.</summary>
    public QualityOfService QoS { get; init; }

    /// <summary>Published: it becomes the topic's retained message. Received: it is one, or it was published so and the subscription asks for that.</summary>
    public bool Retain { get; init; }

    /// <summary>The payload is UTF-8 text (Payload Format Indicator 1).</summary>
    public bool IsPayloadText { get; init; }

    /// <summary>Seconds that the message may wait for delivery, or null: it does not expire.</summary>
    public uint? MessageExpiryInterval { get; init; }

    /// <summary>What the payload is, for example a MIME type, or null.</summary>
    public string? ContentType { get; init; }

    /// <summary>Topic for the answer, without wildcards, or null.</summary>
    public string? ResponseTopic { get; init; }

    /// <summary>Tells which request an answer is for, or null.</summary>
    public ReadOnlyMemory<byte>? CorrelationData { get; init; }

    /// <summary>User Properties in their order; a name may come more than once.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> UserProperties { get; init; } = [];

    /// <summary>A message of text.</summary>
    /// <param name="topic">The Topic Name.</param>
    /// <param name="payload">Sent as UTF-8.</param>
    /// <param name="qos">Quality of service.</param>
    /// <param name="retain">Becomes the topic's retained message.</param>
    public static BrokerMessage FromText(string topic, string payload, QualityOfService qos = QualityOfService.AtMostOnce, bool retain = false) =>
        new() { Topic = topic, Payload = Encoding.UTF8.GetBytes(payload), QoS = qos, Retain = retain };

    /// <summary>The payload read as UTF-8; invalid bytes become U+FFFD.</summary>
    public string GetPayloadText() => Encoding.UTF8.GetString(Payload.Span);

    /// <summary>The topic and the size of the payload.</summary>
    public override string ToString() => $"{Topic} ({Payload.Length} bytes)";
}
