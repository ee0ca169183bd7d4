using System.Net;
using Godwit.Cli.Arguments;
using Godwit.Load;

namespace Godwit.Cli.Bench;

/// <summary>The options of <c>godwit bench</c> and what they mean.</summary>
internal sealed class BenchOptions
{
    private const int DefaultPort = 1883;
    private const int CountMax = 1_000_000;
    private const long BytesOutstandingMax = 1L << 30;

    private readonly CommandOption _scenario = new("--scenario", null, "NAME", "pairs, fan-in, fan-out, shared, storm or idle: see below. [default: pairs]");
    private readonly CommandOption _pairs = new("--pairs", null, "COUNT", "Publishers and as many subscribers. [default: 100]");
    private readonly CommandOption _publishers = new("--publishers", null, "COUNT", "Publishers. [default: fan-in 50, fan-out 1, shared 10]");
    private readonly CommandOption _subscribers = new("--subscribers", null, "COUNT", "Subscribers. [default: fan-in 1, fan-out 100, shared 10]");
    private readonly CommandOption _connections = new("--connections", null, "COUNT", "Connections of storm and idle. [default: 1000]");
    private readonly CommandOption _qos = new("--qos", "-q", "QOS", "QoS of publications and subscriptions: 0, 1 or 2. [default: 0]");
    private readonly CommandOption _size = new("--size", null, "BYTES", "Payload, 20 bytes or more: each carries its time, publisher and number. [default: 64]");
    private readonly CommandOption _window = new("--window", null, "COUNT", "Messages that each publisher has outstanding; in storm and idle, connects under way at a time. [default: 20; fan-in 10; storm and idle 100]");
    private readonly CommandOption _rate = new("--rate", null, "COUNT", "Messages per second of all publishers together, in place of a window; in storm and idle, connects per second.");
    private readonly CommandOption _duration = new("--duration", null, "SECONDS", "How long to measure. [default: 8]");
    private readonly CommandOption _warmup = new("--warmup", null, "SECONDS", "The same load before that, which does not count. [default: 2]");
    private readonly CommandOption _version = new("--protocol-version", "-V", "VERSION", "5 or 3.1.1. [default: 5]");
    private readonly CommandOption _topic = new("--topic", "-t", "PATTERN", "What to publish to. [default: bench/%i in pairs and idle, else bench]");
    private readonly CommandOption _id = new("--id", "-i", "PATTERN", "Client identifiers. [default: bench-%p-%i]");
    private readonly CommandOption _persistent = new("--persistent", null, null, "Sessions that outlive their connections. They are ended after the run.");
    private readonly CommandOption _keepAlive = new("--keepalive", "-k", "SECONDS", "Keep alive, up to 65535; 0 for none. [default: 60]");
    private readonly CommandOption _user = new("--username", "-u", "NAME", "User name.");
    private readonly CommandOption _password = new("--password", "-P", "PASSWORD", $"Password. Without it that of the environment variable {ConnectionArguments.PasswordVariable} goes with -u.") { OtherNames = ["--pw"] };
    private readonly CommandOption _source = new("--source", null, "ADDRESS", "Address of this machine to connect from, or a range FIRST-LAST; may be repeated. Connections take them in turn.") { IsRepeatable = true };
    private readonly CommandOption _brokerPid = new("--broker-pid", null, "PID", "Process of the broker on this machine: its CPU per message, memory and threads are told.");
    private readonly CommandOption _json = new("--json", null, null, "Print the result as JSON.");
    private readonly CommandOption _markdown = new("--markdown", null, null, "Print the result as Markdown.");
    private readonly CommandOption _histogram = new("--histogram", null, "FILE", "Write the latencies of deliveries (in a storm, of connects) to a file that plotters of HdrHistogram read.");

    public OptionGroup[] Groups =>
    [
        new("Load", _scenario, _pairs, _publishers, _subscribers, _connections, _qos, _size, _window, _rate, _duration, _warmup),
        new("Clients", _version, _topic, _id, _persistent, _keepAlive, _user, _password, _source),
        new("Result", _brokerPid, _json, _markdown, _histogram),
    ];

    public bool WantsJson(ParsedArguments arguments) => arguments.Has(_json) && arguments.Has(_markdown)
        ? throw new UsageException("--json and --markdown: one of them.")
        : arguments.Has(_json);

    public bool WantsMarkdown(ParsedArguments arguments) => arguments.Has(_markdown);

    public string? HistogramFile(ParsedArguments arguments) => arguments.Text(_histogram);

