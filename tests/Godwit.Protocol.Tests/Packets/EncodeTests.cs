using Godwit.Protocol.Tests.Conformance;
using Godwit.Protocol.Tests.Vectors;

namespace Godwit.Protocol.Tests.Packets;

/// <summary>Packets built from nothing, as a client or a broker builds them.</summary>
public sealed class EncodeTests
{
    [Fact]
    [Spec("MQTT-3.1.3-1"), Spec("MQTT-3.1.2-16"), Spec("MQTT-3.1.2-18"), Spec("3.1.1:MQTT-3.1.3-1"), Spec("3.1.1:MQTT-3.1.2-18"), Spec("3.1.1:MQTT-3.1.2-20")]
    public void Connect_is_built_for_each_version_from_the_same_fields()
    {
        Span<byte> block = stackalloc byte[64];
        var will = new PropertyWriter(block);
        will.WriteUInt32(PropertyIdentifier.WillDelayInterval, 9);
        will.WriteUserProperty("a", "b");
        var packet = new ConnectPacket
        {
            Version = ProtocolVersion.Mqtt5,
            CleanStart = true,
            KeepAlive = 30,
            ClientIdentifier = "c"u8,
            HasWill = true,
            WillQoS = QualityOfService.AtLeastOnce,
            WillTopic = "w"u8,
            WillPayload = "x"u8,
            WillProperties = PublishProperties.ForEncoding(will.Written),
            UserName = "u"u8,
            Password = [],
            ReceiveMaximum = 7,
            SessionExpiryInterval = 60,
        };

        Assert.Equal(
            "CONNECT v5 clean keepalive=30 id=c SessionExpiryInterval=60 ReceiveMaximum=7 will(qos=1 topic=w payload=78 WillDelayInterval=9 User(a=b) forwardable=7) user=u password=",
            Text(packet));
        packet.Version = ProtocolVersion.Mqtt311;
        Assert.Equal("CONNECT v4 clean keepalive=30 id=c will(qos=1 topic=w payload=78) user=u password=", Text(packet));
        packet.Version = ProtocolVersion.Mqtt31;
        packet.HasPassword = false;
        packet.HasUserName = false;
        packet.HasWill = false;
        packet.IsBridge = true;
        Assert.Equal("CONNECT v3 bridge clean keepalive=30 id=c", Text(packet));

        static string Text(in ConnectPacket packet)
        {
            var buffer = new byte[packet.GetEncodedLength()];
            Assert.Equal(buffer.Length, packet.Encode(buffer));
            return PacketText.Of(buffer, packet.Version, PacketSender.Client).Text;
        }
    }

    [Fact]
    public void A_connect_starts_with_problem_information_wanted()
    {
        Assert.True(new ConnectPacket().RequestProblemInformation);
        Assert.False(new ConnectPacket { RequestProblemInformation = false }.RequestProblemInformation);
    }

    [Fact]
    [Spec("MQTT-2.2.1-2"), Spec("MQTT-3.3.2-1"), Spec("3.1.1:MQTT-2.3.1-5")]
    public void Publish_leaves_out_what_the_version_and_QoS_do_not_have()
    {
        Span<byte> block = stackalloc byte[64];
        var properties = new PropertyWriter(block);
        properties.WriteText(PropertyIdentifier.ContentType, "c");
        var packet = new PublishPacket
        {
            Topic = "t"u8,
            QoS = QualityOfService.AtMostOnce,
            PacketIdentifier = 5,
            Payload = "x"u8,
            Properties = PublishProperties.ForEncoding(properties.Written),
        };
        var buffer = new byte[64];

        Assert.Equal("3009" + "000174" + "0403000163" + "78", Convert.ToHexStringLower(buffer, 0, packet.Encode(buffer, ProtocolVersion.Mqtt5)));
        Assert.Equal("3004" + "000174" + "78", Convert.ToHexStringLower(buffer, 0, packet.Encode(buffer, ProtocolVersion.Mqtt311)));
        packet.QoS = QualityOfService.ExactlyOnce;
        packet.Dup = true;
        packet.Retain = true;
        Assert.Equal("3d06" + "000174" + "0005" + "78", Convert.ToHexStringLower(buffer, 0, packet.Encode(buffer, ProtocolVersion.Mqtt31)));
        Assert.Equal(8, packet.GetEncodedLength(ProtocolVersion.Mqtt31));
    }

