using System.Text;
using Godwit.Protocol.Tests.Conformance;

namespace Godwit.Protocol.Tests.Topics;

public sealed class TopicNameTests
{
    [Theory]
    [InlineData("a")]
    [InlineData("/")]
    [InlineData(" ")]
    [InlineData("$SYS/x")]
    [InlineData("a//b/")]
    [InlineData("\u0001\uffff")]
    public void Names_without_wildcards_are_valid(string topic)
    {
        Assert.True(TopicName.IsValid(Encoding.UTF8.GetBytes(topic)));
        Assert.True(TopicName.Check(Encoding.UTF8.GetBytes(topic), ProtocolVersion.Mqtt5, out var fault));
        Assert.True(fault.IsNone);
    }

    [Theory]
    [InlineData("", ReasonCode.TopicNameInvalid, "MQTT-4.7.3-1")]
    [InlineData("2b", ReasonCode.TopicNameInvalid, "MQTT-4.7.0-1")]
    [InlineData("612f23", ReasonCode.TopicNameInvalid, "MQTT-4.7.0-1")]
    [InlineData("610062", ReasonCode.MalformedPacket, "MQTT-1.5.4-2")]
    [InlineData("eda080", ReasonCode.MalformedPacket, "MQTT-1.5.4-1")]
    [InlineData("ff2b", ReasonCode.MalformedPacket, "MQTT-1.5.4-1")]
    [Spec("MQTT-4.7.0-1"), Spec("MQTT-4.7.3-1"), Spec("MQTT-4.7.3-2")]
    public void Other_names_are_refused(string hex, ReasonCode reason, string statement)
    {
        var topic = Convert.FromHexString(hex);

        Assert.False(TopicName.IsValid(topic));
        Assert.False(TopicName.Check(topic, ProtocolVersion.Mqtt5, out var fault));
        Assert.Equal((reason, statement), (fault.Reason, fault.Statement));
    }
}
