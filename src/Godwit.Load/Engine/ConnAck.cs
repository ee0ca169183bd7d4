using System.Buffers.Binary;

namespace Godwit.Load.Engine;

/// <summary>What a CONNACK of 5.0 says that matters to load (section 3.2.2.3).</summary>
internal readonly record struct ConnAck(ushort ReceiveMaximum, byte MaximumQoS, uint MaximumPacketSize, bool HasSharedSubscriptions, ushort? ServerKeepAlive)
{
    /// <summary>What holds where the broker says nothing, and in 3.1.1.</summary>
    internal static readonly ConnAck Default = new(ushort.MaxValue, 2, uint.MaxValue, true, null);

    /// <summary>Reads the properties of a packet, given without its fixed header; false when they are malformed.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> body, out ConnAck result)
    {
        result = Default;
        var properties = body[2..];
        if (!TryReadVariable(ref properties, out var length) || length > properties.Length)
        {
            return false;
        }

        properties = properties[..length];
        while (properties.Length > 0)
        {
            var identifier = properties[0];
            properties = properties[1..];
            var size = SizeOf(identifier, properties);
            if (size < 0 || size > properties.Length)
            {
                return false;
            }

            var value = properties[..size];
            properties = properties[size..];
            result = identifier switch
            {
                0x13 => result with { ServerKeepAlive = BinaryPrimitives.ReadUInt16BigEndian(value) },
                0x21 => result with { ReceiveMaximum = BinaryPrimitives.ReadUInt16BigEndian(value) },
                0x24 => result with { MaximumQoS = value[0] },
                0x27 => result with { MaximumPacketSize = BinaryPrimitives.ReadUInt32BigEndian(value) },
                0x2A => result with { HasSharedSubscriptions = value[0] != 0 },
                _ => result,
            };
        }

        return true;
    }

    /// <summary>How many bytes the value of a property takes; -1 for what no CONNACK may have.</summary>
    private static int SizeOf(byte identifier, ReadOnlySpan<byte> value) => identifier switch
    {
        0x24 or 0x25 or 0x28 or 0x29 or 0x2A => 1,
        0x13 or 0x21 or 0x22 => 2,
        0x11 or 0x27 => 4,
        0x12 or 0x15 or 0x16 or 0x1A or 0x1C or 0x1F => TextSize(value),
        0x26 when TextSize(value) is var name and >= 0 && name <= value.Length => TextSize(value[name..]) is var rest and >= 0 ? name + rest : -1,
        _ => -1,
    };

    private static int TextSize(ReadOnlySpan<byte> value) => value.Length < 2 ? -1 : 2 + BinaryPrimitives.ReadUInt16BigEndian(value);

    private static bool TryReadVariable(ref ReadOnlySpan<byte> bytes, out int value)
    {
        value = 0;
        for (var index = 0; index < 4 && index < bytes.Length; index++)
        {
            value |= (bytes[index] & 0x7F) << (7 * index);
            if (bytes[index] < 0x80)
            {
                bytes = bytes[(index + 1)..];
                return true;
            }
        }

        return false;
    }
}
