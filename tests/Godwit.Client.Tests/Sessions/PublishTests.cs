using Godwit.Client.Sessions;
using Godwit.Protocol;

namespace Godwit.Client.Tests.Sessions;

public class PublishTests
{
    private static readonly MqttClientOptions Version311 = new() { ClientId = "c", ProtocolVersion = ProtocolVersion.Mqtt311, KeepAlive = 0 };

    [Fact]
    public void QoS_0_is_done_when_it_is_in_the_output()
    {
        var harness = SessionHarness.Connected();
        harness.Publish("t", "x", retain: true);
        harness.AssertOutput(Wire.Publish("t", "x", retain: true));
        harness = SessionHarness.Connected(Version311);
        harness.Publish("t", "x");
        harness.AssertOutput(Wire.Publish("t", "x", properties: null));
        Assert.Equal("", harness.Events());
    }

    [Fact]
    public void QoS_1_ends_with_PubAck() // MQTT-4.3.2-1 to -3
    {
        var harness = SessionHarness.Connected();
        harness.Publish("t", "x", qos: 1);
        harness.AssertOutput(Wire.Publish("t", "x", 1, 1));
        Assert.Equal("", harness.Events());
        harness.Feed(Wire.PubAck(1));
        Assert.Equal("published t Success", harness.Events());
        Assert.Equal(0, harness.State.UnsettledPublications);
    }

    [Fact]
    public void QoS_2_ends_with_PubComp() // MQTT-4.3.3-1 to -6
    {
        foreach (var options in new[] { null, Version311 })
        {
            var harness = SessionHarness.Connected(options);
            harness.Publish("t", "x", qos: 2);
            harness.AssertOutput(Wire.Publish("t", "x", 2, 1, properties: options is null ? "" : null));
            harness.Feed(Wire.PubRec(1));
            harness.AssertOutput(Wire.PubRel(1));
            Assert.Equal("", harness.Events());
            harness.Feed(Wire.PubComp(1));
            Assert.Equal("published t Success", harness.Events());
            Assert.Equal(0, harness.State.UnsettledPublications);
        }
    }

    [Fact]
    public void Reasons_of_PubAck_and_PubRec_are_the_result()
    {
        var harness = SessionHarness.Connected();
        harness.Publish("a", "", qos: 1);
        harness.Publish("b", "", qos: 1);
        harness.Publish("c", "", qos: 2);
        harness.Publish("d", "", qos: 2);
        harness.Output();
        harness.Feed(Wire.PubAck(1, 0x10), Wire.PubAck(2, 0x87), Wire.PubRec(3, 0x10), Wire.PubRec(4, 0x97));
        Assert.Equal("published a No matching subscribers, published b Not authorized, published d Quota exceeded", harness.Events());
        harness.AssertOutput(Wire.PubRel(3)); // MQTT-4.3.3-4: none for the refusal
        harness.Feed(Wire.PubComp(3));
        Assert.Equal("published c No matching subscribers", harness.Events());
        Assert.Equal(0, harness.State.UnsettledPublications); // MQTT-4.4.0-2
    }

    [Fact]
    public void PubRels_leave_in_the_order_of_the_PubRecs() // MQTT-4.6.0-4
    {
        var harness = SessionHarness.Connected();
        harness.Publish("a", "", qos: 2);
        harness.Publish("b", "", qos: 2);
        harness.Output();
        harness.Feed(Wire.PubRec(2), Wire.PubRec(1));
        harness.AssertOutput(Wire.PubRel(2), Wire.PubRel(1));
    }

    [Fact]
    public void Receive_maximum_of_the_server_holds_back_publications_and_nothing_else() // MQTT-3.3.4-7, MQTT-3.3.4-8, MQTT-4.9.0-1 to -3
    {
        var harness = SessionHarness.Connected(connAck: Wire.ConnAck(properties: "210002"));
        harness.Publish("a", "", qos: 1);
        harness.Publish("b", "", qos: 2);
        harness.Publish("c", "", qos: 1);
        harness.Publish("d", "", qos: 2);
        harness.AssertOutput(Wire.Publish("a", "", 1, 1), Wire.Publish("b", "", 2, 2));
        harness.Publish("e");
        harness.Subscribe("f");
        harness.Feed(Wire.Publish("m", "", 2, 9));
        harness.Session.TryTake(1);
        harness.AssertOutput(Wire.Publish("e", ""), Wire.Hex("82 07 0003 00 000166 02"), Wire.PubRec(9));
        harness.Feed(Wire.PubRec(2));
        harness.AssertOutput(Wire.PubRel(2)); // the exchange still counts
        harness.Feed(Wire.PubComp(2));
        harness.AssertOutput(Wire.Publish("c", "", 1, 4));
        harness.Feed(Wire.PubAck(1, 0x80));
        harness.AssertOutput(Wire.Publish("d", "", 2, 5));
        Assert.Equal("message 1 m=, published b Success, published a Unspecified error", harness.Events());
    }

