namespace Godwit.Protocol;

/// <summary>What the standard asks of the parts of a message that comes from a program rather than from the wire.</summary>
public static class MessageRules
{
    /// <summary>What is wrong with a User Property that <see cref="IsUserProperty"/> refuses, in words.</summary>
    public const string UserPropertyFault = "A User Property is null, longer than 65,535 bytes or holds U+0000 or a lone surrogate";

    /// <summary>True for a Topic Name: a string, not empty, without wildcards (section 4.7).</summary>
    /// <param name="topic">The name.</param>
    public static bool IsTopicName(string? topic) =>
        !string.IsNullOrEmpty(topic)
        && topic.AsSpan().IndexOfAny('+', '#') < 0 // [MQTT-4.7.0-1]
        && Utf8Rules.CanEncode(topic);

    /// <summary>True for a pair that can be sent (section 3.3.2.3.7).</summary>
    /// <param name="name">The name; may be empty, not null.</param>
    /// <param name="value">The value; may be empty, not null.</param>
    public static bool IsUserProperty(string? name, string? value) =>
        name is not null && value is not null && Utf8Rules.CanEncode(name) && Utf8Rules.CanEncode(value);

    /// <summary>Checks the properties of a PUBLISH or a will that are strings or data; User Properties are the caller's to walk.</summary>
    /// <param name="contentType">Content Type, or null.</param>
    /// <param name="responseTopic">Response Topic, or null.</param>
    /// <param name="correlationData">Correlation Data, or null.</param>
    /// <returns>What is wrong, in words, or null.</returns>
    public static string? FindFault(string? contentType, string? responseTopic, ReadOnlyMemory<byte>? correlationData) =>
        !Utf8Rules.CanEncode(contentType) ? "The content type is longer than 65,535 bytes or holds U+0000 or a lone surrogate" // [MQTT-3.3.2-19]
        : !Utf8Rules.CanEncode(responseTopic) ? "The response topic is longer than 65,535 bytes or holds U+0000 or a lone surrogate" // [MQTT-3.3.2-13]
        : responseTopic is not null && !IsTopicName(responseTopic) ? "The response topic is empty or has wildcards" // [MQTT-3.3.2-14]
        : correlationData is { Length: > ushort.MaxValue } ? "The correlation data has more than 65,535 bytes"
        : null;
}
