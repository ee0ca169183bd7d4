namespace Godwit.Protocol;

/// <summary>
/// Cuts a byte stream into control packets (section 2.1). The fixed header is judged as soon as its bytes are there, so
/// that a packet that is too large or can never be valid is refused before anybody waits for, or stores, its body.
/// </summary>
public static class Frame
{
    /// <summary>The largest fixed header: the first byte and four bytes of remaining length.</summary>
    public const int HeaderLengthMax = 5;

    /// <summary>The largest packet of the protocol, in bytes with fixed header.</summary>
    public const int PacketSizeMax = HeaderLengthMax + (int)VariableByteInteger.MaxValue;

    /// <summary>Reads the fixed header of the packet at the start of <paramref name="buffer"/> by the rules of 5.0.</summary>
    /// <param name="buffer">What has arrived; bytes after the first packet are not looked at.</param>
    /// <param name="packetSizeMax">Largest packet accepted, in bytes with fixed header.</param>
    /// <param name="header">The fixed header as far as known; see <see cref="FrameHeader.HasHeader"/>.</param>
    /// <param name="fault">What is wrong, when Invalid.</param>
    /// <returns>Complete when the whole packet lies in the buffer.</returns>
    public static FrameStatus TryRead(ReadOnlySpan<byte> buffer, int packetSizeMax, out FrameHeader header, out ProtocolFault fault) =>
        TryRead(buffer, packetSizeMax, ProtocolVersion.Mqtt5, DecodeLeniency.None, out header, out fault);

    /// <summary>Reads the fixed header of the packet at the start of <paramref name="buffer"/>.</summary>
    /// <param name="buffer">What has arrived; bytes after the first packet are not looked at.</param>
    /// <param name="packetSizeMax">Largest packet accepted, in bytes with fixed header.</param>
    /// <param name="version">
    /// The version of the connection. 3.1.1 has no AUTH and does not demand the shortest form of the remaining length; 3.1
    /// moreover leaves the flags of most packets free.
    /// </param>
    /// <param name="leniency"><see cref="DecodeLeniency.DupOnQoS0"/> matters here; the decoder of PUBLISH reports it.</param>
    /// <param name="header">The fixed header as far as known; see <see cref="FrameHeader.HasHeader"/>.</param>
    /// <param name="fault">What is wrong, when Invalid: 0x81, or 0x95 when over <paramref name="packetSizeMax"/>.</param>
    /// <returns>Complete when the whole packet lies in the buffer.</returns>
    public static FrameStatus TryRead(
        ReadOnlySpan<byte> buffer,
        int packetSizeMax,
        ProtocolVersion version,
        DecodeLeniency leniency,
        out FrameHeader header,
        out ProtocolFault fault)
    {
        fault = default;
        if (buffer.IsEmpty)
        {
            header = default;
            return FrameStatus.Incomplete;
        }

        var first = buffer[0];
        header = new FrameHeader(first, 0, 0);
        if (!AreFlagsValid(first, version, leniency, out fault))
        {
            return FrameStatus.Invalid;
        }

        uint remainingLength;
        int lengthLength;
        if (buffer.Length > 1 && buffer[1] < 0x80)
        {
            remainingLength = buffer[1];
            lengthLength = 1;
        }
        else
        {
            var status = version == ProtocolVersion.Mqtt5
                ? VariableByteInteger.TryRead(buffer[1..], out remainingLength, out lengthLength)
                : VariableByteInteger.TryReadAnyForm(buffer[1..], out remainingLength, out lengthLength);
            if (status != FrameStatus.Complete)
            {
                if (status == FrameStatus.Invalid)
                {
                    fault = Fault.Malformed(version, "MQTT-1.5.5-1", "MQTT-4.8.0-1", "the remaining length has more bytes than allowed");
                }

                return status;
            }
        }

        header = new FrameHeader(first, 1 + lengthLength, (int)remainingLength);
        if (header.TotalLength > packetSizeMax)
        {
            fault = Fault.Of(ReasonCode.PacketTooLarge, version, "MQTT-4.13.1-1", "MQTT-4.8.0-1", "the packet is larger than the receiver accepts");
            return FrameStatus.Invalid;
        }

        return buffer.Length >= header.TotalLength ? FrameStatus.Complete : FrameStatus.Incomplete;
    }

