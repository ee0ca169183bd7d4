using System.Globalization;

namespace Godwit.DurableBench;

/// <summary>The command line.</summary>
internal sealed record DurableOptions
{
    internal const string Help = """
        Measures what a durable broker does with much to keep. Each scenario starts a broker of its own on an empty directory.

        Usage: bench/durable.sh [SCENARIO]... [options]

        Scenarios (default: all)
          backlog   one persistent session that is away while messages are published to it; then it comes and takes them all:
                    memory of the broker on the way, messages per second of the drain
          fanout    persistent sessions that are away, on one filter: broker CPU per publish with one of them and with all;
                    then all come back and take what waits
          restart   retained and queued messages, kill -9, time until the broker is ready again

        Options
          --messages N    of the backlog (default 10000000)
          --sessions N    of the fan-out (default 100000)
          --retained N    of the restart (default 1000000)
          --queued N      of the restart (default 1000000)
          --level LEVEL   fsync or os (default fsync)
          --broker FILE   the godwit-server to use (default: the Release build of this repository)
          --data DIR      where the data directories are made (default: a temporary directory)
        """;

    private static readonly string[] All = ["backlog", "fanout", "restart"];

    internal IReadOnlyList<string> Scenarios { get; private set; } = All;

    internal int Messages { get; private set; } = 10_000_000;

    internal int Sessions { get; private set; } = 100_000;

    internal int Retained { get; private set; } = 1_000_000;

    internal int Queued { get; private set; } = 1_000_000;

    internal string Level { get; private set; } = "fsync";

    internal string? Broker { get; private set; }

    internal string? Data { get; private set; }

    /// <summary>What is wrong with the arguments; null when nothing is.</summary>
    internal static string? TryParse(string[] arguments, out DurableOptions options)
    {
        options = new DurableOptions();
        var scenarios = new List<string>();
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i];
            if (All.Contains(name))
            {
                scenarios.Add(name);
                continue;
            }

            if (!name.StartsWith("--", StringComparison.Ordinal) || i + 1 == arguments.Length)
            {
                return $"'{name}' is no scenario and no option with a value; see --help";
            }

            string value = arguments[++i];
            bool isNumber = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0;
            switch (name)
            {
                case "--messages" when isNumber:
                    options.Messages = number;
                    break;
                case "--sessions" when isNumber:
                    options.Sessions = number;
                    break;
                case "--retained" when isNumber:
                    options.Retained = number;
                    break;
                case "--queued" when isNumber:
                    options.Queued = number;
                    break;
                case "--level" when value is "fsync" or "os":
                    options.Level = value;
                    break;
                case "--broker":
                    options.Broker = value;
                    break;
                case "--data":
                    options.Data = value;
                    break;
                default:
                    return $"{name} {value} is not allowed; see --help";
            }
        }

        options.Scenarios = scenarios.Count > 0 ? scenarios : All;
        return null;
    }
}
