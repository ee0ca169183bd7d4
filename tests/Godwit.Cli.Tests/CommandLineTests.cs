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
    [InlineData("", "A command is needed: pub, sub, conformance or bench")]
    [InlineData("frob", "There is no command 'frob'")]
    [InlineData("pubb -t a", "Did you mean pub?")]
    [InlineData("-t a pub", "'-t' comes before the command")]
    [InlineData("pub -t a -m x --retian", "There is no option --retian.\n        Did you mean --retain?\nRun 'godwit pub --help'")]
    [InlineData("sub -t a --cafile ca.crt", "There is no option --cafile.\n        TLS is not available in this build")]
    [InlineData("sub -t a -y", "There is no option -y")]
    [InlineData("sub -t a -vy", "There is no option -y")]
    [InlineData("pub -t a -m hello world", "'world' is not understood.\n        A value with spaces needs quotes")]
    [InlineData("pub -t a -m x --retain=yes", "--retain takes no value")]
    [InlineData("pub -t a", "exactly one of -m, -f, -s, -l and -n")]
    [InlineData("pub -t a -m x -n", "exactly one of -m, -f, -s, -l and -n")]
    [InlineData("pub -t a -m x -m y", "-m is there twice")]
    [InlineData("pub -t a -m", "-m needs a value: TEXT")]
    [InlineData("pub -t a -m x -p", "-p needs a value: PORT")]
    [InlineData("pub -t a -m x --host", "--host needs a value: HOST")]
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
    [InlineData("sub -t a -C 0", "--count is 0: allowed are 1 to")]
    [InlineData("sub -t a -W 0", "--timeout is 0: allowed are more than 0 to")]
    [InlineData("sub -t a -W soon", "--timeout is 'soon': a number is needed")]
    [InlineData("sub -t a -R --retained-only", "-R and --retained-only leave nothing to print")]
    [InlineData("sub -t a --retain-as-published -V 311", "--retain-as-published needs protocol version 5")]
    [InlineData("sub -t a -T a#", "--filter-out is 'a#', which is no topic filter")]
    [InlineData("sub -t a --json --hex", "Only one of -F, --json and --hex")]
    [InlineData("sub -t a --pretty", "--pretty needs --json")]
    [InlineData("sub -t a --color always", "--color needs -v")]
    [InlineData("sub -t a -v --color sometimes", "--color is 'sometimes': allowed are always, never and auto")]
    [InlineData("sub -t a -F %", "-F ends within '%'")]
    [InlineData("sub -t a -F x%-05", "-F ends within '%-05'")]
    [InlineData("sub -t a -F @", "-F ends within '@'")]
    [InlineData("sub -t a -F %z", "-F has '%z', which means nothing here")]
    [InlineData("sub -t a -F %m", "packet identifiers stay within the connection")]
    [InlineData("sub -t a -F \\q", "-F has '\\q', which means nothing")]
    [InlineData("sub -t a -F %99999t", "-F has a width of 99999: at most 10000")]
    [InlineData("sub -t a -i x -I y", "-i and -I do not go together")]
    [InlineData("sub -t a -x 5 -D connect session-expiry-interval 5", "say the same: leave one out")]
    [InlineData("pub -t a -l --repeat 2", "--repeat does not go with -l")]
    [InlineData("pub -t a -m x --repeat 0", "--repeat is 0: allowed are 1 to")]
    [InlineData("pub -t a -m x --repeat-delay 1", "--repeat-delay needs --repeat")]
    [InlineData("pub -t a -m x --repeat 2 --repeat-delay -1", "--repeat-delay is -1: allowed are 0 to")]
    [InlineData("pub -t a -m x -M 0", "--max-inflight is 0: allowed are 1 to 65535")]
    [InlineData("pub -t a -m x -D connect authentication-method x", "user name and password alone")]
    [InlineData("pub -t a -m x -D publish content-typ x", "Did you mean content-type?")]
    [InlineData("sub -t a -D unsubscribe user-property a b", "UNSUBSCRIBE goes without properties here")]
    [InlineData("sub -t a -D subscribe user-property x", "-D subscribe user-property needs a name and a value")]
    [InlineData("sub -t a -D publish content-type x", "-D publish has no meaning for sub")]
    [InlineData("pub -t a -m x -D publish", "-D needs a packet, a property and its value")]
    [InlineData("pub -t a -m x -D frob content-type x", "none of connect, will, publish, subscribe, disconnect")]
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