    [Fact]
    public void Send_maximum_of_the_options_bounds_the_window_too()
    {
        var harness = SessionHarness.Connected(Version311 with { SendMaximum = 1 });
        harness.Publish("a", "", qos: 1);
        harness.Publish("b", "", qos: 1);
        harness.AssertOutput(Wire.Publish("a", "", 1, 1, properties: null));
        harness.Feed(Wire.PubAck(1));
        harness.AssertOutput(Wire.Publish("b", "", 1, 2, properties: null));
    }

    [Fact]
    public void Before_version_5_publications_of_QoS_2_have_a_window_of_their_own_also_after_a_resumption()
    {
        var options = Version311 with { ClientId = "c", CleanStart = false, SendMaximumExactlyOnce = 1 };
        var former = SessionHarness.Connected(options);
        former.State.LastPacketIdentifier = 0;
        former.Publish("a", "", qos: 2);
        former.AssertOutput(Wire.Publish("a", "", 2, 1, properties: null));
        former.Publish("b", "", qos: 2);
        former.AssertOutput();
        former.Feed(Wire.PubRec(1));
        former.AssertOutput(Wire.PubRel(1)); // the exchange still counts
        former.Feed(Wire.PubComp(1));
        former.AssertOutput(Wire.Publish("b", "", 2, 2, properties: null));
        former.Session.HandleTransportClosed(null);

        var harness = SessionHarness.Connected(options with { SessionState = former.State }, Wire.ConnAck311(sessionPresent: true));
        harness.AssertOutput(Wire.Publish("b", "", 2, 2, properties: null, dup: true));
        harness.Publish("c", "", qos: 2);
        harness.Publish("d");
        harness.AssertOutput(Wire.Publish("d", "", properties: null));
        harness.Feed(Wire.PubRec(2));
        harness.Feed(Wire.PubComp(2));
        harness.AssertOutput(Wire.PubRel(2), Wire.Publish("c", "", 2, 3, properties: null));
    }

    [Fact]
    public void A_cancelled_publication_that_waits_is_never_sent()
    {
        var harness = SessionHarness.Connected(connAck: Wire.ConnAck(properties: "210001"));
        harness.Publish("a", "", qos: 1);
        var cancelled = harness.Publish("b", "", qos: 1);
        harness.Publish("c", "", qos: 1);
        ClientSession.CancelPublish(cancelled);
        harness.Output();
        harness.Feed(Wire.PubAck(1));
        harness.AssertOutput(Wire.Publish("c", "", 1, 2));
    }

    [Fact]
    public void A_cancelled_publication_that_was_sent_goes_on_alone()
    {
        var harness = SessionHarness.Connected();
        var cancelled = harness.Publish("a", "", qos: 2);
        ClientSession.CancelPublish(cancelled);
        harness.Output();
        harness.Feed(Wire.PubRec(1));
        harness.AssertOutput(Wire.PubRel(1));
        harness.Feed(Wire.PubComp(1));
        Assert.Equal("", harness.Events());
        Assert.Equal(0, harness.State.UnsettledPublications);
    }

    [Fact]
    public void Packet_identifiers_in_use_are_passed_over() // MQTT-2.2.1-3
    {
        var harness = SessionHarness.Connected();
        harness.Publish("a", "", qos: 1);
        harness.State.LastPacketIdentifier = 65534;
        harness.Publish("b", "", qos: 1);
        harness.Publish("c", "", qos: 1);
        harness.AssertOutput(Wire.Publish("a", "", 1, 1), Wire.Publish("b", "", 1, 65535), Wire.Publish("c", "", 1, 2));
    }

