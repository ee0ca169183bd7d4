using System.Text.Json;
using Godwit.Testing;

namespace Godwit.Samples.Tests;

/// <summary>What the README shows works as it stands there: its programs are the samples, its commands are run in their order.</summary>
public sealed class ReadmeTests(ITestOutputHelper output)
{
    private static readonly IReadOnlyList<FencedBlock> Blocks = FencedBlock.In(File.ReadAllText(RepositoryFiles.PathOf("README.md")));

    [Fact]
    public void Programs_are_the_samples()
    {
        string[] samples = [.. new[] { "Consumer", "Publisher", "EmbeddedBroker" }.Select(name => File.ReadAllText(RepositoryFiles.PathOf("samples", name, "Program.cs")))];
        Assert.Equal(samples, Blocks.Where(block => block.Language == "csharp").Select(block => block.Text));
    }

    [Fact]
    public void Samples_in_the_README_are_all_samples()
    {
        var folders = Directory.GetDirectories(RepositoryFiles.PathOf("samples")).Select(Path.GetFileName);
        Assert.Equal(["Consumer", "EmbeddedBroker", "Publisher"], folders.Order());
    }

    /// <summary>
    /// Servers and subscribers keep running, as in terminals of their own; everything else has to end well; the lines of a text block have to
    /// have been printed by something that ran so far.
    /// </summary>
    [Fact]
    public async Task Commands_do_what_the_text_says()
    {
        await using var shell = await ReadmeShell.OpenAsync(output.WriteLine);
        var commands = 0;
        foreach (var block in Blocks)
        {
            if (block.Language == "text")
            {
                foreach (var line in block.Lines)
                {
                    await shell.ExpectLineAsync(line);
                }
            }
            else if (block.Language == "sh" && block.Lines is not ["./test.sh"])
            {
                foreach (var line in block.Lines)
                {
                    await shell.RunAsync(line);
                    commands++;
                }
            }
        }

        Assert.True(commands >= 10, $"Only {commands} commands of the README were found.");
        var json = shell.Running.Where(run => run.Command.Contains("--json", StringComparison.Ordinal)).SelectMany(run => run.Program.Lines).ToArray();
        Assert.NotEmpty(json);
        Assert.All(json, line => JsonDocument.Parse(line).RootElement.GetProperty("payload"));
        await shell.EndAsync();
    }
}
