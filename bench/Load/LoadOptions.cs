using System.Globalization;
using Godwit.LoadBench.Brokers;
using Godwit.LoadBench.Report;

namespace Godwit.LoadBench;

/// <summary>The command line.</summary>
internal sealed record LoadOptions
{
    internal const string Help = """
        Measures MQTT brokers side by side: broker CPU per message, latency, memory.

        --rows a,b,c           rows of the table (default: all; --list shows them)
        --brokers NAME,...     of godwit, mosquitto, mqttnet, aedes (default: godwit,mosquitto)
        --broker NAME=COMMAND  one more broker, repeatable; {port} is its port on 127.0.0.1, {dir} an empty directory
        --rounds N             runs of each row and broker, alternated (default 3)
        --seconds N            measured seconds per run (default 5)
        --warmup N             seconds of the same load in bursts before that (default 4) ...
        --steady N             ... then without pauses until the cost stops falling, at most so many seconds (default 15)
        --storms N             measured connect storms per run, after one that warms up (default 3)
        --protocol 3.1.1|5.0   what the clients speak (default 3.1.1)
        --broker-cpu N         core of the broker (default 0)
        --load-cpu N           core of the load (default 1)
        --no-pin               leave placing to the kernel (always so on a single core)
        --spin                 the load polls in closed loops too, instead of sleeping until there is something to do
        --markdown | --json    form of the result on standard output (default: text); progress goes to standard error
        --list                 print the rows and end
        --no-build             (load.sh) do not build, publish or install first: measure what the last run made
        """;

    internal IReadOnlyList<Row> Rows { get; private set; } = Row.All;

    internal List<BrokerSpec> Brokers { get; } = [];

    internal int Rounds { get; private set; } = 3;

    internal TimeSpan MeasuredTime { get; private set; } = TimeSpan.FromSeconds(5);

    internal TimeSpan Warmup { get; private set; } = TimeSpan.FromSeconds(4);

    internal TimeSpan SteadyMax { get; private set; } = TimeSpan.FromSeconds(15);

    internal int Storms { get; private set; } = 3;

    internal bool V5 { get; private set; }

    /// <summary>The broker's processor; null when nothing is pinned.</summary>
    internal int? BrokerProcessor { get; private set; } = 0;

    /// <summary>The load's processor; null when nothing is pinned.</summary>
    internal int? LoadProcessor { get; private set; } = 1;

    internal bool Spins { get; private set; }

    internal ReportForm Form { get; private set; }

    internal bool WantsHelp { get; private set; }

    internal bool WantsList { get; private set; }

    /// <summary>Print only what has to be built, published or installed for the chosen brokers.</summary>
    internal bool WantsPreparation { get; private set; }

    /// <summary>Reads the arguments.</summary>
    /// <param name="root">The repository's directory.</param>
    /// <returns>What is wrong; null when nothing is.</returns>
    internal string? Read(string[] arguments, string root)
    {
        var names = "godwit,mosquitto";
        var commands = new List<string>();
        for (var index = 0; index < arguments.Length; index++)
        {
            var name = arguments[index];
            if (ReadSwitch(name))
            {
                continue;
            }

            if (!name.StartsWith("--", StringComparison.Ordinal) || index + 1 == arguments.Length)
            {
                return $"'{name}' is not an option, or lacks its value; --help lists them";
            }

            var value = arguments[++index];
            var problem = name switch
            {
                "--brokers" => Accept(names = value),
                "--broker" when value.IndexOf('=', StringComparison.Ordinal) > 0 => Accept(value, commands),
                "--broker" => $"--broker '{value}' is not of the form NAME=COMMAND",
                _ => ReadValue(name, value),
            };
            if (problem is not null)
            {
                return problem;
            }
        }

        if (Environment.ProcessorCount < 2)
        {
            BrokerProcessor = LoadProcessor = null;
        }

        return AddBrokers(names, commands, root);
    }

    private bool ReadSwitch(string name)
    {
        switch (name)
        {
            case "--spin": Spins = true; break;
            case "--markdown": Form = ReportForm.Markdown; break;
            case "--json": Form = ReportForm.Json; break;
            case "--no-pin": BrokerProcessor = LoadProcessor = null; break;
            case "--help": WantsHelp = true; break;
            case "--list": WantsList = true; break;
            case "--preparation": WantsPreparation = true; break;
            default: return false;
        }

        return true;
    }

    private string? ReadValue(string name, string value)
    {
        switch (name)
        {
            case "--rows":
                var rows = value.Split(',', StringSplitOptions.RemoveEmptyEntries);
                Rows = [.. Row.All.Where(row => rows.Contains(row.Key.ToString()))];
                return rows.Length > 0 && Rows.Count == rows.Distinct().Count() ? null : $"--rows '{value}': there are only a to l";
            case "--protocol":
                V5 = value is "5" or "5.0";
                return V5 || value is "3.1.1" or "4" ? null : $"--protocol '{value}' is neither 3.1.1 nor 5.0";
            case "--rounds":
                return ReadNumber(name, value, 1, 100, number => Rounds = number);
            case "--seconds":
                return ReadNumber(name, value, 1, 3_600, number => MeasuredTime = TimeSpan.FromSeconds(number));
            case "--warmup":
                return ReadNumber(name, value, 0, 3_600, number => Warmup = TimeSpan.FromSeconds(number));
            case "--steady":
                return ReadNumber(name, value, 0, 3_600, number => SteadyMax = TimeSpan.FromSeconds(number));
            case "--storms":
                return ReadNumber(name, value, 1, 100, number => Storms = number);
            case "--broker-cpu":
                return ReadNumber(name, value, 0, Math.Min(1_023, Environment.ProcessorCount - 1), number => BrokerProcessor = number);
            case "--load-cpu":
                return ReadNumber(name, value, 0, Math.Min(1_023, Environment.ProcessorCount - 1), number => LoadProcessor = number);
            default:
                return $"there is no option {name}; --help lists them";
        }
    }

    private static string? ReadNumber(string name, string value, int min, int max, Action<int> set)
    {
        if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < min || number > max)
        {
            return $"{name} '{value}' is not a number from {min} to {max}";
        }

        set(number);
        return null;
    }

    private static string? Accept(string value, List<string>? list = null)
    {
        list?.Add(value);
        return null;
    }

    private string? AddBrokers(string names, List<string> commands, string root)
    {
        foreach (var name in names.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (BuiltInBrokers.Find(name, root) is not { } spec)
            {
                return $"--brokers '{name}' is none of {BuiltInBrokers.Names}";
            }

            Brokers.Add(spec);
        }

        foreach (var command in commands)
        {
            var split = command.IndexOf('=', StringComparison.Ordinal);
            Brokers.Add(new BrokerSpec(command[..split], command[(split + 1)..], null, null, null));
        }

        return Brokers.Count == 0 ? "there is no broker to measure"
            : Brokers.DistinctBy(broker => broker.Name).Count() < Brokers.Count ? "two brokers have the same name"
            : null;
    }
}