    /// <summary>Where to connect to, and what the URL says about credentials.</summary>
    public static (string Host, int Port, string? UserName, string? Password) ReadUrl(string? operand)
    {
        var given = operand ?? "mqtt://127.0.0.1";
        var text = given.Contains("://", StringComparison.Ordinal) ? given : $"mqtt://{given}";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0 || url.AbsolutePath is not ("/" or "") || url.Query.Length > 0)
        {
            throw new UsageException($"'{given}' is not the URL of a broker.", "As in: godwit bench mqtt://HOST:PORT");
        }

        if (url.Scheme != "mqtt")
        {
            throw new UsageException($"'{given}': {url.Scheme}:// is not available in this build.", "Use mqtt://, which is TCP without TLS.");
        }

        var parts = url.UserInfo.Split(':', 2);
        return (
            url.IdnHost.Trim('[', ']'),
            url.Port > 0 ? url.Port : DefaultPort,
            url.UserInfo.Length == 0 ? null : Uri.UnescapeDataString(parts[0]),
            parts.Length < 2 ? null : Uri.UnescapeDataString(parts[1]));
    }

    public Scenario ReadScenario(ParsedArguments arguments)
    {
        var kind = arguments.Text(_scenario) switch
        {
            null or "pairs" => ScenarioKind.Pairs,
            "fan-in" => ScenarioKind.FanIn,
            "fan-out" => ScenarioKind.FanOut,
            "shared" => ScenarioKind.Shared,
            "storm" => ScenarioKind.Storm,
            "idle" => ScenarioKind.Idle,
            var other => throw new UsageException($"--scenario is '{other}': allowed are pairs, fan-in, fan-out, shared, storm and idle."),
        };
        var hasTraffic = kind is not (ScenarioKind.Storm or ScenarioKind.Idle);
        RefuseWhatDoesNotApply(arguments, kind, hasTraffic);
        var (publishers, subscribers) = ReadCounts(arguments, kind);
        var connections = arguments.Number(_connections, 1, CountMax) ?? 1_000;
        var window = arguments.Number(_window, 1, Scenario.WindowMax);
        var rate = arguments.Number(_rate, 1, 100_000_000);
        var (_, _, urlUser, urlPassword) = ReadUrl(arguments.Operand);
        var userName = arguments.Text(_user) ?? urlUser;
        var password = arguments.Text(_password) ?? (userName is null ? null : urlPassword ?? Environment.GetEnvironmentVariable(ConnectionArguments.PasswordVariable));
        if (password is not null && userName is null)
        {
            throw new UsageException("-P needs a user name: -u NAME.");
        }

        var scenario = new Scenario
        {
            Kind = kind,
            Publishers = publishers,
            Subscribers = kind == ScenarioKind.Idle ? connections : subscribers,
            Silent = kind == ScenarioKind.Storm ? connections : 0,
            PayloadLength = arguments.Number(_size, Scenario.PayloadLengthMin, Scenario.PayloadLengthMax) ?? 64,
            QoS = (byte)(arguments.Number(_qos, 0, 2) ?? 0),
            Window = !hasTraffic || rate is not null ? 0 : window ?? (kind == ScenarioKind.FanIn ? 10 : 20),
            RatePerSecond = hasTraffic ? rate ?? 0 : 0,
            ConnectWindow = hasTraffic ? 100 : window ?? 100,
            ConnectRatePerSecond = hasTraffic ? 0 : rate ?? 0,
            ConnectPatience = TimeSpan.FromSeconds(10),
            IsVersion5 = ReadVersion(arguments.Text(_version)),
            IsPersistent = arguments.Has(_persistent),
            Topic = ReadPattern(_topic, arguments.Text(_topic) ?? (kind is ScenarioKind.Pairs or ScenarioKind.Idle ? "bench/%i" : "bench")),
            ClientId = ReadPattern(_id, arguments.Text(_id) ?? "bench-%p-%i"),
            Group = "bench",
            UserName = userName,
            Password = password,
            KeepAlive = (ushort)(arguments.Number(_keepAlive, 0, ushort.MaxValue) ?? 60),
            SourceAddresses = SourceRange.ReadAll(arguments.All(_source)),
        };
        Check(scenario);
        return scenario;
    }

    public LoadPlan ReadPlan(ParsedArguments arguments, Scenario scenario, IPEndPoint broker, Action<LoadProgress>? progress) => new()
    {
        Scenario = scenario,
        Broker = broker,
        Warmup = arguments.Seconds(_warmup, mayBeZero: true) ?? TimeSpan.FromSeconds(2),
        Duration = arguments.Seconds(_duration, mayBeZero: false) ?? TimeSpan.FromSeconds(8),
        BrokerProcessId = arguments.Number(_brokerPid, 1, int.MaxValue),

        // A sleep ends up to a millisecond late; polling needs a core that the broker does not.
        Spins = scenario.RatePerSecond > 0 && Environment.ProcessorCount > 1,
        Progress = progress,
    };

    private void RefuseWhatDoesNotApply(ParsedArguments arguments, ScenarioKind kind, bool hasTraffic)
    {
        CommandOption[] others = hasTraffic
            ? kind == ScenarioKind.Pairs ? [_connections] : [_connections, _pairs]
            : [_pairs, _publishers, _subscribers, _size, .. kind == ScenarioKind.Storm ? [_topic, _qos] : (CommandOption[])[]];
        foreach (var option in others.Where(arguments.Has))
        {
            throw new UsageException($"{option.Name} has no meaning in scenario {BenchReport.NameOf(kind)}.");
        }

        if (hasTraffic && arguments.Has(_window) && arguments.Has(_rate))
        {
            throw new UsageException("--window and --rate: one of them.", "A window sends as fast as the broker takes it; a rate sends on time whatever the broker does.");
        }
    }

    private (int Publishers, int Subscribers) ReadCounts(ParsedArguments arguments, ScenarioKind kind)
    {
        var publishers = arguments.Number(_publishers, 1, CountMax);
        var subscribers = arguments.Number(_subscribers, 1, CountMax);
        switch (kind)
        {
            case ScenarioKind.Pairs:
                var pairs = arguments.Number(_pairs, 1, CountMax) ?? publishers ?? subscribers ?? 100;
                return (publishers ?? pairs) == pairs && (subscribers ?? pairs) == pairs
                    ? (pairs, pairs)
                    : throw new UsageException("In pairs there are as many publishers as subscribers.", "Use --pairs alone, or another scenario: fan-in, fan-out or shared.");
            case ScenarioKind.FanIn:
                return (publishers ?? 50, subscribers ?? 1);
            case ScenarioKind.FanOut:
                return (publishers ?? 1, subscribers ?? 100);
            case ScenarioKind.Shared:
                return (publishers ?? 10, subscribers ?? 10);
            default:
                return (0, 0);
        }
    }

    private static bool ReadVersion(string? text) => text switch
    {
        null or "5" or "5.0" or "mqttv5" => true,
        "3.1.1" or "311" or "4" or "mqttv311" => false,
        _ => throw new UsageException($"Protocol version '{text}' is unknown here: use 5 or 3.1.1."),
    };

    private static NamePattern ReadPattern(CommandOption option, string text) => NamePattern.FindProblem(text) is { } problem
        ? throw new UsageException($"{option.Name} {problem}.")
        : text.Length is 0 or > 1_000 ? throw new UsageException($"{option.Name} has {text.Length} characters: allowed are 1 to 1000.") : new NamePattern(text);

    private static void Check(Scenario scenario)
    {
        if (!scenario.ClientId.HasNumber && scenario.ConnectionCount > 1)
        {
            throw new UsageException($"--id '{scenario.ClientId}' gives all clients the same identifier, so that each one ends the one before.", "Put %i into it, the number of the connection.");
        }

        if (scenario.ClientId.HasClientId)
        {
            throw new UsageException("--id cannot have %c, which stands for the client identifier itself.");
        }

        if (scenario.Topic.ToString().AsSpan().IndexOfAny('+', '#', '\0') >= 0 || scenario.Topic.ToString().StartsWith('$'))
        {
            throw new UsageException($"--topic '{scenario.Topic}' is published to: without + and #, and no $ in front.");
        }

        if (scenario.Kind == ScenarioKind.Pairs && scenario.Publishers > 1 && !scenario.Topic.HasNumber && !scenario.Topic.HasClientId)
        {
            throw new UsageException($"--topic '{scenario.Topic}' is the same for all pairs, so that every subscriber would get everything.", "Put %i into it, the number of the pair, or use --scenario fan-in.");
        }

        if (scenario.FindProblem() is { } problem)
        {
            throw new UsageException($"This load cannot be made: {problem}.");
        }

        if ((long)scenario.Publishers * Math.Max(1, scenario.Window) * scenario.PayloadLength > BytesOutstandingMax)
        {
            throw new UsageException(
                $"{scenario.Publishers} publishers with {Math.Max(1, scenario.Window)} messages of {scenario.PayloadLength} bytes outstanding each take more than 1 GiB of memory.",
                "Lower --window, --size or the number of publishers.");
        }
    }
}
