using System.Text;
using Godwit.Testing;

namespace Godwit.Samples.Tests;

/// <summary>
/// The code of the pages is code of this project, between <c>// snippet: name</c> and <c>// end</c> in Snippets/, where it is compiled and mostly
/// run. GODWIT_WRITE_DOCS=1 copies it into the pages.
/// </summary>
public sealed class DocumentTests
{
    private const string Begin = "// snippet: ";
    private const string End = "// end";

    private static readonly IReadOnlyDictionary<string, string> Snippets = ReadSnippets();

    public static TheoryData<string> Pages => ["client.md", "embedding.md"];

    [Theory, MemberData(nameof(Pages))]
    public void Code_of_the_page_is_that_of_the_tests(string page)
    {
        var path = RepositoryFiles.PathOf("docs", page);
        var text = File.ReadAllText(path);
        if (Environment.GetEnvironmentVariable("GODWIT_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, text = FencedBlock.Replace(text, Snippets));
        }

        var blocks = FencedBlock.In(text).Where(block => block.Language == "csharp").ToArray();
        Assert.NotEmpty(blocks);
        Assert.All(blocks, block =>
        {
            Assert.True(block.Snippet is not null, $"This block of docs/{page} names no snippet:\n{block.Text}");
            Assert.True(Snippets.TryGetValue(block.Snippet, out var code), $"docs/{page} names '{block.Snippet}', which no file of Snippets/ has.");
            Assert.True(block.Text == code, $"'{block.Snippet}' in docs/{page} is stale: run this test with GODWIT_WRITE_DOCS=1.");
        });
    }

    [Fact]
    public void Each_snippet_stands_in_one_page()
    {
        var named = Pages.SelectMany(page => FencedBlock.In(File.ReadAllText(RepositoryFiles.PathOf("docs", page.Data))))
            .Select(block => block.Snippet)
            .OfType<string>();
        Assert.Equal(Snippets.Keys.Order(), named.Order());
    }

    private static Dictionary<string, string> ReadSnippets()
    {
        var snippets = new Dictionary<string, string>();
        foreach (var file in Directory.GetFiles(RepositoryFiles.PathOf("tests", "Godwit.Samples.Tests", "Snippets"), "*.cs"))
        {
            string? name = null;
            List<string> lines = [];
            foreach (var line in File.ReadLines(file))
            {
                var trimmed = line.Trim();
                if (trimmed.StartsWith(Begin, StringComparison.Ordinal))
                {
                    Assert.True(name is null, $"{file}: '{name}' has no end.");
                    name = trimmed[Begin.Length..];
                }
                else if (trimmed == End)
                {
                    snippets.Add(name!, Dedent(lines));
                    lines.Clear();
                    name = null;
                }
                else if (name is not null)
                {
                    lines.Add(line);
                }
            }

            Assert.True(name is null, $"{file}: '{name}' has no end.");
        }

        return snippets;
    }

    private static string Dedent(List<string> lines)
    {
        var indent = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        var text = new StringBuilder();
        foreach (var line in lines)
        {
            text.Append(line.Length == 0 ? line : line[indent..]).Append('\n');
        }

        return text.ToString();
    }
}
