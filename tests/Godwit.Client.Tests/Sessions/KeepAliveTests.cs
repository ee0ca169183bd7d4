using Godwit.Client.Sessions;

namespace Godwit.Client.Tests.Sessions;

public class KeepAliveTests
{
    private static readonly MqttClientOptions Options = new() { KeepAlive = 60 };

    [Fact]
    public void Ping_goes_out_at_three_quarters_of_the_keep_alive() // MQTT-3.1.2-20
    {
        var harness = SessionHarness.Connected(Options);
        Assert.Equal(harness.Now + 45_000, harness.Session.NextDeadline);
        harness.Now += 44_999;
        harness.Session.HandleTimeout(harness.Now);
        harness.AssertOutput();
        harness.Now++;
        harness.Session.HandleTimeout(harness.Now);
        harness.AssertOutput(Wire.PingReq);
        harness.Now += 10;
        harness.Feed(Wire.PingResp);
        Assert.Equal(harness.Now - 10 + 45_000, harness.Session.NextDeadline);
    }

    [Fact]
    public void Packets_that_go_out_put_the_ping_off_only_while_the_server_is_heard()
    {
        var harness = SessionHarness.Connected(Options);
        harness.Now += 20_000;
        harness.Publish("t");
        harness.Output();
        Assert.Equal(harness.Now + 25_000, harness.Session.NextDeadline); // nothing was received for 20 s
        harness.Feed(Wire.Publish("x", ""));
        Assert.Equal(harness.Now + 45_000, harness.Session.NextDeadline);
    }

    [Fact]
    public void Server_keep_alive_replaces_that_of_the_options() // MQTT-3.1.2-21, MQTT-3.2.2-21
    {
        var harness = SessionHarness.Connected(Options, Wire.ConnAck(properties: "130014"));
        Assert.Equal(harness.Now + 15_000, harness.Session.NextDeadline);
    }

    [Fact]
    public void Keep_alive_zero_never_pings() =>
        Assert.Equal(ClientSession.Never, SessionHarness.Connected(Options with { KeepAlive = 0 }).Session.NextDeadline);

    [Fact]
    public void A_server_that_does_not_answer_the_ping_is_given_up()
    {
        var harness = SessionHarness.Connected(Options);
        harness.Now += 45_000;
        harness.Session.HandleTimeout(harness.Now);
        harness.Output();
        Assert.Equal(harness.Now + 60_000, harness.Session.NextDeadline);
        harness.Now += 60_000;
        harness.Session.HandleTimeout(harness.Now);
        Assert.Equal(MqttDisconnectionCause.Timeout, harness.Disconnection!.Cause);
        Assert.Contains("keep alive of 60 seconds", harness.Disconnection.Message, StringComparison.Ordinal);
        harness.AssertOutput();
    }

    [Fact]
    public void Progress_of_a_long_write_in_front_of_the_ping_counts_as_life()
    {
        var harness = SessionHarness.Connected(Options);
        harness.Now += 45_000;
        harness.Session.HandleTimeout(harness.Now);
        harness.Session.TakeOutput(new PacketBuffer());
        harness.Now += 50_000;
        harness.Session.HandleWritten(false, harness.Now);
        Assert.Equal(harness.Now + 60_000, harness.Session.NextDeadline);
        harness.Now += 50_000;
        harness.Session.HandleWritten(true, harness.Now);
        Assert.Equal(harness.Now + 60_000, harness.Session.NextDeadline);
        harness.Now += 1000;
        harness.Session.HandleWritten(true, harness.Now); // what comes behind the ping says nothing about the server
        Assert.Equal(harness.Now + 59_000, harness.Session.NextDeadline);
    }

    [Fact]
    public void While_reading_is_paused_pings_go_on_and_silence_is_no_timeout()
    {
        var harness = SessionHarness.Connected(Options);
        harness.Session.PauseReading();
        for (var ping = 0; ping < 5; ping++)
        {
            harness.Now = harness.Session.NextDeadline;
            harness.Session.HandleTimeout(harness.Now);
            harness.AssertOutput(Wire.PingReq);
            Assert.Equal(harness.Now + 45_000, harness.Session.NextDeadline);
        }

        harness.Session.ResumeReading(harness.Now + 1000);
        Assert.Equal(harness.Now + 61_000, harness.Session.NextDeadline);
    }

    [Fact]
    public void A_stalled_writer_gets_one_ping_per_interval()
    {
        var harness = SessionHarness.Connected(Options);
        harness.Session.PauseReading();
        harness.Now += 45_000;
        harness.Session.HandleTimeout(harness.Now);
        Assert.Equal(2, harness.Session.OutputLength);
        Assert.Equal(harness.Now + 45_000, harness.Session.NextDeadline);
    }
}
