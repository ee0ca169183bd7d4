using System.Text;
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
    public static string? FindFault(MqttMessage message)
    {
        if (!message.HasProperties)
        {
            return null;
        }

        if (!IsText(message.ContentType) || !IsText(message.ResponseTopic))
        {
            return "Content type or response topic is longer than 65,535 bytes or holds U+0000 or a lone surrogate";
        }

        if (message.ResponseTopic is { } topic && (topic.Length == 0 || topic.AsSpan().IndexOfAny('+', '#') >= 0)) // [MQTT-3.3.2-14]
        {
            return "The response topic is empty or has wildcards";
        }

        if (message.CorrelationData is { Length: > ushort.MaxValue })
        {
            return "The correlation data has more than 65,535 bytes";
        }

        return FindFault(message.UserProperties);
    }

    /// <summary>Checks the properties of a DISCONNECT.</summary>
    /// <returns>What is wrong, in words, or null.</returns>
    public static string? FindFault(string? reasonString, IReadOnlyList<MqttUserProperty> properties) =>
        IsText(reasonString) ? FindFault(properties) : "The reason string is longer than 65,535 bytes or holds U+0000 or a lone surrogate";

    /// <summary>Checks User Properties.</summary>
    /// <returns>What is wrong, in words, or null.</returns>
    public static string? FindFault(IReadOnlyList<MqttUserProperty> properties)
    {
        for (var index = 0; index < properties.Count; index++)
        {
            if (properties[index] is not { Name: not null, Value: not null } || !IsText(properties[index].Name) || !IsText(properties[index].Value))
            {
                return "A User Property is null, longer than 65,535 bytes or holds U+0000 or a lone surrogate";
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

    private static bool IsText(string? text) =>
        text is null
        || (!text.Contains('\0', StringComparison.Ordinal) // [MQTT-1.5.4-2]
            && !HasLoneSurrogate(text) // [MQTT-1.5.4-1]: the encoder would put U+FFFD in its place
            && (text.Length <= Utf8Rules.LengthMax / 3 || Encoding.UTF8.GetByteCount(text) <= Utf8Rules.LengthMax));

    private static bool HasLoneSurrogate(string text)
    {
        var index = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        for (; index >= 0 && index < text.Length; index++)
        {
            if (char.IsSurrogate(text[index]))
            {
                if (index + 1 == text.Length || !char.IsSurrogatePair(text[index], text[index + 1]))
                {
                    return true;
                }

                index++;
            }
        }

        return false;
    }
}
