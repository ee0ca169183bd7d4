using System.Globalization;

namespace Godwit.Crash;

/// <summary>What to run, and the command line that says it.</summary>
internal sealed record CrashOptions
{
    internal const string Help = """
        Kills godwit-server with SIGKILL under load, restarts it on its data, and compares all that was acknowledged with all that was delivered.

        --rounds N       kill at least so many times (default 100)
        --seconds N      end the rounds after so many seconds, whatever their number (default: no such limit)
        --level LEVEL    os or fsync (default fsync)
        --seed N         of the moments of the kills (default: a new one; it is printed)
        --rate N         messages per second of each publisher (default 400)
        --data DIR       parent of the data directory (default: the temporary directory)
        --no-paho        without the clients on Paho Python
        --loss FILE      losewrites.so, from tests/Godwit.Crash.Tests/Shim: each kill also drops what the broker has not synced
        --server FILE    the broker's program (default: the one built in src/Godwit.Server)

        Ends with 1 after a violation, and leaves the broker's data where it lies.
        """;

    internal int Rounds { get; init; } = 100;

    internal TimeSpan Limit { get; init; } = TimeSpan.MaxValue;

    internal string Level { get; init; } = "fsync";

    internal int Seed { get; init; } = Random.Shared.Next(1_000_000);

    /// <summary>Messages per second of each publisher.</summary>
    internal int Rate { get; init; } = 400;

    internal string DataParent { get; init; } = Path.GetTempPath();

    internal bool HasPaho { get; init; } = true;

    internal string Server { get; init; } = "";

    internal bool WantsHelp { get; init; }

    /// <summary>How long nothing may arrive at the end, while something is missing, until that is taken for lost.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>What the broker's program is given to, for example a tracer; empty: it is started as it is.</summary>
    internal IReadOnlyList<string> Launcher { get; init; } = [];

    /// <summary>A library to load into the broker, told by SIGUSR2 when power is lost; null: the broker is killed by SIGKILL.</summary>
    internal string? LossLibrary { get; init; }

    /// <summary>Reads the arguments.</summary>
    /// <returns>The options, or null and what is wrong.</returns>
    internal static (CrashOptions? Options, string? Problem) Read(string[] arguments)
    {
        var options = new CrashOptions();
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i];
            if (name is "--help" or "-h")
            {
                return (options with { WantsHelp = true }, null);
            }

            if (name == "--no-paho")
            {
                options = options with { HasPaho = false };
                continue;
            }

            if (i + 1 == arguments.Length)
            {
                return (null, $"'{name}' is not an option, or lacks its value; --help lists them");
            }

            string value = arguments[++i];
            bool isNumber = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number);
            var next = name switch
            {
                "--rounds" when isNumber && number > 0 => options with { Rounds = number },
                "--seconds" when isNumber && number > 0 => options with { Limit = TimeSpan.FromSeconds(number), Rounds = int.MaxValue },
                "--seed" when isNumber => options with { Seed = number },
                "--rate" when isNumber && number > 0 => options with { Rate = number },
                "--level" when value is "os" or "fsync" => options with { Level = value },
                "--data" when Directory.Exists(value) => options with { DataParent = value },
                "--loss" when File.Exists(value) => options with { LossLibrary = Path.GetFullPath(value) },
                "--server" when File.Exists(value) => options with { Server = value },
                _ => null,
            };
            if (next is null)
            {
                return (null, $"{name} '{value}' is not understood; --help lists the options");
            }

            options = next;
        }

        return (options, null);
    }
}
