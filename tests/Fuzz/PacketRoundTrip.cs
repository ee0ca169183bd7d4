using Godwit.Protocol;

namespace Godwit.Fuzz;

/// <summary>
/// Decodes one packet of any type, reads everything that it gives out, encodes it, and demands that what was encoded decodes
/// and encodes to the same bytes again.
/// </summary>
internal sealed class PacketRoundTrip
{
    private byte[] _first = new byte[1024];
    private byte[] _second = new byte[1024];
    private int _touched;
    private int _length;

    /// <summary>What the last packet was encoded to.</summary>
    public ReadOnlySpan<byte> Encoded => _first.AsSpan(0, _length);

    /// <param name="header">A header that passed <see cref="Frame"/>.</param>
    /// <param name="body">The bytes after it.</param>
    /// <param name="version">The version of the connection; after a CONNECT its own.</param>
    /// <param name="sender">Who sent it.</param>
    /// <param name="leniency">What may be let pass.</param>
    /// <param name="fault">What is wrong with the packet, when false.</param>
    public bool TryRun(
        in FrameHeader header,
        ReadOnlySpan<byte> body,
        ref ProtocolVersion version,
        PacketSender sender,
        DecodeLeniency leniency,
        out ProtocolFault fault)
    {
        if (!TryDecode(header.Type, header.Flags, body, ref version, sender, leniency, ref _first, out int length, out fault))
        {
            Oracle.That(!fault.IsNone, "a decoder refuses a packet without saying why");
            Oracle.That(fault.Reason.IsFailure(), "the reason of a fault is no failure");
            Oracle.That(fault.Statement.StartsWith("MQTT-", StringComparison.Ordinal), "a fault names no statement");
            return false;
        }

        _length = length;
        Oracle.That(fault.IsNone, "a decoder takes a packet and reports a fault");
        var encoded = _first.AsSpan(0, length);
        var status = Frame.TryRead(encoded, Frame.PacketSizeMax, version, leniency, out var again, out var frameFault);
        Oracle.That(status == FrameStatus.Complete, $"Frame does not take what {header.Type} was encoded to: {status} {frameFault.Detail}");
        Oracle.That(again.TotalLength == length && again.Type == header.Type, "the header of what was encoded says something else");

        var versionAgain = version;
        bool isTaken = TryDecode(
            again.Type, again.Flags, encoded[again.HeaderLength..], ref versionAgain, sender, leniency, ref _second, out int lengthAgain, out var faultAgain);
        Oracle.That(isTaken, $"{header.Type} does not take what it has encoded: {faultAgain.Detail}");
        Oracle.That(versionAgain == version, "the version changes on the way");
        Oracle.That(encoded.SequenceEqual(_second.AsSpan(0, lengthAgain)), $"{header.Type} encodes to other bytes the second time");
        return true;
    }

