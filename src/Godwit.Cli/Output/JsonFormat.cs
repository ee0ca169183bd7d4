using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Godwit.Client;

namespace Godwit.Cli.Output;

/// <summary>
/// A message as a JSON object on one line, with the names that mosquitto_sub gives to its members: tst, topic, qos, retain, payloadlen,
/// properties, payload. A payload that is not UTF-8 is in payload-base64 instead.
/// </summary>
internal static class JsonFormat
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Writes a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="time">When it came.</param>
    /// <param name="embedsPayload">The payload is JSON and becomes part of the object; otherwise it is a string.</param>
    /// <param name="isPretty">Indented, on several lines.</param>
    /// <param name="output">Gets the text, without an end of line.</param>
    /// <returns>False if the payload should have been JSON and is not.</returns>
    public static bool TryWrite(MqttMessage message, DateTimeOffset time, bool embedsPayload, bool isPretty, ArrayBufferWriter<byte> output)
    {
        var text = new StringBuilder(128 + message.Payload.Length);
        text.Append("{\"tst\":\"").Append(TimeFormat.FormatIsoFine(time)).Append("\",\"topic\":");
        AppendString(text, message.Topic);
        text.Append(CultureInfo.InvariantCulture, $",\"qos\":{(int)message.QoS},\"retain\":{(message.Retain ? 1 : 0)},\"payloadlen\":{message.Payload.Length}");
        AppendProperties(text, message);
        if (embedsPayload)
        {
            if (!IsJson(message.Payload.Span))
            {
                return false;
            }

            text.Append(",\"payload\":");
            AppendCompact(text, Encoding.UTF8.GetString(message.Payload.Span));
        }
        else
        {
            AppendPayload(text, message.Payload.Span);
        }

        text.Append('}');
        Encoding.UTF8.GetBytes(isPretty ? Indent(text.ToString()) : text.ToString(), output);
        return true;
    }

    private static void AppendPayload(StringBuilder text, ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
        {
            text.Append(",\"payload\":null");
            return;
        }

        string decoded;
        try
        {
            decoded = StrictUtf8.GetString(payload);
        }
        catch (DecoderFallbackException)
        {
            text.Append(",\"payload-base64\":\"").Append(Convert.ToBase64String(payload)).Append('"');
            return;
        }

        text.Append(",\"payload\":");
        AppendString(text, decoded);
    }

    private static void AppendProperties(StringBuilder text, MqttMessage message)
    {
        var start = text.Length;
        if (message.ContentType is { } contentType)
        {
            AppendString(text.Append(",\"content-type\":"), contentType);
        }

        if (message.UserProperties is { Count: > 0 } properties)
        {
            text.Append(",\"user-properties\":{");
            for (var index = 0; index < properties.Count; index++)
            {
                AppendString(text.Append(index == 0 ? "" : ","), properties[index].Name);
                AppendString(text.Append(':'), properties[index].Value);
            }

            text.Append('}');
        }

        if (message.CorrelationData is { } correlationData)
        {
            AppendString(text.Append(",\"correlation-data\":"), Encoding.UTF8.GetString(correlationData.Span));
        }

        if (message.ResponseTopic is { } responseTopic)
        {
            AppendString(text.Append(",\"response-topic\":"), responseTopic);
        }

        if (message.IsPayloadText)
        {
            text.Append(",\"payload-format-indicator\":1");
        }

        if (message.MessageExpiryInterval is { } expiry)
        {
            text.Append(CultureInfo.InvariantCulture, $",\"message-expiry-interval\":{expiry}");
        }

        if (text.Length > start)
        {
            text.Remove(start, 1).Insert(start, ",\"properties\":{").Append('}');
        }
    }

    private static void AppendString(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var character in value)
        {
            _ = character switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                _ => text.Append(character),
            };
        }

        text.Append('"');
    }

    private static bool IsJson(ReadOnlySpan<byte> payload)
    {
        try
        {
            var reader = new Utf8JsonReader(payload, new JsonReaderOptions { MaxDepth = 1000 });
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                {
                    _ = reader.GetString(); // its bytes may not be UTF-8
                }
            }

            return true;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    // White space between tokens goes: a message is one line.
    private static void AppendCompact(StringBuilder text, string json)
    {
        var isString = false;
        for (var index = 0; index < json.Length; index++)
        {
            var character = json[index];
            if (isString && character == '\\')
            {
                text.Append(character).Append(json[++index]);
                continue;
            }

            isString ^= character == '"';
            if (isString || character is not (' ' or '\t' or '\r' or '\n'))
            {
                text.Append(character);
            }
        }
    }

    private static string Indent(string json)
    {
        var text = new StringBuilder(2 * json.Length);
        var depth = 0;
        var isString = false;
        for (var index = 0; index < json.Length; index++)
        {
            var character = json[index];
            if (isString)
            {
                text.Append(character);
                if (character == '\\')
                {
                    text.Append(json[++index]);
                }

                isString = character != '"';
            }
            else if (character is '}' or ']')
            {
                depth--;
                _ = json[index - 1] is '{' or '[' ? text.Append(character) : text.Append('\n').Append(' ', 2 * depth).Append(character);
            }
            else
            {
                text.Append(character);
                isString = character == '"';
                depth += character is '{' or '[' ? 1 : 0;
                _ = character switch
                {
                    '{' or '[' when json[index + 1] is not ('}' or ']') => text.Append('\n').Append(' ', 2 * depth),
                    ',' => text.Append('\n').Append(' ', 2 * depth),
                    ':' => text.Append(' '),
                    _ => text,
                };
            }
        }

        return text.ToString();
    }
}