    [Fact]
    [Spec("MQTT-3.6.1-1")]
    public void Acknowledgements_are_four_bytes_for_success_and_before_5_0()
    {
        var buffer = new byte[16];
        Assert.Equal("40020007", Hex(new PubAckPacket { PacketIdentifier = 7 }.Encode(buffer, ProtocolVersion.Mqtt5)));
        Assert.Equal("4003000710", Hex(new PubAckPacket { PacketIdentifier = 7, Reason = ReasonCode.NoMatchingSubscribers }.Encode(buffer, ProtocolVersion.Mqtt5)));
        Assert.Equal("40020007", Hex(new PubAckPacket { PacketIdentifier = 7, Reason = ReasonCode.NotAuthorized, ReasonString = "no"u8 }.Encode(buffer, ProtocolVersion.Mqtt311)));
        Assert.Equal("50020007", Hex(new PubRecPacket { PacketIdentifier = 7 }.Encode(buffer, ProtocolVersion.Mqtt31)));
        Assert.Equal("62020007", Hex(new PubRelPacket { PacketIdentifier = 7 }.Encode(buffer, ProtocolVersion.Mqtt5)));
        Assert.Equal("7003000792", Hex(new PubCompPacket { PacketIdentifier = 7, Reason = ReasonCode.PacketIdentifierNotFound }.Encode(buffer, ProtocolVersion.Mqtt5)));
        var withReason = new PubAckPacket { PacketIdentifier = 7, ReasonString = "no"u8 };
        Assert.Equal("4009000700051f00026e6f", Hex(withReason.Encode(buffer, ProtocolVersion.Mqtt5)));
        withReason.HasReasonString = false;
        Assert.Equal(4, withReason.GetEncodedLength(ProtocolVersion.Mqtt5));

        string Hex(int length) => Convert.ToHexStringLower(buffer, 0, length);
    }

    [Fact]
    [Spec("MQTT-3.8.1-1"), Spec("MQTT-3.10.1-1"), Spec("MQTT-3.8.3-2"), Spec("MQTT-3.10.3-2")]
    public void Subscribe_and_unsubscribe_are_built_from_filters()
    {
        Span<byte> payload = stackalloc byte[64];
        var items = new TopicFilterWriter(payload);
        items.Add("a/+"u8, new SubscriptionOptions(QualityOfService.ExactlyOnce, noLocal: true, retainAsPublished: true, RetainHandling.DoNotSend));
        items.Add("b"u8, new SubscriptionOptions(QualityOfService.AtLeastOnce));
        var subscribe = new SubscribePacket { PacketIdentifier = 3, SubscriptionIdentifier = 200, RawItems = items.Written };
        Assert.Equal(2, subscribe.Count);
        var buffer = new byte[subscribe.GetEncodedLength(ProtocolVersion.Mqtt5)];
        Assert.Equal(buffer.Length, subscribe.Encode(buffer, ProtocolVersion.Mqtt5));
        Assert.Equal("SUBSCRIBE id=3 SubscriptionIdentifier=200 [a/+ 0x2e] [b 0x01]", PacketText.Of(buffer, ProtocolVersion.Mqtt5, PacketSender.Client).Text);

        var filters = new TopicFilterWriter(payload);
        filters.Add("a/+"u8);
        filters.Add("b"u8);
        var unsubscribe = new UnsubscribePacket { PacketIdentifier = 4, RawFilters = filters.Written };
        Assert.Equal(2, unsubscribe.Count);
        buffer = new byte[unsubscribe.GetEncodedLength(ProtocolVersion.Mqtt311)];
        Assert.Equal(buffer.Length, unsubscribe.Encode(buffer, ProtocolVersion.Mqtt311));
        Assert.Equal("UNSUBSCRIBE id=4 [a/+] [b]", PacketText.Of(buffer, ProtocolVersion.Mqtt311, PacketSender.Client).Text);
    }

