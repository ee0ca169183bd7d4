using System.Reflection;
using Godwit.Cli.Arguments;

namespace Godwit.Cli;

/// <summary>The command line as a whole: the commands, what is common to them, and how it runs.</summary>
internal static class CommandLine
{
    private const string Help = """
        Godwit's MQTT command line: publish, subscribe, check and measure brokers, 5.0, 3.1.1 and 3.1.

        Usage: godwit COMMAND [options]

        Commands:
          pub          Publish messages.
          sub          Subscribe and print messages.
          conformance  Check a broker against the numbered statements of MQTT 3.1.1 and 5.0.
          bench        Make load and measure what a broker does with it.

        Options:
          -?, --help   This help; godwit COMMAND --help tells the options of a command.
          --version    The version.

        Examples:
          godwit sub -t 'garden/#' -v
          godwit pub -t garden/temperature -m 21.5
          godwit pub -t lamp/set -m on -q 1 -r
          echo '{"on":true}' | godwit pub -t lamp/set -s
          godwit conformance mqtt://127.0.0.1
          godwit bench --scenario fan-in -q 1
          godwit sub -t 'jobs/#' -q 1 -i worker-1 -c -x 3600 -C 10

        """;

    private static readonly string[] Names = ["pub", "sub", "conformance", "bench"];

    public static string Version => typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public static async Task<int> RunAsync(string[] arguments)
    {
        CommandDefinition? command = null;
        try
        {
            command = arguments is [var name, ..] ? Find(name) : throw new UsageException("A command is needed: pub, sub, conformance or bench.");
            if (command is null)
            {
                Console.Out.Write(arguments[0] == "--version" ? $"godwit {Version}\n" : Help);
                return 0;
            }

            var parsed = ArgumentReader.Read(command, arguments, 1);
            if (parsed.WantsHelp)
            {
                Console.Out.Write(HelpText.Compose(command));
                return 0;
            }

            using var interruption = new Interruption();
            return await CommandErrors.RunAsync(() => command.RunAsync(parsed, interruption.Token), command.InterruptedExitCode);
        }
        catch (UsageException exception)
        {
            CommandErrors.Write(exception.Message, exception.Remedy);
            Console.Error.Write($"Run 'godwit {(command is null ? "" : command.Name + " ")}--help' for what is possible.\n");
            return ExitCodes.Failed;
        }
    }

    // Null: the help or the version.
    private static CommandDefinition? Find(string name) => name switch
    {
        "pub" => PublishCommand.Define(),
        "sub" => SubscribeCommand.Define(),
        "conformance" => ConformanceCommand.Define(),
        "bench" => BenchCommand.Define(),
        "--help" or "-?" or "help" or "--version" => null,
        _ when name.StartsWith('-') => throw new UsageException($"'{name}' comes before the command.", "The command is first, as in: godwit sub -t TOPIC"),
        _ => throw new UsageException($"There is no command '{name}'.", NearestName.Find(name, Names) is { } nearest ? $"Did you mean {nearest}?" : "There are pub, sub, conformance and bench."),
    };
}