    private bool TryDecode(
        PacketType type,
        byte flags,
        ReadOnlySpan<byte> body,
        ref ProtocolVersion version,
        PacketSender sender,
        DecodeLeniency leniency,
        ref byte[] output,
        out int length,
        out ProtocolFault fault)
    {
        length = 0;
        switch (type)
        {
            case PacketType.Connect:
                if (!ConnectPacket.TryDecode(body, leniency, out var connect, out fault))
                {
                    Oracle.That(Enum.IsDefined(connect.Version), "a refused CONNECT has no version to be answered in");
                    return false;
                }

                version = connect.Version;
                Touch(connect.ClientIdentifier, connect.UserName, connect.AuthenticationMethod);
                TouchBytes(connect.WillPayload, connect.Password, connect.AuthenticationData);
                Oracle.That(!connect.HasWill || TopicName.IsValid(connect.WillTopic), "a will without a topic");
                Touch(connect.UserProperties);
                Touch(connect.WillProperties);
                length = connect.Encode(Room(ref output, connect.GetEncodedLength()));
                return Announced(connect.GetEncodedLength(), length);

            case PacketType.ConnAck:
                if (!ConnAckPacket.TryDecode(body, version, leniency, out var connAck, out fault))
                {
                    return false;
                }

                Touch(connAck.AssignedClientIdentifier, connAck.ReasonString, connAck.ResponseInformation);
                Touch(connAck.ServerReference, connAck.AuthenticationMethod, default);
                TouchBytes(connAck.AuthenticationData, default, default);
                Touch(connAck.UserProperties);
                length = connAck.Encode(Room(ref output, connAck.GetEncodedLength(version)), version);
                return Announced(connAck.GetEncodedLength(version), length);

            case PacketType.Publish:
                if (!PublishPacket.TryDecode(body, flags, version, sender, leniency, out var publish, out fault))
                {
                    return false;
                }

                Oracle.That(TopicName.IsValid(publish.Topic) || (publish.Topic.IsEmpty && publish.Properties.TopicAlias != 0), "a PUBLISH without a topic");
                Oracle.That(publish.QoS <= QualityOfService.ExactlyOnce, "a PUBLISH of QoS 3");
                Oracle.That(publish.QoS == QualityOfService.AtMostOnce || publish.PacketIdentifier != 0, "a PUBLISH without Packet Identifier");
                TouchBytes(publish.Payload, default, default);
                Touch(publish.Properties);
                byte[] copy = new byte[publish.Properties.ForwardableLength];
                Oracle.That(publish.Properties.CopyForwardable(copy) == copy.Length, "the forwarded properties have another length than announced");
                Oracle.That(
                    PublishProperties.TryDecode(copy, PacketSender.Client, DecodeLeniency.None, out _, out _), "the forwarded properties are not valid");
                length = publish.Encode(Room(ref output, publish.GetEncodedLength(version)), version);
                return Announced(publish.GetEncodedLength(version), length);

            case PacketType.PubAck:
                if (!PubAckPacket.TryDecode(body, version, leniency, out var pubAck, out fault))
                {
                    return false;
                }

                TouchAcknowledgement(pubAck.PacketIdentifier, pubAck.Reason, type, pubAck.ReasonString, pubAck.UserProperties);
                length = pubAck.Encode(Room(ref output, pubAck.GetEncodedLength(version)), version);
                return Announced(pubAck.GetEncodedLength(version), length);

            case PacketType.PubRec:
                if (!PubRecPacket.TryDecode(body, version, leniency, out var pubRec, out fault))
                {
                    return false;
                }

                TouchAcknowledgement(pubRec.PacketIdentifier, pubRec.Reason, type, pubRec.ReasonString, pubRec.UserProperties);
                length = pubRec.Encode(Room(ref output, pubRec.GetEncodedLength(version)), version);
                return Announced(pubRec.GetEncodedLength(version), length);

            case PacketType.PubRel:
                if (!PubRelPacket.TryDecode(body, version, leniency, out var pubRel, out fault))
                {
                    return false;
                }

                TouchAcknowledgement(pubRel.PacketIdentifier, pubRel.Reason, type, pubRel.ReasonString, pubRel.UserProperties);
                length = pubRel.Encode(Room(ref output, pubRel.GetEncodedLength(version)), version);
                return Announced(pubRel.GetEncodedLength(version), length);

            case PacketType.PubComp:
                if (!PubCompPacket.TryDecode(body, version, leniency, out var pubComp, out fault))
                {
                    return false;
                }

                TouchAcknowledgement(pubComp.PacketIdentifier, pubComp.Reason, type, pubComp.ReasonString, pubComp.UserProperties);
                length = pubComp.Encode(Room(ref output, pubComp.GetEncodedLength(version)), version);
                return Announced(pubComp.GetEncodedLength(version), length);

            case PacketType.Subscribe:
                if (!SubscribePacket.TryDecode(body, version, leniency, out var subscribe, out fault))
                {
                    return false;
                }

                int items = 0;
                foreach (var item in subscribe)
                {
                    TouchFilter(item.Filter);
                    Oracle.That(item.Options.MaximumQoS <= QualityOfService.ExactlyOnce && item.Options.RetainHandling <= RetainHandling.DoNotSend, "options out of range");
                    items++;
                }

                Oracle.That(items == subscribe.Count && items > 0 && subscribe.PacketIdentifier != 0, "a SUBSCRIBE that counts wrongly");
                Touch(subscribe.UserProperties);
                length = subscribe.Encode(Room(ref output, subscribe.GetEncodedLength(version)), version);
                return Announced(subscribe.GetEncodedLength(version), length);

            case PacketType.SubAck:
                if (!SubAckPacket.TryDecode(body, version, leniency, out var subAck, out fault))
                {
                    return false;
                }

                Oracle.That(subAck.PacketIdentifier != 0 && !subAck.ReasonCodes.IsEmpty, "a SUBACK of nothing");
                Touch(subAck.ReasonString, default, default);
                Touch(subAck.UserProperties);
                length = subAck.Encode(Room(ref output, subAck.GetEncodedLength(version)), version);
                return Announced(subAck.GetEncodedLength(version), length);

            case PacketType.Unsubscribe:
                if (!UnsubscribePacket.TryDecode(body, version, leniency, out var unsubscribe, out fault))
                {
                    return false;
                }

                int filters = 0;
                foreach (var filter in unsubscribe)
                {
                    TouchFilter(filter);
                    filters++;
                }

                Oracle.That(filters == unsubscribe.Count && filters > 0 && unsubscribe.PacketIdentifier != 0, "an UNSUBSCRIBE that counts wrongly");
                Touch(unsubscribe.UserProperties);
                length = unsubscribe.Encode(Room(ref output, unsubscribe.GetEncodedLength(version)), version);
                return Announced(unsubscribe.GetEncodedLength(version), length);

            case PacketType.UnsubAck:
                if (!UnsubAckPacket.TryDecode(body, version, leniency, out var unsubAck, out fault))
                {
                    return false;
                }

                Oracle.That(unsubAck.PacketIdentifier != 0, "an UNSUBACK of nothing");
                Touch(unsubAck.ReasonString, default, default);
                Touch(unsubAck.UserProperties);
                length = unsubAck.Encode(Room(ref output, unsubAck.GetEncodedLength(version)), version);
                return Announced(unsubAck.GetEncodedLength(version), length);

            case PacketType.PingReq:
                length = PingReqPacket.Encode(output);
                return PingReqPacket.TryDecode(body, version, out fault);

            case PacketType.PingResp:
                length = PingRespPacket.Encode(output);
                return PingRespPacket.TryDecode(body, version, out fault);

            case PacketType.Disconnect:
                if (!DisconnectPacket.TryDecode(body, version, sender, leniency, out var disconnect, out fault))
                {
                    return false;
                }

                Oracle.That(disconnect.Reason.IsValidFor(type), "a reason that DISCONNECT does not have");
                Touch(disconnect.ReasonString, disconnect.ServerReference, default);
                Touch(disconnect.UserProperties);
                length = disconnect.Encode(Room(ref output, disconnect.GetEncodedLength(version)), version);
                return Announced(disconnect.GetEncodedLength(version), length);

            case PacketType.Auth:
                Oracle.That(version == ProtocolVersion.Mqtt5, "Frame lets AUTH pass before 5.0");
                if (!AuthPacket.TryDecode(body, leniency, out var auth, out fault))
                {
                    return false;
                }

                Touch(auth.AuthenticationMethod, auth.ReasonString, default);
                TouchBytes(auth.AuthenticationData, default, default);
                Touch(auth.UserProperties);
                length = auth.Encode(Room(ref output, auth.GetEncodedLength(version)), version);
                return Announced(auth.GetEncodedLength(version), length);

            default:
                fault = default;
                Oracle.Fail($"Frame lets packet type {type} pass");
                return false;
        }
    }

