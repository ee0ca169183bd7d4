using System.Globalization;
using System.Text;

namespace Godwit.ScaleBench;

/// <summary>A table with a title, as text or as Markdown. The first column is aligned left, the others right.</summary>
internal sealed class Table(string title, params string[] head)
{
    private readonly List<string[]> _lines = [head];
    private readonly List<string> _notes = [];

    internal void Add(params string[] cells)
    {
        _lines.Add(cells);
        Console.Error.WriteLine(string.Join(", ", cells.Select((cell, column) => column == 0 ? cell : $"{head[column]} {cell}")));
    }

    internal void Note(string note) => _notes.Add(note);

    internal void Print(bool isMarkdown)
    {
        int[] widths = [.. head.Select((_, column) => _lines.Max(line => line[column].Length))];
        var text = new StringBuilder().AppendLine().Append(isMarkdown ? "### " : "").AppendLine(title).AppendLine();
        for (int index = 0; index < _lines.Count; index++)
        {
            var cells = _lines[index].Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            text.AppendLine(isMarkdown ? $"| {string.Join(" | ", cells)} |" : string.Join("  ", cells).TrimEnd());
            if (index == 0)
            {
                text.AppendLine(isMarkdown
                    ? "|" + string.Concat(head.Select((_, column) => column == 0 ? "---|" : "--:|"))
                    : new string('-', widths.Sum() + (2 * (widths.Length - 1))));
            }
        }

        foreach (string note in _notes)
        {
            text.AppendLine().AppendLine(note);
        }

        Console.Out.Write(text.ToString());
    }

    internal static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>Three significant digits, or as many as stand before the point.</summary>
    internal static string Number(double value) => value.ToString(
        double.Abs(value) switch { < 10 => "0.00", < 100 => "0.0", _ => "#,0" }, CultureInfo.InvariantCulture);
}
