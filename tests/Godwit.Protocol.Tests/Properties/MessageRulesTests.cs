using Godwit.Protocol.Tests.Conformance;

namespace Godwit.Protocol.Tests.Properties;

public sealed class MessageRulesTests
{
    [Fact]
    [Spec("MQTT-4.7.0-1"), Spec("MQTT-3.3.2-14")]
    public void Topic_Name_is_text_without_wildcards()
    {
        Assert.All(["a/b", "/", "\U0001F426"], topic => Assert.True(MessageRules.IsTopicName(topic)));
        Assert.All(["", "a/+", "#", "a\0", "\uD83D"], topic =>
        {
            Assert.False(MessageRules.IsTopicName(topic));
            Assert.NotNull(MessageRules.FindFault(null, topic, null));
        });
        Assert.False(MessageRules.IsTopicName(null));
        Assert.Null(MessageRules.FindFault(null, null, null));
    }

    [Fact]
    public void Each_fault_is_named()
    {
        Assert.Null(MessageRules.FindFault("text/plain", "answers", new byte[65_535]));
        Assert.StartsWith("The content type", MessageRules.FindFault("\uD83D", null, null), StringComparison.Ordinal);
        Assert.StartsWith("The response topic is longer", MessageRules.FindFault(null, new string('x', 65_536), null), StringComparison.Ordinal);
        Assert.StartsWith("The response topic is empty", MessageRules.FindFault(null, "+", null), StringComparison.Ordinal);
        Assert.StartsWith("The correlation data", MessageRules.FindFault(null, null, new byte[65_536]), StringComparison.Ordinal);
    }

    [Fact]
    public void User_Property_is_a_pair_of_texts()
    {
        Assert.All([("", ""), ("name", "value")], pair => Assert.True(MessageRules.IsUserProperty(pair.Item1, pair.Item2)));
        Assert.All([(null, ""), ("", null), ("a\0", ""), ("", "\uDC26")], pair => Assert.False(MessageRules.IsUserProperty(pair.Item1, pair.Item2)));
    }
}
