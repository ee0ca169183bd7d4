using Godwit.Broker.Options;
using Godwit.Engine.Sessions;

namespace Godwit.Broker.Tests.Options;

public sealed class SettingTextTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("65536", 65536)]
    [InlineData("64KiB", 65536)]
    [InlineData("64 kib", 65536)]
    [InlineData("1MiB", 1048576)]
    [InlineData("12B", 12)]
    [InlineData("8TiB", 8796093022208)]
    public void Sizes_are_bytes_or_carry_a_binary_unit(string text, long bytes)
    {
        Assert.True(SettingText.TryParseSize(text, out long value));
        Assert.Equal(bytes, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("1.5MiB")]
    [InlineData("64KB")]
    [InlineData("KiB")]
    [InlineData("99999999999TiB")]
    public void What_is_no_size_is_refused(string text) => Assert.False(SettingText.TryParseSize(text, out _));

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("10s", 10_000)]
    [InlineData("5 m", 300_000)]
    [InlineData("2h", 7_200_000)]
    [InlineData("7d", 604_800_000)]
    [InlineData("00:01:30", 90_000)]
    public void Times_carry_a_unit(string text, long milliseconds)
    {
        Assert.True(SettingText.TryParseDuration(text, out long value));
        Assert.Equal(milliseconds, value);
    }

    [Theory]
    [InlineData("10")] // of what?
    [InlineData("-5s")]
    [InlineData("-00:00:05")]
    [InlineData("soon")]
    public void What_is_no_time_is_refused(string text) => Assert.False(SettingText.TryParseDuration(text, out _));

    [Theory]
    [InlineData(0, "0ms")]
    [InlineData(1500, "1500ms")]
    [InlineData(90_000, "90s")]
    [InlineData(86_400_000, "1d")]
    public void A_written_time_reads_back(long milliseconds, string text)
    {
        Assert.Equal(text, SettingText.FormatDuration(milliseconds));
        Assert.True(SettingText.TryParseDuration(text, out long value));
        Assert.Equal(milliseconds, value);
    }

    [Theory]
    [InlineData("drop-oldest")]
    [InlineData("DropOldest")]
    [InlineData("dropoldest")]
    public void Names_are_read_in_every_usual_spelling(string text)
    {
        Assert.True(SettingText.TryParseName<QueueOverflow>(text, out var value));
        Assert.Equal(QueueOverflow.DropOldest, value);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("")]
    [InlineData("drop")]
    public void What_is_no_name_is_refused(string text) => Assert.False(SettingText.TryParseName<QueueOverflow>(text, out _));

    [Fact]
    public void Names_are_listed_as_they_are_written() =>
        Assert.Equal("drop-oldest, drop-newest, disconnect or keep-latest", SettingText.FormatNames<QueueOverflow>());
}
