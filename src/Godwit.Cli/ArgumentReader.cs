using System.CommandLine;
using System.Diagnostics.CodeAnalysis;

namespace Godwit.Cli;

/// <summary>
/// Goes over the arguments before the parser does, for two habits of the mosquitto tools that it does not know: -D takes as many words
/// as its property has, and an option's value may begin with a hyphen ("-m -40").
/// </summary>
internal static class ArgumentReader
{
    /// <param name="root">The commands with their options.</param>
    /// <param name="arguments">As given.</param>
    /// <param name="properties">Gets the -D properties.</param>
    /// <param name="plain">For the parser: without -D, and with values that begin with a hyphen tied to their option.</param>
    /// <param name="fault">What is wrong, when false.</param>
    public static bool TryRead(
        RootCommand root,
        IReadOnlyList<string> arguments,
        PropertyArguments properties,
        out List<string> plain,
        [NotNullWhen(false)] out string? fault)
    {
        plain = [];
        fault = null;
        Command command = root;
        for (var index = 0; index < arguments.Count; index++)
        {
            var argument = arguments[index];
            if (command == root && root.Subcommands.FirstOrDefault(sub => sub.Name == argument) is { } chosen)
            {
                command = chosen;
                plain.Add(argument);
            }
            else if (argument is "-D" or "--property" && command != root)
            {
                if (!properties.TryAdd(arguments, ref index, out fault))
                {
                    return false;
                }
            }
            else if (index + 1 < arguments.Count && arguments[index + 1].StartsWith('-') && TakesValue(command, argument))
            {
                plain.Add($"{argument}={arguments[++index]}");
            }
            else
            {
                plain.Add(argument);
            }
        }

        return true;
    }

    private static bool TakesValue(Command command, string argument) =>
        command.Options.Any(option => option.ValueType != typeof(bool) && option.Arity.MinimumNumberOfValues > 0
            && (option.Name == argument || option.Aliases.Contains(argument)));
}
