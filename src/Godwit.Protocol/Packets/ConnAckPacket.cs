namespace Godwit.Protocol;

/// <summary>CONNACK from the server (section 3.2). All properties are of 5.0 alone.</summary>
public ref struct ConnAckPacket
{
    /// <summary>The server resumed a session. False unless the reason is Success ([MQTT-3.2.2-6]); not sent in 3.1.</summary>
    public bool SessionPresent { readonly get; set; }

    /// <summary>Success or why the server refuses. Before 5.0 it goes through <see cref="ReasonCodes.TryGetConnectReturnCode"/>.</summary>
    public ReasonCode Reason { readonly get; set; }

    /// <summary>Seconds that the server keeps the session; null: what the client asked for.</summary>
    public uint? SessionExpiryInterval { readonly get; set; }

    /// <summary>Unacknowledged QoS 1 and 2 publications that the server takes at a time, not 0; null: 65,535.</summary>
    public ushort? ReceiveMaximum { readonly get; set; }

    /// <summary>AtMostOnce or AtLeastOnce; null: QoS 2 is supported.</summary>
    public QualityOfService? MaximumQoS { readonly get; set; }

    /// <summary>Whether retained messages are supported; null: they are.</summary>
    public bool? RetainAvailable { readonly get; set; }

    /// <summary>Largest packet that the server takes, in bytes, not 0; null: no limit.</summary>
    public uint? MaximumPacketSize { readonly get; set; }

    /// <summary>Highest Topic Alias that the server takes; null: 0, none.</summary>
    public ushort? TopicAliasMaximum { readonly get; set; }

    /// <summary>Whether wildcard subscriptions are supported; null: they are.</summary>
    public bool? WildcardSubscriptionAvailable { readonly get; set; }

    /// <summary>Whether subscription identifiers are supported; null: they are.</summary>
    public bool? SubscriptionIdentifierAvailable { readonly get; set; }

    /// <summary>Whether shared subscriptions are supported; null: they are.</summary>
    public bool? SharedSubscriptionAvailable { readonly get; set; }

    /// <summary>Seconds of keep alive that replace the client's ([MQTT-3.2.2-21]); null: the client's counts.</summary>
    public ushort? ServerKeepAlive { readonly get; set; }

    /// <summary>True if the Assigned Client Identifier is there; set by setting it.</summary>
    public bool HasAssignedClientIdentifier { readonly get; set; }

    /// <summary>UTF-8: the identifier that the server chose, or empty if absent.</summary>
    public ReadOnlySpan<byte> AssignedClientIdentifier
    {
        readonly get;
        set
        {
            field = value;
            HasAssignedClientIdentifier = true;
        }
    }

    /// <summary>True if the Reason String is there; set by setting it.</summary>
    public bool HasReasonString { readonly get; set; }

    /// <summary>UTF-8 for people, or empty if absent.</summary>
    public ReadOnlySpan<byte> ReasonString
    {
        readonly get;
        set
        {
            field = value;
            HasReasonString = true;
        }
    }

    /// <summary>True if the Response Information is there; set by setting it.</summary>
    public bool HasResponseInformation { readonly get; set; }

    /// <summary>UTF-8: a base for response topics, or empty if absent.</summary>
    public ReadOnlySpan<byte> ResponseInformation
    {
        readonly get;
        set
        {
            field = value;
            HasResponseInformation = true;
        }
    }

    /// <summary>True if the Server Reference is there; set by setting it.</summary>
    public bool HasServerReference { readonly get; set; }

    /// <summary>UTF-8: other servers to use, or empty if absent.</summary>
    public ReadOnlySpan<byte> ServerReference
    {
        readonly get;
        set
        {
            field = value;
            HasServerReference = true;
        }
    }

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

    /// <summary>User Properties.</summary>
    public UserProperties UserProperties { readonly get; set; }

    /// <summary>What was let pass while decoding.</summary>
    public DecodeLeniency Tolerated { readonly get; private set; }

    /// <summary>Decodes the body of a packet whose fixed header passed <see cref="Frame"/>.</summary>
    /// <param name="body">Exactly the bytes after the fixed header.</param>
    /// <param name="version">The version of the CONNECT.</param>
    /// <param name="leniency"><see cref="DecodeLeniency.MisplacedProperty"/> matters here.</param>
    /// <param name="packet">The packet, when true; slices of <paramref name="body"/>.</param>
    /// <param name="fault">What is wrong, when false.</param>
    public static bool TryDecode(
        ReadOnlySpan<byte> body,
        ProtocolVersion version,
        DecodeLeniency leniency,
        out ConnAckPacket packet,
        out ProtocolFault fault)
    {
        packet = default;
        var reader = new BodyReader(body);
        if (!reader.TryReadByte(out var flags) || !reader.TryReadByte(out var code))
        {
            fault = Fault.Truncated(version);
            return false;
        }

        if (version != ProtocolVersion.Mqtt31) // 3.1 calls this byte unused
        {
            if ((flags & 0xFE) != 0) // [MQTT-3.2.2-1]
            {
                fault = Fault.Malformed(version, "MQTT-3.2.2-1", "MQTT-4.8.0-1", "reserved bits of the Connect Acknowledge Flags");
                return false;
            }

            packet.SessionPresent = flags != 0;
        }

        if (!TryDecodeReason(code, version, ref packet, out fault))
        {
            return false;
        }

        if (version != ProtocolVersion.Mqtt5)
        {
            fault = reader.IsAtEnd ? default : Fault.TrailingBytes(version);
            return fault.IsNone;
        }

        if (!reader.TryReadProperties(out var raw, out fault))
        {
            return false;
        }

        var scanner = new PropertyScanner(raw, PropertyTable.InConnAck, PropertyTable.UserProperty, leniency);
        while (scanner.MoveNext())
        {
            switch (scanner.Identifier)
            {
                case PropertyIdentifier.SessionExpiryInterval:
                    packet.SessionExpiryInterval = scanner.Number;
                    break;
                case PropertyIdentifier.ReceiveMaximum:
                    packet.ReceiveMaximum = (ushort)scanner.Number;
                    break;
                case PropertyIdentifier.MaximumQoS:
                    packet.MaximumQoS = (QualityOfService)scanner.Number;
                    break;
                case PropertyIdentifier.RetainAvailable:
                    packet.RetainAvailable = scanner.Number != 0;
                    break;
                case PropertyIdentifier.MaximumPacketSize:
                    packet.MaximumPacketSize = scanner.Number;
                    break;
                case PropertyIdentifier.TopicAliasMaximum:
                    packet.TopicAliasMaximum = (ushort)scanner.Number;
                    break;
                case PropertyIdentifier.WildcardSubscriptionAvailable:
                    packet.WildcardSubscriptionAvailable = scanner.Number != 0;
                    break;
                case PropertyIdentifier.SubscriptionIdentifierAvailable:
                    packet.SubscriptionIdentifierAvailable = scanner.Number != 0;
                    break;
                case PropertyIdentifier.SharedSubscriptionAvailable:
                    packet.SharedSubscriptionAvailable = scanner.Number != 0;
                    break;
                case PropertyIdentifier.ServerKeepAlive:
                    packet.ServerKeepAlive = (ushort)scanner.Number;
                    break;
                case PropertyIdentifier.AssignedClientIdentifier:
                    packet.AssignedClientIdentifier = scanner.Data;
                    break;
                case PropertyIdentifier.ReasonString:
                    packet.ReasonString = scanner.Data;
                    break;
                case PropertyIdentifier.ResponseInformation:
                    packet.ResponseInformation = scanner.Data;
                    break;
                case PropertyIdentifier.ServerReference:
                    packet.ServerReference = scanner.Data;
                    break;
                case PropertyIdentifier.AuthenticationMethod:
                    packet.AuthenticationMethod = scanner.Data;
                    break;
                case PropertyIdentifier.AuthenticationData:
                    packet.AuthenticationData = scanner.Data;
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
        version == ProtocolVersion.Mqtt5
            ? PacketWriter.GetTotalLength(2 + PacketWriter.GetPropertiesLength(MeasureProperties()))
            : Reason.TryGetConnectReturnCode(out _) ? 4 : 0;

    /// <summary>Writes the whole packet.</summary>
    /// <param name="destination">At least <see cref="GetEncodedLength"/> bytes.</param>
    /// <param name="version">The version of the connection.</param>
    /// <returns>
    /// Bytes written; 0 before 5.0 when no return code stands for the reason: the server then closes without a CONNACK
    /// (3.1.1 [MQTT-3.2.2-6]).
    /// </returns>
    public readonly int Encode(Span<byte> destination, ProtocolVersion version)
    {
        var writer = new PacketWriter(destination);
        var flags = SessionPresent ? (byte)1 : (byte)0; // [MQTT-3.2.2-1]
        if (version == ProtocolVersion.Mqtt5)
        {
            var propertiesLength = MeasureProperties();
            writer.WriteHeader(PacketType.ConnAck, 0, 2 + PacketWriter.GetPropertiesLength(propertiesLength));
            writer.WriteByte(flags);
            writer.WriteByte((byte)Reason);
            var properties = writer.BeginProperties(propertiesLength);
            WriteProperties(ref properties);
            writer.EndProperties(properties);
        }
        else if (Reason.TryGetConnectReturnCode(out var returnCode))
        {
            writer.WriteHeader(PacketType.ConnAck, 0, 2);
            writer.WriteByte(version == ProtocolVersion.Mqtt31 ? (byte)0 : flags);
            writer.WriteByte(returnCode);
        }

        return writer.Length;
    }

    private static bool TryDecodeReason(byte code, ProtocolVersion version, ref ConnAckPacket packet, out ProtocolFault fault)
    {
        fault = default;
        if (version == ProtocolVersion.Mqtt5)
        {
            packet.Reason = (ReasonCode)code;
            if (!packet.Reason.IsValidFor(PacketType.ConnAck)) // [MQTT-3.2.2-8]
            {
                fault = Fault.ReasonNotInTable("MQTT-3.2.2-8");
                return false;
            }
        }
        else if (ReasonCodes.TryGetConnectReason(code, out var reason))
        {
            packet.Reason = reason;
        }
        else
        {
            fault = Fault.ProtocolError(version, "the return code is reserved");
            return false;
        }

        if (packet.SessionPresent && packet.Reason != ReasonCode.Success) // [MQTT-3.2.2-6]
        {
            fault = Fault.ProtocolError(version, "MQTT-3.2.2-6", "MQTT-3.2.2-4", "Session Present beside a refusal");
            return false;
        }

        return true;
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

        if (ReceiveMaximum is { } receiveMaximum)
        {
            writer.WriteUInt16(PropertyIdentifier.ReceiveMaximum, receiveMaximum);
        }

        if (MaximumQoS is { } maximumQoS)
        {
            writer.WriteByte(PropertyIdentifier.MaximumQoS, (byte)maximumQoS);
        }

        if (RetainAvailable is { } retainAvailable)
        {
            writer.WriteBoolean(PropertyIdentifier.RetainAvailable, retainAvailable);
        }

        if (MaximumPacketSize is { } maximumPacketSize)
        {
            writer.WriteUInt32(PropertyIdentifier.MaximumPacketSize, maximumPacketSize);
        }

        if (TopicAliasMaximum is { } topicAliasMaximum)
        {
            writer.WriteUInt16(PropertyIdentifier.TopicAliasMaximum, topicAliasMaximum);
        }

        if (WildcardSubscriptionAvailable is { } wildcardSubscriptionAvailable)
        {
            writer.WriteBoolean(PropertyIdentifier.WildcardSubscriptionAvailable, wildcardSubscriptionAvailable);
        }

        if (SubscriptionIdentifierAvailable is { } subscriptionIdentifierAvailable)
        {
            writer.WriteBoolean(PropertyIdentifier.SubscriptionIdentifierAvailable, subscriptionIdentifierAvailable);
        }

        if (SharedSubscriptionAvailable is { } sharedSubscriptionAvailable)
        {
            writer.WriteBoolean(PropertyIdentifier.SharedSubscriptionAvailable, sharedSubscriptionAvailable);
        }

        if (ServerKeepAlive is { } serverKeepAlive)
        {
            writer.WriteUInt16(PropertyIdentifier.ServerKeepAlive, serverKeepAlive);
        }

        if (HasAssignedClientIdentifier)
        {
            writer.WriteData(PropertyIdentifier.AssignedClientIdentifier, AssignedClientIdentifier);
        }

        if (HasReasonString)
        {
            writer.WriteData(PropertyIdentifier.ReasonString, ReasonString);
        }

        if (HasResponseInformation)
        {
            writer.WriteData(PropertyIdentifier.ResponseInformation, ResponseInformation);
        }

        if (HasServerReference)
        {
            writer.WriteData(PropertyIdentifier.ServerReference, ServerReference);
        }

        if (HasAuthenticationMethod)
        {
            writer.WriteData(PropertyIdentifier.AuthenticationMethod, AuthenticationMethod);
        }

        if (HasAuthenticationData)
        {
            writer.WriteData(PropertyIdentifier.AuthenticationData, AuthenticationData);
        }

        writer.WriteUserProperties(UserProperties);
    }
}
