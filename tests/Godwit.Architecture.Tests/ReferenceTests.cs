using System.Xml.Linq;

namespace Godwit.Architecture.Tests;

/// <summary>The rooms of the house and the arrows between them: a project may reference what stands here and nothing else.</summary>
public sealed class ReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Godwit.Protocol"] = [],
        ["Godwit.Engine"] = ["Godwit.Protocol"],
        ["Godwit.Storage.RocksDb"] = ["Godwit.Engine", "RocksDB"],
        ["Godwit.Broker"] = ["Godwit.Engine"],
        ["Godwit.Client"] = ["Godwit.Protocol"],
        ["Godwit.Server"] = ["Godwit.Broker", "Godwit.Storage.RocksDb", "System.CommandLine"],
        ["Godwit.Conformance"] = [],
        ["Godwit.Load"] = [],
        ["Godwit.Cli"] = ["Godwit.Client", "Godwit.Conformance", "Godwit.Load"],
    };

    // Analyzers are no arrows.
    private static readonly string[] Analyzers = ["Microsoft.CodeAnalysis.BannedApiAnalyzers", "Microsoft.CodeAnalysis.PublicApiAnalyzers"];

    private static readonly string Root = FindRoot();

    public static TheoryData<string> Projects() =>
        [.. Directory.GetDirectories(Path.Combine(Root, "src")).Select(path => Path.GetFileName(path)!).Where(name => name.StartsWith("Godwit.", StringComparison.Ordinal))];

    [Theory, MemberData(nameof(Projects))]
    public void A_project_references_only_what_its_place_in_the_house_allows(string project)
    {
        Assert.True(Allowed.ContainsKey(project), $"{project} has no place in the house yet: add it here and to docs/architecture.md");
        var document = XDocument.Load(Path.Combine(Root, "src", project, $"{project}.csproj"));
        var references = document.Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')))
            .Concat(document.Descendants("PackageReference").Select(reference => reference.Attribute("Include")!.Value))
            .Except(Analyzers);
        Assert.Empty(references.Except(Allowed[project]));
    }

    [Theory, InlineData("Godwit.Protocol"), InlineData("Godwit.Engine")]
    public void The_sans_io_rooms_are_watched_by_the_banned_api_analyzer(string project)
    {
        var document = XDocument.Load(Path.Combine(Root, "src", project, $"{project}.csproj"));
        Assert.Equal("true", document.Descendants("SansIo").Single().Value);
        Assert.Empty(document.Descendants("FrameworkReference"));
    }

    [Fact]
    public void No_source_file_grows_past_500_lines()
    {
        var long500 = Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .Where(path => File.ReadLines(path).Count() > 500)
            .Select(path => Path.GetRelativePath(Root, path));
        Assert.Empty(long500);
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Godwit.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("Godwit.slnx was not found above the test program.");
    }
}
