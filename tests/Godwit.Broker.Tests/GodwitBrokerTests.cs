using System.Net;
using System.Net.Sockets;
using Godwit.Broker.Options;
using Godwit.Engine;
using Microsoft.Extensions.Logging;
using static Godwit.Broker.Tests.BrokerUnderTest;

namespace Godwit.Broker.Tests;

public sealed class GodwitBrokerTests
{
    public static TheoryData<IoDriver, int> Cells => BrokerUnderTest.Cells;

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Clients_on_all_loops_are_served(IoDriver io, int loops)
    {
        await using var broker = await StartAsync(OptionsFor(io, loops));
        var clients = Enumerable.Range(0, 20).Select(i => ConnectClient(broker, $"c{i}")).ToArray();
        Array.ForEach(clients, AssertServed);
        Assert.Equal((20, loops), (broker.ConnectionCount, broker.LoopCount));
        Array.ForEach(clients, client => client.Dispose());
        await WaitForAsync(() => broker.ConnectionCount == 0, "connections are left over");
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Packets_sent_right_behind_CONNECT_reach_the_home_loop(IoDriver io, int loops)
    {
        await using var broker = await StartAsync(OptionsFor(io, loops));
        for (int i = 0; i < 2 * loops; i++)
        {
            using var client = Connect(broker);
            client.Send([.. ConnectPacket($"c{i}"), .. PingRequest, .. PingRequest]);
            Assert.Equal([0x20, 2, 0, 0, .. PingResponse, .. PingResponse], Read(client, 8));
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task CONNECT_byte_by_byte_is_as_good(IoDriver io, int loops)
    {
        await using var broker = await StartAsync(OptionsFor(io, loops));
        using var client = Connect(broker);
        foreach (byte each in ConnectPacket("slow"))
        {
            client.Send([each]);
        }

        Assert.Equal([0x20, 2, 0, 0], Read(client, 4));
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task A_stop_tells_5_0_clients_why_and_closes_all(IoDriver io, int loops)
    {
        await using var broker = await StartAsync(OptionsFor(io, loops));
        using var five = ConnectClient(broker, "five", version: 5);
        using var four = ConnectClient(broker, "four");
        using var silent = Connect(broker);
        await WaitForAsync(() => broker.ConnectionCount == 3, "the third connection was not accepted");
        var stop = broker.StopAsync();
        byte[] goodbye = Read(five, 3);
        Assert.Equal((0xE0, 0x8B), (goodbye[0], goodbye[2])); // DISCONNECT, Server shutting down
        AssertClosed(five);
        AssertClosed(four);
        AssertClosed(silent);
        five.Dispose();
        four.Dispose();
        silent.Dispose();
        await stop;
        Assert.Equal(0, broker.ConnectionCount);
        using var late = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Action connect = () => late.Connect(broker.Listeners[0].EndPoint);
        Assert.Throws<SocketException>(connect);
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task A_stop_has_its_limit_and_a_second_one_waits_for_the_first(IoDriver io, int loops)
    {
        var log = new CollectedLog();
        await using var broker = await StartAsync(OptionsFor(io, loops) with { DrainTimeoutMilliseconds = 0 }, log);
        using var client = ConnectClient(broker, "clings");
        await Task.WhenAll(broker.StopAsync(), broker.StopAsync());
        Assert.Equal(0, broker.ConnectionCount);
        Assert.Single(log.Entries, entry => entry.Id == 1006);
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task A_refusal_arrives_although_the_client_goes_on_sending(IoDriver io, int loops)
    {
        await using var broker = await StartAsync(OptionsFor(io, loops));
        using var client = Connect(broker);

        // Protocol level 9, and more behind it that nobody will read: a plain close would be a reset that eats the CONNACK.
        client.Send([.. ConnectPacket("x", version: 9), .. new byte[20_000]]);
        Assert.Equal([0x20, 3, 0, 0x84, 0], Read(client, 5)); // Unsupported Protocol Version
        AssertClosed(client);
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task A_refused_client_that_sends_without_end_is_cut_off(IoDriver io, int loops)
    {
        await using var broker = await StartAsync(OptionsFor(io, loops));
        using var client = Connect(broker);
        client.Send(ConnectPacket("x", version: 9));
        byte[] flood = new byte[64 * 1024];
        Action sendWithoutEnd = () =>
        {
            while (true)
            {
                client.Send(flood);
            }
        };
        Assert.Throws<SocketException>(sendWithoutEnd);
        await WaitForAsync(() => broker.ConnectionCount == 0, "the connection is still there");
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Beyond_the_limit_a_connection_is_closed_at_once_and_said_so(IoDriver io, int loops)
    {
        var log = new CollectedLog();
        await using var broker = await StartAsync(OptionsFor(io, loops) with { Accept = new AcceptLimits { ConnectionsMax = 2 } }, log);
        using var first = ConnectClient(broker, "a");
        using (ConnectClient(broker, "b"))
        {
            using var beyond = Connect(broker);
            AssertClosed(beyond);
            Assert.Equal(1, broker.RefusedCount);
            await WaitForAsync(() => log.Entries.Any(entry => entry is (LogLevel.Warning, 1100, _) && entry.Text.Contains("Limits:ConnectionsMax", StringComparison.Ordinal)), "the refusal was not logged");
            AssertServed(first);
        }

        await WaitForAsync(() => broker.ConnectionCount == 1, "the place was not given back");
        using var next = ConnectClient(broker, "c");
        AssertServed(next);
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task One_address_has_a_limit_of_its_own(IoDriver io, int loops)
    {
        var log = new CollectedLog();
        await using var broker = await StartAsync(OptionsFor(io, loops) with { Accept = new AcceptLimits { ConnectionsPerAddressMax = 1 } }, log);
        using var first = ConnectClient(broker, "a");
        using var beyond = Connect(broker);
        AssertClosed(beyond);
        await WaitForAsync(() => log.Entries.Any(entry => entry is (LogLevel.Warning, 1101, _)), "the refusal was not logged");
        AssertServed(first);
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task A_connection_that_says_nothing_is_closed_in_time(IoDriver io, int loops)
    {
        await using var broker = await StartAsync(OptionsFor(io, loops) with { Engine = new EngineOptions { ConnectTimeoutMilliseconds = 100 } });
        using var silent = Connect(broker);
        AssertClosed(silent);
        silent.Dispose();
        await WaitForAsync(() => broker.ConnectionCount == 0, "the connection is still there");
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Clients_that_vanish_leave_nothing_behind(IoDriver io, int loops)
    {
        await using var broker = await StartAsync(OptionsFor(io, loops));
        for (int round = 0; round < 5; round++)
        {
            var clients = Enumerable.Range(0, 40).Select(i =>
            {
                var client = Connect(broker);
                client.Send(ConnectPacket($"c{i}"));
                return client;
            }).ToArray();

            // Some before they are accepted, some on their way to another loop, half of them by a reset.
            for (int i = 0; i < clients.Length; i++)
            {
                clients[i].LingerState = new LingerOption(enable: i % 2 == 0, seconds: 0);
                clients[i].Dispose();
            }
        }

        using var witness = ConnectClient(broker, "witness");
        await WaitForAsync(() => broker.ConnectionCount == 1, "connections are left over");
        AssertServed(witness);
        await WaitForAsync(() => broker.SessionCount == 1, "sessions are left over");
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Clients_that_come_while_the_broker_stops_do_not_hold_it_up(IoDriver io, int loops)
    {
        for (int round = 0; round < 5; round++)
        {
            await using var broker = await StartAsync(OptionsFor(io, loops));
            var clients = Enumerable.Range(0, 20).Select(i =>
            {
                var client = Connect(broker);
                client.Send(ConnectPacket($"c{i}"));
                return client;
            }).ToArray();
            var stop = broker.StopAsync();
            Array.ForEach(clients, client => client.Dispose());
            await stop.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
            Assert.Equal(0, broker.ConnectionCount);
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task When_a_loop_fails_the_whole_broker_ends_and_says_so(IoDriver io, int loops)
    {
        var log = new CollectedLog { FailingId = 1200 };
        await using var broker = await StartAsync(OptionsFor(io, loops), log);
        using var silent = Connect(broker);
        await WaitForAsync(() => broker.ConnectionCount == 1, "the connection was not accepted");
        using var client = Connect(broker);
        client.Send(ConnectPacket("fatal"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => broker.Failure.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        Assert.Contains(log.Entries, entry => entry is (LogLevel.Critical, 1003, _));
        await broker.StopAsync().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Action connect = () => Connect(broker).Dispose();
        Assert.Throws<SocketException>(connect);
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task A_stop_without_patience_leaves_no_connection_open_not_even_one_between_two_loops(IoDriver io, int loops)
    {
        for (int round = 0; round < 20; round++)
        {
            await using var broker = await StartAsync(OptionsFor(io, loops) with { DrainTimeoutMilliseconds = 0 });
            var clients = Enumerable.Range(0, 10).Select(i =>
            {
                var client = Connect(broker);
                client.Send(ConnectPacket($"c{i}"));
                return client;
            }).ToArray();
            await broker.StopAsync();
            Assert.Equal(0, broker.ConnectionCount);
            foreach (var client in clients)
            {
                // Whatever had been answered, then the end or a reset: never silence.
                try
                {
                    while (client.Receive(new byte[16]) > 0)
                    {
                    }
                }
                catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
                {
                }

                client.Dispose();
            }
        }
    }

    [Fact]
    public async Task A_name_is_bound_at_all_its_addresses_with_one_port()
    {
        await using var broker = await StartAsync(OptionsFor(IoDriver.Auto, 1) with { Listeners = [new ListenerOptions { Url = "mqtt://localhost:0" }] });
        Assert.All(broker.Listeners, listener =>
        {
            Assert.True(IPAddress.IsLoopback(listener.EndPoint.Address));
            Assert.Equal($"mqtt://localhost:{broker.Listeners[0].EndPoint.Port}", listener.Url);
        });
        using var client = ConnectClient(broker, "named");
        AssertServed(client);
    }

    [Fact]
    public async Task An_open_listener_without_authentication_is_warned_of()
    {
        var log = new CollectedLog();
        await using (await StartAsync(OptionsFor(IoDriver.Auto, 1) with { Listeners = [new ListenerOptions { Url = "mqtt://0.0.0.0:0" }] }, log))
        {
            Assert.Contains(log.Entries, entry => entry is (LogLevel.Warning, 1005, _));
        }

        var quiet = new CollectedLog();
        await using (await StartAsync(OptionsFor(IoDriver.Auto, 1), quiet))
        {
            Assert.DoesNotContain(quiet.Entries, entry => entry.Level >= LogLevel.Warning);
        }
    }

    [Fact]
    public async Task An_address_of_another_machine_is_refused_with_a_remedy()
    {
        var options = OptionsFor(IoDriver.Auto, 1) with { Listeners = [new ListenerOptions { Url = "mqtt://192.0.2.1:0" }] };
        var error = await Assert.ThrowsAsync<BrokerStartException>(() => StartAsync(options));
        Assert.Contains("does not have the address 192.0.2.1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clients_are_logged_by_name_with_nothing_that_could_forge_a_line()
    {
        var log = new CollectedLog();
        await using var broker = await StartAsync(OptionsFor(IoDriver.Auto, 1), log);
        using (ConnectClient(broker, "evil\u0001\nfake"))
        {
        }

        await WaitForAsync(() => log.Entries.Any(entry => entry.Id == 1201), "the end of the client was not logged");
        var connected = Assert.Single(log.Entries, entry => entry.Id == 1200);
        Assert.DoesNotContain(connected.Text, char.IsControl);
        Assert.Contains("fake", connected.Text, StringComparison.Ordinal);
    }

    private static Task<GodwitBroker> StartAsync(BrokerOptions options, ILoggerFactory? loggers = null) =>
        GodwitBroker.StartAsync(options, loggers, TestContext.Current.CancellationToken);
}
