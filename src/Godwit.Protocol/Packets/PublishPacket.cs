using System.Buffers.Binary;
using System.Text.Unicode;

namespace Godwit.Protocol;

/// <summary>PUBLISH: an application message, either way (section 3.3). Decoding is one pass and copies nothing.</summary>
public ref struct PublishPacket
{
    /// <summary>This is a repeated delivery. Always false at QoS 0 ([MQTT-3.3.1-2]).</summary>
    public bool Dup { readonly get; set; }

    /// <summary>Quality of service.</summary>
    public QualityOfService QoS { readonly get; set; }

    /// <summary>The RETAIN flag.</summary>
    public bool Retain { readonly get; set; }

    /// <summary>The topic name: valid UTF-8 without wildcards; empty only beside a Topic Alias.</summary>
    public ReadOnlySpan<byte> Topic { readonly get; set; }

    /// <summary>1 to 65,535 at QoS 1 and 2, 0 at QoS 0.</summary>
    public ushort PacketIdentifier { readonly get; set; }

    /// <summary>The properties; without any before 5.0. Encoding writes <see cref="PublishProperties.Raw"/>.</summary>
    public PublishProperties Properties { readonly get; set; }

    /// <summary>The application message; may be empty.</summary>
    public ReadOnlySpan<byte> Payload { readonly get; set; }

    /// <summary>What was let pass while decoding.</summary>
    public DecodeLeniency Tolerated { readonly get; private set; }

    /// <summary>Bits 3 to 0 of the first byte.</summary>
    public readonly byte Flags => (byte)((Dup ? 0b1000 : 0) | (int)QoS << 1 | (Retain ? 1 : 0));

    /// <summary>Decodes the body of a packet whose fixed header passed <see cref="Frame"/>.</summary>
    /// <param name="body">Exactly the bytes after the fixed header.</param>
    /// <param name="flags">Bits 3 to 0 of the first byte.</param>
    /// <param name="version">The version of the connection.</param>
    /// <param name="sender">Which side sent it: a client may not send Subscription Identifiers ([MQTT-3.3.4-6]).</param>
    /// <param name="leniency"><see cref="DecodeLeniency.DupOnQoS0"/> and <see cref="DecodeLeniency.MisplacedProperty"/> matter here.</param>
    /// <param name="packet">The packet, when true; slices of <paramref name="body"/>.</param>
    /// <param name="fault">What is wrong, when false.</param>
    public static bool TryDecode(
        ReadOnlySpan<byte> body,
        byte flags,
        ProtocolVersion version,
        PacketSender sender,
        DecodeLeniency leniency,
        out PublishPacket packet,
        out ProtocolFault fault)
    {
        packet = default;
        var qos = flags >> 1 & 3;
        if (qos == 3) // [MQTT-3.3.1-4]
        {
            fault = Fault.Malformed(version, "MQTT-3.3.1-4", "MQTT-3.3.1-4", "QoS 3 in PUBLISH");
            return false;
        }

        packet.QoS = (QualityOfService)qos;
        packet.Retain = (flags & 1) != 0;
        packet.Dup = (flags & 0b1000) != 0;
        if (packet.Dup && qos == 0) // [MQTT-3.3.1-2]
        {
            packet.Dup = false;
            if (version != ProtocolVersion.Mqtt31) // 3.1 gives DUP no meaning at QoS 0
            {
                if ((leniency & DecodeLeniency.DupOnQoS0) == 0)
                {
                    fault = Fault.Malformed(version, "MQTT-3.3.1-2", "MQTT-3.3.1-2", "DUP in a PUBLISH of QoS 0");
                    return false;
                }

                packet.Tolerated = DecodeLeniency.DupOnQoS0;
            }
        }

        if (!BinaryPrimitives.TryReadUInt16BigEndian(body, out var topicLength) || body.Length - 2 < topicLength) // [MQTT-3.3.2-1]
        {
            fault = Fault.Truncated(version);
            return false;
        }

        var topic = body.Slice(2, topicLength);
        packet.Topic = topic;
        if (topic.IndexOfAny((byte)0, (byte)'+', (byte)'#') >= 0 || !Utf8.IsValid(topic))
        {
            fault = DescribeTopicFault(topic, version);
            return false;
        }

        var rest = body[(2 + topicLength)..];
        if (qos != 0) // [MQTT-2.2.1-2]
        {
            if (!BinaryPrimitives.TryReadUInt16BigEndian(rest, out var packetIdentifier))
            {
                fault = Fault.Truncated(version);
                return false;
            }

            if (packetIdentifier == 0) // [MQTT-2.2.1-3] [MQTT-2.2.1-4]
            {
                fault = Fault.PacketIdentifierZero(version, sender == PacketSender.Client ? "MQTT-2.2.1-3" : "MQTT-2.2.1-4");
                return false;
            }

            packet.PacketIdentifier = packetIdentifier;
            rest = rest[2..];
        }

        if (version == ProtocolVersion.Mqtt5)
        {
            if (!rest.IsEmpty && rest[0] == 0)
            {
                rest = rest[1..];
            }
            else
            {
                var reader = new BodyReader(rest);
                if (!reader.TryReadProperties(out var raw, out fault)
                    || !PublishProperties.TryDecode(raw, sender, leniency, out var properties, out fault))
                {
                    return false;
                }

                packet.Properties = properties;
                packet.Tolerated |= properties.Tolerated;
                rest = reader.Rest;
                if (topicLength == 0 && properties.TopicAlias != 0)
                {
                    packet.Payload = rest;
                    return true;
                }
            }
        }

        if (topicLength == 0)
        {
            // Section 3.3.2.1 of 5.0 calls an empty name without alias a protocol error.
            fault = Fault.ProtocolError(version, "MQTT-4.7.3-1", "MQTT-4.7.3-1", "empty topic name");
            return false;
        }

        packet.Payload = rest;
        fault = default;
        return true;
    }

    /// <summary>Bytes of the whole packet.</summary>
    /// <param name="version">The version of the connection.</param>
    public readonly int GetEncodedLength(ProtocolVersion version) => PacketWriter.GetTotalLength(GetRemainingLength(version));

    /// <summary>Writes the whole packet.</summary>
    /// <param name="destination">At least <see cref="GetEncodedLength"/> bytes.</param>
    /// <param name="version">The version of the connection; properties are left out before 5.0.</param>
    /// <returns>Bytes written.</returns>
    public readonly int Encode(Span<byte> destination, ProtocolVersion version)
    {
        var writer = new PacketWriter(destination);
        writer.WriteHeader(PacketType.Publish, Flags, GetRemainingLength(version));
        writer.WriteData(Topic);
        if (QoS != QualityOfService.AtMostOnce) // [MQTT-2.2.1-2]
        {
            writer.WriteUInt16(PacketIdentifier);
        }

        if (version == ProtocolVersion.Mqtt5)
        {
            writer.WriteRawProperties(Properties.Raw); // [MQTT-2.2.2-1]
        }

        writer.WriteBytes(Payload);
        return writer.Length;
    }

    private readonly int GetRemainingLength(ProtocolVersion version) =>
        2 + Topic.Length
        + (QoS == QualityOfService.AtMostOnce ? 0 : 2)
        + (version == ProtocolVersion.Mqtt5 ? PacketWriter.GetPropertiesLength(Properties.Raw.Length) : 0)
        + Payload.Length;

    private static ProtocolFault DescribeTopicFault(ReadOnlySpan<byte> topic, ProtocolVersion version) =>
        Utf8Rules.Check(topic, version, out var fault)
            ? Fault.Of(ReasonCode.TopicNameInvalid, version, "MQTT-3.3.2-2", "MQTT-3.3.2-2", "wildcard in the topic name") // [MQTT-3.3.2-2]
            : fault;
}
