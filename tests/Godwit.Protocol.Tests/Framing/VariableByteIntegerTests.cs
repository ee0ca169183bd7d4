using Godwit.Protocol.Tests.Conformance;

namespace Godwit.Protocol.Tests.Framing;

public sealed class VariableByteIntegerTests
{
    [Theory]
    [InlineData(0u, "00")]
    [InlineData(127u, "7f")]
    [InlineData(128u, "8001")]
    [InlineData(16_383u, "ff7f")]
    [InlineData(16_384u, "808001")]
    [InlineData(2_097_151u, "ffff7f")]
    [InlineData(2_097_152u, "80808001")]
    [InlineData(268_435_455u, "ffffff7f")]
    [Spec("MQTT-1.5.5-1")]
    public void Limits_of_each_length_are_written_and_read_in_shortest_form(uint value, string hex)
    {
        var buffer = new byte[VariableByteInteger.LengthMax];
        var written = VariableByteInteger.Write(buffer, value);

        Assert.Equal(hex, Convert.ToHexStringLower(buffer, 0, written));
        Assert.Equal(written, VariableByteInteger.GetLength(value));
        Assert.Equal(FrameStatus.Complete, VariableByteInteger.TryRead(buffer, out var read, out var length));
        Assert.Equal((value, written), (read, length));
        for (var cut = 0; cut < written; cut++)
        {
            Assert.Equal(FrameStatus.Incomplete, VariableByteInteger.TryRead(buffer.AsSpan(0, cut), out _, out _));
        }
    }

    [Theory]
    [InlineData("8000")]
    [InlineData("ff00")]
    [InlineData("808000")]
    [InlineData("80808000")]
    [InlineData("ffffffff")]
    [InlineData("ffffffff01")]
    [InlineData("8080808000")]
    [Spec("MQTT-1.5.5-1")]
    public void Padded_and_five_byte_forms_are_invalid(string hex)
    {
        Assert.Equal(FrameStatus.Invalid, VariableByteInteger.TryRead(Convert.FromHexString(hex), out var value, out var length));
        Assert.Equal((0u, 0), (value, length));
    }

    [Fact]
    public void Bytes_behind_the_value_are_not_looked_at()
    {
        Assert.Equal(FrameStatus.Complete, VariableByteInteger.TryRead([0x05, 0xFF, 0xFF], out var value, out var length));
        Assert.Equal((5u, 1), (value, length));
    }

    [Fact]
    public void A_value_over_the_maximum_is_the_callers_bug() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => VariableByteInteger.Write(new byte[8], VariableByteInteger.MaxValue + 1));
}
