namespace Godwit.Protocol;

/// <summary>Names, classes and version mappings of <see cref="ReasonCode"/>. Nothing here allocates.</summary>
public static class ReasonCodes
{
    // One bit per code from 0x80 on, after the tables of sections 3.2.2.2 to 3.14.2.1. 0x8C is allowed in DISCONNECT by
    // the table of section 2.4 alone; a receiver has no reason to refuse it.
    private const ulong ConnAckFailures = 0xBEA117FF;
    private const ulong PublishFailures = 0x2830089;
    private const ulong ReleaseFailures = 0x40000;
    private const ulong SubscribeFailures = 0x640828089;
    private const ulong UnsubscribeFailures = 0x28089;
    private const ulong DisconnectFailures = 0x7FFF9FA8F;

    /// <summary>The name that the standard gives the code, for example "Not authorized"; "Unknown reason code" for others.</summary>
    /// <param name="reason">Any value, also one that is not defined.</param>
    public static string Describe(this ReasonCode reason) => reason switch
    {
        ReasonCode.Success => "Success",
        ReasonCode.GrantedQoS1 => "Granted QoS 1",
        ReasonCode.GrantedQoS2 => "Granted QoS 2",
        ReasonCode.DisconnectWithWillMessage => "Disconnect with Will Message",
        ReasonCode.NoMatchingSubscribers => "No matching subscribers",
        ReasonCode.NoSubscriptionExisted => "No subscription existed",
        ReasonCode.ContinueAuthentication => "Continue authentication",
        ReasonCode.ReAuthenticate => "Re-authenticate",
        ReasonCode.UnspecifiedError => "Unspecified error",
        ReasonCode.MalformedPacket => "Malformed Packet",
        ReasonCode.ProtocolError => "Protocol Error",
        ReasonCode.ImplementationSpecificError => "Implementation specific error",
        ReasonCode.UnsupportedProtocolVersion => "Unsupported Protocol Version",
        ReasonCode.ClientIdentifierNotValid => "Client Identifier not valid",
        ReasonCode.BadUserNameOrPassword => "Bad User Name or Password",
        ReasonCode.NotAuthorized => "Not authorized",
        ReasonCode.ServerUnavailable => "Server unavailable",
        ReasonCode.ServerBusy => "Server busy",
        ReasonCode.Banned => "Banned",
        ReasonCode.ServerShuttingDown => "Server shutting down",
        ReasonCode.BadAuthenticationMethod => "Bad authentication method",
        ReasonCode.KeepAliveTimeout => "Keep Alive timeout",
        ReasonCode.SessionTakenOver => "Session taken over",
        ReasonCode.TopicFilterInvalid => "Topic Filter invalid",
        ReasonCode.TopicNameInvalid => "Topic Name invalid",
        ReasonCode.PacketIdentifierInUse => "Packet identifier in use",
        ReasonCode.PacketIdentifierNotFound => "Packet Identifier not found",
        ReasonCode.ReceiveMaximumExceeded => "Receive Maximum exceeded",
        ReasonCode.TopicAliasInvalid => "Topic Alias invalid",
        ReasonCode.PacketTooLarge => "Packet too large",
        ReasonCode.MessageRateTooHigh => "Message rate too high",
        ReasonCode.QuotaExceeded => "Quota exceeded",
        ReasonCode.AdministrativeAction => "Administrative action",
        ReasonCode.PayloadFormatInvalid => "Payload format invalid",
        ReasonCode.RetainNotSupported => "Retain not supported",
        ReasonCode.QoSNotSupported => "QoS not supported",
        ReasonCode.UseAnotherServer => "Use another server",
        ReasonCode.ServerMoved => "Server moved",
        ReasonCode.SharedSubscriptionsNotSupported => "Shared Subscriptions not supported",
        ReasonCode.ConnectionRateExceeded => "Connection rate exceeded",
        ReasonCode.MaximumConnectTime => "Maximum connect time",
        ReasonCode.SubscriptionIdentifiersNotSupported => "Subscription Identifiers not supported",
        ReasonCode.WildcardSubscriptionsNotSupported => "Wildcard Subscriptions not supported",
        _ => "Unknown reason code",
    };

