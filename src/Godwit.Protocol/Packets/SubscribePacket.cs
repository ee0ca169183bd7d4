namespace Godwit.Protocol;

/// <summary>SUBSCRIBE from the client (section 3.8). Enumerating it gives its filters with their options.</summary>
public ref struct SubscribePacket
{
    private byte _optionsMask;

    /// <summary>1 to 65,535.</summary>
    public ushort PacketIdentifier { readonly get; set; }

    /// <summary>1 to 268,435,455, or 0 if absent. 5.0 only.</summary>
    public uint SubscriptionIdentifier { readonly get; set; }

    /// <summary>User Properties. 5.0 only.</summary>
    public UserProperties UserProperties { readonly get; set; }

    /// <summary>Number of topic filters, at least one after decoding.</summary>
    public int Count { readonly get; private set; }

    /// <summary>The payload as on the wire: what a <see cref="TopicFilterWriter"/> wrote. Setting it counts the filters.</summary>
    public ReadOnlySpan<byte> RawItems
    {
        readonly get;
        set
        {
            field = value;
            _optionsMask = 0xFF;
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
    public readonly SubscribeItemEnumerator GetEnumerator() => new(RawItems, _optionsMask);

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
        out SubscribePacket packet,
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

            var scanner = new PropertyScanner(raw, PropertyTable.InSubscribe, PropertyTable.UserProperty, leniency);
            while (scanner.MoveNext())
            {
                if (scanner.Identifier == PropertyIdentifier.SubscriptionIdentifier)
                {
                    packet.SubscriptionIdentifier = scanner.Number;
                }
            }

            packet.UserProperties = new UserProperties(raw, scanner.UserPropertyCount);
            packet.Tolerated = scanner.SkippedMisplaced ? DecodeLeniency.MisplacedProperty : DecodeLeniency.None;
            fault = scanner.Fault;
            if (!fault.IsNone)
            {
                return false;
            }
        }

        if (reader.IsAtEnd) // [MQTT-3.8.3-2]
        {
            fault = Fault.ProtocolError(version, "MQTT-3.8.3-2", "MQTT-3.8.3-3", "SUBSCRIBE without a topic filter");
            return false;
        }

        packet.RawItems = reader.Rest;
        packet._optionsMask = version == ProtocolVersion.Mqtt5 ? (byte)0xFF : (byte)0b0011;
        while (!reader.IsAtEnd)
        {
            if (!reader.TryReadText(version, out var filter, out fault)) // [MQTT-3.8.3-1]
            {
                return false;
            }

            if (!reader.TryReadByte(out var options))
            {
                fault = Fault.Truncated(version);
                return false;
            }

            if (!AreOptionsValid(filter, options, version, out fault))
            {
                return false;
            }
        }

        fault = default;
        return true;
    }

    /// <summary>Bytes of the whole packet.</summary>
    /// <param name="version">The version of the connection.</param>
    public readonly int GetEncodedLength(ProtocolVersion version) =>
        PacketWriter.GetTotalLength(GetRemainingLength(version, MeasureProperties()));

    /// <summary>Writes the whole packet.</summary>
    /// <param name="destination">At least <see cref="GetEncodedLength"/> bytes.</param>
    /// <param name="version">The version of the connection; before 5.0 the options must hold the QoS alone.</param>
    /// <returns>Bytes written.</returns>
    public readonly int Encode(Span<byte> destination, ProtocolVersion version)
    {
        var propertiesLength = MeasureProperties();
        var writer = new PacketWriter(destination);
        writer.WriteHeader(PacketType.Subscribe, 0b0010, GetRemainingLength(version, propertiesLength)); // [MQTT-3.8.1-1]
        writer.WriteUInt16(PacketIdentifier);
        if (version == ProtocolVersion.Mqtt5)
        {
            var properties = writer.BeginProperties(propertiesLength);
            WriteProperties(ref properties);
            writer.EndProperties(properties);
        }

        writer.WriteBytes(RawItems);
        return writer.Length;
    }

    private static bool AreOptionsValid(ReadOnlySpan<byte> filter, byte options, ProtocolVersion version, out ProtocolFault fault)
    {
        fault = default;
        if (filter.IsEmpty) // [MQTT-4.7.3-1]
        {
            fault = Fault.Malformed(version, "MQTT-4.7.3-1", "MQTT-4.7.3-1", "empty topic filter");
        }
        else if (version != ProtocolVersion.Mqtt5)
        {
            // 3.1 calls the upper six bits unused, 3.1.1 reserved.
            if ((options & 0b0011) == 3 || (options > 2 && version == ProtocolVersion.Mqtt311))
            {
                fault = Fault.Malformed(version, "MQTT-3.8.3-5", "MQTT-3.8.3-4", "requested QoS other than 0, 1 or 2, or reserved bits");
            }
        }
        else if ((options & 0b1100_0000) != 0) // [MQTT-3.8.3-5]
        {
            fault = Fault.Malformed(version, "MQTT-3.8.3-5", "MQTT-3.8.3-4", "reserved bits of the Subscription Options");
        }
        else if ((options & 0b0011) == 3)
        {
            fault = Fault.ProtocolError(version, "QoS 3 in the Subscription Options");
        }
        else if ((options & 0b0011_0000) == 0b0011_0000)
        {
            fault = Fault.ProtocolError(version, "Retain Handling 3 in the Subscription Options");
        }
        else if ((options & 0b0100) != 0 && SharedFilter.IsShared(filter)) // [MQTT-3.8.3-4]
        {
            fault = Fault.ProtocolError(version, "MQTT-3.8.3-4", "MQTT-4.8.0-1", "No Local on a shared subscription");
        }

        return fault.IsNone;
    }

    private readonly int GetRemainingLength(ProtocolVersion version, int propertiesLength) =>
        2 + (version == ProtocolVersion.Mqtt5 ? PacketWriter.GetPropertiesLength(propertiesLength) : 0) + RawItems.Length;

    private readonly int MeasureProperties()
    {
        var writer = PropertyWriter.Measure();
        WriteProperties(ref writer);
        return writer.Length;
    }

    private readonly void WriteProperties(ref PropertyWriter writer)
    {
        if (SubscriptionIdentifier != 0)
        {
            writer.WriteSubscriptionIdentifier(SubscriptionIdentifier);
        }

        writer.WriteUserProperties(UserProperties);
    }
}
