using Godwit.Protocol;

namespace Godwit.Client.Tests.Sessions;

public class ConnectTests
{
    [Fact]
    public void Connect_of_5_0_carries_the_options_and_nothing_that_is_a_default_of_the_standard()
    {
        var harness = new SessionHarness(new MqttClientOptions { ClientId = "c", KeepAlive = 60, ReceiveMaximum = 10, MaximumPacketSize = 1000, TopicAliasMaximum = 0 });
        harness.Session.Start(0);
        Assert.Equal(
            "1016" + "00044D515454" + "05" + "02" + "003C" + "08" + "21000A" + "27000003E8" + "000163",
            harness.Output());
    }

    [Fact]
    public void Connect_of_3_1_1_has_will_and_credentials_in_their_order()
    {
        var harness = new SessionHarness(new MqttClientOptions
        {
            ClientId = "c",
            ProtocolVersion = ProtocolVersion.Mqtt311,
            CleanStart = false,
            KeepAlive = 1,
            Credentials = new MqttCredentials("u", "p"),
            Will = new MqttWill(new MqttMessage { Topic = "w", Payload = "x"u8.ToArray(), QoS = QualityOfService.AtLeastOnce, Retain = true }),
        });
        harness.Session.Start(0);
        Assert.Equal("1019" + "00044D515454" + "04" + "EC" + "0001" + "000163" + "000177" + "000178" + "000175" + "000170", harness.Output());
    }

    [Fact]
    public void Connect_of_3_1_has_the_old_protocol_name()
    {
        var harness = new SessionHarness(new MqttClientOptions { ClientId = "c", ProtocolVersion = ProtocolVersion.Mqtt31, KeepAlive = 1 });
        harness.Session.Start(0);
        Assert.Equal("100F" + "00064D5149736470" + "03" + "02" + "0001" + "000163", harness.Output());
    }

    [Fact]
    public void Will_of_5_0_has_its_properties()
    {
        var harness = new SessionHarness(new MqttClientOptions
        {
            ReceiveMaximum = 65535,
            TopicAliasMaximum = 0,
            Will = new MqttWill(new MqttMessage { Topic = "w", IsPayloadText = true, UserProperties = [new("a", "b")] }, DelayInterval: 5),
        });
        harness.Session.Start(0);
        Assert.EndsWith("0E" + "0101" + "26000161000162" + "1800000005" + "000177" + "0000", harness.Output(), StringComparison.Ordinal);
    }

    [Fact]
    public void ConnAck_properties_are_reported_with_the_defaults_of_the_standard()
    {
        var harness = SessionHarness.Connected(connAck: Wire.ConnAck(properties: "210005 2401 2500 27000000FF 22000A 2800 2900 2A00 13001E 1200026964"));
        var result = harness.Session.Connection;
        Assert.Equal(
            (5, QualityOfService.AtLeastOnce, false, 255u, 10, false, false, false, 30, "id", true),
            ((int)result.ReceiveMaximum, result.MaximumQoS, result.RetainAvailable, result.MaximumPacketSize!.Value, (int)result.TopicAliasMaximum, result.WildcardSubscriptionAvailable, result.SubscriptionIdentifierAvailable, result.SharedSubscriptionAvailable, (int)result.KeepAlive, result.ClientId, result.IsClientIdAssigned));
        Assert.Equal("id", harness.State.ClientId);

        var plain = SessionHarness.Connected().Session.Connection;
        Assert.Equal((65535, QualityOfService.ExactlyOnce, true, 0, true), ((int)plain.ReceiveMaximum, plain.MaximumQoS, plain.RetainAvailable, (int)plain.TopicAliasMaximum, plain.SubscriptionIdentifierAvailable));
        Assert.Null(plain.MaximumPacketSize);
    }

    [Fact]
    public void Refusal_closes_with_the_reason_in_words()
    {
        var harness = new SessionHarness();
        harness.Session.Start(harness.Now);
        harness.Output();
        harness.Feed(Wire.ConnAck(reason: 0x87, properties: "1F00036E6F70"));
        Assert.Equal("closed", harness.Events());
        Assert.Equal("The server refused the connection: Not authorized (0x87): nop", harness.Disconnection!.Message);
        Assert.Equal((ReasonCode.NotAuthorized, "nop"), (harness.Refusal!.Reason, harness.Refusal.ReasonString));
        Assert.Equal("", harness.Output());
    }

