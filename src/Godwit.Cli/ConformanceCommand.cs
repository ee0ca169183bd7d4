using System.Globalization;
using Godwit.Cli.Arguments;
using Godwit.Conformance;
using Godwit.Conformance.Reports;
using Godwit.Conformance.Running;
using Godwit.Conformance.Statements;
using Godwit.Conformance.Wire;

namespace Godwit.Cli;

/// <summary><c>godwit conformance</c>.</summary>
internal sealed class ConformanceCommand
{
    private const int PortByDefault = 1883;

    private readonly CommandOption _version = new("--version", "-V", "VERSION", "Only the checks of 3.1.1 or of 5. [default: both]");
    private readonly CommandOption _only = new("--only", null, "ID", "Only this statement (MQTT-3.1.0-1) or check (5.0/NAME); may be repeated.") { IsRepeatable = true };
    private readonly CommandOption _parallel = new("--parallel", null, "COUNT", "Checks at a time. [default: 24]");
    private readonly CommandOption _patience = new("--patience", null, "SECONDS", "How long to wait for what has to come. [default: 5]");
    private readonly CommandOption _list = new("--list", null, null, "List the checks and run none.");
    private readonly CommandOption _json = new("--json", null, null, "Print the result as JSON.");
    private readonly CommandOption _markdown = new("--markdown", null, null, "Print the result as Markdown.");
    private readonly CommandOption _user = new("--username", "-u", "NAME", "User name for brokers with accounts.");
    private readonly CommandOption _password = new("--pw", "-P", "PASSWORD", "Its password; or the environment variable GODWIT_PASSWORD.");

    private ConformanceCommand()
    {
    }

    public static CommandDefinition Define()
    {
        var command = new ConformanceCommand();
        return new CommandDefinition
        {
            Name = "conformance",
            Summary = "check a broker against the numbered statements of MQTT 3.1.1 and 5.0.",
            Usage = "URL [options]",
            OperandName = "URL",
            Examples = """
                  godwit conformance mqtt://127.0.0.1
                  godwit conformance mqtt://broker.example:1884 --version 5
                  godwit conformance mqtt://127.0.0.1 --only MQTT-3.3.1-4 --only 5.0/pingreq-is-answered
                  godwit conformance mqtt://127.0.0.1 --markdown > result.md
                """,
            Groups =
            [
                new("Checks", command._version, command._only, command._parallel, command._patience, command._list),
                new("Output", command._json, command._markdown),
                new("Login", command._user, command._password),
            ],
            Notes = """
                The checks speak raw bytes. They use client identifiers and topics of their own and clean up behind themselves, so they
                can run beside other clients; still, a broker in production is not the place for wrong packets.

                Exit codes:
                  0           no check failed
                  1           some failed, or the broker cannot be reached
                  130         Ctrl-C
                """,
            InterruptedExitCode = ExitCodes.Interrupted,
            RunAsync = command.RunAsync,
        };
    }

    private async Task<int> RunAsync(ParsedArguments arguments, CancellationToken cancellationToken)
    {
        if (arguments.Has(_json) && arguments.Has(_markdown))
        {
            throw new UsageException("--json and --markdown: one of them.");
        }

        var options = GetOptions(arguments);
        var checks = ConformanceRun.Select(options);
        foreach (string wanted in options.Only)
        {
            if (ConformanceRun.Select(options with { Only = [wanted] }).Count == 0)
            {
                throw new UsageException($"No check has to do with '{wanted}'.", Known(wanted) ? "That statement cannot be seen over the network, or binds clients." : "godwit conformance --list names all.");
            }
        }

        if (arguments.Has(_list))
        {
            foreach (var check in checks)
            {
                Console.Out.Write($"{check.Id}\t{string.Join(",", check.Statements)}\t{check.Summary}\n");
            }

            return 0;
        }

        var (host, port) = GetServer(arguments.Operand ?? throw new UsageException("The URL of a broker is needed.", "As in: godwit conformance mqtt://127.0.0.1"));
        IReadOnlyList<CheckResult> results;
        try
        {
            results = await RunAsync(host, port, options, checks.Count, cancellationToken);
        }
        catch (MqttExpectationException error)
        {
            CommandErrors.Write($"The checks cannot begin: {error.Message}", "Is a broker running there, and does it let this user in?");
            return ExitCodes.Failed;
        }

        Console.Out.Write(arguments.Has(_json) ? Report.ToJson(results) : arguments.Has(_markdown) ? Report.ToMarkdown(results) : Report.ToText(results));
        return results.Any(result => result.Outcome == CheckOutcome.Failed) ? ExitCodes.Failed : 0;
    }

    private static async Task<IReadOnlyList<CheckResult>> RunAsync(string host, int port, RunOptions options, int count, CancellationToken cancellationToken)
    {
        bool showsProgress = !Console.IsErrorRedirected;
        int done = 0;
        int failed = 0;
        var gate = new Lock();
        try
        {
            return await ConformanceRun.RunAsync(host, port, options, Show, cancellationToken);
        }
        finally
        {
            if (showsProgress)
            {
                Console.Error.Write("\r\x1b[K");
            }
        }

        void Show(CheckResult result)
        {
            lock (gate)
            {
                done++;
                failed += result.Outcome == CheckOutcome.Failed ? 1 : 0;
                if (showsProgress)
                {
                    Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r\x1b[K{done} of {count}, {failed} failed"));
                }
            }
        }
    }

    private RunOptions GetOptions(ParsedArguments arguments)
    {
        MqttVersion? version = arguments.Text(_version) switch
        {
            null => null,
            "3.1.1" or "311" or "mqttv311" => MqttVersion.V311,
            "5" or "5.0" or "mqttv5" => MqttVersion.V50,
            var other => throw new UsageException($"--version is '{other}': allowed are 3.1.1 and 5."),
        };
        string? password = arguments.Text(_password) ?? Environment.GetEnvironmentVariable("GODWIT_PASSWORD");
        return new RunOptions
        {
            Version = version,
            Only = arguments.All(_only),
            Parallelism = arguments.Number(_parallel, 1, 256) ?? 24,
            Patience = arguments.Seconds(_patience, mayBeZero: false) ?? TimeSpan.FromSeconds(5),
            Credentials = arguments.Text(_user) is { } user ? new CheckCredentials(user, password) : null,
        };
    }

    private static (string Host, int Port) GetServer(string url)
    {
        string text = url.Contains("://", StringComparison.Ordinal) ? url : $"mqtt://{url}";
        return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == "mqtt" && uri.Host.Length > 0 && uri.AbsolutePath is "/" or ""
            ? (uri.IdnHost.Trim('[', ']'), uri.Port > 0 ? uri.Port : PortByDefault)
            : throw new UsageException($"'{url}' is not the URL of a broker.", "As in: mqtt://HOST:PORT");
    }

    private static bool Known(string id) => StatementList.All.Any(statement => string.Equals(statement.Id, id, StringComparison.OrdinalIgnoreCase));
}