    [Fact]
    public void QoS_0_waits_while_the_output_is_full()
    {
        var harness = SessionHarness.Connected();
        var large = new string('x', ClientSession.OutputLengthMax);
        harness.Publish("a", large);
        var waiting = harness.Publish("b", "1");
        Assert.NotNull(waiting.Queue);
        Assert.True(harness.Session.IsAnswerAwaited);
        var taken = harness.Session.TakeOutput(new PacketBuffer());
        Assert.Equal(Wire.Publish("a", large), taken.Written.ToArray());
        Assert.Equal("published b Success", harness.Events());
        harness.AssertOutput(Wire.Publish("b", "1"));
    }

    [Theory]
    [InlineData("2400", 1, false, ReasonCode.QoSNotSupported)] // MQTT-3.2.2-11
    [InlineData("2401", 2, false, ReasonCode.QoSNotSupported)]
    [InlineData("2500", 0, true, ReasonCode.RetainNotSupported)] // MQTT-3.2.2-14
    [InlineData("270000000C", 0, false, ReasonCode.PacketTooLarge)] // MQTT-3.2.2-15
    public void What_the_server_does_not_take_is_not_sent(string properties, int qos, bool retain, ReasonCode reason)
    {
        var harness = SessionHarness.Connected(connAck: Wire.ConnAck(properties: properties));
        Assert.Equal(reason, harness.Reject("topic", "payload", qos, retain));
        harness.AssertOutput();
        harness.Publish("t", "123456"); // 12 bytes fit
        Assert.NotEmpty(harness.Output());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/+")]
    [InlineData("#")]
    [InlineData("a\0b")]
    public void Topic_names_that_are_not_valid_are_not_sent(string topic)
    {
        var harness = SessionHarness.Connected();
        Assert.Equal(ReasonCode.TopicNameInvalid, harness.Reject(topic));
        harness.AssertOutput();
    }

    [Fact]
    public void A_topic_name_with_a_lone_surrogate_is_not_sent() =>
        Assert.Equal(ReasonCode.TopicNameInvalid, SessionHarness.Connected().Reject("a" + (char)0xD800));

    [Fact]
    public void A_topic_name_over_65535_bytes_is_not_sent()
    {
        var harness = SessionHarness.Connected();
        Assert.Equal(ReasonCode.TopicNameInvalid, harness.Reject(new string('x', 65536)));
        harness.Publish(new string('x', 65535));
        Assert.NotEmpty(harness.Output());
    }

    [Fact]
    public void Properties_are_sent_in_5_0_and_refused_before()
    {
        var message = new MqttMessage
        {
            Topic = "t",
            IsPayloadText = true,
            MessageExpiryInterval = 9,
            ContentType = "c",
            ResponseTopic = "r",
            CorrelationData = new byte[] { 1, 2 },
            UserProperties = [new("b", "2"), new("a", "1"), new("b", "3")],
        };
        var harness = SessionHarness.Connected();
        harness.Publish("t", "x", qos: 1, message: message);
        harness.AssertOutput(Wire.Publish("t", "x", 1, 1, properties: "0101 0200000009 03000163 08000172 0900020102 26000162000132 26000161000131 26000162000133"));
        Assert.Equal(ReasonCode.ProtocolError, SessionHarness.Connected(Version311).Reject("t", message: message));
    }

    [Fact]
    public void Properties_that_are_not_valid_are_not_sent()
    {
        var harness = SessionHarness.Connected();
        Assert.Equal(ReasonCode.MalformedPacket, harness.Reject("t", message: new MqttMessage { Topic = "t", ContentType = "\0" }));
        Assert.Equal(ReasonCode.MalformedPacket, harness.Reject("t", message: new MqttMessage { Topic = "t", ResponseTopic = "a/+" }));
        Assert.Equal(ReasonCode.MalformedPacket, harness.Reject("t", message: new MqttMessage { Topic = "t", CorrelationData = new byte[65536] }));
        Assert.Equal(ReasonCode.MalformedPacket, harness.Reject("t", message: new MqttMessage { Topic = "t", UserProperties = [new("a", new string('\u20ac', 30000))] }));
        harness.AssertOutput();
    }

    [Fact]
    public void Unknown_acknowledgements_settle_nothing()
    {
        var harness = SessionHarness.Connected();
        harness.Feed(Wire.PubAck(9), Wire.PubComp(9));
        harness.AssertOutput();
        harness.Feed(Wire.PubRec(9));
        harness.AssertOutput(Wire.PubRel(9, 0x92));
        harness.Feed(Wire.PubRec(9, 0x80));
        harness.AssertOutput();
        Assert.Equal("", harness.Events());
    }

    [Fact]
    public void Acknowledgements_of_the_wrong_kind_are_protocol_errors()
    {
        var harness = SessionHarness.Connected();
        harness.Publish("a", "", qos: 2);
        harness.AssertFails(Wire.PubAck(1), ReasonCode.ProtocolError);
        harness = SessionHarness.Connected();
        harness.Publish("a", "", qos: 1);
        harness.AssertFails(Wire.PubRec(1), ReasonCode.ProtocolError);
        harness = SessionHarness.Connected();
        harness.Publish("a", "", qos: 2);
        harness.AssertFails(Wire.PubComp(1), ReasonCode.ProtocolError);
    }

    [Fact]
    public void Automatic_aliases_go_to_the_first_topics_as_far_as_the_server_allows() // MQTT-3.2.2-17, MQTT-3.3.2-9
    {
        var harness = SessionHarness.Connected(
            new MqttClientOptions { OutgoingTopicAliasMaximum = 10 },
            Wire.ConnAck(properties: "220002"));
        foreach (var topic in new[] { "a", "b", "c", "a", "b", "c" })
        {
            harness.Publish(topic);
        }

        harness.AssertOutput(
            Wire.Publish("a", "", properties: "230001"),
            Wire.Publish("b", "", properties: "230002"),
            Wire.Publish("c", ""),
            Wire.Publish("", "", properties: "230001"),
            Wire.Publish("", "", properties: "230002"),
            Wire.Publish("c", ""));
    }

    [Fact]
    public void No_alias_is_used_unless_both_sides_allow_it() // MQTT-3.2.2-18
    {
        var harness = SessionHarness.Connected(connAck: Wire.ConnAck(properties: "220002"));
        harness.Publish("a");
        harness.AssertOutput(Wire.Publish("a", ""));
        harness = SessionHarness.Connected(new MqttClientOptions { OutgoingTopicAliasMaximum = 10 });
        harness.Publish("a");
        harness.AssertOutput(Wire.Publish("a", ""));
        Assert.Equal(ReasonCode.TopicAliasInvalid, harness.Reject("a", message: new MqttMessage { Topic = "a", TopicAlias = 1 }));
    }

    [Fact]
    public void A_chosen_alias_is_defined_first_and_can_be_moved_to_another_topic()
    {
        var harness = SessionHarness.Connected(
            new MqttClientOptions { OutgoingTopicAliasMaximum = 1 },
            Wire.ConnAck(properties: "220002"));
        harness.Publish("auto"); // takes alias 1
        harness.Publish("a", message: new MqttMessage { Topic = "a", TopicAlias = 1 });
        harness.Publish("a", message: new MqttMessage { Topic = "a", TopicAlias = 1 });
        harness.Publish("auto");
        Assert.Equal(ReasonCode.TopicAliasInvalid, harness.Reject("a", message: new MqttMessage { Topic = "a", TopicAlias = 3 }));
        harness.AssertOutput(
            Wire.Publish("auto", "", properties: "230001"),
            Wire.Publish("a", "", properties: "230001"),
            Wire.Publish("", "", properties: "230001"),
            Wire.Publish("auto", ""));
    }

    [Fact]
    public void Redelivery_repeats_the_full_topic_since_aliases_end_with_their_connection() // MQTT-3.3.2-7
    {
        var options = new MqttClientOptions { ClientId = "c", SessionExpiryInterval = 9, OutgoingTopicAliasMaximum = 1 };
        var harness = SessionHarness.Connected(options, Wire.ConnAck(properties: "220001"));
        harness.Publish("a", "1", qos: 1);
        harness.Publish("a", "2", qos: 1, message: new MqttMessage { Topic = "a", IsPayloadText = true });
        harness.AssertOutput(Wire.Publish("a", "1", 1, 1, properties: "230001"), Wire.Publish("", "2", 1, 2, properties: "0101 230001"));
        var resumed = harness.Resume();
        resumed.AssertOutput(Wire.Publish("a", "1", 1, 1, dup: true), Wire.Publish("a", "2", 1, 2, dup: true, properties: "0101"));
    }
}
