namespace Godwit.Protocol;

/// <summary>AUTH: a step of enhanced authentication, either way, 5.0 only (section 3.15).</summary>
public ref struct AuthPacket
{
    /// <summary>0x00 from the server, 0x18 from either side, 0x19 from the client.</summary>
    public ReasonCode Reason { readonly get; set; }

    /// <summary>True if the Authentication Method is there; set by setting it.</summary>
    public bool HasAuthenticationMethod { readonly get; set; }

    /// <summary>UTF-8, or empty if absent.</summary>
    public ReadOnlySpan<byte> AuthenticationMethod
    {
        readonly get;
        set
        {
            field = value;
            HasAuthenticationMethod = true;
        }
    }

    /// <summary>True if the Authentication Data is there; set by setting it.</summary>
    public bool HasAuthenticationData { readonly get; set; }

    /// <summary>Any bytes, or empty if absent.</summary>
    public ReadOnlySpan<byte> AuthenticationData
    {
        readonly get;
        set
        {
            field = value;
            HasAuthenticationData = true;
        }
    }

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
    /// <param name="leniency"><see cref="DecodeLeniency.MisplacedProperty"/> matters here.</param>
    /// <param name="packet">The packet, when true; slices of <paramref name="body"/>.</param>
    /// <param name="fault">What is wrong, when false.</param>
    public static bool TryDecode(ReadOnlySpan<byte> body, DecodeLeniency leniency, out AuthPacket packet, out ProtocolFault fault)
    {
        packet = default;
        fault = default;
        if (body.IsEmpty)
        {
            return true; // a remaining length of 0 stands for Success without properties
        }

        var reader = new BodyReader(body);
        reader.TryReadByte(out var reason);
        packet.Reason = (ReasonCode)reason;
        if (!packet.Reason.IsValidFor(PacketType.Auth)) // [MQTT-3.15.2-1]
        {
            fault = Fault.ReasonNotInTable("MQTT-3.15.2-1");
            return false;
        }

        if (!reader.TryReadProperties(out var raw, out fault))
        {
            return false;
        }

        var scanner = new PropertyScanner(raw, PropertyTable.InAuth, PropertyTable.UserProperty, leniency);
        while (scanner.MoveNext())
        {
            switch (scanner.Identifier)
            {
                case PropertyIdentifier.AuthenticationMethod:
                    packet.AuthenticationMethod = scanner.Data;
                    break;
                case PropertyIdentifier.AuthenticationData:
                    packet.AuthenticationData = scanner.Data;
                    break;
                case PropertyIdentifier.ReasonString:
                    packet.ReasonString = scanner.Data;
                    break;
            }
        }

        packet.UserProperties = new UserProperties(raw, scanner.UserPropertyCount);
        packet.Tolerated = scanner.SkippedMisplaced ? DecodeLeniency.MisplacedProperty : DecodeLeniency.None;
        fault = scanner.Fault;
        if (!fault.IsNone)
        {
            return false;
        }

        if (!reader.IsAtEnd)
        {
            fault = Fault.TrailingBytes(ProtocolVersion.Mqtt5);
        }
        else if (!packet.HasAuthenticationMethod)
        {
            fault = Fault.ProtocolError(ProtocolVersion.Mqtt5, "AUTH without an Authentication Method"); // section 3.15.2.2.2
        }

        return fault.IsNone;
    }

    /// <summary>Bytes of the whole packet.</summary>
    /// <param name="version">The version of the connection.</param>
    public readonly int GetEncodedLength(ProtocolVersion version) => PacketWriter.GetTotalLength(GetRemainingLength(MeasureProperties()));

    /// <summary>Writes the whole packet in its shortest form.</summary>
    /// <param name="destination">At least <see cref="GetEncodedLength"/> bytes.</param>
    /// <param name="version">The version of the connection, which has to be 5.0.</param>
    /// <returns>Bytes written.</returns>
    public readonly int Encode(Span<byte> destination, ProtocolVersion version)
    {
        var propertiesLength = MeasureProperties();
        var remainingLength = GetRemainingLength(propertiesLength);
        var writer = new PacketWriter(destination);
        writer.WriteHeader(PacketType.Auth, 0, remainingLength); // [MQTT-3.15.1-1]
        if (remainingLength > 0)
        {
            writer.WriteByte((byte)Reason);
            var properties = writer.BeginProperties(propertiesLength);
            WriteProperties(ref properties);
            writer.EndProperties(properties);
        }

        return writer.Length;
    }

    private readonly int GetRemainingLength(int propertiesLength) =>
        propertiesLength == 0 && Reason == ReasonCode.Success ? 0 : 1 + PacketWriter.GetPropertiesLength(propertiesLength);

    private readonly int MeasureProperties()
    {
        var writer = PropertyWriter.Measure();
        WriteProperties(ref writer);
        return writer.Length;
    }

    private readonly void WriteProperties(ref PropertyWriter writer)
    {
        if (HasAuthenticationMethod)
        {
            writer.WriteData(PropertyIdentifier.AuthenticationMethod, AuthenticationMethod);
        }

        if (HasAuthenticationData)
        {
            writer.WriteData(PropertyIdentifier.AuthenticationData, AuthenticationData);
        }

        if (HasReasonString)
        {
            writer.WriteData(PropertyIdentifier.ReasonString, ReasonString);
        }

        writer.WriteUserProperties(UserProperties);
    }
}
