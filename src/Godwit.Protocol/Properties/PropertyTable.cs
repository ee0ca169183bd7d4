using System.Buffers.Binary;

namespace Godwit.Protocol;

/// <summary>
/// Encodings and places of the properties (section 2.2.2.2), as sets of one bit per identifier. All identifiers are
/// below 64, so that a set is one <see cref="ulong"/>.
/// </summary>
internal static class PropertyTable
{
    public const ulong UserProperty = 1UL << (int)PropertyIdentifier.UserProperty;
    public const ulong SubscriptionIdentifier = 1UL << (int)PropertyIdentifier.SubscriptionIdentifier;
    public const ulong SessionExpiryInterval = 1UL << (int)PropertyIdentifier.SessionExpiryInterval;

    private const ulong ReasonString = 1UL << (int)PropertyIdentifier.ReasonString;
    private const ulong Authentication = 1UL << (int)PropertyIdentifier.AuthenticationMethod | 1UL << (int)PropertyIdentifier.AuthenticationData;
    private const ulong Limits = 1UL << (int)PropertyIdentifier.ReceiveMaximum | 1UL << (int)PropertyIdentifier.TopicAliasMaximum
        | 1UL << (int)PropertyIdentifier.MaximumPacketSize;

    /// <summary>What a server forwards unchanged ([MQTT-3.3.2-4], [MQTT-3.3.2-15] to [MQTT-3.3.2-18], [MQTT-3.3.2-20]).</summary>
    public const ulong Forwardable = 1UL << (int)PropertyIdentifier.PayloadFormatIndicator | 1UL << (int)PropertyIdentifier.ContentType
        | 1UL << (int)PropertyIdentifier.ResponseTopic | 1UL << (int)PropertyIdentifier.CorrelationData | UserProperty;

    public const ulong InPublish = Forwardable | 1UL << (int)PropertyIdentifier.MessageExpiryInterval
        | 1UL << (int)PropertyIdentifier.TopicAlias | SubscriptionIdentifier;

    public const ulong InWill = Forwardable | 1UL << (int)PropertyIdentifier.MessageExpiryInterval | 1UL << (int)PropertyIdentifier.WillDelayInterval;

    public const ulong InConnect = SessionExpiryInterval | Authentication | Limits | UserProperty
        | 1UL << (int)PropertyIdentifier.RequestProblemInformation | 1UL << (int)PropertyIdentifier.RequestResponseInformation;

    public const ulong InConnAck = SessionExpiryInterval | Authentication | Limits | UserProperty | ReasonString
        | 1UL << (int)PropertyIdentifier.AssignedClientIdentifier | 1UL << (int)PropertyIdentifier.ServerKeepAlive
        | 1UL << (int)PropertyIdentifier.ResponseInformation | 1UL << (int)PropertyIdentifier.ServerReference
        | 1UL << (int)PropertyIdentifier.MaximumQoS | 1UL << (int)PropertyIdentifier.RetainAvailable
        | 1UL << (int)PropertyIdentifier.WildcardSubscriptionAvailable | 1UL << (int)PropertyIdentifier.SubscriptionIdentifierAvailable
        | 1UL << (int)PropertyIdentifier.SharedSubscriptionAvailable;

    /// <summary>PUBACK, PUBREC, PUBREL, PUBCOMP, SUBACK and UNSUBACK.</summary>
    public const ulong InAcknowledgement = ReasonString | UserProperty;

    public const ulong InSubscribe = SubscriptionIdentifier | UserProperty;
    public const ulong InUnsubscribe = UserProperty;
    public const ulong InDisconnect = SessionExpiryInterval | ReasonString | UserProperty | 1UL << (int)PropertyIdentifier.ServerReference;
    public const ulong InAuth = Authentication | ReasonString | UserProperty;

    /// <summary>Byte properties, whose only values are 0 and 1.</summary>
    public const ulong ZeroOrOne = 1UL << (int)PropertyIdentifier.PayloadFormatIndicator | 1UL << (int)PropertyIdentifier.RequestProblemInformation
        | 1UL << (int)PropertyIdentifier.RequestResponseInformation | 1UL << (int)PropertyIdentifier.MaximumQoS
        | 1UL << (int)PropertyIdentifier.RetainAvailable | 1UL << (int)PropertyIdentifier.WildcardSubscriptionAvailable
        | 1UL << (int)PropertyIdentifier.SubscriptionIdentifierAvailable | 1UL << (int)PropertyIdentifier.SharedSubscriptionAvailable;