    [Theory]
    [InlineData(1, ReasonCode.UnsupportedProtocolVersion)]
    [InlineData(2, ReasonCode.ClientIdentifierNotValid)]
    [InlineData(3, ReasonCode.ServerUnavailable)]
    [InlineData(4, ReasonCode.BadUserNameOrPassword)]
    [InlineData(5, ReasonCode.NotAuthorized)]
    public void Return_codes_of_3_1_1_become_reason_codes(byte code, ReasonCode reason)
    {
        var harness = new SessionHarness(new MqttClientOptions { ProtocolVersion = ProtocolVersion.Mqtt311 });
        harness.Session.Start(harness.Now);
        harness.Feed(Wire.ConnAck311(code: code));
        Assert.Equal(reason, harness.Refusal!.Reason);
    }

    [Fact]
    public void A_packet_before_ConnAck_is_a_protocol_error()
    {
        var harness = new SessionHarness();
        harness.Session.Start(harness.Now);
        harness.Output();
        harness.AssertFails(Wire.Publish("t", "x"), ReasonCode.ProtocolError);
    }

    [Fact]
    public void A_second_ConnAck_is_a_protocol_error() => SessionHarness.Connected().AssertFails(Wire.ConnAck(), ReasonCode.ProtocolError);

    [Fact]
    public void Session_present_after_a_clean_start_closes_the_connection() // MQTT-3.2.2-4
    {
        var harness = new SessionHarness();
        harness.Session.Start(harness.Now);
        harness.Output();
        harness.AssertFails(Wire.ConnAck(sessionPresent: true), ReasonCode.ProtocolError);
    }

    [Fact]
    public void A_server_that_does_not_answer_Connect_times_out()
    {
        var harness = new SessionHarness(new MqttClientOptions { ConnectTimeout = TimeSpan.FromSeconds(3) });
        harness.Session.Start(harness.Now);
        Assert.Equal(harness.Now + 3000, harness.Session.NextDeadline);
        harness.Session.HandleTimeout(harness.Now + 2999);
        Assert.False(harness.Session.IsClosed);
        harness.Session.HandleTimeout(harness.Now + 3000);
        Assert.Equal(MqttDisconnectionCause.Timeout, harness.Disconnection!.Cause);
    }

    [Theory]
    [InlineData(null, "E000")]
    [InlineData(7u, "E007" + "00" + "05" + "1100000007")]
    public void Disconnect_is_the_last_packet(uint? expiry, string expected)
    {
        var harness = SessionHarness.Connected(new MqttClientOptions { SessionExpiryInterval = 100 });
        harness.Publish("t", "", qos: 1);
        harness.Subscribe("f");
        harness.Output();
        harness.Session.Disconnect(new MqttDisconnectOptions { SessionExpiryInterval = expiry });
        Assert.Equal(expected, harness.Output());
        Assert.Equal("closed, failed t, unanswered f", harness.Events());
        harness.Session.Disconnect(new MqttDisconnectOptions());
        Assert.Equal("", harness.Output());
    }

    [Fact]
    public void Disconnect_of_the_server_ends_everything_with_its_reason()
    {
        var harness = SessionHarness.Connected();
        harness.Publish("t", "", qos: 2);
        harness.Feed(Wire.Disconnect(0x8E));
        Assert.Equal("closed, failed t", harness.Events());
        Assert.Equal((MqttDisconnectionCause.ByServer, ReasonCode.SessionTakenOver), (harness.Disconnection!.Cause, harness.Disconnection.Reason));
        Assert.Equal("The server has disconnected the client: Session taken over (0x8E)", harness.Disconnection.Message);
    }

    [Fact]
    public void A_lost_transport_is_reported_once()
    {
        var harness = SessionHarness.Connected();
        harness.Session.HandleTransportClosed(new IOException("broken pipe"));
        harness.Session.HandleTransportClosed(null);
        Assert.Equal("closed", harness.Events());
        Assert.Equal((MqttDisconnectionCause.ConnectionLost, "The connection broke: broken pipe"), (harness.Disconnection!.Cause, harness.Disconnection.Message));
    }
}
