using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Godwit.Broker.Hooks;
using Godwit.Protocol;

namespace Godwit.Cli.Tests.Bench;

/// <summary><c>godwit bench</c> against a broker in this process: short runs, whose counts are checked, never times.</summary>
public sealed class BenchCommandTests
{
    private static readonly string[] Short = ["--warmup", "0", "--duration", "0.3", "--json"];

    public static TheoryData<string, int, string> Traffic() =>
    [
        .. from scenario in (string[])["pairs", "fan-in", "fan-out", "shared"]
           from qos in (int[])[0, 1, 2]
           from version in (string[])["5", "3.1.1"]
           where scenario != "shared" || version == "5" || qos == 1
           select (scenario, qos, version),
    ];

    [Theory, MemberData(nameof(Traffic))]
    public async Task Everything_that_is_sent_comes_once_and_in_order(string scenario, int qos, string version)
    {
        await using var broker = await new BenchBroker().StartAsync();
        var (publishers, subscribers) = scenario == "fan-out" ? (2, 5) : scenario == "fan-in" ? (5, 2) : (3, 3);
        var (outcome, json) = await RunAsync(
            broker, "--scenario", scenario, "--publishers", $"{publishers}", "--subscribers", $"{subscribers}", "-q", $"{qos}", "-V", version, "--window", "4");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal((0, 0, 0), (Number(json, "lost"), Number(json, "duplicated"), Number(json, "reordered")));
        Assert.Equal((0, 0, 0), (Number(json, "refused"), Number(json, "unacknowledged"), Number(json, "foreign")));

        // Before the measured interval each publisher has filled its window.
        Assert.True(Number(json, "sent") > 0, outcome.Text);
        Assert.Equal(broker.PublishedCount, Number(json, "sent") + (publishers * 4));
        var copies = scenario is "fan-in" or "fan-out" ? subscribers : 1;
        Assert.InRange(Number(json, "delivered"), (Number(json, "sent") - (publishers * 4)) * copies, (Number(json, "sent") + (publishers * 4)) * copies);
        Assert.Equal(publishers + subscribers, Number(json, "connects"));
        Assert.Equal(qos > 0, json.GetProperty("acknowledgedMicroseconds").ValueKind == JsonValueKind.Object);
        Assert.True(json.GetProperty("deliveryMicroseconds").GetProperty("max").GetDouble() > 0);
    }

    [Theory]
    [InlineData(0, "5")]
    [InlineData(1, "5")]
    [InlineData(2, "3.1.1")]
    public async Task At_a_rate_so_many_messages_are_sent(int qos, string version)
    {
        await using var broker = await new BenchBroker().StartAsync();
        var (outcome, json) = await RunAsync(broker, "--pairs", "3", "--rate", "2000", "-q", $"{qos}", "-V", version, "--size", "1000");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal((0, 0), (Number(json, "lost"), Number(json, "unacknowledged")));
        Assert.Equal(broker.PublishedCount, Number(json, "sent"));
        Assert.InRange(Number(json, "sent"), 1, 2000 * (json.GetProperty("seconds").GetDouble() + 0.1));
    }

    [Theory]
    [InlineData("5")]
    [InlineData("3.1.1")]
    public async Task A_storm_connects_all_again_and_again(string version)
    {
        await using var broker = await new BenchBroker().StartAsync();
        var (outcome, json) = await RunAsync(broker, "--scenario", "storm", "--connections", "50", "-V", version, "--broker-pid", $"{Environment.ProcessId}");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.True(Number(json, "connects") >= 50 && Number(json, "connects") % 50 == 0, outcome.Text); // whole rounds
        Assert.Equal(broker.Clients.Count, Number(json, "connects") + 50); // and one to warm up
        Assert.True(json.GetProperty("brokerProcess").GetProperty("cpuMicrosecondsPerConnect").GetDouble() > 0);
    }

