using Godwit.Protocol;

namespace Godwit.Client.Sessions;

/// <summary>Writes the properties of a message into the block of a PUBLISH or of a will.</summary>
internal static class MessageProperties
{
    public static byte[] Encode(MqttMessage message, uint willDelayInterval)
    {
        var bytes = new byte[GetLength(message) + (willDelayInterval == 0 ? 0 : 5)];
        var writer = new PropertyWriter(bytes);
        Write(ref writer, message);
        if (willDelayInterval != 0)
        {
            writer.WriteUInt32(PropertyIdentifier.WillDelayInterval, willDelayInterval);
        }

        return bytes;
    }

    /// <summary>Checks what the wire format and the standard ask of the strings.</summary>
    /// <returns>What is wrong, in words, or null.</returns>
    public static string? FindFault(MqttMessage message) =>
        message.HasProperties
            ? MessageRules.FindFault(message.ContentType, message.ResponseTopic, message.CorrelationData) ?? FindFault(message.UserProperties)
            : null;

    /// <summary>Checks the properties of a DISCONNECT.</summary>
    /// <returns>What is wrong, in words, or null.</returns>
    public static string? FindFault(string? reasonString, IReadOnlyList<MqttUserProperty> properties) =>
        Utf8Rules.CanEncode(reasonString) ? FindFault(properties) : "The reason string is longer than 65,535 bytes or holds U+0000 or a lone surrogate";

    /// <summary>Checks User Properties.</summary>
    /// <returns>What is wrong, in words, or null.</returns>
    public static string? FindFault(IReadOnlyList<MqttUserProperty> properties)
    {
        for (var index = 0; index < properties.Count; index++)
        {
            if (!MessageRules.IsUserProperty(properties[index].Name, properties[index].Value))
            {
                return MessageRules.UserPropertyFault;
            }
        }

        return null;
    }

    public static int GetLength(MqttMessage message)
    {
        var writer = PropertyWriter.Measure();
        Write(ref writer, message);
        return writer.Length;
    }

    /// <summary>Writes all but the Topic Alias.</summary>
    public static void Write(ref PropertyWriter writer, MqttMessage message)
    {
        if (!message.HasProperties)
        {
            return;
        }

        if (message.IsPayloadText)
        {
            writer.WriteByte(PropertyIdentifier.PayloadFormatIndicator, 1);
        }

        if (message.MessageExpiryInterval is { } expiry)
        {
            writer.WriteUInt32(PropertyIdentifier.MessageExpiryInterval, expiry);
        }

        if (message.ContentType is { } contentType)
        {
            writer.WriteText(PropertyIdentifier.ContentType, contentType); // [MQTT-3.3.2-19]
        }

        if (message.ResponseTopic is { } responseTopic)
        {
            writer.WriteText(PropertyIdentifier.ResponseTopic, responseTopic); // [MQTT-3.3.2-13]
        }

        if (message.CorrelationData is { } correlationData)
        {
            writer.WriteData(PropertyIdentifier.CorrelationData, correlationData.Span);
        }

        UserPropertyList.Write(ref writer, message.UserProperties);
    }
}
