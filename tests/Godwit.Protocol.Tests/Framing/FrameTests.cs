using Godwit.Protocol.Tests.Conformance;

namespace Godwit.Protocol.Tests.Framing;

public sealed class FrameTests
{
    [Fact]
    public void Nothing_is_incomplete()
    {
        Assert.Equal(FrameStatus.Incomplete, Frame.TryRead([], 100, out var header, out var fault));
        Assert.False(header.HasHeader);
        Assert.True(fault.IsNone);
    }

    [Fact]
    public void The_total_length_is_known_before_the_body_is_there()
    {
        Assert.Equal(FrameStatus.Incomplete, Frame.TryRead([0x33, 0x80, 0x01], 1000, out var header, out _));
        Assert.True(header.HasHeader);
        Assert.Equal((PacketType.Publish, 3, 3, 128, 131), (header.Type, header.Flags, header.HeaderLength, header.RemainingLength, header.TotalLength));
    }

    [Fact]
    public void Type_and_flags_are_known_before_the_length_is()
    {
        Assert.Equal(FrameStatus.Incomplete, Frame.TryRead([0x82, 0x80], 1000, out var header, out _));
        Assert.False(header.HasHeader);
        Assert.Equal((PacketType.Subscribe, 2), (header.Type, header.Flags));
    }

    [Theory]
    [InlineData("3063", 100, FrameStatus.Invalid)]
    [InlineData("3062", 100, FrameStatus.Incomplete)]
    [InlineData("30ffffff7f", 100, FrameStatus.Invalid)]
    [InlineData("30ffffff7f", Frame.PacketSizeMax, FrameStatus.Incomplete)]
    [InlineData("30ffffff7f", Frame.PacketSizeMax - 1, FrameStatus.Invalid)]
    [InlineData("c000", 2, FrameStatus.Complete)]
    [InlineData("c000", 1, FrameStatus.Invalid)]
    public void A_packet_over_the_limit_is_refused_when_its_length_is_known(string hex, int packetSizeMax, FrameStatus expected)
    {
        Assert.Equal(expected, Frame.TryRead(Convert.FromHexString(hex), packetSizeMax, out var header, out var fault));
        Assert.True(header.HasHeader);
        Assert.Equal(expected == FrameStatus.Invalid ? ReasonCode.PacketTooLarge : ReasonCode.Success, fault.Reason);
    }

    [Theory]
    [InlineData("00")]
    [InlineData("36")]
    [InlineData("38")]
    [InlineData("80")]
    [InlineData("c1")]
    [InlineData("f1")]
    public void A_first_byte_that_can_never_be_valid_is_refused_alone(string hex) =>
        Assert.Equal(FrameStatus.Invalid, Frame.TryRead(Convert.FromHexString(hex), 100, out _, out _));

    [Fact]
    [Spec("MQTT-2.1.3-1"), Spec("3.1.1:MQTT-2.2.2-1"), Spec("MQTT-3.6.1-1"), Spec("MQTT-3.8.1-1"), Spec("MQTT-3.10.1-1"), Spec("MQTT-3.14.1-1"), Spec("MQTT-3.15.1-1")]
    public void Exactly_the_flags_of_the_standard_are_accepted_for_each_first_byte()
    {
        foreach (var version in (ProtocolVersion[])[ProtocolVersion.Mqtt311, ProtocolVersion.Mqtt5])
        {
            for (var first = 0; first < 256; first++)
            {
                var flags = first & 15;
                var expected = (first >> 4) switch
                {
                    0 => false,
                    3 => (flags & 6) != 6 && (flags & 14) != 8,
                    6 or 8 or 10 => flags == 2,
                    15 => flags == 0 && version == ProtocolVersion.Mqtt5,
                    _ => flags == 0,
                };
                var status = Frame.TryRead([(byte)first, 0], 100, version, DecodeLeniency.None, out _, out var fault);
                Assert.Equal(expected ? FrameStatus.Complete : FrameStatus.Invalid, status);
                Assert.Equal(expected, fault.IsNone);
            }
        }
    }

    [Fact]
    public void Dup_at_QoS_0_passes_the_frame_when_tolerated() =>
        Assert.Equal(FrameStatus.Complete, Frame.TryRead([0x38, 0], 100, ProtocolVersion.Mqtt311, DecodeLeniency.DupOnQoS0, out _, out _));

    [Fact]
    public void Every_header_length_is_written_and_read()
    {
        foreach (var remainingLength in (int[])[0, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, 268_435_455])
        {
            var buffer = new byte[Frame.HeaderLengthMax];
            var written = Frame.WriteHeader(buffer, PacketType.Publish, 0b0010, remainingLength);

            Assert.Equal(Frame.GetHeaderLength(remainingLength), written);
            Frame.TryRead(buffer.AsSpan(0, written), Frame.PacketSizeMax, out var header, out _);
            Assert.Equal((PacketType.Publish, 2, written, remainingLength), (header.Type, header.Flags, header.HeaderLength, header.RemainingLength));
        }
    }
}
