using System.Text;
using Godwit.Engine.Access;
using Godwit.Protocol;

namespace Godwit.Broker.InProcess;

/// <summary>Between <see cref="BrokerMessage"/> and what the protocol and the engine have.</summary>
internal static class MessageCodec
{
    public static BrokerMessage Read(scoped in PublishPacket packet) =>
        Read(Encoding.UTF8.GetString(packet.Topic), packet.Properties, packet.Payload, packet.QoS, packet.Retain, packet.Properties.MessageExpiryInterval);

    public static BrokerMessage Read(scoped in MessageView view)
    {
        PublishProperties.TryDecode(view.Properties, PacketSender.Client, DecodeLeniency.All, out var properties, out _);
        return Read(Encoding.UTF8.GetString(view.Topic), properties, view.Payload, view.QoS, view.Retain, view.MessageExpiryInterval);
    }

    public static BrokerMessage ReadWill(scoped in ConnectPacket packet) => Read(
        Encoding.UTF8.GetString(packet.WillTopic),
        packet.WillProperties,
        packet.WillPayload,
        packet.WillQoS,
        packet.WillRetain,
        packet.WillProperties.MessageExpiryInterval);

    /// <summary>The message for the engine.</summary>
    /// <exception cref="ArgumentException">The standard does not allow such a message.</exception>
    public static MessageChange ToChange(BrokerMessage message)
    {
        Check(message);
        return new MessageChange
        {
            Topic = Encoding.UTF8.GetBytes(message.Topic),
            Properties = EncodeProperties(message, withExpiry: false),
            Payload = message.Payload,
            QoS = message.QoS,
            Retain = message.Retain,
            MessageExpiryInterval = message.MessageExpiryInterval,
        };
    }

    /// <summary>The message as a PUBLISH of 5.0.</summary>
    /// <exception cref="ArgumentException">The standard does not allow such a message.</exception>
    public static byte[] ToPacket(BrokerMessage message, ushort packetIdentifier, int maximumPacketSize)
    {
        Check(message);
        var packet = new PublishPacket
        {
            Topic = Encoding.UTF8.GetBytes(message.Topic),
            Payload = message.Payload.Span,
            QoS = message.QoS,
            Retain = message.Retain,
            PacketIdentifier = packetIdentifier,
            Properties = PublishProperties.ForEncoding(EncodeProperties(message, withExpiry: true)),
        };
        int length = packet.GetEncodedLength(ProtocolVersion.Mqtt5);
        if (length > maximumPacketSize)
        {
            throw new ArgumentException($"The message would be a packet of {length} bytes; the broker takes {maximumPacketSize} (MaximumPacketSize).", nameof(message));
        }

        byte[] bytes = new byte[length];
        packet.Encode(bytes, ProtocolVersion.Mqtt5);
        return bytes;
    }

    /// <exception cref="ArgumentException">The standard does not allow such a message.</exception>
    public static void Check(BrokerMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        string? fault =
            !MessageRules.IsTopicName(message.Topic) ? $"'{message.Topic}' is not a Topic Name: it must not be empty, longer than 65,535 bytes or hold +, #, U+0000 or a lone surrogate"
            : message.QoS > QualityOfService.ExactlyOnce ? $"QoS {(int)message.QoS} does not exist"
            : MessageRules.FindFault(message.ContentType, message.ResponseTopic, message.CorrelationData) is { } found ? found
            : message.UserProperties is null || !message.UserProperties.All(each => MessageRules.IsUserProperty(each.Key, each.Value)) ? MessageRules.UserPropertyFault
            : null;
        if (fault is not null)
        {
            throw new ArgumentException($"The message cannot be sent: {fault}.", nameof(message));
        }
    }

    private static byte[] EncodeProperties(BrokerMessage message, bool withExpiry)
    {
        var measuring = PropertyWriter.Measure();
        Write(ref measuring, message, withExpiry);
        byte[] bytes = new byte[measuring.Length];
        var writer = new PropertyWriter(bytes);
        Write(ref writer, message, withExpiry);
        return bytes;
    }

    private static void Write(ref PropertyWriter writer, BrokerMessage message, bool withExpiry)
    {
        if (message.IsPayloadText)
        {
            writer.WriteByte(PropertyIdentifier.PayloadFormatIndicator, 1);
        }

        if (withExpiry && message.MessageExpiryInterval is { } expiry)
        {
            writer.WriteUInt32(PropertyIdentifier.MessageExpiryInterval, expiry);
        }

        if (message.ContentType is { } contentType)
        {
            writer.WriteText(PropertyIdentifier.ContentType, contentType);
        }

        if (message.ResponseTopic is { } responseTopic)
        {
            writer.WriteText(PropertyIdentifier.ResponseTopic, responseTopic);
        }

        if (message.CorrelationData is { } correlationData)
        {
            writer.WriteData(PropertyIdentifier.CorrelationData, correlationData.Span);
        }

        foreach (var (name, value) in message.UserProperties)
        {
            writer.WriteUserProperty(name, value);
        }
    }

    private static BrokerMessage Read(
        string topic, scoped in PublishProperties properties, ReadOnlySpan<byte> payload, QualityOfService qos, bool retain, uint? expiry)
    {
        var message = new BrokerMessage
        {
            Topic = topic,
            Payload = payload.ToArray(),
            QoS = qos,
            Retain = retain,
            MessageExpiryInterval = expiry,
        };
        return properties.ForwardableLength == 0 ? message : message with
        {
            IsPayloadText = properties.PayloadFormatIndicator == 1,
            ContentType = properties.HasContentType ? Encoding.UTF8.GetString(properties.ContentType) : null,
            ResponseTopic = properties.HasResponseTopic ? Encoding.UTF8.GetString(properties.ResponseTopic) : null,
            CorrelationData = properties.HasCorrelationData ? properties.CorrelationData.ToArray() : default(ReadOnlyMemory<byte>?),
            UserProperties = Read(properties.UserProperties),
        };
    }

    private static KeyValuePair<string, string>[] Read(UserProperties properties)
    {
        if (properties.IsEmpty)
        {
            return [];
        }

        var list = new KeyValuePair<string, string>[properties.Count];
        int count = 0;
        foreach (var property in properties)
        {
            list[count++] = new(Encoding.UTF8.GetString(property.Name), Encoding.UTF8.GetString(property.Value));
        }

        return list;
    }
}
