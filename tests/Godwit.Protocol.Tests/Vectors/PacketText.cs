using System.Globalization;
using System.Text;

namespace Godwit.Protocol.Tests.Vectors;

/// <summary>Decodes any packet, says in one line what it holds, and encodes it again.</summary>
internal sealed class PacketText
{
    private readonly StringBuilder _text = new();
    private readonly byte[] _encoded = new byte[4096];

    public string Text => _text.ToString();

    public byte[] Encoded => _encoded[..EncodedLength];

    public int EncodedLength { get; private set; }

    public int AnnouncedLength { get; private set; }

    public ProtocolFault Fault { get; private set; }

    public DecodeLeniency Tolerated { get; private set; }

    /// <summary>The version of a CONNECT, also of one that was refused.</summary>
    public ProtocolVersion ConnectVersion { get; private set; }

    public static PacketText Of(ReadOnlySpan<byte> packet, ProtocolVersion version, PacketSender sender, DecodeLeniency leniency = DecodeLeniency.None)
    {
        var result = new PacketText();
        if (Frame.TryRead(packet, Frame.PacketSizeMax, version, leniency, out var header, out var fault) != FrameStatus.Complete)
        {
            result.Fault = fault;
            return result;
        }

        result.Fault = result.Decode(header, packet.Slice(header.HeaderLength, header.RemainingLength), version, sender, leniency);
        return result;
    }

