namespace Godwit.Load.Tests;

public class NamePatternTests
{
    [Theory]
    [InlineData("bench/%i", "bench/7")]
    [InlineData("%c/state/%i", "client/state/7")]
    [InlineData("%i%i-%%i", "77-%i")]
    [InlineData("plain", "plain")]
    public void Variables_are_replaced(string pattern, string expected) => Assert.Equal(expected, new NamePattern(pattern).Expand(7, "client"));

    [Fact]
    public void The_process_has_a_variable() => Assert.Equal($"b-{Environment.ProcessId}", new NamePattern("b-%p").Expand(0, ""));

    [Theory]
    [InlineData("bench/%i", "bench/+")]
    [InlineData("%c/state/%i", "+/state/+")]
    [InlineData("bench", "bench")]
    [InlineData("100%%/%i", "100%/+")]
    [InlineData("100%%i", "100%i")]
    [InlineData("bench-%i", null)]
    [InlineData("a/%i%c", null)]
    public void A_filter_for_all_has_wildcards_where_whole_levels_vary(string pattern, string? expected) => Assert.Equal(expected, new NamePattern(pattern).ToFilter());

    [Theory]
    [InlineData("a%", "'%'")]
    [InlineData("a%x/b", "'%x'")]
    [InlineData("%%%", "'%'")]
    public void Variables_that_do_not_exist_are_told(string pattern, string named)
    {
        Assert.Contains(named, NamePattern.FindProblem(pattern), StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new NamePattern(pattern));
    }

    [Theory]
    [InlineData("%i", true, false)]
    [InlineData("%c", false, true)]
    [InlineData("%%i", false, false)]
    public void It_knows_what_it_varies_with(string pattern, bool number, bool clientId) =>
        Assert.Equal((number, clientId), (new NamePattern(pattern).HasNumber, new NamePattern(pattern).HasClientId));
}
