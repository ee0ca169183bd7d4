using System.Text;
using Godwit.Protocol.Tests.Conformance;

namespace Godwit.Protocol.Tests.Topics;

public sealed class SharedFilterTests
{
    [Theory]
    [InlineData("$share/g/a", "g", "a")]
    [InlineData("$share/g/a/+/#", "g", "a/+/#")]
    [InlineData("$share/g//a", "g", "/a")]
    [InlineData("$share/g//", "g", "/")]
    [InlineData("$share/a b\u00e9/#", "a b\u00e9", "#")]
    [InlineData("$share/$share/x", "$share", "x")]
    [Spec("MQTT-4.8.2-1"), Spec("MQTT-4.8.2-2")]
    public void A_shared_filter_splits_into_name_and_filter(string filter, string shareName, string topicFilter)
    {
        Assert.Equal(SharedFilterKind.Valid, SharedFilter.TryParse(Encoding.UTF8.GetBytes(filter), out var name, out var rest));
        Assert.Equal((shareName, topicFilter), (Encoding.UTF8.GetString(name), Encoding.UTF8.GetString(rest)));
    }

    [Theory]
    [InlineData("$share/")]
    [InlineData("$share//")]
    [InlineData("$share//x")]
    [InlineData("$share/g")]
    [InlineData("$share/g/")]
    [InlineData("$share/+/x")]
    [InlineData("$share/#/x")]
    [InlineData("$share/g+/x")]
    [InlineData("$share/g#/x")]
    [InlineData("$share/#")]
    [Spec("MQTT-4.8.2-1"), Spec("MQTT-4.8.2-2")]
    public void A_broken_shared_filter_is_told_from_an_ordinary_one(string filter)
    {
        Assert.Equal(SharedFilterKind.Invalid, SharedFilter.TryParse(Encoding.UTF8.GetBytes(filter), out var name, out var rest));
        Assert.True(name.IsEmpty && rest.IsEmpty);
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("$share")]
    [InlineData("$shared/g/x")]
    [InlineData("$SHARE/g/x")]
    [InlineData("/$share/g/x")]
    [InlineData("#")]
    public void Other_filters_are_not_shared(string filter)
    {
        Assert.Equal(SharedFilterKind.NotShared, SharedFilter.TryParse(Encoding.UTF8.GetBytes(filter), out var name, out var rest));
        Assert.True(name.IsEmpty);
        Assert.Equal(filter, Encoding.UTF8.GetString(rest));
    }
}
