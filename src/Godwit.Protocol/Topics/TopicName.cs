using System.Text.Unicode;

namespace Godwit.Protocol;

/// <summary>Rules of Topic Names (section 4.7): valid UTF-8, at least one character, no wildcards, no U+0000.</summary>
public static class TopicName
{
    /// <summary>True for a name that a PUBLISH may carry.</summary>
    /// <param name="topic">UTF-8 bytes.</param>
    public static bool IsValid(ReadOnlySpan<byte> topic) =>
        !topic.IsEmpty
        && topic.Length <= Utf8Rules.LengthMax // [MQTT-4.7.3-3]
        && topic.IndexOfAny((byte)0, (byte)'+', (byte)'#') < 0 // [MQTT-4.7.0-1] [MQTT-4.7.3-2]
        && Utf8.IsValid(topic);

    /// <summary>As <see cref="IsValid"/>, and says which rule is broken.</summary>
    /// <param name="topic">UTF-8 bytes.</param>
    /// <param name="version">Decides the numbering of the statement.</param>
    /// <param name="fault">When false: 0x81 for bad UTF-8, 0x90 for an empty name or one with wildcards.</param>
    public static bool Check(ReadOnlySpan<byte> topic, ProtocolVersion version, out ProtocolFault fault)
    {
        if (IsValid(topic))
        {
            fault = default;
            return true;
        }

        if (!Utf8Rules.Check(topic, version, out fault))
        {
            return false;
        }

        fault = topic.IsEmpty
            ? Fault.Of(ReasonCode.TopicNameInvalid, version, "MQTT-4.7.3-1", "MQTT-4.7.3-1", "empty topic name")
            : topic.Length > Utf8Rules.LengthMax
                ? Fault.Of(ReasonCode.TopicNameInvalid, version, "MQTT-4.7.3-3", "MQTT-4.7.3-3", "topic name over 65,535 bytes")
                : Fault.Of(ReasonCode.TopicNameInvalid, version, "MQTT-4.7.0-1", "MQTT-4.7.1-1", "wildcard in a topic name");
        return false;
    }
}
