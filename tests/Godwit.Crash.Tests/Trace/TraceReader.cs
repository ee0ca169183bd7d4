using System.Globalization;

namespace Godwit.Crash.Tests.Trace;

/// <summary>Reads what <c>strace -f -xx</c> has written: a process id, perhaps a time, and a call, in one line or in two.</summary>
internal static class TraceReader
{
    private const string Unfinished = " <unfinished ...>";

    /// <summary>Finished calls, in the order in which they came back.</summary>
    internal static IEnumerable<SystemCall> Read(IEnumerable<string> lines)
    {
        var open = new Dictionary<(string Thread, string Name), (string Arguments, int Begin)>();
        int number = -1;
        foreach (string line in lines)
        {
            number++;
            string[] words = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 3)
            {
                continue;
            }

            string thread = words[0];
            string text = words[2];
            if (text.StartsWith("<... ", StringComparison.Ordinal))
            {
                int end = text.IndexOf(" resumed>", StringComparison.Ordinal);
                string name = text[5..end];
                if (open.Remove((thread, name), out var begun) && Parse(begun.Arguments + text[(end + " resumed>".Length)..]) is { } rest)
                {
                    yield return new SystemCall(name, rest.Arguments, rest.Result, begun.Begin, number);
                }

                continue;
            }

            int bracket = text.IndexOf('(', StringComparison.Ordinal);
            if (bracket < 0 || text[0] is '+' or '-')
            {
                continue;
            }

            if (text.EndsWith(Unfinished, StringComparison.Ordinal))
            {
                open[(thread, text[..bracket])] = (text[(bracket + 1)..^Unfinished.Length], number);
            }
            else if (Parse(text[(bracket + 1)..]) is { } whole)
            {
                yield return new SystemCall(text[..bracket], whole.Arguments, whole.Result, number, number);
            }
        }
    }

    // ARGUMENTS) = RESULT, perhaps followed by the name of an error.
    private static (string Arguments, long Result)? Parse(string text)
    {
        int equals = text.LastIndexOf(" = ", StringComparison.Ordinal);
        int bracket = equals < 0 ? -1 : text.LastIndexOf(')', equals);
        if (bracket < 0)
        {
            return null;
        }

        var result = text.AsSpan(equals + 3);
        int end = result.IndexOf(' ');
        return long.TryParse(end < 0 ? result : result[..end], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? (text[..bracket], value) : null;
    }
}