    /// <summary>Integer properties for which 0 is a protocol error. Topic Alias 0 has a reason code of its own.</summary>
    public const ulong NotZero = 1UL << (int)PropertyIdentifier.ReceiveMaximum | 1UL << (int)PropertyIdentifier.MaximumPacketSize
        | SubscriptionIdentifier;

    private static ReadOnlySpan<PropertyEncoding> Encodings =>
    [
        /* 0x00 */ PropertyEncoding.Unknown, PropertyEncoding.Byte, PropertyEncoding.FourBytes, PropertyEncoding.Text,
        /* 0x04 */ PropertyEncoding.Unknown, PropertyEncoding.Unknown, PropertyEncoding.Unknown, PropertyEncoding.Unknown,
        /* 0x08 */ PropertyEncoding.Text, PropertyEncoding.Binary, PropertyEncoding.Unknown, PropertyEncoding.Variable,
        /* 0x0C */ PropertyEncoding.Unknown, PropertyEncoding.Unknown, PropertyEncoding.Unknown, PropertyEncoding.Unknown,
        /* 0x10 */ PropertyEncoding.Unknown, PropertyEncoding.FourBytes, PropertyEncoding.Text, PropertyEncoding.TwoBytes,
        /* 0x14 */ PropertyEncoding.Unknown, PropertyEncoding.Text, PropertyEncoding.Binary, PropertyEncoding.Byte,
        /* 0x18 */ PropertyEncoding.FourBytes, PropertyEncoding.Byte, PropertyEncoding.Text, PropertyEncoding.Unknown,
        /* 0x1C */ PropertyEncoding.Text, PropertyEncoding.Unknown, PropertyEncoding.Unknown, PropertyEncoding.Text,
        /* 0x20 */ PropertyEncoding.Unknown, PropertyEncoding.TwoBytes, PropertyEncoding.TwoBytes, PropertyEncoding.TwoBytes,
        /* 0x24 */ PropertyEncoding.Byte, PropertyEncoding.Byte, PropertyEncoding.Pair, PropertyEncoding.FourBytes,
        /* 0x28 */ PropertyEncoding.Byte, PropertyEncoding.Byte, PropertyEncoding.Byte,
    ];

    /// <summary>How the value of a property is encoded; Unknown for what is no property.</summary>
    public static PropertyEncoding EncodingOf(byte identifier) =>
        identifier < Encodings.Length ? Encodings[identifier] : PropertyEncoding.Unknown;

    /// <summary>Length of identifier and value of the property at the start of <paramref name="source"/>, without judging the value.</summary>
    /// <returns>0 when it is unknown or cut off, and at the end.</returns>
    public static int GetLength(ReadOnlySpan<byte> source)
    {
        if (source.IsEmpty)
        {
            return 0;
        }

        var length = 1;
        switch (EncodingOf(source[0]))
        {
            case PropertyEncoding.Byte:
                length += 1;
                break;
            case PropertyEncoding.TwoBytes:
                length += 2;
                break;
            case PropertyEncoding.FourBytes:
                length += 4;
                break;
            case PropertyEncoding.Variable:
                if (VariableByteInteger.TryRead(source[1..], out _, out var variableLength) != FrameStatus.Complete)
                {
                    return 0;
                }

                length += variableLength;
                break;
            case PropertyEncoding.Text or PropertyEncoding.Binary:
                if (source.Length < 3)
                {
                    return 0;
                }

                length += 2 + BinaryPrimitives.ReadUInt16BigEndian(source[1..]);
                break;
            case PropertyEncoding.Pair:
                if (source.Length < 3)
                {
                    return 0;
                }

                length += 2 + BinaryPrimitives.ReadUInt16BigEndian(source[1..]);
                if (source.Length < length + 2)
                {
                    return 0;
                }

                length += 2 + BinaryPrimitives.ReadUInt16BigEndian(source[length..]);
                break;
            default:
                return 0;
        }

        return length <= source.Length ? length : 0;
    }
}
