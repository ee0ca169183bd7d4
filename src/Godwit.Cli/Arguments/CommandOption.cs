namespace Godwit.Cli.Arguments;

/// <summary>An option of a command.</summary>
/// <param name="name">Its long name with hyphens, such as <c>--topic</c>, or its short one if it has no other.</param>
/// <param name="alias">Its short name, such as <c>-t</c>, or null.</param>
/// <param name="valueName">What the help calls its value; null for a switch.</param>
/// <param name="description">One sentence or two for the help.</param>
internal sealed class CommandOption(string name, string? alias, string? valueName, string description)
{
    public string Name { get; } = name;

    public string? Alias { get; } = alias;

    public string? ValueName { get; } = valueName;

    public string Description { get; } = description;

    public bool TakesValue => ValueName is not null;

    /// <summary>It may be there more than once.</summary>
    public bool IsRepeatable { get; init; }

    /// <summary>Further long names that are understood.</summary>
    public string[] OtherNames { get; init; } = [];

    public bool HasName(ReadOnlySpan<char> text)
    {
        if (text.SequenceEqual(Name) || (Alias is not null && text.SequenceEqual(Alias)))
        {
            return true;
        }

        foreach (var other in OtherNames)
        {
            if (text.SequenceEqual(other))
            {
                return true;
            }
        }

        return false;
    }
}