    [Fact]
    public void Subscription_options_take_their_byte_apart()
    {
        var options = new SubscriptionOptions(0b0001_1001);
        Assert.Equal(
            (QualityOfService.AtLeastOnce, false, true, RetainHandling.SendAtSubscribeIfNew),
            (options.MaximumQoS, options.NoLocal, options.RetainAsPublished, options.RetainHandling));
        Assert.Equal(options, new SubscriptionOptions(QualityOfService.AtLeastOnce, false, true, RetainHandling.SendAtSubscribeIfNew));
    }

    [Fact]
    [Spec("3.1.1:MQTT-3.9.3-2"), Spec("MQTT-3.9.3-1")]
    public void Suback_before_5_0_knows_one_failure()
    {
        var packet = new SubAckPacket { PacketIdentifier = 3, ReasonCodes = [0x00, 0x8F, 0x02, 0x87], ReasonString = "x"u8 };
        var buffer = new byte[32];

        Assert.Equal("90060003" + "00800280", Convert.ToHexStringLower(buffer, 0, packet.Encode(buffer, ProtocolVersion.Mqtt311)));
        Assert.Equal("900b0003" + "041f000178" + "008f0287", Convert.ToHexStringLower(buffer, 0, packet.Encode(buffer, ProtocolVersion.Mqtt5)));
    }

    [Fact]
    public void Unsuback_before_5_0_has_no_codes()
    {
        var packet = new UnsubAckPacket { PacketIdentifier = 3, ReasonCodes = [0x00, 0x11] };
        var buffer = new byte[32];

        Assert.Equal("b0020003", Convert.ToHexStringLower(buffer, 0, packet.Encode(buffer, ProtocolVersion.Mqtt311)));
        Assert.Equal("b00500030000" + "11", Convert.ToHexStringLower(buffer, 0, packet.Encode(buffer, ProtocolVersion.Mqtt5)));
    }

    [Fact]
    [Spec("3.1.1:MQTT-3.2.2-6"), Spec("MQTT-3.2.2-1")]
    public void Connack_before_5_0_uses_return_codes_or_is_not_sent()
    {
        var buffer = new byte[32];
        var packet = new ConnAckPacket { Reason = ReasonCode.NotAuthorized, ReasonString = "no"u8 };
        Assert.Equal("20020005", Convert.ToHexStringLower(buffer, 0, packet.Encode(buffer, ProtocolVersion.Mqtt311)));
        packet.Reason = ReasonCode.PacketTooLarge;
        Assert.Equal(0, packet.Encode(buffer, ProtocolVersion.Mqtt311));
        Assert.Equal(0, packet.GetEncodedLength(ProtocolVersion.Mqtt311));
        packet = new ConnAckPacket { SessionPresent = true };
        Assert.Equal("20020000", Convert.ToHexStringLower(buffer, 0, packet.Encode(buffer, ProtocolVersion.Mqtt31)));
        Assert.Equal("20020100", Convert.ToHexStringLower(buffer, 0, packet.Encode(buffer, ProtocolVersion.Mqtt311)));
        Assert.Equal("2003010000", Convert.ToHexStringLower(buffer, 0, packet.Encode(buffer, ProtocolVersion.Mqtt5)));
    }

    [Fact]
    public void Disconnect_and_pings_are_two_bytes_where_they_can_be()
    {
        var buffer = new byte[32];
        Assert.Equal(2, new DisconnectPacket().Encode(buffer, ProtocolVersion.Mqtt5));
        Assert.Equal(2, new DisconnectPacket { Reason = ReasonCode.ServerShuttingDown }.Encode(buffer, ProtocolVersion.Mqtt311));
        Assert.Equal(3, new DisconnectPacket { Reason = ReasonCode.ServerShuttingDown }.Encode(buffer, ProtocolVersion.Mqtt5));
        Assert.Equal(8, new DisconnectPacket { SessionExpiryInterval = 0 }.GetEncodedLength(ProtocolVersion.Mqtt5) - 1);
        Assert.Equal(2, PingReqPacket.Encode(buffer));
        Assert.Equal(2, PingRespPacket.Encode(buffer));
    }
}
