using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Reflection;

namespace Godwit.Cli;

/// <summary>The command line as a whole: the commands, what is common to them, and how it runs.</summary>
internal static class CommandLine
{
    public static string Version => typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var properties = new PropertyArguments();
        var root = Create(properties);
        if (!ArgumentReader.TryRead(root, arguments, properties, out var plain, out var fault))
        {
            await CommandErrors.WriteAsync(fault, "Run 'godwit --help' for what is possible.");
            return CommandErrors.Failed;
        }

        // "-m @file" is a message that begins with @, not a file of arguments.
        var result = root.Parse(plain, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Action is ParseErrorAction)
        {
            foreach (var error in result.Errors)
            {
                await CommandErrors.WriteAsync(error.Message, null);
            }

            var name = result.CommandResult.Command == root ? "godwit" : $"godwit {result.CommandResult.Command.Name}";
            await Console.Error.WriteLineAsync($"Run '{name} --help' for what is possible.");
            return CommandErrors.Failed;
        }

        using var interruption = new Interruption();
        return await result.InvokeAsync(
            new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false },
            interruption.Token);
    }

    private static RootCommand Create(PropertyArguments properties)
    {
        var root = new RootCommand("""
            Godwit's MQTT command line: publish and subscribe, 5.0, 3.1.1 and 3.1.

            Examples:
              godwit sub -t 'garden/#' -v
              godwit pub -t garden/temperature -m 21.5
              godwit pub -t lamp/set -m on -q 1 -r
              echo '{"on":true}' | godwit pub -t lamp/set -s
              godwit sub -t 'jobs/#' -q 1 -i worker-1 -c -x 3600 -C 10
            """);
        root.Subcommands.Add(PublishCommand.Create(properties));
        root.Subcommands.Add(SubscribeCommand.Create(properties));

        // As people know it from other MQTT tools, -h names the host.
        var help = root.Options.OfType<HelpOption>().Single();
        help.Aliases.Clear();
        help.Aliases.Add("-?");
        root.Options.OfType<VersionOption>().Single().Action = new VersionAction();
        return root;
    }

    private sealed class VersionAction : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"godwit {Version}");
            return 0;
        }
    }
}
