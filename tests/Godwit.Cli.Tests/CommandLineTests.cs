using System.Net;
using System.Net.Sockets;

namespace Godwit.Cli.Tests;

public class CommandLineTests
{
    [Fact]
    public async Task Version_is_one_line()
    {
        var outcome = await RunningProcess.RunAsync(["--version"]);
        Assert.Equal(0, outcome.ExitCode);
        Assert.Matches(@"^godwit \d+\.\d+\.\d+\n$", outcome.Text);
    }

    [Theory]
    [InlineData("--help", "godwit pub -t garden/temperature -m 21.5")]
    [InlineData("pub --help", "tail -f log | godwit pub -t log -l -q 1")]
    [InlineData("sub --help", "godwit sub -t door -C 1 -W 60")]
    public async Task Help_has_examples_and_leaves_h_to_the_host(string arguments, string example)
    {
        var outcome = await RunningProcess.RunAsync(arguments.Split(' '));
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Contains(example, outcome.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("-h, --help", outcome.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("-?, -h", outcome.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "Required command")]
    [InlineData("frob", "'frob'")]
    [InlineData("pub -t a", "exactly one of -m, -f, -s, -l and -n")]
    [InlineData("pub -t a -m x -n", "exactly one of -m, -f, -s, -l and -n")]
    [InlineData("pub -t a -m x -m y", "'-m'")]
    [InlineData("pub -t a -m", "'-m'")]
    [InlineData("pub -t a -m x -p", "'-p'")]
    [InlineData("pub -t a -m x -p 0", "--port is 0: allowed are 1 to 65535")]
    [InlineData("pub -t a -m x -p b", "--port is 'b': a number is needed")]
    [InlineData("pub -t a -m x -q 3", "--qos is 3: allowed are 0, 1 and 2")]
    [InlineData("pub -t a -m x -V 4.2", "Protocol version '4.2' is unknown: use 5, 3.1.1 or 3.1")]
    [InlineData("pub -t a -m x -k -1", "--keepalive is -1: allowed are 0 to 65535")]
    [InlineData("pub -t a -m x -x -2", "--session-expiry is '-2'")]
    [InlineData("pub -t a -m x -x 5 -V 311", "-x needs protocol version 5")]
    [InlineData("pub -t a -m x -c", "-c needs a client identifier: -i ID")]
    [InlineData("pub -t a -m x --will-payload w", "A will needs --will-topic")]
    [InlineData("pub -t a -m x --will-topic w --will-qos 3", "--will-qos is 3")]
    [InlineData("pub -L mqtt://h/t -m x -h h", "--url has host and port")]
    [InlineData("pub -L mqtts://h/t -m x", "mqtts:// is not available in this build")]
    [InlineData("pub -L mqtt:// -m x", "not a URL")]
    [InlineData("pub -m x", "A topic is needed")]
    [InlineData("pub -t a -f /does/not/exist", "/does/not/exist")]
    [InlineData("sub", "A topic filter is needed")]
    [InlineData("sub -t a -C 0", "--count is less than 1")]
    [InlineData("sub -t a -W 0", "--timeout is not within")]
    [InlineData("sub -t a -D subscribe user-property x", "-D subscribe user-property needs a name and a value")]
    [InlineData("sub -t a -D publish content-type x", "-D publish has no meaning for sub")]
    [InlineData("pub -t a -m x -D publish", "-D needs a packet, a property and its value")]
    [InlineData("pub -t a -m x -D frob content-type x", "none of connect, will, publish, subscribe")]
    [InlineData("pub -t a -m x -D publish frob x", "-D publish frob: the property is none of")]
    [InlineData("pub -t a -m x -D publish message-expiry-interval soon", "a number from 0 to 4294967295")]
    [InlineData("pub -t a -m x -D publish topic-alias 0", "a number from 1 to 65535")]
    [InlineData("pub -t a -m x -D publish content-type x -D publish content-type y", "is there twice")]
    [InlineData("pub -t a -m x -D publish content-type x -V 311", "-D needs protocol version 5")]
    [InlineData("pub -t a -m x -D subscribe user-property a b", "-D subscribe has no meaning for pub")]
    public async Task Mistakes_are_told_on_standard_error_with_exit_code_1(string arguments, string expected)
    {
        var outcome = await RunningProcess.RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Text));
        Assert.Contains(expected, outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_that_is_not_there_is_told_with_a_remedy()
    {
        using var placeholder = new Socket(SocketType.Stream, ProtocolType.Tcp);
        placeholder.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // bound but not listening: connections are refused
        var port = ((IPEndPoint)placeholder.LocalEndPoint!).Port;
        var outcome = await RunningProcess.RunAsync(["pub", "-h", "127.0.0.1", "-p", $"{port}", "-t", "a", "-m", "x"]);
        Assert.Equal((1, ""), (outcome.ExitCode, outcome.Text));
        Assert.Equal($"godwit: 127.0.0.1:{port} cannot be reached: Connection refused\n        Is a broker running there? Check -h and -p.\n", outcome.Error);
    }
}
