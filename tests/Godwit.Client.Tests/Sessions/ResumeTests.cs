using Godwit.Protocol;

namespace Godwit.Client.Tests.Sessions;

public class ResumeTests
{
    private static readonly MqttClientOptions Persistent = new() { ClientId = "c", KeepAlive = 0, SessionExpiryInterval = 1000 };

    [Fact]
    public void Unsettled_publications_are_sent_again_with_Dup_the_same_identifiers_and_in_order() // MQTT-3.3.1-1, MQTT-4.4.0-1, MQTT-4.6.0-1
    {
        var harness = SessionHarness.Connected(Persistent);
        harness.Publish("a", "", qos: 1);
        harness.Publish("b", "", qos: 2);
        harness.Publish("c", "", qos: 2);
        harness.Publish("d", "", qos: 1);
        harness.Publish("e", "", qos: 1);
        harness.Output();
        harness.Feed(Wire.PubAck(4), Wire.PubRec(2));
        harness.Output();
        Assert.Equal("published d Success", harness.Events());

        var resumed = harness.Resume();
        Assert.Equal("closed, failed b, failed a, failed c, failed e", harness.Events());
        resumed.AssertOutput(
            Wire.PubRel(2), // MQTT-4.3.3-6
            Wire.Publish("a", "", 1, 1, dup: true),
            Wire.Publish("c", "", 2, 3, dup: true),
            Wire.Publish("e", "", 1, 5, dup: true));
        resumed.Publish("new", "", qos: 1);
        resumed.AssertOutput(Wire.Publish("new", "", 1, 6));
        resumed.Feed(Wire.PubComp(2), Wire.PubAck(1), Wire.PubRec(3), Wire.PubAck(5), Wire.PubAck(6));
        resumed.AssertOutput(Wire.PubRel(3));
        resumed.Feed(Wire.PubComp(3));
        Assert.Equal(0, resumed.State.UnsettledPublications);
        Assert.Equal("published new Success", resumed.Events());
    }

    [Fact]
    public void Nothing_is_sent_again_on_a_connection_that_lasts()
    {
        var harness = SessionHarness.Connected(Persistent with { KeepAlive = 10 });
        harness.Publish("a", "", qos: 1);
        harness.Output();
        harness.Now += 7500;
        harness.Session.HandleTimeout(harness.Now);
        harness.AssertOutput(Wire.PingReq); // MQTT-4.4.0-1
    }

    [Fact]
    public void A_server_without_the_session_voids_the_state() // MQTT-3.2.2-5
    {
        var harness = SessionHarness.Connected(Persistent);
        harness.Publish("a", "", qos: 1);
        harness.Feed(Wire.Publish("m", "", 2, 5));
        harness.Session.TryTake(1);
        harness.Output();
        var resumed = harness.Resume(sessionPresent: false);
        resumed.AssertOutput();
        Assert.Equal(0, resumed.State.UnsettledPublications);
        resumed.Feed(Wire.Publish("m", "new", 2, 5));
        Assert.Equal("message 1 m=new", resumed.Events());
    }

    [Fact]
    public void A_smaller_receive_maximum_holds_back_redelivery_and_what_is_new_behind_it()
    {
        var harness = SessionHarness.Connected(Persistent);
        harness.Publish("a", "", qos: 1);
        harness.Publish("b", "", qos: 1);
        harness.Publish("c", "", qos: 1);
        var resumed = harness.Resume(connAckProperties: "210001");
        resumed.Publish("d", "", qos: 1);
        resumed.AssertOutput(Wire.Publish("a", "", 1, 1, dup: true));
        resumed.Feed(Wire.PubAck(1));
        resumed.AssertOutput(Wire.Publish("b", "", 1, 2, dup: true));
        resumed.Feed(Wire.PubAck(2));
        resumed.AssertOutput(Wire.Publish("c", "", 1, 3, dup: true));
        resumed.Feed(Wire.PubAck(3));
        resumed.AssertOutput(Wire.Publish("d", "", 1, 4));
    }

    [Fact]
    public void PubRels_do_not_wait_for_quota_but_use_it_up()
    {
        var harness = SessionHarness.Connected(Persistent);
        harness.Publish("a", "", qos: 1);
        harness.Publish("b", "", qos: 2);
        harness.Publish("c", "", qos: 2);
        harness.Feed(Wire.PubRec(2), Wire.PubRec(3));
        harness.Output();
        var resumed = harness.Resume(connAckProperties: "210001");
        resumed.AssertOutput(Wire.PubRel(2), Wire.PubRel(3));
        resumed.Feed(Wire.PubComp(2));
        resumed.AssertOutput();
        resumed.Feed(Wire.PubComp(3, 0x92));
        resumed.AssertOutput(Wire.Publish("a", "", 1, 1, dup: true));
    }

