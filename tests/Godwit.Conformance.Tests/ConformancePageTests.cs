using System.Text.RegularExpressions;
using Godwit.Conformance.Statements;
using Godwit.Conformance.Tests.Page;

namespace Godwit.Conformance.Tests;

/// <summary><c>docs/conformance.md</c> is made from both lists and a run of the kit; a stale one fails here. GODWIT_WRITE_DOCS=1 writes it anew.</summary>
[Collection(OneRunAtATime.Name)]
public sealed partial class ConformancePageTests(BrokerCells cells, KitRuns runs)
{
    [Fact]
    public async Task The_page_is_up_to_date()
    {
        string expected = (await CreateAsync()).Write();
        string path = RepositoryFiles.PathOf("docs", "conformance.md");
        if (Environment.GetEnvironmentVariable("GODWIT_WRITE_DOCS") == "1")
        {
            await File.WriteAllTextAsync(path, expected, TestContext.Current.CancellationToken);
        }

        string[] actual = await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken);
        string[] lines = expected.TrimEnd('\n').Split('\n');
        Assert.True(
            actual.SequenceEqual(lines),
            $"docs/conformance.md is stale: run this test with GODWIT_WRITE_DOCS=1. New lines:{Environment.NewLine}{string.Join(Environment.NewLine, lines.Except(actual).Take(20))}");
    }

    [Fact]
    public async Task Every_statement_has_a_row_without_an_empty_cell()
    {
        var rows = (await CreateAsync()).Rows();
        Assert.Equal(StatementList.All, rows.Select(row => row.Statement));
        Assert.Empty(rows.Where(row => row.Server.Length == 0 || row.Client.Length == 0 || row.Result.Length == 0).Select(row => $"{row.Statement.Version} {row.Statement.Id}"));
    }

    [Fact]
    public void Ids_in_sources_name_statements_of_the_lists()
    {
        var known = StatementList.All.Select(statement => statement.Id).ToHashSet();
        string[] folders = ["src", "tests", "bench", "samples", "docs"];
        var files = folders.SelectMany(folder => Directory.EnumerateFiles(RepositoryFiles.PathOf(folder), "*", SearchOption.AllDirectories))
            .Where(path => Path.GetExtension(path) is ".cs" or ".md" && !BuildFolder().IsMatch(path));
        var named = files.SelectMany(path => StatementId().Matches(File.ReadAllText(path)).Select(match => (Id: match.Value, File: Path.GetRelativePath(RepositoryFiles.Root, path)))).ToList();
        Assert.True(named.Count > 1000, $"{named.Count} ids were found");
        Assert.Empty(named.Where(each => !known.Contains(each.Id)).Select(each => $"{each.File}: {each.Id}"));
    }

    [Fact]
    public void Differences_of_mosquitto_name_checks_once()
    {
        var ids = MosquittoDifferences.Failed.Select(each => each.CheckId).Concat(MosquittoDifferences.NotApplicable.Keys).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Empty(ids.Except(Checks.CheckList.All.Select(check => check.Id)));
    }

    [GeneratedRegex(@"MQTT-\d+\.\d+\.\d+-\d+")]
    private static partial Regex StatementId();

    [GeneratedRegex(@"[/\\](bin|obj|node_modules)[/\\]")]
    private static partial Regex BuildFolder();

    private async Task<ConformancePage> CreateAsync()
    {
        Assert.SkipWhen(TestBroker.IsMosquitto, "the page is about Godwit");
        return new ConformancePage(await runs.GetAsync(cells, BrokerCell.OneLoopEpoll));
    }
}
