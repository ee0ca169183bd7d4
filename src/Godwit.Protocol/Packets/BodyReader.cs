using System.Buffers.Binary;

namespace Godwit.Protocol;

/// <summary>Reads the fields of a packet body in order. A read that does not fit gives false and moves nothing.</summary>
internal ref struct BodyReader(ReadOnlySpan<byte> body)
{
    private ReadOnlySpan<byte> _rest = body;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public bool TryReadByte(out byte value)
    {
        if (_rest.IsEmpty)
        {
            value = 0;
            return false;
        }

        value = _rest[0];
        _rest = _rest[1..];
        return true;
    }

    public bool TryReadUInt16(out ushort value)
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(_rest, out value))
        {
            return false;
        }

        _rest = _rest[2..];
        return true;
    }

    /// <summary>Reads Binary Data or the bytes of a string: two bytes of length, then the bytes.</summary>
    public bool TryReadData(out ReadOnlySpan<byte> value)
    {
        if (!BinaryPrimitives.TryReadUInt16BigEndian(_rest, out var length) || _rest.Length - 2 < length)
        {
            value = default;
            return false;
        }

        value = _rest.Slice(2, length);
        _rest = _rest[(2 + length)..];
        return true;
    }

    /// <summary>Reads a UTF-8 Encoded String and checks it.</summary>
    public bool TryReadText(ProtocolVersion version, out ReadOnlySpan<byte> value, out ProtocolFault fault)
    {
        if (!TryReadData(out value))
        {
            fault = Fault.Truncated(version);
            return false;
        }

        return Utf8Rules.Check(value, version, out fault);
    }

    /// <summary>Reads a 5.0 property length and the properties behind it, unchecked.</summary>
    public bool TryReadProperties(out ReadOnlySpan<byte> raw, out ProtocolFault fault)
    {
        raw = default;
        switch (VariableByteInteger.TryRead(_rest, out var length, out var lengthLength))
        {
            case FrameStatus.Complete when length <= (uint)(_rest.Length - lengthLength):
                raw = _rest.Slice(lengthLength, (int)length);
                _rest = _rest[(lengthLength + (int)length)..];
                fault = default;
                return true;
            case FrameStatus.Invalid: // [MQTT-1.5.5-1]
                fault = new ProtocolFault(ReasonCode.MalformedPacket, "MQTT-1.5.5-1", "the property length has more bytes than allowed");
                return false;
            default:
                fault = Fault.Malformed(ProtocolVersion.Mqtt5, "the property length runs over the end of the packet");
                return false;
        }
    }
}
