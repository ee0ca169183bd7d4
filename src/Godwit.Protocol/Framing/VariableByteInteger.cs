namespace Godwit.Protocol;

/// <summary>Variable Byte Integers (section 1.5.5): seven bits per byte, least significant first, one to four bytes.</summary>
public static class VariableByteInteger
{
    /// <summary>The largest value, 268,435,455.</summary>
    public const uint MaxValue = 268_435_455;

    /// <summary>The largest encoded length in bytes.</summary>
    public const int LengthMax = 4;

    /// <summary>Reads a value from the start of <paramref name="source"/>.</summary>
    /// <param name="source">At least the encoded bytes; what follows them is not looked at.</param>
    /// <param name="value">The value when complete, otherwise 0.</param>
    /// <param name="length">Bytes read when complete, otherwise 0.</param>
    /// <returns>
    /// Complete; Incomplete when the bytes end while the continuation bit is set; Invalid for a fifth byte and for an
    /// encoding longer than needed ([MQTT-1.5.5-1]).
    /// </returns>
    public static FrameStatus TryRead(ReadOnlySpan<byte> source, out uint value, out int length)
    {
        var status = TryReadAnyForm(source, out value, out length);
        if (status == FrameStatus.Complete && length > 1 && source[length - 1] == 0) // [MQTT-1.5.5-1]
        {
            value = 0;
            length = 0;
            return FrameStatus.Invalid;
        }

        return status;
    }

    /// <summary>Writes <paramref name="value"/> in its shortest form ([MQTT-1.5.5-1]).</summary>
    /// <param name="destination">At least <see cref="GetLength"/> bytes.</param>
    /// <param name="value">0 to <see cref="MaxValue"/>.</param>
    /// <returns>Bytes written, 1 to 4.</returns>
    public static int Write(Span<byte> destination, uint value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MaxValue);
        var length = 0;
        while (value > 0x7F)
        {
            destination[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        destination[length++] = (byte)value;
        return length;
    }

    /// <summary>Bytes of the shortest form of <paramref name="value"/>, 1 to 4.</summary>
    /// <param name="value">0 to <see cref="MaxValue"/>.</param>
    public static int GetLength(uint value) => value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4;

    /// <summary>As <see cref="TryRead"/>, but also takes encodings with padding, which 3.1 and 3.1.1 do not forbid.</summary>
    internal static FrameStatus TryReadAnyForm(ReadOnlySpan<byte> source, out uint value, out int length)
    {
        value = 0;
        length = 0;
        uint sum = 0;
        for (var index = 0; index < LengthMax; index++)
        {
            if ((uint)index >= (uint)source.Length)
            {
                return FrameStatus.Incomplete;
            }

            var next = source[index];
            sum |= (uint)(next & 0x7F) << (7 * index);
            if (next < 0x80)
            {
                value = sum;
                length = index + 1;
                return FrameStatus.Complete;
            }
        }

        return FrameStatus.Invalid;
    }
}
