using System.Buffers.Binary;

namespace Godwit.Protocol;

/// <summary>
/// The properties of a PUBLISH (5.0 section 3.3.2.3) or of a will (section 3.1.3.2), read in place: values are slices of
/// <see cref="Raw"/>. The default value has no properties.
/// </summary>
public ref struct PublishProperties
{
    private ReadOnlySpan<byte> _raw;

    // Offsets of the two byte lengths in _raw. Never 0 for a property that is there: its identifier comes before.
    private int _contentTypeAt;
    private int _responseTopicAt;
    private int _correlationDataAt;

    /// <summary>The property bytes without their length prefix, as received or as they are to be sent.</summary>
    public readonly ReadOnlySpan<byte> Raw => _raw;

    /// <summary>True if the Payload Format Indicator is there.</summary>
    public bool HasPayloadFormatIndicator { readonly get; private set; }

    /// <summary>1 if the payload claims to be UTF-8, 0 if it is unspecified bytes or the property is absent.</summary>
    public byte PayloadFormatIndicator { readonly get; private set; }

    /// <summary>Lifetime in seconds, or null if the message does not expire.</summary>
    public uint? MessageExpiryInterval { readonly get; private set; }

    /// <summary>1 to 65,535, or 0 if absent.</summary>
    public ushort TopicAlias { readonly get; private set; }

    /// <summary>Will only: seconds between the end of the connection and the publication; 0 if absent.</summary>
    public uint WillDelayInterval { readonly get; private set; }

    /// <summary>True if the Response Topic is there.</summary>
    public readonly bool HasResponseTopic => _responseTopicAt != 0;

    /// <summary>A valid topic name without wildcards, or empty if absent.</summary>
    public readonly ReadOnlySpan<byte> ResponseTopic => DataAt(_responseTopicAt);

    /// <summary>True if Correlation Data is there.</summary>
    public readonly bool HasCorrelationData => _correlationDataAt != 0;

    /// <summary>Any bytes, or empty if absent.</summary>
    public readonly ReadOnlySpan<byte> CorrelationData => DataAt(_correlationDataAt);

    /// <summary>True if the Content Type is there.</summary>
    public readonly bool HasContentType => _contentTypeAt != 0;

    /// <summary>UTF-8, or empty if absent.</summary>
    public readonly ReadOnlySpan<byte> ContentType => DataAt(_contentTypeAt);

    /// <summary>Number of Subscription Identifiers; 0 in a PUBLISH from a client.</summary>
    public int SubscriptionIdentifierCount { readonly get; private set; }

    /// <summary>The Subscription Identifiers of a PUBLISH from a server.</summary>
    public readonly SubscriptionIdentifiers SubscriptionIdentifiers => new(_raw, SubscriptionIdentifierCount);

    /// <summary>Number of User Properties.</summary>
    public int UserPropertyCount { readonly get; private set; }

    /// <summary>The User Properties in their order.</summary>
    public readonly UserProperties UserProperties => new(_raw, UserPropertyCount);

    /// <summary>Bytes that <see cref="CopyForwardable"/> writes.</summary>
    public int ForwardableLength { readonly get; private set; }

    /// <summary>
    /// True if <see cref="Raw"/> holds only what a server forwards unchanged: no alias, no expiry, no subscription
    /// identifier, no will delay, nothing misplaced. Also true without properties.
    /// </summary>
    public readonly bool RawIsForwardable => ForwardableLength == _raw.Length;

    /// <summary>What was let pass while decoding.</summary>
    public DecodeLeniency Tolerated { readonly get; private set; }

    /// <summary>Takes property bytes to send as they are, without looking into them: only <see cref="Raw"/> is set.</summary>
    /// <param name="raw">A valid property block without length prefix, for example of a <see cref="PropertyWriter"/>.</param>
    public static PublishProperties ForEncoding(ReadOnlySpan<byte> raw) => new() { _raw = raw };

    /// <summary>Checks and indexes the properties of a PUBLISH.</summary>
    /// <param name="raw">Property bytes without length prefix.</param>
    /// <param name="sender">A client may not send Subscription Identifiers ([MQTT-3.3.4-6]).</param>
    /// <param name="leniency"><see cref="DecodeLeniency.MisplacedProperty"/> matters here.</param>
    /// <param name="properties">The properties, when true.</param>
    /// <param name="fault">What is wrong, when false.</param>
    public static bool TryDecode(
        ReadOnlySpan<byte> raw,
        PacketSender sender,
        DecodeLeniency leniency,
        out PublishProperties properties,
        out ProtocolFault fault)
    {
        var repeatable = PropertyTable.UserProperty | (sender == PacketSender.Server ? PropertyTable.SubscriptionIdentifier : 0);
        return TryDecode(raw, PropertyTable.InPublish, repeatable, sender, leniency, out properties, out fault);
    }

    /// <summary>Checks and indexes the properties of a will.</summary>
    /// <param name="raw">Property bytes without length prefix.</param>
    /// <param name="leniency"><see cref="DecodeLeniency.MisplacedProperty"/> matters here.</param>
    /// <param name="properties">The properties, when true.</param>
    /// <param name="fault">What is wrong, when false.</param>
    public static bool TryDecodeWill(ReadOnlySpan<byte> raw, DecodeLeniency leniency, out PublishProperties properties, out ProtocolFault fault) =>
        TryDecode(raw, PropertyTable.InWill, PropertyTable.UserProperty, PacketSender.Client, leniency, out properties, out fault);

    /// <summary>
    /// Writes the properties that a server forwards unchanged, in their order: payload format, content type, response
    /// topic, correlation data and user properties ([MQTT-3.3.2-4], [MQTT-3.3.2-15] to [MQTT-3.3.2-18], [MQTT-3.3.2-20]).
    /// </summary>
    /// <param name="destination">At least <see cref="ForwardableLength"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    public readonly int CopyForwardable(Span<byte> destination)
    {
        if (RawIsForwardable)
        {
            _raw.CopyTo(destination);
            return _raw.Length;
        }

        return PropertyCopy.Copy(_raw, PropertyTable.Forwardable, destination);
    }

    private static bool TryDecode(
        ReadOnlySpan<byte> raw,
        ulong allowed,
        ulong repeatable,
        PacketSender sender,
        DecodeLeniency leniency,
        out PublishProperties properties,
        out ProtocolFault fault)
    {
        properties = default;
        properties._raw = raw;
        var scanner = new PropertyScanner(raw, allowed, repeatable, leniency);
        while (scanner.MoveNext())
        {
            switch (scanner.Identifier)
            {
                case PropertyIdentifier.PayloadFormatIndicator:
                    properties.HasPayloadFormatIndicator = true;
                    properties.PayloadFormatIndicator = (byte)scanner.Number;
                    break;
                case PropertyIdentifier.MessageExpiryInterval:
                    properties.MessageExpiryInterval = scanner.Number;
                    continue;
                case PropertyIdentifier.ContentType:
                    properties._contentTypeAt = scanner.Start + 1;
                    break;
                case PropertyIdentifier.ResponseTopic:
                    properties._responseTopicAt = scanner.Start + 1;
                    break;
                case PropertyIdentifier.CorrelationData:
                    properties._correlationDataAt = scanner.Start + 1;
                    break;
                case PropertyIdentifier.SubscriptionIdentifier:
                    if (sender == PacketSender.Client) // [MQTT-3.3.4-6]
                    {
                        if ((leniency & DecodeLeniency.MisplacedProperty) == 0)
                        {
                            fault = new ProtocolFault(ReasonCode.ProtocolError, "MQTT-3.3.4-6", "Subscription Identifier in a PUBLISH from a client");
                            return false;
                        }

                        scanner.SkippedMisplaced = true;
                        continue;
                    }

                    properties.SubscriptionIdentifierCount++;
                    continue;
                case PropertyIdentifier.WillDelayInterval:
                    properties.WillDelayInterval = scanner.Number;
                    continue;
                case PropertyIdentifier.TopicAlias:
                    properties.TopicAlias = (ushort)scanner.Number;
                    continue;
                default: // User Property
                    break;
            }

            properties.ForwardableLength += scanner.Length;
        }

        properties.UserPropertyCount = scanner.UserPropertyCount;
        properties.Tolerated = scanner.SkippedMisplaced ? DecodeLeniency.MisplacedProperty : DecodeLeniency.None;
        fault = scanner.Fault;
        return fault.IsNone;
    }

    private readonly ReadOnlySpan<byte> DataAt(int at) =>
        at == 0 ? default : _raw.Slice(at + 2, BinaryPrimitives.ReadUInt16BigEndian(_raw[at..]));
}