    private ProtocolFault Decode(FrameHeader header, ReadOnlySpan<byte> body, ProtocolVersion version, PacketSender sender, DecodeLeniency leniency)
    {
        ProtocolFault fault;
        switch (header.Type)
        {
            case PacketType.Connect:
                if (ConnectPacket.TryDecode(body, leniency, out var connect, out fault))
                {
                    Write(connect);
                    Encode(connect.Encode(_encoded), connect.GetEncodedLength(), connect.Tolerated);
                }

                ConnectVersion = connect.Version;
                return fault;

            case PacketType.ConnAck:
                if (ConnAckPacket.TryDecode(body, version, leniency, out var connAck, out fault))
                {
                    Write(connAck);
                    Encode(connAck.Encode(_encoded, version), connAck.GetEncodedLength(version), connAck.Tolerated);
                }

                return fault;

            case PacketType.Publish:
                if (PublishPacket.TryDecode(body, header.Flags, version, sender, leniency, out var publish, out fault))
                {
                    Write(publish);
                    Encode(publish.Encode(_encoded, version), publish.GetEncodedLength(version), publish.Tolerated);
                }

                return fault;

            case PacketType.PubAck:
                if (PubAckPacket.TryDecode(body, version, leniency, out var pubAck, out fault))
                {
                    WriteAcknowledgement("PUBACK", pubAck.PacketIdentifier, pubAck.Reason, pubAck.HasReasonString, pubAck.ReasonString, pubAck.UserProperties);
                    Encode(pubAck.Encode(_encoded, version), pubAck.GetEncodedLength(version), pubAck.Tolerated);
                }

                return fault;

            case PacketType.PubRec:
                if (PubRecPacket.TryDecode(body, version, leniency, out var pubRec, out fault))
                {
                    WriteAcknowledgement("PUBREC", pubRec.PacketIdentifier, pubRec.Reason, pubRec.HasReasonString, pubRec.ReasonString, pubRec.UserProperties);
                    Encode(pubRec.Encode(_encoded, version), pubRec.GetEncodedLength(version), pubRec.Tolerated);
                }

                return fault;

            case PacketType.PubRel:
                if (PubRelPacket.TryDecode(body, version, leniency, out var pubRel, out fault))
                {
                    WriteAcknowledgement("PUBREL", pubRel.PacketIdentifier, pubRel.Reason, pubRel.HasReasonString, pubRel.ReasonString, pubRel.UserProperties);
                    Encode(pubRel.Encode(_encoded, version), pubRel.GetEncodedLength(version), pubRel.Tolerated);
                }

                return fault;

            case PacketType.PubComp:
                if (PubCompPacket.TryDecode(body, version, leniency, out var pubComp, out fault))
                {
                    WriteAcknowledgement("PUBCOMP", pubComp.PacketIdentifier, pubComp.Reason, pubComp.HasReasonString, pubComp.ReasonString, pubComp.UserProperties);
                    Encode(pubComp.Encode(_encoded, version), pubComp.GetEncodedLength(version), pubComp.Tolerated);
                }

                return fault;

            case PacketType.Subscribe:
                if (SubscribePacket.TryDecode(body, version, leniency, out var subscribe, out fault))
                {
                    Write(subscribe);
                    Encode(subscribe.Encode(_encoded, version), subscribe.GetEncodedLength(version), subscribe.Tolerated);
                }

                return fault;

            case PacketType.SubAck:
                if (SubAckPacket.TryDecode(body, version, leniency, out var subAck, out fault))
                {
                    Write($"SUBACK id={subAck.PacketIdentifier}");
                    WriteCommon(subAck.HasReasonString, subAck.ReasonString, subAck.UserProperties);
                    Write($" codes={Hex(subAck.ReasonCodes)}");
                    Encode(subAck.Encode(_encoded, version), subAck.GetEncodedLength(version), subAck.Tolerated);
                }

                return fault;

            case PacketType.Unsubscribe:
                if (UnsubscribePacket.TryDecode(body, version, leniency, out var unsubscribe, out fault))
                {
                    Write(unsubscribe);
                    Encode(unsubscribe.Encode(_encoded, version), unsubscribe.GetEncodedLength(version), unsubscribe.Tolerated);
                }

                return fault;

            case PacketType.UnsubAck:
                if (UnsubAckPacket.TryDecode(body, version, leniency, out var unsubAck, out fault))
                {
                    Write($"UNSUBACK id={unsubAck.PacketIdentifier}");
                    WriteCommon(unsubAck.HasReasonString, unsubAck.ReasonString, unsubAck.UserProperties);
                    Write($" codes={Hex(unsubAck.ReasonCodes)}");
                    Encode(unsubAck.Encode(_encoded, version), unsubAck.GetEncodedLength(version), unsubAck.Tolerated);
                }

                return fault;

            case PacketType.PingReq:
                if (PingReqPacket.TryDecode(body, version, out fault))
                {
                    Write("PINGREQ");
                    Encode(PingReqPacket.Encode(_encoded), PingReqPacket.EncodedLength, DecodeLeniency.None);
                }

                return fault;

            case PacketType.PingResp:
                if (PingRespPacket.TryDecode(body, version, out fault))
                {
                    Write("PINGRESP");
                    Encode(PingRespPacket.Encode(_encoded), PingRespPacket.EncodedLength, DecodeLeniency.None);
                }

                return fault;

            case PacketType.Disconnect:
                if (DisconnectPacket.TryDecode(body, version, sender, leniency, out var disconnect, out fault))
                {
                    Write($"DISCONNECT {Code(disconnect.Reason)}");
                    WriteNumber("SessionExpiryInterval", disconnect.SessionExpiryInterval);
                    WriteText(disconnect.HasReasonString, "ReasonString", disconnect.ReasonString);
                    WriteText(disconnect.HasServerReference, "ServerReference", disconnect.ServerReference);
                    Write(disconnect.UserProperties);
                    Encode(disconnect.Encode(_encoded, version), disconnect.GetEncodedLength(version), disconnect.Tolerated);
                }

                return fault;

            case PacketType.Auth:
                if (AuthPacket.TryDecode(body, leniency, out var auth, out fault))
                {
                    Write($"AUTH {Code(auth.Reason)}");
                    WriteText(auth.HasAuthenticationMethod, "AuthenticationMethod", auth.AuthenticationMethod);
                    WriteHex(auth.HasAuthenticationData, "AuthenticationData", auth.AuthenticationData);
                    WriteText(auth.HasReasonString, "ReasonString", auth.ReasonString);
                    Write(auth.UserProperties);
                    Encode(auth.Encode(_encoded, version), auth.GetEncodedLength(version), auth.Tolerated);
                }

                return fault;

            default:
                throw new InvalidOperationException($"Frame let packet type {header.Type} pass");
        }
    }

