namespace Godwit.Cli.Arguments;

/// <summary>Options that the help shows under one title.</summary>
internal sealed record OptionGroup(string Title, params CommandOption[] Options);
