using Godwit.Load.Engine;

namespace Godwit.Load.Tests;

public class ConnAckTests
{
    [Fact]
    public void Limits_are_read_and_what_is_not_needed_is_passed_over()
    {
        byte[] packet =
        [
            0, 0, 37,
            0x12, 0, 2, (byte)'i', (byte)'d',
            0x26, 0, 1, (byte)'a', 0, 1, (byte)'b',
            0x21, 0, 20,
            0x24, 1,
            0x25, 1,
            0x27, 0, 0, 1, 0,
            0x2A, 0,
            0x13, 0, 30,
            0x1F, 0, 2, (byte)'o', (byte)'k',
            0x22, 0, 9,
        ];
        Assert.True(ConnAck.TryRead(packet, out var said));
        Assert.Equal(new ConnAck(20, 1, 256, false, 30), said);
    }

    [Fact]
    public void Without_properties_the_defaults_of_the_standard_hold()
    {
        Assert.True(ConnAck.TryRead([0, 0, 0], out var said));
        Assert.Equal(new ConnAck(65_535, 2, uint.MaxValue, true, null), said);
    }

    [Theory]
    [InlineData("0000")]
    [InlineData("0000032100")]
    [InlineData("0000022100")]
    [InlineData("00000212FF")]
    [InlineData("000004260001AA")]
    [InlineData("00000499000000")]
    [InlineData("0000FFFFFFFF")]
    public void Malformed_properties_are_not_read(string packet) => Assert.False(ConnAck.TryRead(Convert.FromHexString(packet), out _));
}
