using System.Text;

namespace Godwit.Cli.Arguments;

/// <summary>The help of a command: usage and examples first, then the options by group.</summary>
internal static class HelpText
{
    private const int DescriptionColumn = 34;
    private const int Width = 118;

    public static string Compose(CommandDefinition command)
    {
        var text = new StringBuilder();
        text.Append("godwit ").Append(command.Name).Append(": ").Append(command.Summary).Append("\n\nUsage: godwit ").Append(command.Name).Append(' ').Append(command.Usage);
        text.Append("\n\nExamples:\n").Append(command.Examples).Append('\n');
        foreach (var group in command.Groups)
        {
            text.Append('\n').Append(group.Title).Append(":\n");
            foreach (var option in group.Options)
            {
                AppendOption(text, option);
            }
        }

        return text.Append('\n').Append(command.Notes).Append('\n').ToString();
    }

    private static void AppendOption(StringBuilder text, CommandOption option)
    {
        var start = text.Length;
        text.Append("  ").Append(option.Alias is { } alias ? alias : option.Name.Length == 2 ? option.Name : "  ");
        if (option.Name.Length > 2)
        {
            text.Append(option.Alias is null ? "  " : ", ").Append(option.Name);
        }

        if (option.ValueName is { } value)
        {
            text.Append(' ').Append(value);
        }

        var column = text.Length - start;
        if (column > DescriptionColumn - 2)
        {
            text.Append('\n');
            column = 0;
        }

        text.Append(' ', DescriptionColumn - column);
        column = DescriptionColumn;
        foreach (var word in option.Description.Split(' '))
        {
            if (column > DescriptionColumn && column + 1 + word.Length > Width)
            {
                text.Append('\n').Append(' ', DescriptionColumn);
                column = DescriptionColumn;
            }
            else if (column > DescriptionColumn)
            {
                text.Append(' ');
                column++;
            }

            text.Append(word);
            column += word.Length;
        }

        text.Append('\n');
    }
}
