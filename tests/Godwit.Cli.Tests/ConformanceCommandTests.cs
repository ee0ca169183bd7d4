using System.Text.Json;

namespace Godwit.Cli.Tests;

/// <summary><c>godwit conformance</c>, against a broker that keeps one statement and breaks another.</summary>
public sealed class ConformanceCommandTests(Mosquitto mosquitto) : MosquittoTest(mosquitto)
{
    private const string Kept = "5.0/pingreq-is-answered";
    private const string Broken = "3.1.1/pingreq-with-body-closes";

    private string Url => $"mqtt://127.0.0.1:{Broker.Port}";

    [Fact]
    public async Task Kept_statement_passes_by_its_id_and_by_the_name_of_its_check()
    {
        foreach (string only in (string[])[Kept, "MQTT-3.12.4-1"])
        {
            var outcome = await RunningProcess.RunAsync(["conformance", Url, "--only", only, "--version", "5"]);
            Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
            Assert.EndsWith("\n1 passed, 0 failed, 0 not applicable\n", outcome.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Failure_tells_the_statement_what_was_expected_and_the_bytes()
    {
        var outcome = await RunningProcess.RunAsync(["conformance", Url, "--only", Broken, "--only", Kept, "--patience", "1"]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains($"FAIL {Broken} [MQTT-4.8.0-1", outcome.Text, StringComparison.Ordinal);
        Assert.Contains("-> C001", outcome.Text, StringComparison.Ordinal);
        Assert.EndsWith("\n1 passed, 1 failed, 0 not applicable\n", outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_and_markdown_tell_the_same()
    {
        string[] arguments = ["conformance", Url, "--only", Broken, "--only", Kept, "--patience", "1"];
        var json = await RunningProcess.RunAsync([.. arguments, "--json"]);
        using var document = JsonDocument.Parse(json.Text);
        Assert.Equal((1, 1), (document.RootElement.GetProperty("passed").GetInt32(), document.RootElement.GetProperty("failed").GetInt32()));
        var markdown = await RunningProcess.RunAsync([.. arguments, "--markdown"]);
        Assert.Contains($"| {Broken} | ", markdown.Text, StringComparison.Ordinal);
        Assert.DoesNotContain($"| {Kept} | ", markdown.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3.1.1", "5.0/")]
    [InlineData("5", "3.1.1/")]
    public async Task List_keeps_to_the_version(string version, string other)
    {
        var outcome = await RunningProcess.RunAsync(["conformance", "--list", "--version", version]);
        Assert.Equal(0, outcome.ExitCode);
        Assert.True(outcome.Text.Split('\n').Length > 100, outcome.Text);
        Assert.DoesNotContain($"\n{other}", outcome.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("conformance", "The URL of a broker is needed")]
    [InlineData("conformance http://x", "is not the URL of a broker")]
    [InlineData("conformance mqtt://x --only nothing", "No check has to do with 'nothing'")]
    [InlineData("conformance mqtt://x --json --markdown", "--json and --markdown: one of them")]
    [InlineData("conformance mqtt://x --version 4", "allowed are 3.1.1 and 5")]
    [InlineData("conformance mqtt://127.0.0.1:1 --only MQTT-3.12.4-1", "The checks cannot begin")]
    public async Task What_cannot_be_run_is_told(string arguments, string error)
    {
        var outcome = await RunningProcess.RunAsync(arguments.Split(' '));
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains(error, outcome.Error, StringComparison.Ordinal);
    }
}
