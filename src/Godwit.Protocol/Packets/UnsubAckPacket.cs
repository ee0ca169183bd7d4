namespace Godwit.Protocol;

/// <summary>UNSUBACK from the server (section 3.11): one reason code per topic filter in 5.0, none before.</summary>
public ref struct UnsubAckPacket
{
    /// <summary>That of the UNSUBSCRIBE, 1 to 65,535.</summary>
    public ushort PacketIdentifier { readonly get; set; }

    /// <summary>One <see cref="ReasonCode"/> byte per filter: 0x00, 0x11 or a failure. Not sent before 5.0.</summary>
    public ReadOnlySpan<byte> ReasonCodes { readonly get; set; }

    /// <summary>True if the Reason String is there; set by setting it.</summary>
    public bool HasReasonString { readonly get; set; }

    /// <summary>UTF-8 for people, or empty if absent. 5.0 only.</summary>
    public ReadOnlySpan<byte> ReasonString
    {
        readonly get;
        set
        {
            field = value;
            HasReasonString = true;
        }
    }

    /// <summary>User Properties. 5.0 only.</summary>
    public UserProperties UserProperties { readonly get; set; }

    /// <summary>What was let pass while decoding.</summary>
    public DecodeLeniency Tolerated { readonly get; private set; }

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
        out UnsubAckPacket packet,
        out ProtocolFault fault)
    {
        packet = default;
        if (!ReasonList.TryDecode(body, version, leniency, out var list, out fault))
        {
            return false;
        }

        packet.PacketIdentifier = list.PacketIdentifier;
        packet.ReasonCodes = list.Payload;
        packet.Tolerated = list.Tolerated;
        packet.UserProperties = list.UserProperties;
        if (list.HasReasonString)
        {
            packet.ReasonString = list.ReasonString;
        }

        if (version != ProtocolVersion.Mqtt5)
        {
            fault = list.Payload.IsEmpty ? default : Fault.TrailingBytes(version);
            return fault.IsNone;
        }

        if (list.Payload.IsEmpty)
        {
            fault = Fault.ProtocolError(version, "MQTT-3.11.3-2", "MQTT-4.8.0-1", "UNSUBACK without a reason code");
            return false;
        }

        foreach (var code in list.Payload)
        {
            if (!((ReasonCode)code).IsValidFor(PacketType.UnsubAck)) // [MQTT-3.11.3-2]
            {
                fault = Fault.ReasonNotInTable("MQTT-3.11.3-2");
                return false;
            }
        }

        return true;
    }

    /// <summary>Bytes of the whole packet.</summary>
    /// <param name="version">The version of the connection.</param>
    public readonly int GetEncodedLength(ProtocolVersion version) => ToList(version).GetEncodedLength(version);

    /// <summary>Writes the whole packet.</summary>
    /// <param name="destination">At least <see cref="GetEncodedLength"/> bytes.</param>
    /// <param name="version">The version of the connection.</param>
    /// <returns>Bytes written.</returns>
    public readonly int Encode(Span<byte> destination, ProtocolVersion version) =>
        ToList(version).Encode(destination, PacketType.UnsubAck, version);

    private readonly ReasonList ToList(ProtocolVersion version) => new()
    {
        PacketIdentifier = PacketIdentifier,
        Payload = version == ProtocolVersion.Mqtt5 ? ReasonCodes : default,
        HasReasonString = HasReasonString,
        ReasonString = ReasonString,
        UserProperties = UserProperties,
    };
}
