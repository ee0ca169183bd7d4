using System.Text.RegularExpressions;

namespace Godwit.Samples.Tests;

/// <summary>A fenced block of a page: its language, the name in a <c>snippet</c> comment before it if there is one, and its text.</summary>
internal sealed partial record FencedBlock(string Language, string? Snippet, string Text)
{
    /// <summary>The text as lines, without the last line end.</summary>
    public string[] Lines => Text.TrimEnd('\n').Split('\n');

    public static IReadOnlyList<FencedBlock> In(string markdown) =>
    [
        .. Pattern().Matches(markdown).Select(match => new FencedBlock(
            match.Groups["language"].Value,
            match.Groups["snippet"] is { Success: true } name ? name.Value : null,
            match.Groups["text"].Value)),
    ];

    /// <summary>The page with other texts in its named blocks.</summary>
    public static string Replace(string markdown, IReadOnlyDictionary<string, string> snippets) => Pattern().Replace(
        markdown,
        match => match.Groups["snippet"] is { Success: true } name && snippets.TryGetValue(name.Value, out var text)
            ? $"<!-- snippet: {name.Value} -->\n```{match.Groups["language"].Value}\n{text}```\n"
            : match.Value);

    [GeneratedRegex(@"(?:^<!-- snippet: (?<snippet>[a-z0-9-]+) -->\n)?^```(?<language>[a-z]*)\n(?<text>.*?)^```\n", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Pattern();
}
