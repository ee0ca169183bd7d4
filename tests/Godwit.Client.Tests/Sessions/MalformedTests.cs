using Godwit.Protocol;

namespace Godwit.Client.Tests.Sessions;

public class MalformedTests
{
    [Theory]
    [InlineData("00 00", ReasonCode.MalformedPacket)] // packet type 0
    [InlineData("36 05 0001 74 0001", ReasonCode.MalformedPacket)] // QoS 3
    [InlineData("38 04 0001 74 00", ReasonCode.MalformedPacket)] // DUP at QoS 0
    [InlineData("30 05 0001 2B 00 78", ReasonCode.TopicNameInvalid)] // wildcard
    [InlineData("30 04 0001 FF 00", ReasonCode.MalformedPacket)] // UTF-8
    [InlineData("30 04 0001 00 00", ReasonCode.MalformedPacket)] // U+0000
    [InlineData("30 03 0000 00", ReasonCode.ProtocolError)] // no topic, no alias
    [InlineData("30 03 0005 74", ReasonCode.MalformedPacket)] // truncated
    [InlineData("32 06 0001 74 0000 00", ReasonCode.ProtocolError)] // packet identifier 0
    [InlineData("30 07 0001 74 03 230000", ReasonCode.TopicAliasInvalid)] // alias 0
    [InlineData("30 08 0001 74 04 01010101", ReasonCode.ProtocolError)] // property twice
    [InlineData("30 06 0001 74 02 0102", ReasonCode.ProtocolError)] // neither 0 nor 1
    [InlineData("30 06 0001 74 02 7F00", ReasonCode.MalformedPacket)] // unknown property
    [InlineData("41 02 0001", ReasonCode.MalformedPacket)] // flags
    [InlineData("40 02 0000", ReasonCode.ProtocolError)] // packet identifier 0
    [InlineData("40 03 0001 92", ReasonCode.ProtocolError)] // not a reason of PUBACK
    [InlineData("60 02 0001", ReasonCode.MalformedPacket)] // PUBREL flags
    [InlineData("D0 01 00", ReasonCode.MalformedPacket)] // PINGRESP with a body
    [InlineData("E0 06 00 05 1100000000", ReasonCode.MalformedPacket)] // DISCONNECT: property block too long
    [InlineData("E0 07 00 05 1100000000", ReasonCode.ProtocolError)] // session expiry from the server
    [InlineData("30 FFFFFFFF 7F", ReasonCode.MalformedPacket)] // five bytes of length
    [InlineData("30 8080 04", ReasonCode.PacketTooLarge)] // 65,540 bytes announced, refused before they come
    [InlineData("82 06 0001 00 0001 74", ReasonCode.ProtocolError)] // SUBSCRIBE from a server
    [InlineData("A2 06 0001 00 0001 74", ReasonCode.ProtocolError)] // UNSUBSCRIBE
    [InlineData("C0 00", ReasonCode.ProtocolError)] // PINGREQ
    [InlineData("10 0D 0004 4D515454 05 02 0000 00 0000", ReasonCode.ProtocolError)] // CONNECT
    [InlineData("F0 00", ReasonCode.ProtocolError)] // AUTH without being asked
    [InlineData("90 04 0009 00 00", ReasonCode.ProtocolError)] // SUBACK without SUBSCRIBE
    [InlineData("B0 04 0009 00 00", ReasonCode.ProtocolError)] // UNSUBACK without UNSUBSCRIBE
    public void Malformed_packets_of_a_server_are_answered_with_their_reason(string hex, ReasonCode reason) =>
        SessionHarness.Connected(new MqttClientOptions { MaximumPacketSize = 1000 }).AssertFails(Wire.Hex(hex), reason);

    [Theory]
    [InlineData("F0 00")] // AUTH
    [InlineData("E0 00")] // DISCONNECT
    [InlineData("40 03 0001 00")] // PUBACK with a reason
    public void A_3_1_1_server_that_breaks_the_protocol_is_left_without_Disconnect(string hex)
    {
        var harness = SessionHarness.Connected(new MqttClientOptions { ProtocolVersion = ProtocolVersion.Mqtt311 });
        harness.Feed(Wire.Hex(hex));
        Assert.Equal(MqttDisconnectionCause.ProtocolFault, harness.Disconnection?.Cause);
        Assert.Equal("", harness.Output());
    }

    [Fact]
    public void Packets_arrive_in_pieces_of_any_size()
    {
        var bytes = Wire.Join(
            Wire.Publish("a", "1", properties: "0101"),
            Wire.Publish("b", "2", 1, 7),
            Wire.Publish("c", new string('x', 200), 2, 8),
            Wire.PubAck(1),
            Wire.PingResp);
        for (var size = 1; size <= bytes.Length; size++)
        {
            var harness = SessionHarness.Connected();
            harness.Publish("p", "", qos: 1);
            harness.Output();
            var start = 0;
            for (var end = 0; end < bytes.Length;)
            {
                end = Math.Min(bytes.Length, end + size);
                start += harness.Session.Receive(bytes.AsSpan(start, end - start), harness.Now);
            }

            Assert.Equal(bytes.Length, start);
            Assert.Equal($"message 0 a=1, message 1 b=2, message 2 c={new string('x', 200)}, published p Success", harness.Events());
        }
    }

    [Fact]
    public void Length_of_a_partial_packet_is_known_from_its_header()
    {
        var harness = SessionHarness.Connected();
        Assert.Equal(0, harness.Session.Receive(Wire.Hex("30 80"), harness.Now));
        Assert.Equal(0, harness.Session.ExpectedLength);
        Assert.Equal(0, harness.Session.Receive(Wire.Hex("30 8001 0001 74"), harness.Now));
        Assert.Equal(131, harness.Session.ExpectedLength);
    }
}
