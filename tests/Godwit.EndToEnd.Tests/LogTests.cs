using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Godwit.EndToEnd.Tests;

/// <summary>The log on standard error: lines leave together, whole and in order; errors at once; nobody has to read them.</summary>
public sealed partial class LogTests
{
    private static string? NotHere => TestBroker.IsMosquitto ? "godwit-server's own" : null;

    [Fact]
    public async Task Sigterm_behind_a_storm_leaves_each_client_s_lines_whole_and_in_order()
    {
        const int Count = 500;
        Assert.SkipWhen(NotHere is not null, NotHere ?? "");
        using var server = await LoggedServer.StartAsync();
        var reading = server.ReadAllAsync();
        List<RawMqttClient> clients = [];
        for (var number = 0; number < Count; number++)
        {
            clients.Add(await RawMqttClient.ConnectAsync(server.Address, MqttVersion.V50, $"storm-{number}"));
        }

        foreach (var client in clients)
        {
            await client.DisconnectAsync();
            await client.DisposeAsync();
        }

        Assert.Equal(0, await server.StopAsync());
        var lines = await reading;
        Assert.All(lines, line => Assert.Matches(WholeLine(), line));
        Assert.Equal(Enumerable.Range(0, Count), NumbersOf(lines, "connected from"));
        Assert.Equal(Enumerable.Range(0, Count), NumbersOf(lines, "disconnected:").Order());
        for (var number = 0; number < Count; number++)
        {
            var connected = lines.FindIndex(line => line.Contains($"Client storm-{number} connected", StringComparison.Ordinal));
            Assert.True(connected < lines.FindIndex(line => line.Contains($"Client storm-{number} from", StringComparison.Ordinal)));
        }

        Assert.EndsWith("[1006] Stopped", lines[^1], StringComparison.Ordinal);
    }

    [Fact(DisableParallelization = true)]
    public async Task Error_leaves_without_waiting_for_other_lines()
    {
        const int Attempts = 20;
        Assert.SkipWhen(NotHere is not null, NotHere ?? "");
        using var server = await LoggedServer.StartAsync(("GODWIT__LIMITS__ALLQUEUESMESSAGESMAX", "1"));
        using var lines = new BlockingCollection<string>();
        var reading = Task.Run(async () =>
        {
            while (await server.Log.ReadLineAsync() is { } line)
            {
                lines.Add(line);
            }
        });
        await using var publisher = await RawMqttClient.ConnectAsync(server.Address, MqttVersion.V50);
        var fastest = TimeSpan.MaxValue;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            // A new session in place of the last one, whose queue goes with it.
            await using (var subscriber = await RawMqttClient.ConnectAsync(server.Address, new ConnectFields { ClientId = "offline", SessionExpiry = 3600 }))
            {
                await subscriber.SubscribeAsync("t", 1);
                await subscriber.DisconnectAsync();
            }

            // Behind this line the writer has nothing to do: it would wait its whole time for lines that follow an ordinary one.
            await AwaitLineAsync("Client offline from");
            Assert.Equal(0, await PublishAsync(publisher));
            var start = Stopwatch.GetTimestamp();
            Assert.Equal(0x97, await PublishAsync(publisher));
            await AwaitLineAsync(" error [1307] ");
            fastest = TimeSpan.FromTicks(Math.Min(fastest.Ticks, Stopwatch.GetElapsedTime(start).Ticks));
        }

        // Ordinary lines wait 20 ms, each time; the fastest of many is free of what else the machine does.
        Assert.True(fastest < TimeSpan.FromMilliseconds(15), $"the fastest of {Attempts} errors took {fastest.TotalMilliseconds} ms");
        Assert.Equal(0, await server.StopAsync());
        await reading;

