using Godwit.Protocol;

namespace Godwit.Client.Tests.Sessions;

public class ReceiveTests
{
    [Fact]
    public void QoS_0_is_not_acknowledged()
    {
        var harness = SessionHarness.Connected();
        harness.Feed(Wire.Publish("t", "x", retain: true));
        Assert.Equal("message 0 t=x", harness.Events());
        harness.AssertOutput();
    }

    [Fact]
    public void QoS_1_is_acknowledged_when_it_is_taken() // MQTT-4.3.2-4
    {
        var harness = SessionHarness.Connected();
        harness.Feed(Wire.Publish("t", "x", 1, 7));
        Assert.Equal("message 1 t=x", harness.Events());
        harness.AssertOutput();
        Assert.True(harness.Session.TryTake(1));
        harness.AssertOutput(Wire.PubAck(7));
        harness.Feed(Wire.Publish("t", "y", 1, 7, dup: true)); // MQTT-4.3.2-5
        Assert.Equal("message 2 t=y", harness.Events());
    }

    [Fact]
    public void QoS_2_goes_through_the_whole_exchange() // MQTT-4.3.3-8, -11, -12
    {
        var harness = SessionHarness.Connected();
        harness.Feed(Wire.Publish("t", "x", 2, 7));
        harness.AssertOutput();
        harness.Session.TryTake(1);
        harness.AssertOutput(Wire.PubRec(7));
        harness.Feed(Wire.Publish("t", "x", 2, 7, dup: true)); // MQTT-4.3.3-10
        harness.AssertOutput(Wire.PubRec(7));
        Assert.Equal("message 1 t=x", harness.Events());
        harness.Feed(Wire.PubRel(7));
        harness.AssertOutput(Wire.PubComp(7));
        harness.Feed(Wire.Publish("t", "y", 2, 7));
        Assert.Equal("message 3 t=y", harness.Events());
    }

    [Fact]
    public void A_repetition_of_a_QoS_2_message_that_is_not_taken_yet_is_answered_but_not_passed_on()
    {
        var harness = SessionHarness.Connected();
        harness.Feed(Wire.Publish("t", "x", 2, 7), Wire.Publish("t", "x", 2, 7, dup: true));
        Assert.Equal("message 1 t=x", harness.Events());
        harness.AssertOutput();
        harness.Session.TryTake(1);
        harness.AssertOutput(Wire.PubRec(7), Wire.PubRec(7));
    }

    [Fact]
    public void Acknowledgements_leave_in_the_order_of_arrival_whoever_reads_first() // MQTT-4.6.0-2, MQTT-4.6.0-3
    {
        var harness = SessionHarness.Connected();
        harness.Feed(Wire.Publish("a", "", 1, 1), Wire.Publish("b", "", 2, 2), Wire.Publish("c", "", 1, 3), Wire.Publish("d", "", 2, 4));
        harness.Session.TryTake(3);
        harness.Session.TryTake(2);
        harness.AssertOutput();
        harness.Session.TryTake(1);
        harness.AssertOutput(Wire.PubAck(1), Wire.PubRec(2), Wire.PubAck(3));
        harness.Session.TryTake(4);
        harness.AssertOutput(Wire.PubRec(4));
    }

    [Fact]
    public void A_message_of_several_readers_is_acknowledged_by_the_last()
    {
        var harness = SessionHarness.Connected();
        harness.Readers = 2;
        harness.Feed(Wire.Publish("a", "", 1, 1));
        harness.Session.TryTake(1);
        harness.AssertOutput();
        harness.Session.TryTake(1);
        harness.AssertOutput(Wire.PubAck(1));
    }

    [Fact]
    public void A_message_that_nobody_reads_is_acknowledged_at_once_but_in_its_turn() // MQTT-4.5.0-2
    {
        var harness = SessionHarness.Connected();
        harness.Feed(Wire.Publish("a", "", 1, 1));
        harness.Readers = 0;
        harness.Feed(Wire.Publish("b", "", 2, 2));
        harness.AssertOutput();
        harness.Session.TryTake(1);
        harness.AssertOutput(Wire.PubAck(1), Wire.PubRec(2));
    }

    [Fact]
    public void Many_deliveries_wrap_around_and_grow()
    {
        var harness = SessionHarness.Connected();
        var next = 1;
        for (ushort id = 1; id <= 500; id++)
        {
            harness.Feed(Wire.Publish("a", "", 1, id));
            if (id % 3 == 0)
            {
                harness.Session.TryTake(next);
                harness.AssertOutput(Wire.PubAck((ushort)next));
                next++;
            }
        }

        for (; next <= 500; next++)
        {
            harness.Session.TryTake(next);
            harness.AssertOutput(Wire.PubAck((ushort)next));
        }
    }