    [Fact]
    public void Publications_that_waited_are_not_part_of_the_session()
    {
        var harness = SessionHarness.Connected(Persistent, Wire.ConnAck(properties: "210001"));
        harness.Publish("a", "", qos: 1);
        harness.Publish("b", "", qos: 1);
        var resumed = harness.Resume();
        Assert.Equal("closed, failed a, failed b", harness.Events());
        resumed.AssertOutput(Wire.Publish("a", "", 1, 1, dup: true));
    }

    [Fact]
    public void What_is_too_large_for_the_server_now_is_given_up()
    {
        var harness = SessionHarness.Connected(Persistent);
        harness.Publish("a", new string('x', 100), qos: 1);
        harness.Publish("b", "", qos: 1);
        var resumed = harness.Resume(connAckProperties: "2700000020");
        resumed.AssertOutput(Wire.Publish("b", "", 1, 2, dup: true));
        Assert.Equal(1, resumed.State.UnsettledPublications);
    }

    [Fact]
    public void An_acknowledgement_before_the_redelivery_is_a_protocol_error()
    {
        var harness = SessionHarness.Connected(Persistent);
        harness.Publish("a", "", qos: 1);
        harness.Publish("b", "", qos: 1);
        harness.Resume(connAckProperties: "210001").AssertFails(Wire.PubAck(2), ReasonCode.ProtocolError);
    }

    [Fact]
    public void Received_QoS_2_identifiers_survive_so_that_a_message_comes_once() // MQTT-4.3.3-10
    {
        var harness = SessionHarness.Connected(Persistent);
        harness.Feed(Wire.Publish("m", "1", 2, 7), Wire.Publish("m", "2", 2, 8));
        harness.Session.TryTake(1);
        harness.AssertOutput(Wire.PubRec(7));
        var resumed = harness.Resume();
        resumed.Feed(Wire.Publish("m", "1", 2, 7, dup: true), Wire.Publish("m", "2", 2, 8, dup: true));
        Assert.Equal("message 2 m=2", resumed.Events()); // the second was never taken
        resumed.AssertOutput(Wire.PubRec(7));
        resumed.Session.TryTake(2);
        resumed.Feed(Wire.PubRel(7), Wire.PubRel(8));
        resumed.AssertOutput(Wire.PubRec(8), Wire.PubComp(7), Wire.PubComp(8));
    }

    [Fact]
    public void A_QoS_2_message_taken_after_the_connection_was_lost_is_not_taken_again()
    {
        var harness = SessionHarness.Connected(Persistent);
        harness.Feed(Wire.Publish("m", "1", 2, 7));
        harness.Session.HandleTransportClosed(null);
        Assert.True(harness.Session.TryTake(1));
        var resumed = harness.Resume();
        resumed.Feed(Wire.Publish("m", "1", 2, 7, dup: true));
        Assert.Equal("", resumed.Events());
        resumed.AssertOutput(Wire.PubRec(7));
    }

    [Fact]
    public void A_message_left_over_from_a_lost_connection_cannot_be_taken_once_another_one_goes_on()
    {
        var harness = SessionHarness.Connected(Persistent);
        harness.Feed(Wire.Publish("m", "1", 2, 7), Wire.Publish("m", "2", 1, 8));
        harness.Resume();
        Assert.False(harness.Session.TryTake(1));
        Assert.False(harness.Session.TryTake(2));
    }

    [Fact]
    public void A_state_in_use_cannot_be_used_twice()
    {
        var harness = SessionHarness.Connected(Persistent);
        Assert.Throws<InvalidOperationException>(() => new SessionHarness(Persistent with { CleanStart = false, SessionState = harness.State }));
    }

    [Fact]
    public void Session_of_3_1_1_is_resumed_too()
    {
        var harness = SessionHarness.Connected(new MqttClientOptions { ClientId = "c", ProtocolVersion = ProtocolVersion.Mqtt311, CleanStart = false });
        harness.Publish("a", "", qos: 1);
        harness.Publish("b", "", qos: 2);
        harness.Feed(Wire.PubRec(2));
        harness.Output();
        harness.Resume().AssertOutput(Wire.PubRel(2), Wire.Publish("a", "", 1, 1, dup: true, properties: null));
    }
}
