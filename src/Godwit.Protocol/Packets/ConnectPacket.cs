namespace Godwit.Protocol;

/// <summary>CONNECT: the first packet of a client (section 3.1).</summary>
public ref partial struct ConnectPacket
{
    private bool _isProblemInformationUnwanted;

    /// <summary>
    /// The version asked for. When decoding fails with <see cref="ReasonCode.UnsupportedProtocolVersion"/>, the version whose
    /// CONNACK the client is most likely to understand: 5.0 for a level of 5 and more, otherwise 3.1.1.
    /// </summary>
    public ProtocolVersion Version { readonly get; set; }

    /// <summary>The protocol level had bit 7 set: a mosquitto bridge, which wants RETAIN as published and no own messages. Not in 5.0.</summary>
    public bool IsBridge { readonly get; set; }

    /// <summary>Clean Start; Clean Session before 5.0.</summary>
    public bool CleanStart { readonly get; set; }

    /// <summary>Seconds; 0 turns it off.</summary>
    public ushort KeepAlive { readonly get; set; }

    /// <summary>UTF-8; empty if the server is to choose one.</summary>
    public ReadOnlySpan<byte> ClientIdentifier { readonly get; set; }

    /// <summary>There is a will.</summary>
    public bool HasWill { readonly get; set; }

    /// <summary>QoS of the will.</summary>
    public QualityOfService WillQoS { readonly get; set; }

    /// <summary>RETAIN of the will.</summary>
    public bool WillRetain { readonly get; set; }

    /// <summary>A valid topic name, or empty without will.</summary>
    public ReadOnlySpan<byte> WillTopic { readonly get; set; }

    /// <summary>Any bytes, at most 65,535.</summary>
    public ReadOnlySpan<byte> WillPayload { readonly get; set; }

    /// <summary>Properties of the will. Encoding writes <see cref="PublishProperties.Raw"/>. 5.0 only.</summary>
    public PublishProperties WillProperties { readonly get; set; }

    /// <summary>True if the user name is there; set by setting it.</summary>
    public bool HasUserName { readonly get; set; }

    /// <summary>UTF-8, or empty if absent.</summary>
    public ReadOnlySpan<byte> UserName
    {
        readonly get;
        set
        {
            field = value;
            HasUserName = true;
        }
    }

    /// <summary>True if the password is there; set by setting it.</summary>
    public bool HasPassword { readonly get; set; }

    /// <summary>Any bytes, or empty if absent.</summary>
    public ReadOnlySpan<byte> Password
    {
        readonly get;
        set
        {
            field = value;
            HasPassword = true;
        }
    }

    /// <summary>Seconds, 0xFFFFFFFF for ever; null stands for 0. 5.0 only.</summary>
    public uint? SessionExpiryInterval { readonly get; set; }

    /// <summary>Unacknowledged QoS 1 and 2 publications that the client takes at a time, not 0; null: 65,535. 5.0 only.</summary>
    public ushort? ReceiveMaximum { readonly get; set; }

    /// <summary>Largest packet that the client takes, in bytes, not 0; null: no limit. 5.0 only.</summary>
    public uint? MaximumPacketSize { readonly get; set; }

    /// <summary>Highest Topic Alias that the client takes; 0: none. 5.0 only.</summary>
    public ushort TopicAliasMaximum { readonly get; set; }

    /// <summary>The server may send Response Information ([MQTT-3.1.2-28]). 5.0 only.</summary>
    public bool RequestResponseInformation { readonly get; set; }

    /// <summary>The server may send reason strings and user properties with failures ([MQTT-3.1.2-29]); true if absent. 5.0 only.</summary>
    public bool RequestProblemInformation { readonly get => !_isProblemInformationUnwanted; set => _isProblemInformationUnwanted = !value; }

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

    /// <summary>User Properties. 5.0 only.</summary>
    public UserProperties UserProperties { readonly get; set; }

    /// <summary>What was let pass while decoding.</summary>
    public DecodeLeniency Tolerated { readonly get; private set; }

    /// <summary>Bytes of the whole packet for <see cref="Version"/>.</summary>
    public readonly int GetEncodedLength() => GetEncodedLength(Version);

    /// <summary>Writes the whole packet for <see cref="Version"/>.</summary>
    /// <param name="destination">At least <see cref="GetEncodedLength()"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    public readonly int Encode(Span<byte> destination) => Encode(destination, Version);

    /// <summary>Bytes of the whole packet.</summary>
    /// <param name="version">The version to ask for.</param>
    public readonly int GetEncodedLength(ProtocolVersion version) =>
        PacketWriter.GetTotalLength(GetRemainingLength(version, MeasureProperties()));

    /// <summary>Writes the whole packet.</summary>
    /// <param name="destination">At least <see cref="GetEncodedLength(ProtocolVersion)"/> bytes.</param>
    /// <param name="version">The version to ask for.</param>
    /// <returns>Bytes written.</returns>
    public readonly int Encode(Span<byte> destination, ProtocolVersion version)
    {
        var propertiesLength = MeasureProperties();
        var writer = new PacketWriter(destination);
        writer.WriteHeader(PacketType.Connect, 0, GetRemainingLength(version, propertiesLength));
        writer.WriteData(GetProtocolName(version)); // [MQTT-3.1.2-1]
        writer.WriteByte((byte)((int)version | (IsBridge && version != ProtocolVersion.Mqtt5 ? BridgeBit : 0)));
        writer.WriteByte((byte)(
            (HasUserName ? UserNameFlag : 0)
            | (HasPassword ? PasswordFlag : 0)
            | (HasWill ? WillFlag | (int)WillQoS << WillQoSShift | (WillRetain ? WillRetainFlag : 0) : 0) // [MQTT-3.1.2-11] [MQTT-3.1.2-13]
            | (CleanStart ? CleanStartFlag : 0)));
        writer.WriteUInt16(KeepAlive);
        if (version == ProtocolVersion.Mqtt5)
        {
            var properties = writer.BeginProperties(propertiesLength);
            WriteProperties(ref properties);
            writer.EndProperties(properties);
        }

        writer.WriteData(ClientIdentifier); // [MQTT-3.1.3-1] [MQTT-3.1.3-3]
        if (HasWill) // [MQTT-3.1.2-9]
        {
            if (version == ProtocolVersion.Mqtt5)
            {
                writer.WriteRawProperties(WillProperties.Raw);
            }

            writer.WriteData(WillTopic);
            writer.WriteData(WillPayload);
        }

        if (HasUserName) // [MQTT-3.1.2-16] [MQTT-3.1.2-17]
        {
            writer.WriteData(UserName);
        }

        if (HasPassword) // [MQTT-3.1.2-18] [MQTT-3.1.2-19]
        {
            writer.WriteData(Password);
        }

        return writer.Length;
    }

    private static ReadOnlySpan<byte> GetProtocolName(ProtocolVersion version) =>
        version == ProtocolVersion.Mqtt31 ? "MQIsdp"u8 : "MQTT"u8;

    private readonly int GetRemainingLength(ProtocolVersion version, int propertiesLength)
    {
        var isVersion5 = version == ProtocolVersion.Mqtt5;
        var length = 2 + GetProtocolName(version).Length + 4 + 2 + ClientIdentifier.Length;
        if (isVersion5)
        {
            length += PacketWriter.GetPropertiesLength(propertiesLength);
        }

        if (HasWill)
        {
            length += (isVersion5 ? PacketWriter.GetPropertiesLength(WillProperties.Raw.Length) : 0)
                + 2 + WillTopic.Length + 2 + WillPayload.Length;
        }

        return length + (HasUserName ? 2 + UserName.Length : 0) + (HasPassword ? 2 + Password.Length : 0);
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

        if (MaximumPacketSize is { } maximumPacketSize)
        {
            writer.WriteUInt32(PropertyIdentifier.MaximumPacketSize, maximumPacketSize);
        }

        if (TopicAliasMaximum != 0)
        {
            writer.WriteUInt16(PropertyIdentifier.TopicAliasMaximum, TopicAliasMaximum);
        }

        if (RequestResponseInformation)
        {
            writer.WriteByte(PropertyIdentifier.RequestResponseInformation, 1);
        }

        if (!RequestProblemInformation)
        {
            writer.WriteByte(PropertyIdentifier.RequestProblemInformation, 0);
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