    [Fact]
    public void A_PubRel_without_an_exchange_gets_0x92()
    {
        var harness = SessionHarness.Connected();
        harness.Feed(Wire.PubRel(7));
        harness.AssertOutput(Wire.PubComp(7, 0x92));
        harness = SessionHarness.Connected(new MqttClientOptions { ProtocolVersion = ProtocolVersion.Mqtt311 });
        harness.Feed(Wire.PubRel(7));
        harness.AssertOutput(Wire.PubComp(7));
    }

    [Fact]
    public void A_PubRel_before_the_PubRec_is_a_protocol_error()
    {
        var harness = SessionHarness.Connected();
        harness.Feed(Wire.Publish("t", "", 2, 7));
        harness.AssertFails(Wire.PubRel(7), ReasonCode.ProtocolError);
    }

    [Fact]
    public void More_messages_than_the_receive_maximum_close_with_0x93_where_it_is_enforced()
    {
        var harness = SessionHarness.Connected(new MqttClientOptions { ReceiveMaximum = 2, EnforceReceiveMaximum = true });
        harness.Feed(Wire.Publish("a", "", 1, 1), Wire.Publish("b", "", 2, 2));
        harness.Session.TryTake(1);
        harness.Session.TryTake(2);
        harness.Feed(Wire.Publish("c", "", 1, 3)); // one is free by PUBACK; PUBREC frees none
        harness.AssertFails(Wire.Publish("d", "", 1, 4), ReasonCode.ReceiveMaximumExceeded);

        harness = SessionHarness.Connected(new MqttClientOptions { ReceiveMaximum = 1, EnforceReceiveMaximum = true });
        for (var round = 0; round < 5; round++)
        {
            harness.Feed(Wire.Publish("b", "", 2, 2));
            harness.Session.TryTake(round + 1);
            harness.Feed(Wire.PubRel(2), Wire.Publish("z", ""));
        }

        Assert.False(harness.Session.IsClosed);
    }

    [Fact]
    public void More_messages_than_the_receive_maximum_are_taken_otherwise()
    {
        var harness = SessionHarness.Connected(new MqttClientOptions { ReceiveMaximum = 1 });
        harness.Feed(Wire.Publish("a", "", 1, 1), Wire.Publish("b", "", 2, 2));
        Assert.Equal("message 1 a=, message 2 b=", harness.Events());
    }

    [Fact]
    public void Before_5_0_the_receive_maximum_is_not_known_to_the_server_and_not_enforced()
    {
        var harness = SessionHarness.Connected(new MqttClientOptions { ReceiveMaximum = 1, EnforceReceiveMaximum = true, ProtocolVersion = ProtocolVersion.Mqtt311 });
        harness.Feed(Wire.Publish("a", "", 1, 1, properties: null), Wire.Publish("b", "", 1, 2, properties: null));
        Assert.Equal("message 1 a=, message 2 b=", harness.Events());
    }

    [Fact]
    public void Topic_aliases_of_the_server_are_resolved_and_can_be_moved() // MQTT-3.3.2-10
    {
        var harness = SessionHarness.Connected(new MqttClientOptions { TopicAliasMaximum = 2 });
        harness.Feed(
            Wire.Publish("a", "1", properties: "230001"),
            Wire.Publish("b", "2", properties: "230002"),
            Wire.Publish("", "3", properties: "230001"),
            Wire.Publish("c", "4", properties: "230001"),
            Wire.Publish("", "5", properties: "230001"),
            Wire.Publish("", "6", properties: "230002"));
        Assert.Equal("message 0 a=1, message 0 b=2, message 0 a=3, message 0 c=4, message 0 c=5, message 0 b=6", harness.Events());
    }

    [Theory]
    [InlineData("230003", ReasonCode.TopicAliasInvalid)]
    [InlineData("230001", ReasonCode.ProtocolError)]
    public void Aliases_above_the_maximum_or_not_defined_are_faults(string properties, ReasonCode reason) =>
        SessionHarness.Connected(new MqttClientOptions { TopicAliasMaximum = 2 }).AssertFails(Wire.Publish("", "", properties: properties), reason);

    [Fact]
    public void Aliases_end_with_their_connection() // MQTT-3.3.2-7
    {
        var harness = SessionHarness.Connected(new MqttClientOptions { ClientId = "c", SessionExpiryInterval = 5 });
        harness.Feed(Wire.Publish("a", "", properties: "230001"));
        harness.Resume().AssertFails(Wire.Publish("", "", properties: "230001"), ReasonCode.ProtocolError);
    }
}
