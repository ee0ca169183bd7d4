namespace Godwit.Protocol;

/// <summary>SUBACK from the server (section 3.9): one reason code per topic filter, in their order.</summary>
public ref struct SubAckPacket
{
    /// <summary>That of the SUBSCRIBE, 1 to 65,535.</summary>
    public ushort PacketIdentifier { readonly get; set; }

    /// <summary>
    /// One <see cref="ReasonCode"/> byte per filter: 0x00 to 0x02 or a failure. Before 5.0 each failure is sent as 0x80
    /// (3.1.1 [MQTT-3.9.3-2]).
    /// </summary>
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
        out SubAckPacket packet,
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

        if (list.Payload.IsEmpty)
        {
            fault = Fault.ProtocolError(version, "MQTT-3.8.4-6", "MQTT-3.8.4-5", "SUBACK without a reason code");
            return false;
        }

        foreach (var code in list.Payload)
        {
            var isDefined = version == ProtocolVersion.Mqtt5 ? ((ReasonCode)code).IsValidFor(PacketType.SubAck) : code is <= 2 or 0x80;
            if (!isDefined) // [MQTT-3.9.3-2]
            {
                fault = Fault.ProtocolError(version, "MQTT-3.9.3-2", "MQTT-3.9.3-2", "the reason code is not defined for SUBACK");
                return false;
            }
        }

        return true;
    }

    /// <summary>Bytes of the whole packet.</summary>
    /// <param name="version">The version of the connection.</param>
    public readonly int GetEncodedLength(ProtocolVersion version) => ToList().GetEncodedLength(version);

    /// <summary>Writes the whole packet.</summary>
    /// <param name="destination">At least <see cref="GetEncodedLength"/> bytes.</param>
    /// <param name="version">The version of the connection.</param>
    /// <returns>Bytes written.</returns>
    public readonly int Encode(Span<byte> destination, ProtocolVersion version)
    {
        var length = ToList().Encode(destination, PacketType.SubAck, version);
        if (version != ProtocolVersion.Mqtt5)
        {
            foreach (ref var code in destination[(length - ReasonCodes.Length)..length])
            {
                code = code >= 0x80 ? (byte)0x80 : code; // 3.1.1 [MQTT-3.9.3-2]
            }
        }

        return length;
    }

    private readonly ReasonList ToList() => new()
    {
        PacketIdentifier = PacketIdentifier,
        Payload = ReasonCodes,
        HasReasonString = HasReasonString,
        ReasonString = ReasonString,
        UserProperties = UserProperties,
    };
}
