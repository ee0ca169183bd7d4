namespace Godwit.Protocol;

/// <summary>What PUBACK, PUBREC, PUBREL and PUBCOMP have in common (sections 3.4 to 3.7).</summary>
internal ref struct Acknowledgement
{
    public ushort PacketIdentifier;
    public ReasonCode Reason;
    public bool HasReasonString;
    public ReadOnlySpan<byte> ReasonString;
    public UserProperties UserProperties;
    public DecodeLeniency Tolerated;

    public static bool TryDecode(
        ReadOnlySpan<byte> body,
        PacketType type,
        ProtocolVersion version,
        DecodeLeniency leniency,
        out Acknowledgement packet,
        out ProtocolFault fault)
    {
        packet = default;
        var reader = new BodyReader(body);
        if (!reader.TryReadUInt16(out packet.PacketIdentifier))
        {
            fault = Fault.Truncated(version);
            return false;
        }

        if (packet.PacketIdentifier == 0) // [MQTT-2.2.1-5]
        {
            fault = Fault.PacketIdentifierZero(version, "MQTT-2.2.1-5");
            return false;
        }

        fault = default;
        if (reader.IsAtEnd)
        {
            return true; // 5.0: a remaining length of 2 stands for Success without properties
        }

        if (version != ProtocolVersion.Mqtt5)
        {
            fault = Fault.TrailingBytes(version);
            return false;
        }

        reader.TryReadByte(out var reason);
        packet.Reason = (ReasonCode)reason;
        if (!packet.Reason.IsValidFor(type))
        {
            fault = Fault.ReasonNotInTable(type switch
            {
                PacketType.PubAck => "MQTT-3.4.2-1", // [MQTT-3.4.2-1]
                PacketType.PubRec => "MQTT-3.5.2-1", // [MQTT-3.5.2-1]
                PacketType.PubRel => "MQTT-3.6.2-1", // [MQTT-3.6.2-1]
                _ => "MQTT-3.7.2-1", // [MQTT-3.7.2-1]
            });
            return false;
        }

        if (reader.IsAtEnd)
        {
            return true; // a remaining length of 3 has no property length
        }

        if (!reader.TryReadProperties(out var raw, out fault))
        {
            return false;
        }

        var scanner = new PropertyScanner(raw, PropertyTable.InAcknowledgement, PropertyTable.UserProperty, leniency);
        while (scanner.MoveNext())
        {
            if (scanner.Identifier == PropertyIdentifier.ReasonString)
            {
                packet.HasReasonString = true;
                packet.ReasonString = scanner.Data;
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

    public readonly int GetEncodedLength(ProtocolVersion version) => PacketWriter.GetTotalLength(GetRemainingLength(version, MeasureProperties()));

    public readonly int Encode(Span<byte> destination, PacketType type, ProtocolVersion version)
    {
        var propertiesLength = MeasureProperties();
        var remainingLength = GetRemainingLength(version, propertiesLength);
        var writer = new PacketWriter(destination);
        writer.WriteHeader(type, type == PacketType.PubRel ? (byte)0b0010 : (byte)0, remainingLength); // [MQTT-3.6.1-1]
        writer.WriteUInt16(PacketIdentifier);
        if (remainingLength > 2)
        {
            writer.WriteByte((byte)Reason);
        }

        if (remainingLength > 3)
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
            return 2;
        }

        return propertiesLength != 0 ? 3 + PacketWriter.GetPropertiesLength(propertiesLength)
            : Reason != ReasonCode.Success ? 3
            : 2;
    }

    private readonly int MeasureProperties()
    {
        if (!HasReasonString && UserProperties.IsEmpty)
        {
            return 0;
        }

        var writer = PropertyWriter.Measure();
        WriteProperties(ref writer);
        return writer.Length;
    }

    private readonly void WriteProperties(ref PropertyWriter writer)
    {
        if (HasReasonString)
        {
            writer.WriteData(PropertyIdentifier.ReasonString, ReasonString);
        }

        writer.WriteUserProperties(UserProperties);
    }
}
