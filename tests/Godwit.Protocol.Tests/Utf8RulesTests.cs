using System.Text;
using Godwit.Protocol.Tests.Conformance;

namespace Godwit.Protocol.Tests;

public sealed class Utf8RulesTests
{
    [Fact]
    [Spec("MQTT-1.5.4-1"), Spec("MQTT-1.5.4-2"), Spec("MQTT-1.5.4-3"), Spec("3.1.1:MQTT-1.5.3-1"), Spec("3.1.1:MQTT-1.5.3-2"), Spec("3.1.1:MQTT-1.5.3-3")]
    public void Every_code_point_but_NUL_and_the_surrogates_is_valid()
    {
        Span<byte> buffer = stackalloc byte[4];
        for (var codePoint = 1; codePoint <= 0x10FFFF; codePoint += codePoint is > 0x10100 and < 0x10FF00 ? 0x3F : 1)
        {
            if (Rune.IsValid(codePoint))
            {
                Assert.True(Utf8Rules.IsValid(buffer[..new Rune(codePoint).EncodeToUtf8(buffer)]));
            }
            else
            {
                Assert.False(Utf8Rules.IsValid([(byte)(0xE0 | codePoint >> 12), (byte)(0x80 | codePoint >> 6 & 0x3F), (byte)(0x80 | codePoint & 0x3F)]));
            }
        }
    }

    [Fact] // attributes cannot hold a lone surrogate
    public void Text_can_be_encoded_unless_it_holds_NUL_or_a_lone_surrogate()
    {
        Assert.All(["", "a\U0001F426b", "\U0001F426\U0001F426", "\uFEFF", null], text => Assert.True(Utf8Rules.CanEncode(text)));
        Assert.All(["a\0", "\uD83D", "\uDC26", "\uDC26\uD83D", "\U0001F426\uD83Dx"], text => Assert.False(Utf8Rules.CanEncode(text)));
    }

    [Theory, InlineData('x', 65_535), InlineData('\u00E4', 32_767), InlineData('\u20AC', 21_845)]
    public void Text_of_more_than_65535_bytes_cannot_be_encoded(char letter, int most)
    {
        Assert.True(Utf8Rules.CanEncode(new string(letter, most)));
        Assert.False(Utf8Rules.CanEncode(new string(letter, most + 1)));
    }

    [Fact]
    public void NUL_is_found_at_every_place()
    {
        for (var at = 0; at < 70; at++)
        {
            var text = new byte[70];
            text.AsSpan().Fill((byte)'x');
            Assert.True(Utf8Rules.IsValid(text));
            text[at] = 0;
            Assert.False(Utf8Rules.IsValid(text));
            Assert.False(Utf8Rules.Check(text, ProtocolVersion.Mqtt31, out var fault));
            Assert.Equal("MQTT-1.5.3-2", fault.Statement);
        }
    }

    [Fact]
    public void The_empty_string_is_valid() => Assert.True(Utf8Rules.IsValid([]));
}