        Task AwaitLineAsync(string part) => Task.Run(() =>
        {
            using var patience = new CancellationTokenSource(TimeLimits.Event);
            while (!lines.Take(patience.Token).Contains(part, StringComparison.Ordinal))
            {
            }
        });
    }

    [Fact]
    public async Task Log_that_nobody_reads_stops_nobody_and_tells_what_was_lost()
    {
        const int Count = 2500;
        Assert.SkipWhen(NotHere is not null, NotHere ?? "");
        using var server = await LoggedServer.StartAsync(("GODWIT__LOGLEVEL", "debug"));
        var name = new string('n', 110);
        for (var number = 0; number < Count; number++)
        {
            await using var client = await RawMqttClient.ConnectAsync(server.Address, MqttVersion.V50, $"{name}-{number}");
            await client.DisconnectAsync();
            await client.ExpectClosedAsync();
        }

        // Three lines of each: connected, disconnected, session ended. The pipe and the writer together hold less.
        await using (var last = await RawMqttClient.ConnectAsync(server.Address, MqttVersion.V50))
        {
            await last.PingAsync();
        }

        var reading = server.ReadAllAsync();
        Assert.Equal(0, await server.StopAsync());
        var lines = await reading;
        var lost = lines.Select(line => LostLine().Match(line)).Where(match => match.Success)
            .Sum(match => int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
        Assert.True(lost > 0, "nothing was lost: the test does not fill the pipe and the writer");
        Assert.All(lines, line => Assert.True(WholeLine().IsMatch(line) || LostLine().IsMatch(line), line));
        var kept = lines.Count(line => line.Contains($" {name}-", StringComparison.Ordinal));
        var others = lines.Count(line => WholeLine().IsMatch(line)) - kept;
        Assert.InRange(kept + lost, 3 * Count, (3 * Count) + 8); // of the rest some may be among the lost
        Assert.InRange(others, 1, 8);
    }

    private static IEnumerable<int> NumbersOf(List<string> lines, string what) => lines
        .Where(line => line.Contains(what, StringComparison.Ordinal))
        .Select(line => int.Parse(StormNumber().Match(line).Groups[1].ValueSpan, CultureInfo.InvariantCulture));

    private static async Task<int> PublishAsync(RawMqttClient publisher)
    {
        await publisher.SendAsync(Packet.Publish(MqttVersion.V50, "t", "x", qos: 1, packetId: 1));
        return (await publisher.ReceiveAsync(PacketType.PubAck)).ReasonCode;
    }

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (trace|debug|info |warn |error|fatal) \[\d+\] \S.*$")]
    private static partial Regex WholeLine();

    [GeneratedRegex(@"^\(log lines lost because standard error was not read fast enough: (\d+)\)$")]
    private static partial Regex LostLine();

    [GeneratedRegex(@"Client storm-(\d+) ")]
    private static partial Regex StormNumber();

    /// <summary>A server whose standard error is the test's to read, or not.</summary>
    private sealed class LoggedServer : IDisposable
    {
        private readonly Process _process;

        private LoggedServer(Process process, int port)
        {
            _process = process;
            Address = new BrokerAddress("127.0.0.1", port, TimeLimits.Event);
        }

        public BrokerAddress Address { get; }

        public StreamReader Log => _process.StandardError;

        public static async Task<LoggedServer> StartAsync(params (string Name, string Value)[] environment)
        {
            var start = new ProcessStartInfo(
                BrokerProcess.GodwitProgram, ["--listen", "mqtt://127.0.0.1:0", "--memory", "--admin", "off", "--loops", "1"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            foreach (var (name, value) in environment)
            {
                start.Environment[name] = value;
            }

            var process = Process.Start(start)!;
            try
            {
                var port = 0;
                while (await process.StandardOutput.ReadLineAsync().WaitAsync(TimeLimits.Process) is { } line && line != "ready")
                {
                    if (line.StartsWith("listening on ", StringComparison.Ordinal))
                    {
                        port = int.Parse(line.AsSpan(line.LastIndexOf(':') + 1), CultureInfo.InvariantCulture);
                    }
                }

                return new LoggedServer(process, port);
            }
            catch
            {
                End(process);
                throw;
            }
        }

        public Task<List<string>> ReadAllAsync() => Task.Run(async () =>
        {
            List<string> lines = [];
            while (await Log.ReadLineAsync() is { } line)
            {
                lines.Add(line);
            }

            return lines;
        });

        /// <summary>SIGTERM, and the exit code.</summary>
        public async Task<int> StopAsync()
        {
            BrokerProcess.Terminate(_process.Id);
            await _process.WaitForExitAsync().WaitAsync(TimeLimits.Process);
            return _process.ExitCode;
        }

        public void Dispose() => End(_process);

        private static void End(Process process)
        {
            if (!process.HasExited)
            {
                process.Kill();
            }

            process.Dispose();
        }
    }
}
