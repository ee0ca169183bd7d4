namespace Godwit.Cli.Arguments;

/// <summary>A command: its options, its help, and what it does.</summary>
internal sealed class CommandDefinition
{
    public required string Name { get; init; }

    /// <summary>What it does, in a sentence.</summary>
    public required string Summary { get; init; }

    public required string Usage { get; init; }

    public required string Examples { get; init; }

    /// <summary>What the one argument without an option is called; null: there is none.</summary>
    public string? OperandName { get; init; }

    public required OptionGroup[] Groups { get; init; }

    /// <summary>What the help says after the options.</summary>
    public required string Notes { get; init; }

    /// <summary>The exit code after Ctrl-C.</summary>
    public required int InterruptedExitCode { get; init; }

    public required Func<ParsedArguments, CancellationToken, Task<int>> RunAsync { get; init; }

    public CommandOption? Find(ReadOnlySpan<char> name)
    {
        foreach (var group in Groups)
        {
            foreach (var option in group.Options)
            {
                if (option.HasName(name))
                {
                    return option;
                }
            }
        }

        return null;
    }
}