    private void Write(in ConnectPacket packet)
    {
        Write($"CONNECT v{(byte)packet.Version}");
        WriteFlag(packet.IsBridge, "bridge");
        WriteFlag(packet.CleanStart, "clean");
        Write($" keepalive={packet.KeepAlive} id={Utf8(packet.ClientIdentifier)}");
        WriteNumber("SessionExpiryInterval", packet.SessionExpiryInterval);
        WriteNumber("ReceiveMaximum", packet.ReceiveMaximum);
        WriteNumber("MaximumPacketSize", packet.MaximumPacketSize);
        WriteNumber("TopicAliasMaximum", packet.TopicAliasMaximum == 0 ? null : packet.TopicAliasMaximum);
        WriteNumber("RequestResponseInformation", packet.RequestResponseInformation ? 1U : null);
        WriteNumber("RequestProblemInformation", packet.RequestProblemInformation ? null : 0U);
        WriteText(packet.HasAuthenticationMethod, "AuthenticationMethod", packet.AuthenticationMethod);
        WriteHex(packet.HasAuthenticationData, "AuthenticationData", packet.AuthenticationData);
        Write(packet.UserProperties);
        if (packet.HasWill)
        {
            Write($" will(qos={(byte)packet.WillQoS}");
            WriteFlag(packet.WillRetain, "retain");
            Write($" topic={Utf8(packet.WillTopic)} payload={Hex(packet.WillPayload)}");
            Write(packet.WillProperties);
            Write(")");
        }

        WriteText(packet.HasUserName, "user", packet.UserName);
        WriteHex(packet.HasPassword, "password", packet.Password);
    }

    private void Write(in ConnAckPacket packet)
    {
        Write("CONNACK");
        WriteFlag(packet.SessionPresent, "present");
        Write($" {Code(packet.Reason)}");
        WriteNumber("SessionExpiryInterval", packet.SessionExpiryInterval);
        WriteNumber("ReceiveMaximum", packet.ReceiveMaximum);
        WriteNumber("MaximumQoS", (uint?)packet.MaximumQoS);
        WriteBoolean("RetainAvailable", packet.RetainAvailable);
        WriteNumber("MaximumPacketSize", packet.MaximumPacketSize);
        WriteNumber("TopicAliasMaximum", packet.TopicAliasMaximum);
        WriteBoolean("WildcardSubscriptionAvailable", packet.WildcardSubscriptionAvailable);
        WriteBoolean("SubscriptionIdentifierAvailable", packet.SubscriptionIdentifierAvailable);
        WriteBoolean("SharedSubscriptionAvailable", packet.SharedSubscriptionAvailable);
        WriteNumber("ServerKeepAlive", packet.ServerKeepAlive);
        WriteText(packet.HasAssignedClientIdentifier, "AssignedClientIdentifier", packet.AssignedClientIdentifier);
        WriteText(packet.HasReasonString, "ReasonString", packet.ReasonString);
        WriteText(packet.HasResponseInformation, "ResponseInformation", packet.ResponseInformation);
        WriteText(packet.HasServerReference, "ServerReference", packet.ServerReference);
        WriteText(packet.HasAuthenticationMethod, "AuthenticationMethod", packet.AuthenticationMethod);
        WriteHex(packet.HasAuthenticationData, "AuthenticationData", packet.AuthenticationData);
        Write(packet.UserProperties);
    }

    private void Write(in PublishPacket packet)
    {
        Write("PUBLISH");
        WriteFlag(packet.Dup, "dup");
        Write($" qos={(byte)packet.QoS}");
        WriteFlag(packet.Retain, "retain");
        Write($" topic={Utf8(packet.Topic)}");
        WriteNumber("id", packet.PacketIdentifier == 0 ? null : packet.PacketIdentifier);
        Write(packet.Properties);
        Write($" payload={Hex(packet.Payload)}");
    }

