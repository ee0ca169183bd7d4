using System.Buffers.Binary;
using System.Text;

namespace Godwit.Conformance.Wire;

/// <summary>Appends the data types of the standard (§1.5) to a growing array. Checks nothing, so that wrong packets can be built too.</summary>
public sealed class Bytes
{
    private readonly List<byte> _bytes = [];

    /// <summary>Bytes appended so far.</summary>
    public int Length => _bytes.Count;

    /// <summary>Appends one byte.</summary>
    public Bytes Byte(int value)
    {
        _bytes.Add((byte)value);
        return this;
    }

    /// <summary>Appends a two byte integer, big-endian.</summary>
    public Bytes TwoByte(int value)
    {
        Span<byte> two = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(two, (ushort)value);
        _bytes.AddRange(two);
        return this;
    }

    /// <summary>Appends a four byte integer, big-endian.</summary>
    public Bytes FourByte(uint value)
    {
        Span<byte> four = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(four, value);
        _bytes.AddRange(four);
        return this;
    }

    /// <summary>Appends a variable byte integer in its shortest form.</summary>
    public Bytes VarInt(int value)
    {
        do
        {
            var digit = value & 0x7F;
            value >>= 7;
            _bytes.Add((byte)(value > 0 ? digit | 0x80 : digit));
        }
        while (value > 0);
        return this;
    }

    /// <summary>Appends bytes as they are.</summary>
    public Bytes Raw(params ReadOnlySpan<byte> value)
    {
        _bytes.AddRange(value);
        return this;
    }

    /// <summary>Appends a UTF-8 string with its two byte length.</summary>
    public Bytes Text(string value) => Binary(Encoding.UTF8.GetBytes(value));

    /// <summary>Appends binary data (or an ill-formed string) with its two byte length.</summary>
    public Bytes Binary(ReadOnlySpan<byte> value)
    {
        TwoByte(value.Length);
        _bytes.AddRange(value);
        return this;
    }

    /// <summary>What was appended.</summary>
    public byte[] ToArray() => [.. _bytes];
}
