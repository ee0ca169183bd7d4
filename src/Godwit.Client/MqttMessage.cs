using System.Text;
using Godwit.Protocol;

namespace Godwit.Client;

/// <summary>An application message, to send or received (section 3.3). Immutable; the payload is not copied.</summary>
public sealed class MqttMessage
{
    private Extras? _extras;

    /// <summary>The topic name.</summary>
    public required string Topic { get; init; }

    /// <summary>
    /// The payload. Of a message to send: do not change the bytes before the publication has completed. Of a received
    /// message: memory of its own, which stays valid.
    /// </summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>Quality of service.</summary>
    public QualityOfService QoS { get; init; }

    /// <summary>To send: the server stores it as the topic's retained message. Received: it is such a stored message.</summary>
    public bool Retain { get; init; }

    /// <summary>Received messages: the server sent it before, or may have (DUP). Ignored when sending.</summary>
    public bool Duplicate { get; init; }

    /// <summary>The payload is UTF-8 text (Payload Format Indicator 1). 5.0 only.</summary>
    public bool IsPayloadText
    {
        get => _extras?.IsPayloadText ?? false;
        init
        {
            if (value || _extras is not null)
            {
                Extra().IsPayloadText = value;
            }
        }
    }

    /// <summary>Seconds that the message may wait for delivery, or null: it does not expire. 5.0 only.</summary>
    public uint? MessageExpiryInterval
    {
        get => _extras?.MessageExpiryInterval;
        init
        {
            if (value is not null || _extras is not null)
            {
                Extra().MessageExpiryInterval = value;
            }
        }
    }

    /// <summary>What the payload is, for example a MIME type, or null. 5.0 only.</summary>
    public string? ContentType
    {
        get => _extras?.ContentType;
        init
        {
            if (value is not null || _extras is not null)
            {
                Extra().ContentType = value;
            }
        }
    }

    /// <summary>Topic for the answer to this message, without wildcards, or null. 5.0 only.</summary>
    public string? ResponseTopic
    {
        get => _extras?.ResponseTopic;
        init
        {
            if (value is not null || _extras is not null)
            {
                Extra().ResponseTopic = value;
            }
        }
    }

    /// <summary>Tells which request an answer is for, or null. 5.0 only.</summary>
    public ReadOnlyMemory<byte>? CorrelationData
    {
        get => _extras?.CorrelationData;
        init
        {
            if (value is not null || _extras is not null)
            {
                Extra().CorrelationData = value;
            }
        }
    }

    /// <summary>User Properties in their order. 5.0 only.</summary>
    public IReadOnlyList<MqttUserProperty> UserProperties
    {
        get => _extras?.UserProperties ?? [];
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.Count > 0 || _extras is not null)
            {
                Extra().UserProperties = value;
            }
        }
    }

    /// <summary>
    /// To send: the Topic Alias to use, 1 up to the server's Topic Alias Maximum; 0 leaves it to
    /// <see cref="MqttClientOptions.OutgoingTopicAliasMaximum"/>. Received messages: always 0, the client resolves aliases. 5.0 only.
    /// </summary>
    public ushort TopicAlias
    {
        get => _extras?.TopicAlias ?? 0;
        init
        {
            if (value != 0 || _extras is not null)
            {
                Extra().TopicAlias = value;
            }
        }
    }

    internal bool HasProperties => _extras is not null;

    /// <summary>Decodes the payload as UTF-8; invalid bytes become U+FFFD.</summary>
    public string GetPayloadText() => Encoding.UTF8.GetString(Payload.Span);

    /// <summary>The topic and the size of the payload.</summary>
    public override string ToString() => $"{Topic} ({Payload.Length} bytes)";

    internal static MqttMessage FromPacket(scoped in PublishPacket packet, string topic)
    {
        var payload = packet.Payload.IsEmpty ? default(ReadOnlyMemory<byte>) : packet.Payload.ToArray();
        return new MqttMessage
        {
            Topic = topic,
            Payload = payload,
            QoS = packet.QoS,
            Retain = packet.Retain,
            Duplicate = packet.Dup,
            _extras = Extras.FromPacket(packet),
        };
    }

    private Extras Extra() => _extras ??= new Extras();

    /// <summary>What most messages do not have.</summary>
    private sealed class Extras
    {
        public bool IsPayloadText;
        public uint? MessageExpiryInterval;
        public string? ContentType;
        public string? ResponseTopic;
        public ReadOnlyMemory<byte>? CorrelationData;
        public IReadOnlyList<MqttUserProperty> UserProperties = [];
        public ushort TopicAlias;

        public static Extras? FromPacket(scoped in PublishPacket packet)
        {
            var properties = packet.Properties;
            if (properties.ForwardableLength == 0 && properties.MessageExpiryInterval is null)
            {
                return null; // an alias or subscription identifiers alone are the client's own affair
            }

            return new Extras
            {
                IsPayloadText = properties.PayloadFormatIndicator == 1,
                MessageExpiryInterval = properties.MessageExpiryInterval,
                ContentType = properties.HasContentType ? Encoding.UTF8.GetString(properties.ContentType) : null,
                ResponseTopic = properties.HasResponseTopic ? Encoding.UTF8.GetString(properties.ResponseTopic) : null,
                CorrelationData = properties.HasCorrelationData ? properties.CorrelationData.ToArray() : default(ReadOnlyMemory<byte>?),
                UserProperties = Sessions.UserPropertyList.Read(properties.UserProperties),
            };
        }
    }
}
