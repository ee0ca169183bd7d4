namespace Godwit.Protocol.Tests.Vectors;

/// <summary>
/// Runs one decoder, touches everything that the packet gives out and encodes it; what was encoded must decode again and
/// encode to the same bytes. Built to be fast: no text.
/// </summary>
internal sealed class PacketWalk
{
    private readonly byte[] _first = new byte[4096];
    private readonly byte[] _second = new byte[4096];
    private byte _last;

    public int Faults { get; private set; }

    public int Packets { get; private set; }

    public void Run(PacketType type, byte flags, ReadOnlySpan<byte> body, ProtocolVersion version, PacketSender sender, DecodeLeniency leniency)
    {
        var connectVersion = version;
        if (!TryDecode(type, flags, body, ref connectVersion, sender, leniency, _first, out var length, out var fault))
        {
            Faults++;
            Assert.False(fault.IsNone);
            Assert.True(fault.Reason.IsFailure());
            Assert.StartsWith("MQTT-", fault.Statement, StringComparison.Ordinal);
            return;
        }

        Packets++;
        Assert.True(fault.IsNone);
        var encoded = _first.AsSpan(0, length);
        version = connectVersion;
        Assert.Equal(FrameStatus.Complete, Frame.TryRead(encoded, _first.Length, version, leniency, out var header, out _));
        Assert.Equal(length, header.TotalLength);

        var again = encoded.Slice(header.HeaderLength, header.RemainingLength);
        Assert.True(TryDecode(type, header.Flags, again, ref connectVersion, sender, leniency, _second, out var secondLength, out fault), fault.Detail);
        Assert.True(encoded.SequenceEqual(_second.AsSpan(0, secondLength)));
    }

