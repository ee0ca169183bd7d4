using System.Buffers.Binary;

namespace Godwit.Protocol;

/// <summary>Appends the fields of a packet to a destination that is large enough.</summary>
internal ref struct PacketWriter(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    public int Length { readonly get; private set; }

    /// <summary>Bytes of a packet with its fixed header.</summary>
    public static int GetTotalLength(int remainingLength) => Frame.GetHeaderLength(remainingLength) + remainingLength;

    /// <summary>Bytes of a property block with its length prefix ([MQTT-2.2.2-1]: at least one).</summary>
    public static int GetPropertiesLength(int propertiesLength) => VariableByteInteger.GetLength((uint)propertiesLength) + propertiesLength;

    public void WriteHeader(PacketType type, byte flags, int remainingLength) =>
        Length += Frame.WriteHeader(_destination[Length..], type, flags, remainingLength);

    public void WriteByte(byte value) => _destination[Length++] = value;

    public void WriteUInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(_destination[Length..], value);
        Length += 2;
    }

    public void WriteVariable(int value) => Length += VariableByteInteger.Write(_destination[Length..], (uint)value);

    public void WriteBytes(scoped ReadOnlySpan<byte> value)
    {
        value.CopyTo(_destination[Length..]);
        Length += value.Length;
    }

    /// <summary>Writes Binary Data or a string: two bytes of length, then the bytes.</summary>
    public void WriteData(scoped ReadOnlySpan<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value.Length, ushort.MaxValue, nameof(value));
        WriteUInt16((ushort)value.Length);
        WriteBytes(value);
    }

    /// <summary>Writes a property block that is already encoded, with its length prefix.</summary>
    public void WriteRawProperties(scoped ReadOnlySpan<byte> raw)
    {
        WriteVariable(raw.Length);
        WriteBytes(raw);
    }

    /// <summary>Writes the property length and gives a writer for the properties; <see cref="EndProperties"/> moves past them.</summary>
    public PropertyWriter BeginProperties(int propertiesLength)
    {
        WriteVariable(propertiesLength);
        return new PropertyWriter(_destination[Length..]);
    }

    public void EndProperties(scoped in PropertyWriter writer) => Length += writer.Length;
}
