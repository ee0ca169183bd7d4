using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Godwit.Testing;

namespace Godwit.Samples.Tests;

/// <summary>
/// Runs the README's commands one after the other as a reader with several terminals does. In a network namespace of its own the ports that the
/// README names are free, so the commands stay as they are; where the system allows none, they get other ports.
/// </summary>
internal sealed partial class ReadmeShell : IAsyncDisposable
{
    /// <summary>Published until a subscriber has printed it; a number, so that the sample's hook lets it pass.</summary>
    private const string Probe = "987654321";

    private static readonly string Godwit = RepositoryFiles.PathOf("src", "Godwit.Cli", "bin", "Release", "net10.0", "godwit");

    private readonly Action<string> _log;
    private readonly ProgramRun? _namespace;
    private readonly List<string> _exports = [];
    private readonly List<(string Command, ProgramRun Program)> _running = [];
    private readonly List<(ProgramRun Program, int Index)> _expected = [];
    private readonly Dictionary<int, int> _ports = [];
    private readonly bool _isRootMapped;

    private ReadmeShell(Action<string> log, ProgramRun? holder, bool isRootMapped)
    {
        _log = log;
        _namespace = holder;
        _isRootMapped = isRootMapped;
    }

    /// <summary>Everything that was started, with its command.</summary>
    public IReadOnlyList<(string Command, ProgramRun Program)> Running => _running;

    public static async Task<ReadmeShell> OpenAsync(Action<string> log)
    {
        const string Hold = "{ ip link set lo up || ifconfig lo up; } && echo $$ up && exec sleep infinity";
        string[][] ways = [["-n"], ["-rn"]];
        foreach (var way in ways)
        {
            var holder = ProgramRun.Start("unshare", [.. way, "sh", "-c", Hold]);
            if (await holder.TryWaitForLineAsync(line => line.EndsWith(" up", StringComparison.Ordinal), TimeLimits.Script) is not null)
            {
                log($"network namespace (unshare {way[0]}): the commands run as they stand");
                return new ReadmeShell(log, holder, way[0] == "-rn");
            }

            await holder.DisposeAsync();
        }

        log("no network namespace is permitted: the commands run with other ports");
        return new ReadmeShell(log, null, false);
    }

    /// <summary>Runs a command to its end, or starts it and waits until it serves or has subscribed.</summary>
    public async Task RunAsync(string command)
    {
        if (command.StartsWith("export ", StringComparison.Ordinal))
        {
            _exports.Add(command);
            return;
        }

        var program = Start(command);
        _running.Add((command, program));
        if (command.Contains("src/Godwit.Server", StringComparison.Ordinal))
        {
            await program.WaitForLineAsync(line => line == "ready");
        }
        else if (command.Contains("samples/EmbeddedBroker", StringComparison.Ordinal))
        {
            await program.WaitForLineAsync(line => line.Contains("Application started", StringComparison.Ordinal));
        }
        else if (StaysSubscribed(command))
        {
            await WaitForSubscriptionAsync(command, program);
        }
        else
        {
            Assert.True(await program.WaitForExitAsync() == 0, $"It failed. {program}");
        }
    }

    /// <summary>Waits until something that was started has printed this line, once for each time it is expected.</summary>
    public async Task ExpectLineAsync(string line)
    {
        var limit = DateTime.UtcNow + TimeLimits.Script;
        while (true)
        {
            foreach (var (_, program) in _running)
            {
                var lines = program.Lines;
                for (var index = 0; index < lines.Count; index++)
                {
                    if (lines[index] == line && !_expected.Contains((program, index)))
                    {
                        _expected.Add((program, index));
                        return;
                    }
                }
            }

            Assert.True(DateTime.UtcNow < limit, $"Nothing printed '{line}'.\n{string.Join('\n', _running.Select(each => each.Program))}");
            await Task.Delay(20);
        }
    }

    /// <summary>Ctrl-C in every terminal, the subscribers' first.</summary>
    public async Task EndAsync()
    {
        foreach (var (_, program) in _running.Where(each => !each.Program.HasExited).OrderBy(each => !StaysSubscribed(each.Command)))
        {
            program.Interrupt();
            _ = await program.WaitForExitAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (command, program) in _running)
        {
            _log($"$ {command}");
            foreach (var line in program.Lines)
            {
                _log($"  {line}");
            }

            await program.DisposeAsync();
        }

        if (_namespace is not null)
        {
            await _namespace.DisposeAsync();
        }
    }

    private static bool StaysSubscribed(string command) =>
        !command.Contains(" -C ", StringComparison.Ordinal)
        && (command.Contains("sub ", StringComparison.Ordinal) || command.Contains("samples/Consumer", StringComparison.Ordinal) || command.Contains("curl -N", StringComparison.Ordinal));

    private async Task WaitForSubscriptionAsync(string command, ProgramRun program)
    {
        var port = command.Contains("1884", StringComparison.Ordinal) || command.Contains("5080", StringComparison.Ordinal) ? 1884 : 1883;
        var limit = DateTime.UtcNow + TimeLimits.Script;
        do
        {
            Assert.True(DateTime.UtcNow < limit, $"It has not subscribed. {program}");
            await using var probe = Start($"{Godwit} pub -p {port} -t garden/probe -m {Probe}");
            Assert.True(await probe.WaitForExitAsync() == 0, $"{probe}");
        }
        while (await program.TryWaitForLineAsync(line => line.Contains(Probe, StringComparison.Ordinal), TimeSpan.FromMilliseconds(200)) is null);
    }

    private ProgramRun Start(string command)
    {
        var script = string.Join('\n', [.. _exports, _namespace is null ? WithOtherPorts(command) : command]);
        if (_namespace is null)
        {
            return ProgramRun.Start("bash", "-c", script);
        }

        string[] user = _isRootMapped ? ["-U", "--preserve-credentials"] : [];
        return ProgramRun.Start("nsenter", ["-t", $"{_namespace.Id}", .. user, "-n", "bash", "-c", script]);
    }

    private string WithOtherPorts(string command)
    {
        var named = NamedPort().Replace(command, match => $"{PortFor(int.Parse(match.Value, CultureInfo.InvariantCulture))}");
        return command switch
        {
            _ when command.Contains("src/Godwit.Server", StringComparison.Ordinal) => $"{command} -- --listen mqtt://127.0.0.1:{PortFor(1883)}",
            _ when command.Contains("samples/EmbeddedBroker", StringComparison.Ordinal) =>
                $"{command} -- --urls http://127.0.0.1:{PortFor(5080)} --Godwit:Listen:0 mqtt://127.0.0.1:{PortFor(1884)}",
            _ when command.Contains("samples/", StringComparison.Ordinal) => $"{command} -- mqtt://127.0.0.1:{PortFor(1883)}",
            _ when named != command => named,
            _ => $"{command} -p {PortFor(1883)}",
        };
    }

    private int PortFor(int port)
    {
        if (!_ports.TryGetValue(port, out var free))
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            _ports[port] = free = ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        return free;
    }

    [GeneratedRegex(@"(?<=-p |:)(1883|1884|5080)\b")]
    private static partial Regex NamedPort();
}