    private void Write(in PublishProperties properties)
    {
        WriteNumber("PayloadFormatIndicator", properties.HasPayloadFormatIndicator ? properties.PayloadFormatIndicator : null);
        WriteNumber("MessageExpiryInterval", properties.MessageExpiryInterval);
        WriteNumber("TopicAlias", properties.TopicAlias == 0 ? null : properties.TopicAlias);
        WriteNumber("WillDelayInterval", properties.WillDelayInterval == 0 ? null : properties.WillDelayInterval);
        WriteText(properties.HasResponseTopic, "ResponseTopic", properties.ResponseTopic);
        WriteHex(properties.HasCorrelationData, "CorrelationData", properties.CorrelationData);
        WriteText(properties.HasContentType, "ContentType", properties.ContentType);
        foreach (var identifier in properties.SubscriptionIdentifiers)
        {
            WriteNumber("SubscriptionIdentifier", identifier);
        }

        Write(properties.UserProperties);
        if (!properties.Raw.IsEmpty)
        {
            Write($" forwardable={properties.ForwardableLength}");
        }
    }

    private void Write(in SubscribePacket packet)
    {
        Write($"SUBSCRIBE id={packet.PacketIdentifier}");
        WriteNumber("SubscriptionIdentifier", packet.SubscriptionIdentifier == 0 ? null : packet.SubscriptionIdentifier);
        Write(packet.UserProperties);
        var count = 0;
        foreach (var item in packet)
        {
            Write($" [{Utf8(item.Filter)} 0x{item.Options.Value:x2}]");
            count++;
        }

        Assert.Equal(count, packet.Count);
    }

    private void Write(in UnsubscribePacket packet)
    {
        Write($"UNSUBSCRIBE id={packet.PacketIdentifier}");
        Write(packet.UserProperties);
        var count = 0;
        foreach (var filter in packet)
        {
            Write($" [{Utf8(filter)}]");
            count++;
        }

        Assert.Equal(count, packet.Count);
    }

    private void WriteAcknowledgement(
        string name,
        ushort packetIdentifier,
        ReasonCode reason,
        bool hasReasonString,
        ReadOnlySpan<byte> reasonString,
        UserProperties userProperties)
    {
        Write($"{name} id={packetIdentifier} {Code(reason)}");
        WriteCommon(hasReasonString, reasonString, userProperties);
    }

    private void WriteCommon(bool hasReasonString, ReadOnlySpan<byte> reasonString, UserProperties userProperties)
    {
        WriteText(hasReasonString, "ReasonString", reasonString);
        Write(userProperties);
    }

    private void Write(UserProperties properties)
    {
        var count = 0;
        foreach (var (name, value) in properties)
        {
            Write($" User({Utf8(name)}={Utf8(value)})");
            count++;
        }

        Assert.Equal(count, properties.Count);
    }

    private void Write(string text) => _text.Append(text);

    private void WriteFlag(bool isSet, string name) => Write(isSet ? " " + name : "");

    private void WriteNumber(string name, uint? value) => Write(value is null ? "" : string.Create(CultureInfo.InvariantCulture, $" {name}={value}"));

    private void WriteBoolean(string name, bool? value) => WriteNumber(name, value is null ? null : value.Value ? 1U : 0U);

    private void WriteText(bool has, string name, ReadOnlySpan<byte> value) => Write(has ? $" {name}={Utf8(value)}" : "");

    private void WriteHex(bool has, string name, ReadOnlySpan<byte> value) => Write(has ? $" {name}={Hex(value)}" : "");

    private static string Utf8(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    private static string Code(ReasonCode reason) => $"0x{(byte)reason:x2}";

    private void Encode(int length, int announcedLength, DecodeLeniency tolerated)
    {
        EncodedLength = length;
        AnnouncedLength = announcedLength;
        Tolerated = tolerated;
    }
}
