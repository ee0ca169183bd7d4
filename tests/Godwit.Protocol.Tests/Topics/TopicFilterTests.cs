using System.Text;
using Godwit.Protocol.Tests.Conformance;

namespace Godwit.Protocol.Tests.Topics;

public sealed class TopicFilterTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("#")]
    [InlineData("+")]
    [InlineData("/#")]
    [InlineData("+/#")]
    [InlineData("+/+")]
    [InlineData("a/+/b/#")]
    [InlineData("/+")]
    [InlineData("+/")]
    [InlineData("$SYS/#")]
    [InlineData("a b/\u00e9/\U0001f426")]
    [Spec("MQTT-4.7.1-1"), Spec("MQTT-4.7.1-2"), Spec("3.1.1:MQTT-4.7.1-2"), Spec("3.1.1:MQTT-4.7.1-3")]
    public void Well_formed_filters_pass(string filter)
    {
        Assert.True(TopicFilter.Check(Encoding.UTF8.GetBytes(filter), out var fault));
        Assert.True(fault.IsNone);
    }

    [Theory]
    [InlineData("a#", "MQTT-4.7.1-1", "MQTT-4.7.1-2")]
    [InlineData("#a", "MQTT-4.7.1-1", "MQTT-4.7.1-2")]
    [InlineData("#/", "MQTT-4.7.1-1", "MQTT-4.7.1-2")]
    [InlineData("a/#/b", "MQTT-4.7.1-1", "MQTT-4.7.1-2")]
    [InlineData("##", "MQTT-4.7.1-1", "MQTT-4.7.1-2")]
    [InlineData("a/##", "MQTT-4.7.1-1", "MQTT-4.7.1-2")]
    [InlineData("+#", "MQTT-4.7.1-2", "MQTT-4.7.1-3")]
    [InlineData("a+", "MQTT-4.7.1-2", "MQTT-4.7.1-3")]
    [InlineData("+a", "MQTT-4.7.1-2", "MQTT-4.7.1-3")]
    [InlineData("a/b+/c", "MQTT-4.7.1-2", "MQTT-4.7.1-3")]
    [InlineData("a/+b/c", "MQTT-4.7.1-2", "MQTT-4.7.1-3")]
    [InlineData("++", "MQTT-4.7.1-2", "MQTT-4.7.1-3")]
    [InlineData("", "MQTT-4.7.3-1", "MQTT-4.7.3-1")]
    [Spec("MQTT-4.7.1-1"), Spec("MQTT-4.7.1-2"), Spec("MQTT-4.7.3-1"), Spec("3.1.1:MQTT-4.7.1-2"), Spec("3.1.1:MQTT-4.7.1-3"), Spec("3.1.1:MQTT-4.7.3-1")]
    public void Misplaced_wildcards_are_refused(string filter, string statement5, string statement311)
    {
        var bytes = Encoding.UTF8.GetBytes(filter);

        Assert.False(TopicFilter.Check(bytes, out var fault));
        Assert.Equal((ReasonCode.TopicFilterInvalid, statement5), (fault.Reason, fault.Statement));
        Assert.False(TopicFilter.Check(bytes, ProtocolVersion.Mqtt311, out fault));
        Assert.Equal(statement311, fault.Statement);
    }

    [Fact]
    [Spec("MQTT-4.7.3-3"), Spec("3.1.1:MQTT-4.7.3-3")]
    public void Names_and_filters_end_at_65535_bytes()
    {
        var longest = new byte[65_536];
        longest.AsSpan().Fill((byte)'a');

        Assert.True(TopicFilter.Check(longest.AsSpan(1), out _));
        Assert.True(TopicName.IsValid(longest.AsSpan(1)));
        Assert.False(TopicFilter.Check(longest, out var fault));
        Assert.Equal("MQTT-4.7.3-3", fault.Statement);
        Assert.False(TopicName.Check(longest, ProtocolVersion.Mqtt5, out fault));
        Assert.Equal("MQTT-4.7.3-3", fault.Statement);
    }

    [Theory]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1/ranking", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player1/score/wimbledon", true)]
    [InlineData("sport/tennis/player1/#", "sport/tennis/player10", false)]
    [InlineData("sport/#", "sport", true)]
    [InlineData("sport/#", "sport/", true)]
    [InlineData("#", "a", true)]
    [InlineData("#", "/", true)]
    [InlineData("#", "a/b/c", true)]
    [InlineData("sport/tennis/+", "sport/tennis/player1", true)]
    [InlineData("sport/tennis/+", "sport/tennis/player1/ranking", false)]
    [InlineData("sport/+", "sport", false)]
    [InlineData("sport/+", "sport/", true)]
    [InlineData("+/+", "/finance", true)]
    [InlineData("/+", "/finance", true)]
    [InlineData("+", "/finance", false)]
    [InlineData("+", "a", true)]
    [InlineData("a//b", "a//b", true)]
    [InlineData("a/+/b", "a//b", true)]
    [InlineData("a/b", "a//b", false)]
    [InlineData("a", "a/", false)]
    [InlineData("a/", "a", false)]
    [InlineData("a/", "a/", true)]
    [InlineData("/", "/", true)]
    [InlineData("/a", "a", false)]
    [InlineData("+/#", "a", true)]
    [InlineData("a/+/#", "a", false)]
    [InlineData("a/+/#", "a/b", true)]
    [InlineData("ab", "a", false)]
    [InlineData("a", "ab", false)]
    [InlineData("Accounts", "ACCOUNTS", false)]
    [InlineData("a b", "a b", true)]
    [Spec("MQTT-4.7.3-4"), Spec("3.1.1:MQTT-4.7.3-4")]
    public void Filters_match_level_by_level(string filter, string topic, bool expected) =>
        Assert.Equal(expected, TopicFilter.Matches(Encoding.UTF8.GetBytes(filter), Encoding.UTF8.GetBytes(topic)));

    [Theory]
    [InlineData("#", "$SYS/uptime", false)]
    [InlineData("+/uptime", "$SYS/uptime", false)]
    [InlineData("+", "$SYS", false)]
    [InlineData("$SYS/#", "$SYS/uptime", true)]
    [InlineData("$SYS/+", "$SYS/uptime", true)]
    [InlineData("$SYS/#", "$SYS", true)]
    [InlineData("a/#", "a/$SYS", true)]
    [InlineData("+/+", "a/$b", true)]
    [Spec("MQTT-4.7.2-1"), Spec("3.1.1:MQTT-4.7.2-1")]
    public void A_leading_wildcard_does_not_match_dollar_topics(string filter, string topic, bool expected) =>
        Assert.Equal(expected, TopicFilter.Matches(Encoding.UTF8.GetBytes(filter), Encoding.UTF8.GetBytes(topic)));

    [Fact]
    [Spec("MQTT-4.7.3-4")]
    public void Composed_and_decomposed_letters_are_different()
    {
        Assert.False(TopicFilter.Matches("\u00e9"u8, "e\u0301"u8));
        Assert.False(TopicFilter.Matches("\ufeffa"u8, "a"u8));
    }

    [Fact]
    public void Matching_agrees_with_a_matcher_written_over_split_levels()
    {
        var random = new Random(20_260_701);
        string[] filterLevels = ["", "a", "b", "ab", "+", "$x"];
        string[] topicLevels = ["", "a", "b", "ab", "$x"];
        var hits = 0;
        for (var round = 0; round < 50_000; round++)
        {
            var filter = string.Join('/', Enumerable.Range(0, random.Next(1, 5)).Select(_ => filterLevels[random.Next(filterLevels.Length)]));
            if (random.Next(3) == 0)
            {
                filter = filter.Length == 0 ? "#" : filter + "/#";
            }

            var topic = string.Join('/', Enumerable.Range(0, random.Next(1, 5)).Select(_ => topicLevels[random.Next(topicLevels.Length)]));
            if (filter.Length == 0 || topic.Length == 0)
            {
                continue;
            }

            var expected = MatchesBySplitting(filter, topic);
            hits += expected ? 1 : 0;
            Assert.True(expected == TopicFilter.Matches(Encoding.UTF8.GetBytes(filter), Encoding.UTF8.GetBytes(topic)), $"{filter} against {topic}");
            Assert.True(TopicFilter.Check(Encoding.UTF8.GetBytes(filter), out _), filter);
            Assert.Equal(filter.AsSpan().ContainsAny('+', '#'), TopicFilter.HasWildcards(Encoding.UTF8.GetBytes(filter)));
        }

        Assert.InRange(hits, 1000, 49_000);
    }

    private static bool MatchesBySplitting(string filter, string topic)
    {
        if (topic.StartsWith('$') && (filter.StartsWith('+') || filter.StartsWith('#')))
        {
            return false;
        }

        var wanted = filter.Split('/');
        var given = topic.Split('/');
        for (var level = 0; level < wanted.Length; level++)
        {
            if (wanted[level] == "#")
            {
                return given.Length >= level;
            }

            if (level >= given.Length || (wanted[level] != "+" && wanted[level] != given[level]))
            {
                return false;
            }
        }

        return given.Length == wanted.Length;
    }
}