    /// <summary>True from 0x80 on (section 2.4).</summary>
    /// <param name="reason">Any value.</param>
    public static bool IsFailure(this ReasonCode reason) => (byte)reason >= 0x80;

    /// <summary>True if the 5.0 table of <paramref name="packet"/> lists the code, whichever side sends it.</summary>
    /// <param name="reason">Any value, also one that is not defined.</param>
    /// <param name="packet">A packet with reason codes; others have none and give false.</param>
    public static bool IsValidFor(this ReasonCode reason, PacketType packet)
    {
        var value = (byte)reason;
        if (value < 0x80)
        {
            return packet switch
            {
                PacketType.ConnAck or PacketType.PubRel or PacketType.PubComp => value == 0,
                PacketType.PubAck or PacketType.PubRec => value is 0 or 0x10,
                PacketType.SubAck => value <= 2,
                PacketType.UnsubAck => value is 0 or 0x11,
                PacketType.Disconnect => value is 0 or 0x04,
                PacketType.Auth => value is 0 or 0x18 or 0x19,
                _ => false,
            };
        }

        var failures = packet switch
        {
            PacketType.ConnAck => ConnAckFailures,
            PacketType.PubAck or PacketType.PubRec => PublishFailures,
            PacketType.PubRel or PacketType.PubComp => ReleaseFailures,
            PacketType.SubAck => SubscribeFailures,
            PacketType.UnsubAck => UnsubscribeFailures,
            PacketType.Disconnect => DisconnectFailures,
            _ => 0UL,
        };
        return value <= 0xA2 && (failures >> (value - 0x80) & 1) != 0;
    }

    /// <summary>The 3.1 and 3.1.1 CONNACK return code that stands for a 5.0 reason (3.1.1 section 3.2.2.3).</summary>
    /// <param name="reason">Success or the reason of a refusal.</param>
    /// <param name="returnCode">0 to 5.</param>
    /// <returns>False when none fits: the server then closes without a CONNACK (3.1.1 [MQTT-3.2.2-6]).</returns>
    public static bool TryGetConnectReturnCode(this ReasonCode reason, out byte returnCode)
    {
        returnCode = reason switch
        {
            ReasonCode.Success => 0,
            ReasonCode.UnsupportedProtocolVersion => 1,
            ReasonCode.ClientIdentifierNotValid => 2,
            ReasonCode.ServerUnavailable or ReasonCode.ServerBusy or ReasonCode.ServerShuttingDown or ReasonCode.QuotaExceeded
                or ReasonCode.UseAnotherServer or ReasonCode.ServerMoved or ReasonCode.ConnectionRateExceeded => 3,
            ReasonCode.BadUserNameOrPassword => 4,
            ReasonCode.NotAuthorized or ReasonCode.Banned or ReasonCode.BadAuthenticationMethod => 5,
            _ => byte.MaxValue,
        };
        return returnCode != byte.MaxValue;
    }

    /// <summary>The 5.0 reason that a 3.1 or 3.1.1 CONNACK return code stands for.</summary>
    /// <param name="returnCode">The byte on the wire.</param>
    /// <param name="reason">The reason; <see cref="ReasonCode.UnspecifiedError"/> for a reserved value.</param>
    /// <returns>False for the reserved values 6 to 255.</returns>
    public static bool TryGetConnectReason(byte returnCode, out ReasonCode reason)
    {
        reason = returnCode switch
        {
            0 => ReasonCode.Success,
            1 => ReasonCode.UnsupportedProtocolVersion,
            2 => ReasonCode.ClientIdentifierNotValid,
            3 => ReasonCode.ServerUnavailable,
            4 => ReasonCode.BadUserNameOrPassword,
            5 => ReasonCode.NotAuthorized,
            _ => ReasonCode.UnspecifiedError,
        };
        return returnCode <= 5;
    }
}
