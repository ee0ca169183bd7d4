namespace Godwit.Cli.Arguments;

/// <summary>
/// Reads the arguments of a command as the mosquitto tools do: what follows an option that takes a value is its value, also when it begins
/// with a hyphen ("-m -40"), and -D takes as many words as its property has. Beyond them, "--name=value", "-q1" and "-vN" work.
/// </summary>
internal static class ArgumentReader
{
    /// <summary>Reads what follows the name of the command.</summary>
    /// <exception cref="UsageException">Something is not understood.</exception>
    public static ParsedArguments Read(CommandDefinition command, IReadOnlyList<string> arguments, int start)
    {
        var parsed = new ParsedArguments();
        for (var index = start; index < arguments.Count; index++)
        {
            var argument = arguments[index];
            if (argument is "--help" or "-?")
            {
                parsed.WantsHelp = true;
                return parsed;
            }

            if (argument is "-D" or "--property")
            {
                parsed.Properties.Add(arguments, ref index);
            }
            else if (argument.StartsWith("--", StringComparison.Ordinal))
            {
                ReadLong(command, parsed, arguments, ref index);
            }
            else if (argument.Length > 1 && argument[0] == '-')
            {
                ReadShort(command, parsed, arguments, ref index);
            }
            else if (command.OperandName is not null && parsed.Operand is null)
            {
                parsed.Operand = argument;
            }
            else
            {
                throw new UsageException($"'{argument}' is not understood.", "A value with spaces needs quotes.");
            }
        }

        return parsed;
    }

    private static void ReadLong(CommandDefinition command, ParsedArguments parsed, IReadOnlyList<string> arguments, ref int index)
    {
        var argument = arguments[index];
        var end = argument.IndexOf('=', StringComparison.Ordinal);
        var name = end < 0 ? argument : argument[..end];
        var option = command.Find(name) ?? throw Unknown(command, name);
        if (end >= 0)
        {
            parsed.Add(option, name, option.TakesValue ? argument[(end + 1)..] : throw new UsageException($"{name} takes no value."));
        }
        else
        {
            parsed.Add(option, name, option.TakesValue ? TakeValue(option, name, arguments, ref index) : "");
        }
    }

    private static void ReadShort(CommandDefinition command, ParsedArguments parsed, IReadOnlyList<string> arguments, ref int index)
    {
        var argument = arguments[index];
        for (var position = 1; position < argument.Length; position++)
        {
            Span<char> spelling = ['-', argument[position]];
            var option = command.Find(spelling) ?? throw Unknown(command, position == 1 && argument.Length > 2 ? argument : spelling.ToString());
            if (!option.TakesValue)
            {
                parsed.Add(option, spelling.ToString(), "");
                continue;
            }

            parsed.Add(
                option,
                spelling.ToString(),
                position + 1 == argument.Length ? TakeValue(option, spelling.ToString(), arguments, ref index) : argument[(position + 1)..].TrimStart('='));
            return;
        }
    }

    private static string TakeValue(CommandOption option, string spelling, IReadOnlyList<string> arguments, ref int index) =>
        index + 1 < arguments.Count ? arguments[++index] : throw new UsageException($"{spelling} needs a value: {option.ValueName}.");

    private static UsageException Unknown(CommandDefinition command, string name) =>
        new($"There is no option {name}.", ForeignOptions.Explain(name) ?? Suggest(command, name));

    private static string? Suggest(CommandDefinition command, string name)
    {
        var names = command.Groups.SelectMany(group => group.Options).SelectMany(option => option.OtherNames.Append(option.Name)).Append("--help");
        return name.Length > 2 && NearestName.Find(name, names) is { } nearest ? $"Did you mean {nearest}?" : null;
    }
}