    private static byte[] Room(ref byte[] output, int length)
    {
        if (output.Length < length)
        {
            output = new byte[length];
        }

        return output;
    }

    private static bool Announced(int announced, int written)
    {
        Oracle.That(announced == written, $"{announced} bytes announced, {written} written");
        return true;
    }

    private static void TouchAcknowledgement(ushort identifier, ReasonCode reason, PacketType type, ReadOnlySpan<byte> reasonString, UserProperties properties)
    {
        Oracle.That(identifier != 0, "an acknowledgement of Packet Identifier 0");
        Oracle.That(reason.IsValidFor(type), "a reason that the packet does not have");
        Touch(reasonString, default, default);
        Touch(properties);
    }

    private static void TouchFilter(ReadOnlySpan<byte> filter)
    {
        Oracle.That(!filter.IsEmpty && Utf8Rules.IsValid(filter), "a filter that is no string");
        if (SharedFilter.TryParse(filter, out _, out var matched) != SharedFilterKind.Invalid)
        {
            _ = TopicFilter.Check(matched, out _);
        }
    }

    private void Touch(in PublishProperties properties)
    {
        Touch(properties.ContentType, properties.ResponseTopic, default);
        TouchBytes(properties.CorrelationData, properties.Raw, default);
        int count = 0;
        foreach (uint identifier in properties.SubscriptionIdentifiers)
        {
            Oracle.That(identifier != 0, "Subscription Identifier 0");
            count++;
        }

        Oracle.That(count == properties.SubscriptionIdentifierCount, "Subscription Identifiers are counted wrongly");
        Touch(properties.UserProperties);
    }

    private static void Touch(UserProperties properties)
    {
        int count = 0;
        foreach (var (name, value) in properties)
        {
            Oracle.That(Utf8Rules.IsValid(name) && Utf8Rules.IsValid(value), "a User Property that is no string");
            count++;
        }

        Oracle.That(count == properties.Count, "User Properties are counted wrongly");
    }

    private static void Touch(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third) =>
        Oracle.That(Utf8Rules.IsValid(first) && Utf8Rules.IsValid(second) && Utf8Rules.IsValid(third), "a string that is none");

    // A slice that leads outside of the packet would show here.
    private void TouchBytes(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third) =>
        _touched ^= (first.IsEmpty ? 0 : first[^1]) + (second.IsEmpty ? 0 : second[^1]) + (third.IsEmpty ? 0 : third[^1]);
}
