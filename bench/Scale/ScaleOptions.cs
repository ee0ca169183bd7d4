using System.Globalization;

namespace Godwit.ScaleBench;

/// <summary>The command line.</summary>
internal sealed record ScaleOptions
{
    internal const string Help = """
        Measures how Godwit's costs grow with what it has to hold.

        Usage: bench/scale.sh [PART]... [options]

        Parts (default: all)
          connections     brokers as processes: CPU per message and latency at 20,000 msg/s, 200 to 18,000 connections
          sessions        the engine in this process: 1,000 to 1,000,000 connected persistent sessions with one subscription each:
                          memory, cost of a publish, latency at a fixed rate with and without clients that come and go, collections
          subscriptions   the engine in this process: 1,000 to 1,000,000 subscriptions: time of a match and of a SUBSCRIBE, memory
          retained        the engine in this process: 1,000 to 1,000,000 retained messages: setting, memory, three kinds of SUBSCRIBE
          loops           godwit-server with one and two loops; messages that stay on a loop beside messages that cross

        Options
          --only PART,...        the same as naming the parts
          --brokers NAME,...     connections: of godwit, mosquitto, mqttnet (default: godwit,mosquitto)
          --rounds N             connections and loops: runs of each line, alternated, of which the median counts (default 2)
          --seconds N            measured seconds per run (default 5)
          --warmup N             seconds of warm-up before that (default 2)
          --max N                sessions, subscriptions, retained: the largest number (default 1000000)
          --rate N               sessions, retained: messages per second of a latency (default 20000)
          --churn N              sessions: clients per second that come and go (default 5000)
          --markdown             tables as Markdown; progress goes to standard error
          --no-build             (scale.sh) do not build first
        """;

    private static readonly string[] All = ["connections", "sessions", "subscriptions", "retained", "loops"];

    internal IReadOnlyList<string> Parts { get; private set; } = All;

    internal string Brokers { get; private set; } = "godwit,mosquitto";

    internal int Rounds { get; private set; } = 2;

    internal int Seconds { get; private set; } = 5;

    internal int Warmup { get; private set; } = 2;

    internal int Max { get; private set; } = 1_000_000;

    internal int Rate { get; private set; } = 20_000;

    internal int Churn { get; private set; } = 5_000;

    internal bool IsMarkdown { get; private set; }

    internal bool WantsHelp { get; private set; }

    /// <summary>The numbers that something goes through: 1,000, 10,000 and so on up to the largest.</summary>
    internal IEnumerable<int> Steps
    {
        get
        {
            for (long step = Math.Min(1_000, Max); step < Max; step *= 10)
            {
                yield return (int)step;
            }

            yield return Max;
        }
    }

    /// <summary>Reads the arguments.</summary>
    /// <returns>What is wrong; null when nothing is.</returns>
    internal string? Read(string[] arguments)
    {
        var parts = new List<string>();
        for (int index = 0; index < arguments.Length; index++)
        {
            string name = arguments[index];
            if (All.Contains(name))
            {
                parts.Add(name);
            }
            else if (name is "--markdown")
            {
                IsMarkdown = true;
            }
            else if (name is "--help" or "-h")
            {
                WantsHelp = true;
            }
            else if (!name.StartsWith("--", StringComparison.Ordinal) || index + 1 == arguments.Length)
            {
                return $"'{name}' is no part and no option, or lacks its value; --help lists them";
            }
            else if (ReadValue(name, arguments[++index], parts) is { } problem)
            {
                return problem;
            }
        }

        Parts = parts.Count > 0 ? [.. All.Where(parts.Contains)] : All;
        return null;
    }

    private string? ReadValue(string name, string value, List<string> parts)
    {
        switch (name)
        {
            case "--only":
                string[] only = value.Split(',', StringSplitOptions.RemoveEmptyEntries);
                parts.AddRange(only);
                return only.Length > 0 && only.All(All.Contains) ? null : $"--only '{value}': the parts are {string.Join(", ", All)}";
            case "--brokers":
                Brokers = value;
                return null;
            case "--rounds":
                return ReadNumber(name, value, 1, 100, number => Rounds = number);
            case "--seconds":
                return ReadNumber(name, value, 1, 3_600, number => Seconds = number);
            case "--warmup":
                return ReadNumber(name, value, 0, 3_600, number => Warmup = number);
            case "--max":
                return ReadNumber(name, value, 1_000, 10_000_000, number => Max = number);
            case "--rate":
                return ReadNumber(name, value, 1, 1_000_000, number => Rate = number);
            case "--churn":
                return ReadNumber(name, value, 1, 1_000_000, number => Churn = number);
            default:
                return $"there is no option {name}; --help lists them";
        }
    }

    private static string? ReadNumber(string name, string value, int min, int max, Action<int> set)
    {
        if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < min || number > max)
        {
            return $"{name} '{value}' is not a number from {min} to {max}";
        }

        set(number);
        return null;
    }
}
