using System.Text;
using System.Text.Unicode;

namespace Godwit.Protocol;

/// <summary>Rules of UTF-8 Encoded Strings (section 1.5.4). A byte order mark is kept as U+FEFF ([MQTT-1.5.4-3]).</summary>
public static class Utf8Rules
{
    /// <summary>The longest string in bytes: its length is a Two Byte Integer.</summary>
    public const int LengthMax = ushort.MaxValue;

    /// <summary>True for valid UTF-8 without surrogates and without U+0000. The empty string is valid.</summary>
    /// <param name="text">The bytes of the string, without length prefix.</param>
    public static bool IsValid(ReadOnlySpan<byte> text) =>
        !text.Contains((byte)0) && Utf8.IsValid(text); // [MQTT-1.5.4-1] [MQTT-1.5.4-2]

    /// <summary>
    /// True for text that can be written as a UTF-8 Encoded String: at most 65,535 bytes, no U+0000, no lone surrogate (an
    /// encoder would put U+FFFD in its place).
    /// </summary>
    /// <param name="text">UTF-16.</param>
    public static bool CanEncode(ReadOnlySpan<char> text) =>
        !text.Contains('\0') // [MQTT-1.5.4-2]
        && !HasLoneSurrogate(text) // [MQTT-1.5.4-1]
        && (text.Length <= LengthMax / 3 || Encoding.UTF8.GetByteCount(text) <= LengthMax);

    /// <summary>As <see cref="IsValid"/>, and says which rule is broken.</summary>
    /// <param name="text">The bytes of the string, without length prefix.</param>
    /// <param name="version">Decides the numbering of the statement.</param>
    /// <param name="fault">Malformed Packet (0x81) with the statement, when false.</param>
    public static bool Check(ReadOnlySpan<byte> text, ProtocolVersion version, out ProtocolFault fault)
    {
        if (text.Contains((byte)0)) // [MQTT-1.5.4-2]
        {
            fault = Fault.Malformed(version, "MQTT-1.5.4-2", "MQTT-1.5.3-2", "U+0000 in a string");
            return false;
        }

        if (!Utf8.IsValid(text)) // [MQTT-1.5.4-1]
        {
            fault = Fault.Malformed(version, "MQTT-1.5.4-1", "MQTT-1.5.3-1", "a string is not valid UTF-8");
            return false;
        }

        fault = default;
        return true;
    }

    private static bool HasLoneSurrogate(ReadOnlySpan<char> text)
    {
        int index = text.IndexOfAnyInRange('\uD800', '\uDFFF');
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
