using System.CommandLine;
using System.CommandLine.Help;
using Godwit.Cli;

var root = new RootCommand("""
    Godwit's MQTT command line: publish and subscribe.

    Examples:
      godwit sub -t 'garden/#' -v
      godwit pub -t garden/temperature -m 21.5
      godwit pub -t lamp/set -m on -q 1 -r
      echo '{"on":true}' | godwit pub -t lamp/set -s
      godwit sub -t 'jobs/#' -q 1 -i worker-1 -c -x 3600 -C 10
    """);
root.Subcommands.Add(PublishCommand.Create());
root.Subcommands.Add(SubscribeCommand.Create());

// As people know it from other MQTT tools, -h names the host.
foreach (var command in root.Subcommands.Prepend<Command>(root))
{
    foreach (var help in command.Options.OfType<HelpOption>())
    {
        help.Aliases.Clear();
        help.Aliases.Add("-?");
    }
}

// "-m @file" is a message that begins with @, not a file of arguments.
var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(2) });
