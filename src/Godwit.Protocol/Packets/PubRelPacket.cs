namespace Godwit.Protocol;

/// <summary>PUBREL: the sender's answer to a PUBREC (section 3.6).</summary>
public ref struct PubRelPacket
{
    private Acknowledgement _fields;

    /// <summary>1 to 65,535.</summary>
    public ushort PacketIdentifier { readonly get => _fields.PacketIdentifier; set => _fields.PacketIdentifier = value; }

    /// <summary>0x00 or 0x92; always Success before 5.0.</summary>
    public ReasonCode Reason { readonly get => _fields.Reason; set => _fields.Reason = value; }

    /// <summary>True if the Reason String is there; set by setting it.</summary>
    public bool HasReasonString { readonly get => _fields.HasReasonString; set => _fields.HasReasonString = value; }

    /// <summary>UTF-8 for people, or empty if absent. 5.0 only.</summary>
    public ReadOnlySpan<byte> ReasonString
    {
        readonly get => _fields.ReasonString;
        set
        {
            _fields.ReasonString = value;
            _fields.HasReasonString = true;
        }
    }

    /// <summary>User Properties. 5.0 only.</summary>
    public UserProperties UserProperties { readonly get => _fields.UserProperties; set => _fields.UserProperties = value; }

    /// <summary>What was let pass while decoding.</summary>
    public readonly DecodeLeniency Tolerated => _fields.Tolerated;

    /// <summary>Decodes the body of a packet whose fixed header passed <see cref="Frame"/>.</summary>
    /// <param name="body">Exactly the bytes after the fixed header.</param>
    /// <param name="version">The version of the connection.</param>
    /// <param name="leniency"><see cref="DecodeLeniency.MisplacedProperty"/> matters here.</param>
    /// <param name="packet">The packet, when true; slices of <paramref name="body"/>.</param>
    /// <param name="fault">What is wrong, when false.</param>
    public static bool TryDecode(
        ReadOnlySpan<byte> body,
        ProtocolVersion version,
        DecodeLeniency leniency,
        out PubRelPacket packet,
        out ProtocolFault fault)
    {
        packet = default;
        return Acknowledgement.TryDecode(body, PacketType.PubRel, version, leniency, out packet._fields, out fault);
    }

    /// <summary>Bytes of the whole packet.</summary>
    /// <param name="version">The version of the connection.</param>
    public readonly int GetEncodedLength(ProtocolVersion version) => _fields.GetEncodedLength(version);

    /// <summary>Writes the whole packet in its shortest form.</summary>
    /// <param name="destination">At least <see cref="GetEncodedLength"/> bytes.</param>
    /// <param name="version">The version of the connection.</param>
    /// <returns>Bytes written.</returns>
    public readonly int Encode(Span<byte> destination, ProtocolVersion version) => _fields.Encode(destination, PacketType.PubRel, version);
}
