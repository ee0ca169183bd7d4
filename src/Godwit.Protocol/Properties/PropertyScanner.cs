using System.Buffers.Binary;

namespace Godwit.Protocol;

/// <summary>
/// One pass over a property block as received: checks encoding, place, repetition and range of each property and hands
/// out the ones that belong into the packet.
/// </summary>
internal ref struct PropertyScanner
{
    private readonly ReadOnlySpan<byte> _raw;
    private readonly ulong _allowed;
    private readonly ulong _repeatable;
    private readonly bool _tolerateMisplaced;
    private ulong _seen;
    private int _position;

    public PropertyScanner(ReadOnlySpan<byte> raw, ulong allowed, ulong repeatable, DecodeLeniency leniency)
    {
        _raw = raw;
        _allowed = allowed;
        _repeatable = repeatable;
        _tolerateMisplaced = (leniency & DecodeLeniency.MisplacedProperty) != 0;
    }

    /// <summary>What ended the scan early, or none.</summary>
    public ProtocolFault Fault;

    /// <summary>The current property.</summary>
    public PropertyIdentifier Identifier;

    /// <summary>Value of an integer property.</summary>
    public uint Number;

    /// <summary>Value of a string or binary property.</summary>
    public ReadOnlySpan<byte> Data;

    /// <summary>Where the current property begins.</summary>
    public int Start;

    /// <summary>How many User Properties went by.</summary>
    public int UserPropertyCount;

    /// <summary>True once a misplaced property was skipped.</summary>
    public bool SkippedMisplaced;

    /// <summary>Bytes of the current property, identifier included.</summary>
    public readonly int Length => _position - Start;

    /// <summary>Goes to the next property that the packet may carry.</summary>
    /// <returns>False at the end, and at a fault: then <see cref="Fault"/> is set.</returns>
    public bool MoveNext()
    {
        while (_position < _raw.Length)
        {
            Start = _position;
            var identifier = _raw[_position++];
            if (!TryReadValue(PropertyTable.EncodingOf(identifier)))
            {
                return false;
            }

            var bit = 1UL << identifier; // below 64: the encoding is known
            Identifier = (PropertyIdentifier)identifier;
            if ((_allowed & bit) == 0)
            {
                if (!_tolerateMisplaced)
                {
                    // Section 2.2.2.2: an identifier that is not valid for its packet type makes the packet malformed.
                    Fault = Protocol.Fault.Malformed(ProtocolVersion.Mqtt5, "a property is not allowed in this packet");
                    return false;
                }

                SkippedMisplaced = true;
                continue;
            }

            if ((_seen & bit) != 0 && (_repeatable & bit) == 0)
            {
                Fault = Protocol.Fault.ProtocolError(ProtocolVersion.Mqtt5, "a property is there twice");
                return false;
            }

            _seen |= bit;
            if ((bit & PropertyTable.UserProperty) != 0)
            {
                UserPropertyCount++;
                return true;
            }

            return IsInRange(bit);
        }

        return false;
    }

    private bool IsInRange(ulong bit)
    {
        if ((bit & PropertyTable.ZeroOrOne) != 0 && Number > 1)
        {
            Fault = Protocol.Fault.ProtocolError(ProtocolVersion.Mqtt5, "a property is neither 0 nor 1");
            return false;
        }

        if ((bit & PropertyTable.NotZero) != 0 && Number == 0)
        {
            Fault = Protocol.Fault.ProtocolError(ProtocolVersion.Mqtt5, "a property is 0 that must not be");
            return false;
        }

        if (Identifier == PropertyIdentifier.TopicAlias && Number == 0) // [MQTT-3.3.2-8]
        {
            Fault = new ProtocolFault(ReasonCode.TopicAliasInvalid, "MQTT-3.3.2-8", "Topic Alias 0");
            return false;
        }

        if (Identifier == PropertyIdentifier.ResponseTopic && !TopicName.IsValid(Data)) // [MQTT-3.3.2-14]
        {
            Fault = Data.IsEmpty
                ? new ProtocolFault(ReasonCode.ProtocolError, "MQTT-4.7.3-1", "empty Response Topic")
                : new ProtocolFault(ReasonCode.ProtocolError, "MQTT-3.3.2-14", "wildcard in the Response Topic");
            return false;
        }

        return true;
    }

    private bool TryReadValue(PropertyEncoding encoding)
    {
        var rest = _raw[_position..];
        switch (encoding)
        {
            case PropertyEncoding.Byte:
                if (rest.IsEmpty)
                {
                    return FailTruncated();
                }

                Number = rest[0];
                _position += 1;
                return true;

            case PropertyEncoding.TwoBytes:
                if (rest.Length < 2)
                {
                    return FailTruncated();
                }

                Number = BinaryPrimitives.ReadUInt16BigEndian(rest);
                _position += 2;
                return true;

            case PropertyEncoding.FourBytes:
                if (rest.Length < 4)
                {
                    return FailTruncated();
                }

                Number = BinaryPrimitives.ReadUInt32BigEndian(rest);
                _position += 4;
                return true;

            case PropertyEncoding.Variable:
                switch (VariableByteInteger.TryRead(rest, out Number, out var length))
                {
                    case FrameStatus.Complete:
                        _position += length;
                        return true;
                    case FrameStatus.Incomplete:
                        return FailTruncated();
                    default: // [MQTT-1.5.5-1]
                        Fault = new ProtocolFault(ReasonCode.MalformedPacket, "MQTT-1.5.5-1", "a variable byte integer has more bytes than allowed");
                        return false;
                }

            case PropertyEncoding.Text: // [MQTT-3.3.2-13] [MQTT-3.3.2-19]
                return TryReadText();

            case PropertyEncoding.Binary:
                return TryReadData();

            case PropertyEncoding.Pair: // [MQTT-1.5.7-1]
                return TryReadText() && TryReadText();

            default:
                Fault = Protocol.Fault.Malformed(ProtocolVersion.Mqtt5, "unknown property identifier");
                return false;
        }
    }

    private bool TryReadText() =>
        TryReadData() && (Utf8Rules.IsValid(Data) || Utf8Rules.Check(Data, ProtocolVersion.Mqtt5, out Fault));

    private bool TryReadData()
    {
        var rest = _raw[_position..];
        if (rest.Length < 2)
        {
            return FailTruncated();
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(rest);
        if (rest.Length - 2 < length)
        {
            return FailTruncated();
        }

        Data = rest.Slice(2, length);
        _position += 2 + length;
        return true;
    }

    private bool FailTruncated()
    {
        Fault = Protocol.Fault.Malformed(ProtocolVersion.Mqtt5, "a property runs over the end of the property block");
        return false;
    }
}
