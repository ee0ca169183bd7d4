using System.Net;
using Godwit.Cli.Arguments;
using Godwit.Cli.Bench;
using Godwit.Load;

namespace Godwit.Cli.Tests.Bench;

public class BenchOptionsTests
{
    [Theory]
    [InlineData("", ScenarioKind.Pairs, 100, 100, 20, "bench/%i")]
    [InlineData("--pairs 7", ScenarioKind.Pairs, 7, 7, 20, "bench/%i")]
    [InlineData("--publishers 7 --window 3", ScenarioKind.Pairs, 7, 7, 3, "bench/%i")]
    [InlineData("--scenario fan-in", ScenarioKind.FanIn, 50, 1, 10, "bench")]
    [InlineData("--scenario fan-out --subscribers 9", ScenarioKind.FanOut, 1, 9, 20, "bench")]
    [InlineData("--scenario shared -t a/%i", ScenarioKind.Shared, 10, 10, 20, "a/%i")]
    [InlineData("--rate 50", ScenarioKind.Pairs, 100, 100, 0, "bench/%i")]
    public void What_is_not_given_has_a_default_that_suits_the_scenario(string arguments, ScenarioKind kind, int publishers, int subscribers, int window, string topic)
    {
        var scenario = Read(arguments);
        Assert.Equal((kind, publishers, subscribers, window, topic), (scenario.Kind, scenario.Publishers, scenario.Subscribers, scenario.Window, scenario.Topic.ToString()));
        Assert.Equal((64, 0, true, 60), (scenario.PayloadLength, (int)scenario.QoS, scenario.IsVersion5, (int)scenario.KeepAlive));
        Assert.Equal(arguments.Contains("--rate", StringComparison.Ordinal) ? 50 : 0, scenario.RatePerSecond);
        Assert.Null(scenario.FindProblem());
    }

    [Fact]
    public void In_storm_and_idle_window_and_rate_are_about_connecting()
    {
        var storm = Read("--scenario storm --connections 50 --window 5");
        Assert.Equal((50, 0, 5, 0, 0), (storm.Silent, storm.Subscribers, storm.ConnectWindow, storm.ConnectRatePerSecond, storm.Window));
        var idle = Read("--scenario idle --rate 100 --window 7");
        Assert.Equal((0, 1_000, 7, 100, 0), (idle.Silent, idle.Subscribers, idle.ConnectWindow, idle.ConnectRatePerSecond, idle.RatePerSecond));
    }

    [Theory]
    [InlineData("mqtt://h", "h", 1883, null, null)]
    [InlineData("h:77", "h", 77, null, null)]
    [InlineData("mqtt://[::1]:77", "::1", 77, null, null)]
    [InlineData("mqtt://u%40x:p%3Aq@h", "h", 1883, "u@x", "p:q")]
    [InlineData(null, "127.0.0.1", 1883, null, null)]
    public void Urls_name_host_port_and_credentials(string? url, string host, int port, string? user, string? password) =>
        Assert.Equal((host, port, user, password), BenchOptions.ReadUrl(url));

    [Theory]
    [InlineData("10.0.0.7", "10.0.0.7")]
    [InlineData("10.0.0.254-10.0.1.1", "10.0.0.254 10.0.0.255 10.0.1.0 10.0.1.1")]
    [InlineData("::1-::3", "::1 ::2 ::3")]
    [InlineData("0.0.0.1-0.0.0.2", "0.0.0.1 0.0.0.2")]
    public void Sources_are_addresses_and_ranges(string text, string expected) =>
        Assert.Equal(expected.Split(' ').Select(IPAddress.Parse), SourceRange.ReadAll([text]));

    [Theory]
    [InlineData("--scenario frob", "allowed are pairs, fan-in, fan-out, shared, storm and idle")]
    [InlineData("--publishers 2 --subscribers 3", "In pairs there are as many publishers as subscribers")]
    [InlineData("--scenario fan-in --pairs 2", "--pairs has no meaning in scenario fan-in")]
    [InlineData("--scenario storm --size 100", "--size has no meaning in scenario storm")]
    [InlineData("--connections 5", "--connections has no meaning in scenario pairs")]
    [InlineData("--window 5 --rate 5", "--window and --rate: one of them")]
    [InlineData("--size 19", "--size is 19: allowed are 20 to 16777216")]
    [InlineData("--window 32768", "--window is 32768: allowed are 1 to 32767")]
    [InlineData("-q 3", "--qos is 3: allowed are 0, 1 and 2")]
    [InlineData("-V 3.1", "Protocol version '3.1' is unknown here")]
    [InlineData("-t a/%x", "--topic 'a/%x' has '%x'")]
    [InlineData("-t a/#", "without + and #")]
    [InlineData("-t same", "Put %i into it")]
    [InlineData("--scenario shared -t a%i", "%i and %c have to be whole levels")]
    [InlineData("-i same", "gives all clients the same identifier")]
    [InlineData("-i %c%i", "--id cannot have %c")]
    [InlineData("-P x", "-P needs a user name")]
    [InlineData("--pairs 10000 --size 1000000", "more than 1 GiB of memory")]
    [InlineData("--scenario fan-out --publishers 5000 --subscribers 5000", "their product may be 16000000 at most")]
    [InlineData("--source 1.2.3", "is not an address or a range of addresses")]
    [InlineData("--source 10.0.0.9-10.0.0.1", "its last address before the first")]
    [InlineData("--source 10.0.0.0-10.255.0.0", "more than 65536 addresses")]
    [InlineData("--source 10.0.0.1 --source ::1", "all of one kind")]
    [InlineData("--json --markdown", "--json and --markdown: one of them")]
    [InlineData("--duration 0", "--duration is 0: allowed are more than 0")]
    [InlineData("mqtts://h", "mqtts:// is not available in this build")]
    [InlineData("ws://h/mqtt", "is not the URL of a broker")]
    [InlineData("ws://h", "ws:// is not available in this build")]
    [InlineData("mqtt://h/topic", "is not the URL of a broker")]
    [InlineData("-D connect receive-maximum 5", "-D has no meaning for bench")]
    [InlineData("--broker-pid 999999999 127.0.0.1:1", "there is no process 999999999", false)]
    public async Task Mistakes_are_told_with_exit_code_1(string arguments, string expected, bool hasHint = true)
    {
        var outcome = await RunningProcess.RunAsync(["bench", .. arguments.Split(' ')]);
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Text));
        Assert.Contains(expected, outcome.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(hasHint, outcome.Error.Contains("Run 'godwit bench --help'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_help_teaches_with_examples()
    {
        var outcome = await RunningProcess.RunAsync(["bench", "--help"]);
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Contains("godwit bench --scenario storm --connections 5000 --broker-pid", outcome.Text, StringComparison.Ordinal);
        Assert.Contains("Linux only", outcome.Text, StringComparison.Ordinal);
    }

    private static Scenario Read(string arguments)
    {
        var options = new BenchOptions();
        return options.ReadScenario(ArgumentReader.Read(
            new CommandDefinition
            {
                Name = "bench",
                Summary = "",
                Usage = "",
                Examples = "",
                OperandName = "URL",
                Groups = options.Groups,
                Notes = "",
                InterruptedExitCode = 0,
                RunAsync = (_, _) => Task.FromResult(0),
            },
            arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            0));
    }
}
