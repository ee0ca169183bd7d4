namespace Godwit.Protocol;

/// <summary>What SUBACK and UNSUBACK have in common (sections 3.9 and 3.11). Reason codes are checked by the packets.</summary>
internal ref struct ReasonList
{
    public ushort PacketIdentifier;
    public ReadOnlySpan<byte> Payload;
    public bool HasReasonString;
    public ReadOnlySpan<byte> ReasonString;
    public UserProperties UserProperties;
    public DecodeLeniency Tolerated;

    public static bool TryDecode(
        ReadOnlySpan<byte> body,
        ProtocolVersion version,
        DecodeLeniency leniency,
        out ReasonList packet,
        out ProtocolFault fault)
    {
        packet = default;
        var reader = new BodyReader(body);
        if (!reader.TryReadUInt16(out packet.PacketIdentifier))
        {
            fault = Fault.Truncated(version);
            return false;
        }

        if (packet.PacketIdentifier == 0) // [MQTT-2.2.1-6]
        {
            fault = Fault.PacketIdentifierZero(version, "MQTT-2.2.1-6");
            return false;
        }

        fault = default;
        if (version == ProtocolVersion.Mqtt5)
        {
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
        }

        packet.Payload = reader.Rest;
        return fault.IsNone;
    }

    public readonly int GetEncodedLength(ProtocolVersion version) =>
        PacketWriter.GetTotalLength(GetRemainingLength(version, MeasureProperties()));

    public readonly int Encode(Span<byte> destination, PacketType type, ProtocolVersion version)
    {
        var propertiesLength = MeasureProperties();
        var writer = new PacketWriter(destination);
        writer.WriteHeader(type, 0, GetRemainingLength(version, propertiesLength));
        writer.WriteUInt16(PacketIdentifier);
        if (version == ProtocolVersion.Mqtt5)
        {
            var properties = writer.BeginProperties(propertiesLength);
            WriteProperties(ref properties);
            writer.EndProperties(properties);
        }

        writer.WriteBytes(Payload);
        return writer.Length;
    }

    private readonly int GetRemainingLength(ProtocolVersion version, int propertiesLength) =>
        2 + (version == ProtocolVersion.Mqtt5 ? PacketWriter.GetPropertiesLength(propertiesLength) : 0) + Payload.Length;

    private readonly int MeasureProperties()
    {
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
