namespace Godwit.Protocol;

/// <summary>DISCONNECT: the last packet of a connection (section 3.14). Before 5.0 only clients send it, and it is empty.</summary>
public ref struct DisconnectPacket
{
    /// <summary>Why; Success stands for a normal disconnection.</summary>
    public ReasonCode Reason { readonly get; set; }

    /// <summary>Seconds, 0xFFFFFFFF for ever, or null if unchanged. From the client only ([MQTT-3.14.2-2]).</summary>
    public uint? SessionExpiryInterval { readonly get; set; }

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

    /// <summary>True if the Server Reference is there; set by setting it.</summary>
    public bool HasServerReference { readonly get; set; }

    /// <summary>UTF-8: other servers to use, or empty if absent. 5.0 only.</summary>
    public ReadOnlySpan<byte> ServerReference
    {
        readonly get;
        set
        {
            field = value;
            HasServerReference = true;
        }
    }

    /// <summary>User Properties. 5.0 only.</summary>
    public UserProperties UserProperties { readonly get; set; }

    /// <summary>What was let pass while decoding.</summary>
    public DecodeLeniency Tolerated { readonly get; private set; }

    /// <summary>Decodes the body of a packet whose fixed header passed <see cref="Frame"/>.</summary>
    /// <param name="body">Exactly the bytes after the fixed header.</param>
    /// <param name="version">The version of the connection.</param>
    /// <param name="sender">Which side sent it.</param>
    /// <param name="leniency"><see cref="DecodeLeniency.MisplacedProperty"/> matters here.</param>
    /// <param name="packet">The packet, when true; slices of <paramref name="body"/>.</param>
    /// <param name="fault">What is wrong, when false.</param>
    public static bool TryDecode(
        ReadOnlySpan<byte> body,
        ProtocolVersion version,
        PacketSender sender,
        DecodeLeniency leniency,
        out DisconnectPacket packet,
        out ProtocolFault fault)
    {
        packet = default;
        fault = default;
        if (body.IsEmpty)
        {
            return true; // 5.0: a remaining length of 0 stands for a normal disconnection without properties
        }

        if (version != ProtocolVersion.Mqtt5)
        {
            fault = Fault.TrailingBytes(version);
            return false;
        }

        var reader = new BodyReader(body);
        reader.TryReadByte(out var reason);
        packet.Reason = (ReasonCode)reason;
        if (!packet.Reason.IsValidFor(PacketType.Disconnect)) // [MQTT-3.14.2-1]
        {
            fault = Fault.ReasonNotInTable("MQTT-3.14.2-1");
            return false;
        }

        if (reader.IsAtEnd)
        {
            return true; // a remaining length of 1 has no property length
        }

        if (!reader.TryReadProperties(out var raw, out fault))
        {
            return false;
        }

        var scanner = new PropertyScanner(raw, PropertyTable.InDisconnect, PropertyTable.UserProperty, leniency);
        while (scanner.MoveNext())
        {
            switch (scanner.Identifier)
            {
                case PropertyIdentifier.SessionExpiryInterval when sender == PacketSender.Server: // [MQTT-3.14.2-2]
                    if ((leniency & DecodeLeniency.MisplacedProperty) == 0)
                    {
                        fault = new ProtocolFault(ReasonCode.ProtocolError, "MQTT-3.14.2-2", "Session Expiry Interval in a DISCONNECT from the server");
                        return false;
                    }

                    scanner.SkippedMisplaced = true;
                    break;
                case PropertyIdentifier.SessionExpiryInterval:
                    packet.SessionExpiryInterval = scanner.Number;
                    break;
                case PropertyIdentifier.ReasonString:
                    packet.ReasonString = scanner.Data;
                    break;
                case PropertyIdentifier.ServerReference:
                    packet.ServerReference = scanner.Data;
                    break;
            }
        }

        packet.UserProperties = new UserProperties(raw, scanner.UserPropertyCount);
        packet.Tolerated = scanner.SkippedMisplaced ? DecodeLeniency.MisplacedProperty : DecodeLeniency.None;
        fault = scanner.Fault;
        if (fault.IsNone && !reader.IsAtEnd)
        {
            fault = Fault.TrailingBytes(version);
        }

        return fault.IsNone;
    }

    /// <summary>Bytes of the whole packet.</summary>
    /// <param name="version">The version of the connection.</param>
    public readonly int GetEncodedLength(ProtocolVersion version) =>
        PacketWriter.GetTotalLength(GetRemainingLength(version, MeasureProperties()));

    /// <summary>Writes the whole packet in its shortest form.</summary>
    /// <param name="destination">At least <see cref="GetEncodedLength"/> bytes.</param>
    /// <param name="version">The version of the connection.</param>
    /// <returns>Bytes written.</returns>
    public readonly int Encode(Span<byte> destination, ProtocolVersion version)
    {
        var propertiesLength = MeasureProperties();
        var remainingLength = GetRemainingLength(version, propertiesLength);
        var writer = new PacketWriter(destination);
        writer.WriteHeader(PacketType.Disconnect, 0, remainingLength); // [MQTT-3.14.1-1]
        if (remainingLength > 0)
        {
            writer.WriteByte((byte)Reason);
        }

        if (remainingLength > 1)
        {
            var properties = writer.BeginProperties(propertiesLength);
            WriteProperties(ref properties);
            writer.EndProperties(properties);
        }

        return writer.Length;
    }

    private readonly int GetRemainingLength(ProtocolVersion version, int propertiesLength)
    {
        if (version != ProtocolVersion.Mqtt5)
        {
            return 0;
        }

        return propertiesLength != 0 ? 1 + PacketWriter.GetPropertiesLength(propertiesLength)
            : Reason != ReasonCode.Success ? 1
            : 0;
    }

    private readonly int MeasureProperties()
    {
        var writer = PropertyWriter.Measure();
        WriteProperties(ref writer);
        return writer.Length;
    }

    private readonly void WriteProperties(ref PropertyWriter writer)
    {
        if (SessionExpiryInterval is { } sessionExpiryInterval)
        {
            writer.WriteUInt32(PropertyIdentifier.SessionExpiryInterval, sessionExpiryInterval);
        }

        if (HasReasonString)
        {
            writer.WriteData(PropertyIdentifier.ReasonString, ReasonString);
        }

        if (HasServerReference)
        {
            writer.WriteData(PropertyIdentifier.ServerReference, ServerReference);
        }

        writer.WriteUserProperties(UserProperties);
    }
}