    private bool TryDecode(
        PacketType type,
        byte flags,
        ReadOnlySpan<byte> body,
        ref ProtocolVersion version,
        PacketSender sender,
        DecodeLeniency leniency,
        byte[] output,
        out int length,
        out ProtocolFault fault)
    {
        length = 0;
        switch (type)
        {
            case PacketType.Connect:
                if (!ConnectPacket.TryDecode(body, leniency, out var connect, out fault))
                {
                    Assert.True(Enum.IsDefined(connect.Version));
                    return false;
                }

                version = connect.Version;
                Touch(connect.ClientIdentifier, connect.WillTopic, connect.WillPayload, connect.UserName);
                Touch(connect.Password, connect.AuthenticationMethod, connect.AuthenticationData, default);
                Touch(connect.UserProperties);
                Touch(connect.WillProperties);
                length = connect.Encode(output);
                return Announced(connect.GetEncodedLength(), length);

            case PacketType.ConnAck:
                if (!ConnAckPacket.TryDecode(body, version, leniency, out var connAck, out fault))
                {
                    return false;
                }

                Touch(connAck.AssignedClientIdentifier, connAck.ReasonString, connAck.ResponseInformation, connAck.ServerReference);
                Touch(connAck.UserProperties);
                length = connAck.Encode(output, version);
                return Announced(connAck.GetEncodedLength(version), length);

            case PacketType.Publish:
                if (!PublishPacket.TryDecode(body, flags, version, sender, leniency, out var publish, out fault))
                {
                    return false;
                }

                Touch(publish.Topic, publish.Payload, default, default);
                Touch(publish.Properties);
                Span<byte> copy = stackalloc byte[publish.Properties.ForwardableLength];
                Assert.Equal(copy.Length, publish.Properties.CopyForwardable(copy));
                length = publish.Encode(output, version);
                return Announced(publish.GetEncodedLength(version), length);

            case PacketType.PubAck:
                if (!PubAckPacket.TryDecode(body, version, leniency, out var pubAck, out fault))
                {
                    return false;
                }

                Touch(pubAck.UserProperties);
                length = pubAck.Encode(output, version);
                return Announced(pubAck.GetEncodedLength(version), length);

            case PacketType.PubRec:
                if (!PubRecPacket.TryDecode(body, version, leniency, out var pubRec, out fault))
                {
                    return false;
                }

                Touch(pubRec.UserProperties);
                length = pubRec.Encode(output, version);
                return Announced(pubRec.GetEncodedLength(version), length);

            case PacketType.PubRel:
                if (!PubRelPacket.TryDecode(body, version, leniency, out var pubRel, out fault))
                {
                    return false;
                }

                Touch(pubRel.UserProperties);
                length = pubRel.Encode(output, version);
                return Announced(pubRel.GetEncodedLength(version), length);

            case PacketType.PubComp:
                if (!PubCompPacket.TryDecode(body, version, leniency, out var pubComp, out fault))
                {
                    return false;
                }

                Touch(pubComp.UserProperties);
                length = pubComp.Encode(output, version);
                return Announced(pubComp.GetEncodedLength(version), length);

            case PacketType.Subscribe:
                if (!SubscribePacket.TryDecode(body, version, leniency, out var subscribe, out fault))
                {
                    return false;
                }

                var items = 0;
                foreach (var item in subscribe)
                {
                    Touch(item.Filter, default, default, default);
                    Assert.True(item.Options.MaximumQoS <= QualityOfService.ExactlyOnce && !item.Filter.IsEmpty);
                    items++;
                }

                Assert.True(items == subscribe.Count && items > 0);
                Touch(subscribe.UserProperties);
                length = subscribe.Encode(output, version);
                return Announced(subscribe.GetEncodedLength(version), length);

            case PacketType.SubAck:
                if (!SubAckPacket.TryDecode(body, version, leniency, out var subAck, out fault))
                {
                    return false;
                }

                Touch(subAck.ReasonCodes, subAck.ReasonString, default, default);
                Touch(subAck.UserProperties);
                length = subAck.Encode(output, version);
                return Announced(subAck.GetEncodedLength(version), length);

            case PacketType.Unsubscribe:
                if (!UnsubscribePacket.TryDecode(body, version, leniency, out var unsubscribe, out fault))
                {
                    return false;
                }

                var filters = 0;
                foreach (var filter in unsubscribe)
                {
                    Touch(filter, default, default, default);
                    filters++;
                }

                Assert.True(filters == unsubscribe.Count && filters > 0);
                Touch(unsubscribe.UserProperties);
                length = unsubscribe.Encode(output, version);
                return Announced(unsubscribe.GetEncodedLength(version), length);

            case PacketType.UnsubAck:
                if (!UnsubAckPacket.TryDecode(body, version, leniency, out var unsubAck, out fault))
                {
                    return false;
                }

                Touch(unsubAck.ReasonCodes, unsubAck.ReasonString, default, default);
                Touch(unsubAck.UserProperties);
                length = unsubAck.Encode(output, version);
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

                Touch(disconnect.ReasonString, disconnect.ServerReference, default, default);
                Touch(disconnect.UserProperties);
                length = disconnect.Encode(output, version);
                return Announced(disconnect.GetEncodedLength(version), length);

            case PacketType.Auth:
                version = ProtocolVersion.Mqtt5;
                if (!AuthPacket.TryDecode(body, leniency, out var auth, out fault))
                {
                    return false;
                }

                Touch(auth.AuthenticationMethod, auth.AuthenticationData, auth.ReasonString, default);
                Touch(auth.UserProperties);
                length = auth.Encode(output, version);
                return Announced(auth.GetEncodedLength(version), length);

            default:
                fault = new ProtocolFault(ReasonCode.MalformedPacket, "MQTT-4.13.1-1", "packet type 0");
                return false;
        }
    }

    private static bool Announced(int announced, int written)
    {
        Assert.Equal(announced, written);
        return true;
    }

    private void Touch(in PublishProperties properties)
    {
        Touch(properties.ContentType, properties.ResponseTopic, properties.CorrelationData, properties.Raw);
        var count = 0;
        foreach (var identifier in properties.SubscriptionIdentifiers)
        {
            Assert.NotEqual(0u, identifier);
            count++;
        }

        Assert.Equal(count, properties.SubscriptionIdentifierCount);
        Touch(properties.UserProperties);
    }

    private static void Touch(UserProperties properties)
    {
        var count = 0;
        foreach (var (name, value) in properties)
        {
            Assert.True(Utf8Rules.IsValid(name) && Utf8Rules.IsValid(value));
            count++;
        }

        Assert.Equal(count, properties.Count);
    }

    private void Touch(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third, ReadOnlySpan<byte> fourth)
    {
        _last ^= first.IsEmpty ? (byte)0 : first[^1];
        _last ^= second.IsEmpty ? (byte)0 : second[^1];
        _last ^= third.IsEmpty ? (byte)0 : third[^1];
        _last ^= fourth.IsEmpty ? (byte)0 : fourth[^1];
    }
}
