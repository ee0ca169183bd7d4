namespace Godwit.Protocol;

/// <summary>PINGRESP from the server (section 3.13): a fixed header and nothing else, the same in every version.</summary>
public static class PingRespPacket
{
    /// <summary>Bytes of the whole packet.</summary>
    public const int EncodedLength = 2;

    /// <summary>Checks the body of a packet whose fixed header passed <see cref="Frame"/>.</summary>
    /// <param name="body">Exactly the bytes after the fixed header: none.</param>
    /// <param name="version">The version of the connection.</param>
    /// <param name="fault">What is wrong, when false.</param>
    public static bool TryDecode(ReadOnlySpan<byte> body, ProtocolVersion version, out ProtocolFault fault)
    {
        fault = body.IsEmpty ? default : Fault.TrailingBytes(version);
        return body.IsEmpty;
    }

    /// <summary>Writes the whole packet.</summary>
    /// <param name="destination">At least two bytes.</param>
    /// <returns>Bytes written: two.</returns>
    public static int Encode(Span<byte> destination) => Frame.WriteHeader(destination, PacketType.PingResp, 0, 0);
}
