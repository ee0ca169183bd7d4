namespace Godwit.Protocol;

/// <summary>UNSUBSCRIBE from the client (section 3.10). Enumerating it gives its topic filters.</summary>
public ref struct UnsubscribePacket
{
    /// <summary>1 to 65,535.</summary>
    public ushort PacketIdentifier { readonly get; set; }

    /// <summary>User Properties. 5.0 only.</summary>
    public UserProperties UserProperties { readonly get; set; }

    /// <summary>Number of topic filters, at least one after decoding.</summary>
    public int Count { readonly get; private set; }

    /// <summary>The payload as on the wire: what a <see cref="TopicFilterWriter"/> wrote. Setting it counts the filters.</summary>
    public ReadOnlySpan<byte> RawFilters
    {
        readonly get;
        set
        {
            field = value;
            Count = 0;
            foreach (var _ in this)
            {
                Count++;
            }
        }
    }

    /// <summary>What was let pass while decoding.</summary>
    public DecodeLeniency Tolerated { readonly get; private set; }

    /// <summary>Enumerates the filters in the order of the packet.</summary>
    public readonly TopicFilterEnumerator GetEnumerator() => new(RawFilters);

    /// <summary>Decodes the body of a packet whose fixed header passed <see cref="Frame"/>.</summary>
    /// <param name="body">Exactly the bytes after the fixed header.</param>
    /// <param name="version">The version of the connection.</param>
    /// <param name="leniency"><see cref="DecodeLeniency.MisplacedProperty"/> matters here.</param>
    /// <param name="packet">The packet, when true; slices of <paramref name="body"/>. The wildcards of its filters are not checked.</param>
    /// <param name="fault">What is wrong, when false.</param>
    public static bool TryDecode(
        ReadOnlySpan<byte> body,
        ProtocolVersion version,
        DecodeLeniency leniency,
        out UnsubscribePacket packet,
        out ProtocolFault fault)
    {
        packet = default;
        var reader = new BodyReader(body);
        if (!reader.TryReadUInt16(out var packetIdentifier))
        {
            fault = Fault.Truncated(version);
            return false;
        }

        packet.PacketIdentifier = packetIdentifier;
        if (packetIdentifier == 0) // [MQTT-2.2.1-3]
        {
            fault = Fault.PacketIdentifierZero(version, "MQTT-2.2.1-3");
            return false;
        }

        if (version == ProtocolVersion.Mqtt5)
        {
            if (!reader.TryReadProperties(out var raw, out fault))
            {
                return false;
            }

            var scanner = new PropertyScanner(raw, PropertyTable.InUnsubscribe, PropertyTable.UserProperty, leniency);
            while (scanner.MoveNext())
            {
                // User Properties are counted by the scanner; nothing else is allowed here.
            }

            packet.UserProperties = new UserProperties(raw, scanner.UserPropertyCount);
            packet.Tolerated = scanner.SkippedMisplaced ? DecodeLeniency.MisplacedProperty : DecodeLeniency.None;
            fault = scanner.Fault;
            if (!fault.IsNone)
            {
                return false;
            }
        }

        if (reader.IsAtEnd) // [MQTT-3.10.3-2]
        {
            fault = Fault.ProtocolError(version, "MQTT-3.10.3-2", "MQTT-3.10.3-2", "UNSUBSCRIBE without a topic filter");
            return false;
        }

        packet.RawFilters = reader.Rest;
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadText(version, out var filter, out fault)) // [MQTT-3.10.3-1]
            {
                return false;
            }

            if (filter.IsEmpty) // [MQTT-4.7.3-1]
            {
                fault = Fault.Malformed(version, "MQTT-4.7.3-1", "MQTT-4.7.3-1", "empty topic filter");
                return false;
            }
        }

        fault = default;
        return true;
    }

    /// <summary>Bytes of the whole packet.</summary>
    /// <param name="version">The version of the connection.</param>
    public readonly int GetEncodedLength(ProtocolVersion version) => PacketWriter.GetTotalLength(GetRemainingLength(version));

    /// <summary>Writes the whole packet.</summary>
    /// <param name="destination">At least <see cref="GetEncodedLength"/> bytes.</param>
    /// <param name="version">The version of the connection.</param>
    /// <returns>Bytes written.</returns>
    public readonly int Encode(Span<byte> destination, ProtocolVersion version)
    {
        var writer = new PacketWriter(destination);
        writer.WriteHeader(PacketType.Unsubscribe, 0b0010, GetRemainingLength(version)); // [MQTT-3.10.1-1]
        writer.WriteUInt16(PacketIdentifier);
        if (version == ProtocolVersion.Mqtt5)
        {
            var properties = writer.BeginProperties(UserProperties.EncodedLength);
            properties.WriteUserProperties(UserProperties);
            writer.EndProperties(properties);
        }

        writer.WriteBytes(RawFilters);
        return writer.Length;
    }

    private readonly int GetRemainingLength(ProtocolVersion version) =>
        2 + (version == ProtocolVersion.Mqtt5 ? PacketWriter.GetPropertiesLength(UserProperties.EncodedLength) : 0) + RawFilters.Length;
}
