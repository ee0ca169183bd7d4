using Godwit.Broker.Options;
using Microsoft.Extensions.Configuration;

namespace Godwit.Broker.Tests;

public sealed class BrokerSettingsTests
{
    [Fact]
    public void Settings_reach_the_options()
    {
        var options = Read(
            ("Listen:0", "mqtt://127.0.0.1:0"), ("Listen:1:Url", "mqtt://[::1]:1884"), ("Listen:1:Strict", "false"), ("Loops", "3"),
            ("LoopPlacement", "roundrobin"), ("Limits:ReceiveMaximum", "7"), ("Limits:ConnectTimeout", "00:00:02"));
        Assert.Equal(["mqtt://127.0.0.1:0", "mqtt://[::1]:1884"], options.Listeners.Select(listener => listener.Url));
        Assert.Equal([true, false], options.Listeners.Select(listener => listener.Strict));
        Assert.Equal((3, LoopPlacement.RoundRobin), (options.Loops, options.Placement));
        Assert.Equal((7, 2000L), (options.Engine.ReceiveMaximum, options.Engine.ConnectTimeoutMilliseconds));
    }

    [Theory]
    [InlineData("Limits:RecieveMaximum", "7", "Limits:ReceiveMaximum")]
    [InlineData("Limits:ReceiveMaximum", "0", "1 to 65,535")]
    [InlineData("Limits:ReceiveMaximum", "many", "1 to 65,535")]
    [InlineData("Loops", "65", "64")]
    [InlineData("Io", "uring", "epoll")]
    [InlineData("Durability", "disk", "memory, os or fsync")]
    [InlineData("Data", "", "a directory")]
    [InlineData("Admin", "http://127.0.0.1:18083", "not available in this build")]
    [InlineData("Listen", "ws://127.0.0.1:8083/mqtt", "not available in this build")]
    [InlineData("Listen", "mqtts://127.0.0.1", "not available in this build")]
    [InlineData("Listen", "127.0.0.1:1883", "mqtt://")]
    public void What_is_not_allowed_is_refused_with_its_name_and_the_remedy(string name, string value, string remedy)
    {
        var error = Assert.Throws<BrokerConfigurationException>(() => Read((name, value)));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_brokers_run_in_one_process_and_stop_cleanly()
    {
        foreach (var io in (IoDriver[])[IoDriver.Auto, IoDriver.Sockets])
        {
            var options = new BrokerOptions { Listeners = [new ListenerOptions { Url = "mqtt://127.0.0.1:0" }], Loops = 2, Io = io };
            await using var one = await GodwitBroker.StartAsync(options, cancellation: TestContext.Current.CancellationToken);
            await using var two = await GodwitBroker.StartAsync(options, cancellation: TestContext.Current.CancellationToken);
            Assert.NotEqual(one.Listeners[0].EndPoint.Port, two.Listeners[0].EndPoint.Port);
            var taken = options with { Listeners = [new ListenerOptions { Url = one.Listeners[0].Url }] };
            var error = await Assert.ThrowsAsync<BrokerStartException>(() => GodwitBroker.StartAsync(taken, cancellation: TestContext.Current.CancellationToken));
            Assert.Contains("in use", error.Message, StringComparison.Ordinal);
        }
    }

    private static BrokerOptions Read(params (string Name, string Value)[] settings) =>
        BrokerSettings.Read(new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>(setting.Name, setting.Value)))
            .Build());
}
