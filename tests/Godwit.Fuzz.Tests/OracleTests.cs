using Godwit.Fuzz.Engine;
using Godwit.Protocol;

namespace Godwit.Fuzz.Tests;

/// <summary>The oracles notice what they are there for.</summary>
public sealed class OracleTests
{
    private static readonly byte[] Connect = [0x10, 0x0F, 0, 4, .. "MQTT"u8, 5, 2, 0, 0, 0, 0, 2, (byte)'c', (byte)'1'];

    [Theory]
    [InlineData("C000", "PingReq")] // before CONNECT
    [InlineData("0000", "types 0 is no packet")]
    public void A_first_packet_other_than_Connect_asks_for_a_close(string hex, string why)
    {
        var peer = Judged(Convert.FromHexString(hex));
        Assert.NotNull(peer.WhyToClose());
        Assert.True(why.Length > 0 && peer.WhyToClose() == (hex == "C000" ? why : peer.Given.Fault!.Value.Detail));
    }

    [Fact]
    public void A_second_Connect_a_Disconnect_and_a_packet_of_servers_ask_for_a_close()
    {
        Assert.Null(Judged(Connect).WhyToClose());
        Assert.Null(Judged([.. Connect, 0xC0, 0]).WhyToClose());
        Assert.Equal("Connect", Judged([.. Connect, .. Connect]).WhyToClose());
        Assert.Equal("Disconnect", Judged([.. Connect, 0xE0, 0]).WhyToClose());
        Assert.Equal("PingResp", Judged([.. Connect, 0xD0, 0]).WhyToClose());
        Assert.NotNull(Judged([.. Connect, 0x36, 0]).WhyToClose());
    }

    [Fact]
    public void A_stream_is_judged_the_same_in_any_pieces()
    {
        byte[] bytes = [.. Connect, 0x30, 4, 0, 1, (byte)'t', 0, 0xC0, 0, 0x36];
        for (int size = 1; size <= bytes.Length; size++)
        {
            var judge = new PacketJudge(PacketSender.Client, 1024);
            for (int at = 0; at < bytes.Length; at += size)
            {
                judge.Read(bytes.AsSpan(at, Math.Min(size, bytes.Length - at)));
            }

            Assert.Equal([PacketType.Connect, PacketType.Publish, PacketType.PingReq], judge.Types);
            Assert.Equal(ReasonCode.MalformedPacket, judge.Fault?.Reason);
        }
    }

    [Fact]
    public void The_bystander_is_served_and_all_connections_end()
    {
        var broker = new FuzzedBroker(0);
        var peer = broker.Open();
        peer.Send(Connect);
        broker.Settle();
        Assert.Equal([PacketType.ConnAck], peer.Answered.Types);
        broker.Finish();
        Assert.Equal([PacketType.ConnAck, PacketType.Disconnect], peer.Answered.Types);
        Assert.Throws<OracleFailedException>(broker.Finish); // nobody serves the bystander any more
    }

    private static FuzzedPeer Judged(byte[] bytes)
    {
        var peer = new FuzzedPeer(isLenient: false, 1024);
        peer.Send(bytes);
        peer.TakeOutgoing();
        return peer;
    }
}
