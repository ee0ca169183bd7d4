using Godwit.Protocol.Tests.Conformance;

namespace Godwit.Protocol.Tests;

public sealed class ReasonCodesTests
{
    [Fact]
    public void Values_are_those_of_the_standard()
    {
        var defined = Enum.GetValues<ReasonCode>().Select(code => (int)code).Order().ToArray();

        Assert.Equal([0x00, 0x01, 0x02, 0x04, 0x10, 0x11, 0x18, 0x19, .. Enumerable.Range(0x80, 0x23)], defined);
        Assert.Equal(0x8E, (int)ReasonCode.SessionTakenOver);
        Assert.Equal(0x95, (int)ReasonCode.PacketTooLarge);
        Assert.Equal(0x9E, (int)ReasonCode.SharedSubscriptionsNotSupported);
        Assert.Equal(0xA2, (int)ReasonCode.WildcardSubscriptionsNotSupported);
    }

    [Fact]
    public void Every_code_has_a_name_and_no_other_value_has()
    {
        for (var value = 0; value < 256; value++)
        {
            var code = (ReasonCode)value;
            Assert.Equal(Enum.IsDefined(code), code.Describe() != "Unknown reason code");
            Assert.Equal(value >= 0x80, code.IsFailure());
        }
    }

    [Fact]
    public void Undefined_values_belong_to_no_packet()
    {
        for (var value = 0; value < 256; value++)
        {
            if (!Enum.IsDefined((ReasonCode)value))
            {
                Assert.All(Enum.GetValues<PacketType>(), packet => Assert.False(((ReasonCode)value).IsValidFor(packet)));
            }
        }
    }

    [Theory]
    [InlineData(PacketType.ConnAck, "00 80 81 82 83 84 85 86 87 88 89 8a 8c 90 95 97 99 9a 9b 9c 9d 9f")]
    [InlineData(PacketType.PubAck, "00 10 80 83 87 90 91 97 99")]
    [InlineData(PacketType.PubRec, "00 10 80 83 87 90 91 97 99")]
    [InlineData(PacketType.PubRel, "00 92")]
    [InlineData(PacketType.PubComp, "00 92")]
    [InlineData(PacketType.SubAck, "00 01 02 80 83 87 8f 91 97 9e a1 a2")]
    [InlineData(PacketType.UnsubAck, "00 11 80 83 87 8f 91")]
    [InlineData(PacketType.Disconnect, "00 04 80 81 82 83 87 89 8b 8c 8d 8e 8f 90 93 94 95 96 97 98 99 9a 9b 9c 9d 9e 9f a0 a1 a2")]
    [InlineData(PacketType.Auth, "00 18 19")]
    [InlineData(PacketType.Publish, "")]
    [Spec("MQTT-3.2.2-8"), Spec("MQTT-3.4.2-1"), Spec("MQTT-3.5.2-1"), Spec("MQTT-3.6.2-1"), Spec("MQTT-3.7.2-1"), Spec("MQTT-3.9.3-2"), Spec("MQTT-3.11.3-2")]
    [Spec("MQTT-3.14.2-1"), Spec("MQTT-3.15.2-1")]
    public void Codes_of_a_packet_are_those_of_its_table(PacketType packet, string codes)
    {
        var valid = Enumerable.Range(0, 256).Where(value => ((ReasonCode)value).IsValidFor(packet)).Select(value => value.ToString("x2", null));

        Assert.Equal(codes, string.Join(' ', valid));
    }

    [Fact]
    [Spec("3.1.1:MQTT-3.2.2-6")]
    public void Return_codes_of_3_1_1_map_to_reasons_and_back()
    {
        for (var value = 0; value < 256; value++)
        {
            Assert.Equal(value <= 5, ReasonCodes.TryGetConnectReason((byte)value, out var reason));
            if (value <= 5)
            {
                Assert.True(reason.TryGetConnectReturnCode(out var returnCode));
                Assert.Equal(value, returnCode);
            }
        }

        Assert.False(ReasonCode.PacketTooLarge.TryGetConnectReturnCode(out _));
        Assert.True(ReasonCode.Banned.TryGetConnectReturnCode(out var banned));
        Assert.Equal(5, banned);
    }

    [Fact]
    public void The_default_fault_is_none()
    {
        Assert.True(ProtocolFault.None.IsNone);
        Assert.False(new ProtocolFault(ReasonCode.ProtocolError, "MQTT-3.1.0-2", "second CONNECT").IsNone);
    }
}
