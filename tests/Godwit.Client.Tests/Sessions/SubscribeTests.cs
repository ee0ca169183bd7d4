using Godwit.Client.Sessions;
using Godwit.Protocol;

namespace Godwit.Client.Tests.Sessions;

public class SubscribeTests
{
    [Fact]
    public void Subscribe_of_5_0_has_options_and_identifier()
    {
        var harness = SessionHarness.Connected();
        var command = new RequestCommand
        {
            IsSubscribe = true,
            Filters =
            [
                new MqttTopicFilter("a/+") { MaximumQoS = QualityOfService.AtLeastOnce, NoLocal = true, RetainAsPublished = true, RetainHandling = RetainHandling.DoNotSend },
                new MqttTopicFilter("b") { MaximumQoS = QualityOfService.AtMostOnce },
            ],
            SubscriptionIdentifier = 200,
            UserProperties = [new("n", "v")],
        };
        Assert.True(harness.Session.TryRequest(command, out _, out _));
        harness.AssertOutput(Wire.Hex("82 17 0001 0A 0BC801 2600016E000176 0003612F2B 2D 000162 00"));
        harness.Feed(Wire.SubAck(1, 1, 0x87));
        Assert.Equal("answered a/++b 01+87", harness.Events());
    }

    [Fact]
    public void Subscribe_of_3_1_1_has_the_QoS_alone()
    {
        var harness = SessionHarness.Connected(new MqttClientOptions { ProtocolVersion = ProtocolVersion.Mqtt311 });
        harness.Subscribe("a");
        harness.AssertOutput(Wire.Hex("82 06 0001 000161 02"));
        harness.Feed(Wire.SubAck311(1, 0x80));
        Assert.Equal("answered a 80", harness.Events());
    }

    [Fact]
    public void Unsubscribe_of_each_version_is_answered()
    {
        var harness = SessionHarness.Connected();
        harness.Unsubscribe("a", "b");
        harness.AssertOutput(Wire.Hex("A2 09 0001 00 000161 000162"));
        harness.Feed(Wire.UnsubAck(1, 0x11, 0));
        Assert.Equal("answered a+b 11+00", harness.Events());

        harness = SessionHarness.Connected(new MqttClientOptions { ProtocolVersion = ProtocolVersion.Mqtt311 });
        harness.Unsubscribe("a");
        harness.AssertOutput(Wire.Hex("A2 05 0001 000161"));
        harness.Feed(Wire.Hex("B0 02 0001"));
        Assert.Equal("answered a 00", harness.Events());
    }

    [Fact]
    public void Requests_and_publications_share_the_packet_identifiers() // MQTT-2.2.1-3
    {
        var harness = SessionHarness.Connected();
        harness.Subscribe("a");
        harness.Publish("t", "", qos: 1);
        harness.Unsubscribe("a");
        harness.AssertOutput(Wire.Hex("82 07 0001 00 000161 02"), Wire.Publish("t", "", 1, 2), Wire.Hex("A2 06 0003 00 000161"));
    }

    [Fact]
    public void SubAck_with_another_number_of_codes_is_a_protocol_error()
    {
        var harness = SessionHarness.Connected();
        harness.Subscribe("a", "b");
        harness.AssertFails(Wire.SubAck(1, 0), ReasonCode.ProtocolError);
        Assert.Equal("closed, unanswered a", harness.Events());
    }

    [Fact]
    public void UnsubAck_for_a_Subscribe_is_a_protocol_error()
    {
        var harness = SessionHarness.Connected();
        harness.Subscribe("a");
        harness.AssertFails(Wire.UnsubAck(1, 0), ReasonCode.ProtocolError);
        Assert.Equal("closed, unanswered a", harness.Events());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a#")]
    [InlineData("a/#/b")]
    [InlineData("a+")]
    [InlineData("a\0")]
    [InlineData("$share//x")]
    [InlineData("$share/g")]
    [InlineData("$share/g/")]
    [InlineData("$share/g/a#")]
    public void Filters_that_are_not_valid_are_not_sent(string filter)
    {
        var harness = SessionHarness.Connected();
        Assert.False(harness.Session.TryRequest(new RequestCommand { IsSubscribe = true, Filters = [new MqttTopicFilter(filter)] }, out var reason, out var message));
        Assert.Equal(ReasonCode.TopicFilterInvalid, reason);
        Assert.False(harness.Session.TryRequest(new RequestCommand { IsSubscribe = false, Filters = [new MqttTopicFilter("a" + (char)0xD800)] }, out reason, out _));
        Assert.Equal(ReasonCode.TopicFilterInvalid, reason);
        Assert.NotEmpty(message);
        harness.AssertOutput();
    }

    [Theory]
    [InlineData("2800", "a/#", ReasonCode.WildcardSubscriptionsNotSupported)]
    [InlineData("2A00", "$share/g/a", ReasonCode.SharedSubscriptionsNotSupported)]
    [InlineData("270000000A", "longer/than/that", ReasonCode.PacketTooLarge)]
    public void What_the_server_does_not_have_is_not_asked_for(string properties, string filter, ReasonCode expected)
    {
        var harness = SessionHarness.Connected(connAck: Wire.ConnAck(properties: properties));
        Assert.False(harness.Session.TryRequest(new RequestCommand { IsSubscribe = true, Filters = [new MqttTopicFilter(filter)] }, out var reason, out _));
        Assert.Equal(expected, reason);
        harness.AssertOutput();
        harness.Session.Disconnect(new MqttDisconnectOptions());
        Assert.Equal("closed", harness.Events()); // nothing stayed behind
    }

    [Fact]
    public void No_local_on_a_shared_subscription_and_5_0_options_before_5_0_are_refused()
    {
        var command = new RequestCommand { IsSubscribe = true, Filters = [new MqttTopicFilter("$share/g/a") { NoLocal = true }] };
        Assert.False(SessionHarness.Connected().Session.TryRequest(command, out var reason, out _)); // MQTT-3.8.3-4
        Assert.Equal(ReasonCode.ProtocolError, reason);
        command = new RequestCommand { IsSubscribe = true, Filters = [new MqttTopicFilter("a") { NoLocal = true }] };
        Assert.False(SessionHarness.Connected(new MqttClientOptions { ProtocolVersion = ProtocolVersion.Mqtt311 }).Session.TryRequest(command, out _, out _));
        command = new RequestCommand { IsSubscribe = true, Filters = [new MqttTopicFilter("a") { MaximumQoS = (QualityOfService)3 }] };
        Assert.False(SessionHarness.Connected().Session.TryRequest(command, out _, out _));
    }
}
