namespace Godwit.Protocol;

public ref partial struct ConnectPacket
{
    private const int UserNameFlag = 0b1000_0000;
    private const int PasswordFlag = 0b0100_0000;
    private const int WillRetainFlag = 0b0010_0000;
    private const int WillQoSShift = 3;
    private const int WillFlag = 0b0000_0100;
    private const int CleanStartFlag = 0b0000_0010;
    private const int ReservedFlag = 0b0000_0001;
    private const int BridgeBit = 0x80;

    /// <summary>Decodes the body of a packet whose fixed header passed <see cref="Frame"/>.</summary>
    /// <param name="body">Exactly the bytes after the fixed header.</param>
    /// <param name="leniency">All of its flags but <see cref="DecodeLeniency.DupOnQoS0"/> matter here.</param>
    /// <param name="packet">The packet; slices of <paramref name="body"/>. When false, the fields read so far and <see cref="Version"/>.</param>
    /// <param name="fault">What is wrong, when false. A 3.1 or 3.1.1 client gets a CONNACK only for <see cref="ReasonCode.UnsupportedProtocolVersion"/> ([MQTT-3.1.4-1]).</param>
    public static bool TryDecode(ReadOnlySpan<byte> body, DecodeLeniency leniency, out ConnectPacket packet, out ProtocolFault fault)
    {
        packet = default;
        var reader = new BodyReader(body);
        if (!TryReadVersion(ref reader, out var version, out var isBridge, out fault))
        {
            packet.Version = version;
            return false;
        }

        packet.Version = version;
        packet.IsBridge = isBridge;
        if (!reader.TryReadByte(out var flags) || !reader.TryReadUInt16(out var keepAlive))
        {
            fault = Truncated(version);
            return false;
        }

        packet.KeepAlive = keepAlive;
        packet.CleanStart = (flags & CleanStartFlag) != 0;
        if (!AreFlagsValid(flags, version, leniency, out var tolerated, out fault))
        {
            return false;
        }

        packet.Tolerated = tolerated;
        if (version == ProtocolVersion.Mqtt5)
        {
            if (!reader.TryReadProperties(out var raw, out fault))
            {
                return false;
            }

            var scanner = new PropertyScanner(raw, PropertyTable.InConnect, PropertyTable.UserProperty, leniency);
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
                    case PropertyIdentifier.MaximumPacketSize:
                        packet.MaximumPacketSize = scanner.Number;
                        break;
                    case PropertyIdentifier.TopicAliasMaximum:
                        packet.TopicAliasMaximum = (ushort)scanner.Number;
                        break;
                    case PropertyIdentifier.RequestResponseInformation:
                        packet.RequestResponseInformation = scanner.Number != 0;
                        break;
                    case PropertyIdentifier.RequestProblemInformation:
                        packet.RequestProblemInformation = scanner.Number != 0;
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
            packet.Tolerated |= scanner.SkippedMisplaced ? DecodeLeniency.MisplacedProperty : DecodeLeniency.None;
            fault = scanner.Fault;
            if (!fault.IsNone)
            {
                return false;
            }

            if (packet.HasAuthenticationData && !packet.HasAuthenticationMethod)
            {
                fault = Fault.ProtocolError(version, "Authentication Data without an Authentication Method"); // section 3.1.2.11.10
                return false;
            }
        }

        // [MQTT-3.1.3-1]: client identifier, will, user name, password, in this order
        if (!reader.TryReadText(version, out var clientIdentifier, out fault)) // [MQTT-3.1.3-3] [MQTT-3.1.3-4]
        {
            return false;
        }

        packet.ClientIdentifier = clientIdentifier;
        if ((flags & WillFlag) != 0) // [MQTT-3.1.2-9]
        {
            packet.HasWill = true;
            packet.WillQoS = (QualityOfService)(flags >> WillQoSShift & 3);
            packet.WillRetain = (flags & WillRetainFlag) != 0;
            if (version == ProtocolVersion.Mqtt5)
            {
                if (!reader.TryReadProperties(out var raw, out fault)
                    || !PublishProperties.TryDecodeWill(raw, leniency, out var willProperties, out fault))
                {
                    return false;
                }

                packet.WillProperties = willProperties;
                packet.Tolerated |= willProperties.Tolerated;
            }

            if (!reader.TryReadData(out var willTopic))
            {
                fault = Truncated(version);
                return false;
            }

            if (!TopicName.Check(willTopic, version, out fault)) // [MQTT-3.1.3-11]
            {
                return false;
            }

            if (!reader.TryReadData(out var willPayload))
            {
                fault = Truncated(version);
                return false;
            }

            packet.WillTopic = willTopic;
            packet.WillPayload = willPayload;
        }

        if (IsFieldExpected(flags & UserNameFlag, version, reader.IsAtEnd)) // [MQTT-3.1.2-16] [MQTT-3.1.2-17]
        {
            if (!reader.TryReadText(version, out var userName, out fault)) // [MQTT-3.1.3-12]
            {
                return false;
            }

            packet.UserName = userName;
        }

        if (IsFieldExpected(flags & PasswordFlag, version, reader.IsAtEnd)) // [MQTT-3.1.2-18] [MQTT-3.1.2-19]
        {
            if (!reader.TryReadData(out var password))
            {
                fault = Truncated(version);
                return false;
            }

            packet.Password = password;
        }

        fault = reader.IsAtEnd ? default : Fault.Malformed(version, "MQTT-3.1.4-1", "MQTT-3.1.4-1", "bytes follow the last field of CONNECT");
        return fault.IsNone;
    }

    private static bool TryReadVersion(ref BodyReader reader, out ProtocolVersion version, out bool isBridge, out ProtocolFault fault)
    {
        version = ProtocolVersion.Mqtt311;
        isBridge = false;
        if (!reader.TryReadData(out var name) || !reader.TryReadByte(out var level))
        {
            fault = Truncated(version);
            return false;
        }

        fault = default;
        if (name.SequenceEqual("MQTT"u8))
        {
            switch (level)
            {
                case 5:
                    version = ProtocolVersion.Mqtt5;
                    return true;
                case 4 or 4 | BridgeBit:
                    isBridge = level != 4;
                    return true;
            }
        }
        else if (name.SequenceEqual("MQIsdp"u8))
        {
            if ((level & ~BridgeBit) == 3)
            {
                version = ProtocolVersion.Mqtt31;
                isBridge = level != 3;
                return true;
            }
        }
        else
        {
            version = GuessVersion(level);
            fault = Fault.Of(ReasonCode.UnsupportedProtocolVersion, version, "MQTT-3.1.2-1", "MQTT-3.1.2-1", "unknown protocol name"); // [MQTT-3.1.2-1]
            return false;
        }

        version = GuessVersion(level);
        fault = Fault.Of(ReasonCode.UnsupportedProtocolVersion, version, "MQTT-3.1.2-2", "MQTT-3.1.2-2", "unknown protocol level"); // [MQTT-3.1.2-2]
        return false;
    }

    private static ProtocolVersion GuessVersion(byte level) => level >= 5 ? ProtocolVersion.Mqtt5 : ProtocolVersion.Mqtt311;

    private static bool AreFlagsValid(byte flags, ProtocolVersion version, DecodeLeniency leniency, out DecodeLeniency tolerated, out ProtocolFault fault)
    {
        tolerated = DecodeLeniency.None;
        fault = default;
        if ((flags & ReservedFlag) != 0 && version != ProtocolVersion.Mqtt31) // [MQTT-3.1.2-3]; 3.1 calls the bit unused
        {
            fault = Fault.Malformed(version, "MQTT-3.1.2-3", "MQTT-3.1.2-3", "reserved bit of the Connect Flags");
            return false;
        }

        var willQoS = flags >> WillQoSShift & 3;
        if ((flags & WillFlag) == 0)
        {
            var willRetain = (flags & WillRetainFlag) != 0;
            if ((willQoS != 0 || willRetain) && version != ProtocolVersion.Mqtt31) // 3.1 calls the bits unused without a will
            {
                if ((leniency & DecodeLeniency.WillBitsWithoutWill) == 0)
                {
                    fault = willQoS != 0
                        ? Fault.Malformed(version, "MQTT-3.1.2-11", "MQTT-3.1.2-13", "Will QoS without a will") // [MQTT-3.1.2-11]
                        : Fault.Malformed(version, "MQTT-3.1.2-13", "MQTT-3.1.2-15", "Will Retain without a will"); // [MQTT-3.1.2-13]
                    return false;
                }

                tolerated |= DecodeLeniency.WillBitsWithoutWill;
            }
        }
        else if (willQoS == 3) // [MQTT-3.1.2-12]
        {
            fault = Fault.Malformed(version, "MQTT-3.1.2-12", "MQTT-3.1.2-14", "Will QoS 3");
            return false;
        }

        if ((flags & (UserNameFlag | PasswordFlag)) == PasswordFlag && version != ProtocolVersion.Mqtt5) // 3.1.1 [MQTT-3.1.2-22]
        {
            if ((leniency & DecodeLeniency.PasswordWithoutUserName) == 0)
            {
                fault = Fault.Malformed(version, "MQTT-4.13.1-1", "MQTT-3.1.2-22", "password without user name");
                return false;
            }

            tolerated |= DecodeLeniency.PasswordWithoutUserName;
        }

        return true;
    }

    /// <summary>3.1 lets clients announce a user name or password and leave it out: there the remaining length decides.</summary>
    private static bool IsFieldExpected(int flag, ProtocolVersion version, bool isAtEnd) =>
        flag != 0 && !(isAtEnd && version == ProtocolVersion.Mqtt31);

    private static ProtocolFault Truncated(ProtocolVersion version) =>
        Fault.Malformed(version, "MQTT-3.1.4-1", "MQTT-3.1.4-1", "CONNECT ends before its last field is complete"); // [MQTT-3.1.4-1]
}