    [Fact]
    public async Task Idle_connections_are_kept_alive()
    {
        await using var broker = await new BenchBroker().StartAsync();
        var (outcome, json) = await RunAsync(broker, ["--scenario", "idle", "--connections", "40", "-k", "1", "--duration", "2.5", "--broker-pid", $"{Environment.ProcessId}"]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal(40, Number(json, "connects"));
        Assert.True(Number(json.GetProperty("brokerProcess"), "threads") > 0);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("3.1.1")]
    public async Task Persistent_sessions_are_ended_after_the_run(string version)
    {
        await using var broker = await new BenchBroker().StartAsync();
        var (outcome, json) = await RunAsync(broker, "--pairs", "3", "--persistent", "-q", "1", "-V", version, "-i", "keep-%i");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal((0, true), (Number(json, "lost"), json.GetProperty("persistent").GetBoolean()));
        Assert.Equal(12, broker.Clients.Count); // each came once more to end its session
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (broker.Broker.SessionCount > 0)
        {
            await Task.Delay(10, limit.Token);
        }
    }

    [Fact]
    public async Task Clients_are_who_the_options_say()
    {
        await using var broker = await new BenchBroker().StartAsync();
        var (outcome, _) = await RunAsync(
            broker, "--pairs", "2", "-i", "dev-%i", "-t", "site/%i/%c", "-u", "me", "-P", "secret", "--source", "127.0.0.9-127.0.0.10", "--source", "127.0.0.20");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal(["dev-0", "dev-1", "dev-2", "dev-3"], broker.Clients.Select(each => each.Client.ClientId).Order());
        Assert.All(broker.Clients, each => Assert.Equal(("me", "secret"), (each.Client.UserName, each.Password)));
        Assert.Equal(["site/0/dev-2", "site/1/dev-3"], broker.Topics.Order());
        Assert.Equal(["127.0.0.10", "127.0.0.20", "127.0.0.9"], broker.Clients.Select(each => each.Client.RemoteAddress.Split(':')[0]).Distinct().Order());
    }

    [Theory]
    [InlineData("localhost", "127.0.0.1")]
    [InlineData("[::1]", "[::1]")]
    public async Task Hosts_are_found_by_name_and_by_IPv6(string host, string listener)
    {
        Assert.SkipUnless(listener != "[::1]" || HasIPv6(), "there is no IPv6 here");
        await using var broker = await new BenchBroker().StartAsync($"mqtt://{listener}:0");
        var outcome = await RunningProcess.RunAsync(["bench", $"mqtt://{host}:{new Uri(broker.Url).Port}", "--pairs", "2", .. Short]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
    }

    [Fact]
    public async Task What_is_lost_is_counted_and_told()
    {
        var discarded = 0L;
        await using var broker = await new BenchBroker
        {
            Decide = (number, _) => number % 10 == 0 && Interlocked.Increment(ref discarded) > 0 ? PublishDecision.Discard : PublishDecision.Continue,
        }.StartAsync();
        var (outcome, json) = await RunAsync(broker, "--pairs", "2", "--window", "8");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal(discarded, Number(json, "lost"));
        Assert.Contains("never came: lost", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("lost", json.GetProperty("problems")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_refused_is_told_by_its_reason_and_not_as_lost()
    {
        var refused = 0L;
        await using var broker = await new BenchBroker
        {
            Decide = (number, _) => number % 10 == 0 && Interlocked.Increment(ref refused) > 0 ? PublishDecision.Refuse(ReasonCode.QuotaExceeded) : PublishDecision.Continue,
        }.StartAsync();
        foreach (var qos in (string[])["1", "2"])
        {
            refused = 0;
            var (outcome, json) = await RunAsync(broker, "--pairs", "2", "--window", "8", "-q", qos);
            Assert.Equal(1, outcome.ExitCode);
            Assert.Equal((refused, 0, 0), (Number(json, "refused"), Number(json, "lost"), Number(json, "unacknowledged")));
            Assert.Contains("Quota exceeded (0x97)", outcome.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("0", 1)]
    [InlineData("1", 0)]
    [InlineData("2", 1)]
    public async Task What_comes_twice_is_wrong_but_at_QoS_1(string qos, int exitCode)
    {
        BenchBroker? broker = null;
        await using var started = broker = await new BenchBroker { Decide = Repeat }.StartAsync();
        var (outcome, json) = await RunAsync(broker, "--pairs", "2", "-q", qos, "--window", "4");
        Assert.Equal(exitCode, outcome.ExitCode);
        Assert.Equal(1, Number(json, "duplicated"));
        Assert.Equal(exitCode == 1, outcome.Error.Contains($"came twice at QoS {qos}", StringComparison.Ordinal));

        PublishDecision Repeat(long number, PublishContext context)
        {
            if (number == 5)
            {
                _ = broker!.Broker.PublishAsync(context.Message).AsTask();
            }

            return PublishDecision.Continue;
        }
    }

    [Fact]
    public async Task What_others_publish_to_the_topics_is_no_mistake()
    {
        BenchBroker? broker = null;
        await using var started = broker = await new BenchBroker { Decide = Disturb }.StartAsync();
        var (outcome, json) = await RunAsync(broker, "--pairs", "1", "--window", "4");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal((1, 0), (Number(json, "foreign"), Number(json, "duplicated")));

        PublishDecision Disturb(long number, PublishContext context)
        {
            if (number == 3)
            {
                _ = broker!.Broker.PublishAsync(Godwit.Broker.BrokerMessage.FromText(context.Message.Topic, "hello")).AsTask();
            }

            return PublishDecision.Continue;
        }
    }

    [Theory]
    [InlineData("5", 139, "Server shutting down (0x8B)")]
    [InlineData("3.1.1", 1, "The broker closed connection ")]
    public async Task A_broker_that_goes_away_is_told(string version, int exitCode, string error)
    {
        await using var broker = await new BenchBroker().StartAsync();
        await using var running = RunningProcess.StartGodwit("bench", broker.Url, "--pairs", "2", "-V", version, "--duration", "60");
        await broker.WaitForMessagesAsync(100);
        await broker.Broker.StopAsync();
        var outcome = await running.WaitAsync();
        Assert.Equal((exitCode, ""), (outcome.ExitCode, outcome.Text));
        Assert.Contains(error, outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5")]
    [InlineData("3.1.1")]
    public async Task Refused_credentials_are_told_by_name(string version)
    {
        await using var broker = await new BenchBroker { Authentication = AuthenticationResult.Deny() }.StartAsync();
        var outcome = await RunningProcess.RunAsync(["bench", broker.Url, "-u", "me", "-P", "wrong", "-V", version, .. Short]);
        Assert.Equal((134, ""), (outcome.ExitCode, outcome.Text));
        Assert.Contains("Bad User Name or Password (0x86).\n        Check the user name and password given with -u and -P.", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interruption_ends_early_with_the_result_so_far()
    {
        await using var broker = await new BenchBroker().StartAsync();
        await using var running = RunningProcess.StartGodwit("bench", broker.Url, "--pairs", "1", "--window", "1", "--warmup", "0", "--duration", "60");
        await broker.WaitForMessagesAsync(5); // of which one at most came before the measured interval
        running.Signal(RunningProcess.SignalInterrupt);
        var outcome = await running.WaitAsync();
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Contains("ended early", outcome.Text, StringComparison.Ordinal);
        Assert.Contains("lost 0, duplicated 0, reordered 0, refused 0", outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interruption_of_the_warm_up_leaves_no_result()
    {
        await using var broker = await new BenchBroker().StartAsync();
        await using var running = RunningProcess.StartGodwit("bench", broker.Url, "--pairs", "1", "--warmup", "60");
        await broker.WaitForMessagesAsync(5);
        running.Signal(RunningProcess.SignalInterrupt);
        var outcome = await running.WaitAsync();
        Assert.Equal((130, "", ""), (outcome.ExitCode, outcome.Text, outcome.Error));
    }

    [Fact]
    public async Task A_window_beyond_the_Receive_Maximum_is_told_and_a_rate_keeps_to_it()
    {
        await using var broker = await new BenchBroker().StartAsync(configure: engine => engine with { ReceiveMaximum = 2 });
        var outcome = await RunningProcess.RunAsync(["bench", broker.Url, "-q", "1", .. Short]);
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Text));
        Assert.Contains("takes 2 messages of a client at a time (Receive Maximum), not a window of 20.\n        Ask less of it with --window", outcome.Error, StringComparison.Ordinal);
        var (regulated, json) = await RunAsync(broker, "-q", "2", "--pairs", "1", "--rate", "100000");
        Assert.Equal((0, ""), (regulated.ExitCode, regulated.Error));
        Assert.Equal(0, Number(json, "lost"));
    }

    [Fact]
    public async Task The_histogram_file_has_all_deliveries()
    {
        await using var broker = await new BenchBroker().StartAsync();
        var file = Path.GetTempFileName();
        try
        {
            var (outcome, json) = await RunAsync(broker, "--pairs", "1", "--window", "2", "--histogram", file);
            Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
            var lines = await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken);
            Assert.Equal("       Value     Percentile TotalCount 1/(1-Percentile)", lines[0]);
            Assert.Equal(Number(json, "delivered"), long.Parse(lines[^2].Split(' ', StringSplitOptions.RemoveEmptyEntries)[2], System.Globalization.CultureInfo.InvariantCulture));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Too_few_open_files_are_told_before_anything_is_connected()
    {
        await using var running = RunningProcess.Start("/bin/sh", ["-c", "ulimit -n 256 && exec \"$0\" bench --scenario idle --connections 1000", RunningProcess.Godwit]);
        var outcome = await running.WaitAsync();
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Text));
        Assert.Contains("1000 connections need more open files than this process may have, which is 256.\n        Raise the limit in the shell with ulimit -Hn", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_that_is_not_of_this_machine_is_told()
    {
        await using var broker = await new BenchBroker().StartAsync();
        var outcome = await RunningProcess.RunAsync(["bench", broker.Url, "--source", "192.0.2.1", .. Short]);
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Text));
        Assert.Contains("Those of this machine are what 'ip address' lists", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nobody_listens_is_told()
    {
        using var placeholder = new Socket(SocketType.Stream, ProtocolType.Tcp);
        placeholder.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // bound but not listening: connections are refused
        var outcome = await RunningProcess.RunAsync(["bench", $"127.0.0.1:{((IPEndPoint)placeholder.LocalEndPoint!).Port}", .. Short]);
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Text));
        Assert.Contains("cannot be reached: Connection refused.\n        Is a broker running there?", outcome.Error, StringComparison.Ordinal);
    }

    private static async Task<(RunningProcess.Outcome Outcome, JsonElement Json)> RunAsync(BenchBroker broker, params string[] arguments)
    {
        string[] given = [.. arguments];
        string[] defaults = given.Contains("--duration") ? ["--json"] : Short;
        var outcome = await RunningProcess.RunAsync(["bench", broker.Url, .. given, .. defaults]);
        Assert.True(outcome.Text.StartsWith('{'), $"{outcome.ExitCode}: {outcome.Text}{outcome.Error}");
        using var document = JsonDocument.Parse(outcome.Text);
        return (outcome, document.RootElement.Clone());
    }

    private static long Number(JsonElement json, string name) => json.GetProperty(name).GetInt64();

    private static bool HasIPv6()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