    /// <summary>Bytes of the fixed header of a packet whose rest has <paramref name="remainingLength"/> bytes, 2 to 5.</summary>
    /// <param name="remainingLength">0 to 268,435,455.</param>
    public static int GetHeaderLength(int remainingLength) => 1 + VariableByteInteger.GetLength((uint)remainingLength);

    /// <summary>Writes a fixed header.</summary>
    /// <param name="destination">At least <see cref="GetHeaderLength"/> bytes.</param>
    /// <param name="type">The packet type.</param>
    /// <param name="flags">Bits 3 to 0 of the first byte.</param>
    /// <param name="remainingLength">Bytes that follow, 0 to 268,435,455.</param>
    /// <returns>Bytes written, 2 to 5.</returns>
    public static int WriteHeader(Span<byte> destination, PacketType type, byte flags, int remainingLength)
    {
        destination[0] = (byte)((int)type << 4 | flags);
        return 1 + VariableByteInteger.Write(destination[1..], (uint)remainingLength);
    }

    private static bool AreFlagsValid(byte first, ProtocolVersion version, DecodeLeniency leniency, out ProtocolFault fault)
    {
        fault = default;
        var flags = first & 0x0F;
        switch ((PacketType)(first >> 4))
        {
            case PacketType.Publish:
                if ((flags & 0b0110) == 0b0110) // [MQTT-3.3.1-4]
                {
                    fault = Fault.Malformed(version, "MQTT-3.3.1-4", "MQTT-3.3.1-4", "QoS 3 in PUBLISH");
                    return false;
                }

                if ((flags & 0b1110) == 0b1000 && version != ProtocolVersion.Mqtt31 && (leniency & DecodeLeniency.DupOnQoS0) == 0) // [MQTT-3.3.1-2]
                {
                    fault = Fault.Malformed(version, "MQTT-3.3.1-2", "MQTT-3.3.1-2", "DUP in a PUBLISH of QoS 0");
                    return false;
                }

                return true;

            case PacketType.None:
                fault = Fault.Malformed(version, "packet type 0");
                return false;

            case PacketType.PubRel: // [MQTT-3.6.1-1]
                return IsFlagsNibble(flags, 0b0010, version, "MQTT-3.6.1-1", "MQTT-3.6.1-1", out fault);

            case PacketType.Subscribe: // [MQTT-3.8.1-1]
                return IsFlagsNibble(flags, 0b0010, version, "MQTT-3.8.1-1", "MQTT-3.8.1-1", out fault);

            case PacketType.Unsubscribe: // [MQTT-3.10.1-1]
                return IsFlagsNibble(flags, 0b0010, version, "MQTT-3.10.1-1", "MQTT-3.10.1-1", out fault);

            case PacketType.Disconnect: // [MQTT-3.14.1-1]
                return IsFlagsNibble(flags, 0, version, "MQTT-3.14.1-1", "MQTT-3.14.1-1", out fault);

            case PacketType.Auth: // [MQTT-3.15.1-1]
                if (version != ProtocolVersion.Mqtt5)
                {
                    fault = Fault.Malformed(version, "packet type 15 before 5.0");
                    return false;
                }

                return IsFlagsNibble(flags, 0, version, "MQTT-3.15.1-1", "MQTT-2.2.2-2", out fault);

            default: // [MQTT-2.1.3-1]
                return IsFlagsNibble(flags, 0, version, "MQTT-2.1.3-1", "MQTT-2.2.2-2", out fault);
        }
    }

    private static bool IsFlagsNibble(int flags, int expected, ProtocolVersion version, string statement5, string statement311, out ProtocolFault fault)
    {
        // 3.1 lets clients set DUP on a repeated PUBREL, SUBSCRIBE or UNSUBSCRIBE and calls the other flags unused.
        if (flags == expected || version == ProtocolVersion.Mqtt31)
        {
            fault = default;
            return true;
        }

        fault = Fault.Malformed(version, statement5, statement311, "reserved flags of the fixed header");
        return false;
    }
}
