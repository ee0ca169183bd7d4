namespace Godwit.Protocol;

/// <summary>The fixed header of a control packet (section 2.1.1).</summary>
public readonly struct FrameHeader
{
    internal FrameHeader(byte first, int headerLength, int remainingLength)
    {
        Type = (PacketType)(first >> 4);
        Flags = (byte)(first & 0x0F);
        HeaderLength = headerLength;
        RemainingLength = remainingLength;
    }

    /// <summary>Bits 7 to 4 of the first byte.</summary>
    public PacketType Type { get; }

    /// <summary>Bits 3 to 0 of the first byte.</summary>
    public byte Flags { get; }

    /// <summary>Bytes of the fixed header, 2 to 5; 0 while the remaining length is not known.</summary>
    public int HeaderLength { get; }

    /// <summary>Bytes after the fixed header, 0 to 268,435,455.</summary>
    public int RemainingLength { get; }

    /// <summary>Bytes of the whole packet.</summary>
    public int TotalLength => HeaderLength + RemainingLength;

    /// <summary>True once the fixed header itself is complete, so that <see cref="TotalLength"/> tells how much to wait for.</summary>
    public bool HasHeader => HeaderLength != 0;
}
