using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Godwit.Simulation.Tests;

/// <summary>A fixed set of seeds, which the broker survives, and the bugs that the simulator has to find. GODWIT_TEST_SEEDS runs another number of seeds.</summary>
public sealed class SimulationTests
{
    private const int SeedsByDefault = 40_000;

    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(60);

    [Fact]
    public async Task Broker_keeps_every_promise_through_faults_of_network_and_process()
    {
        string seeds = Environment.GetEnvironmentVariable("GODWIT_TEST_SEEDS") is { Length: > 0 } wanted
            ? wanted
            : SeedsByDefault.ToString(CultureInfo.InvariantCulture);
        var (exitCode, output) = await RunAsync("Simulation", "godwit-simulation", "--seeds", seeds);
        Assert.True(exitCode == 0, output);
        Assert.Contains($"{seeds} seeds, 0 failed", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_planted_bug_is_found_and_nearly_all_within_1000_seeds()
    {
        var (exitCode, output) = await RunAsync("Simulation.Planted", "godwit-simulation-planted");
        Assert.True(exitCode == 0, output);
        var found = Regex.Match(output, @"^(\d+) of (\d+) planted bugs found, (\d+) of them within 1000 seeds", RegexOptions.Multiline);
        Assert.True(found.Success, output);
        Assert.InRange(int.Parse(found.Groups[3].Value, CultureInfo.InvariantCulture), 65, int.Parse(found.Groups[2].Value, CultureInfo.InvariantCulture));
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string project, string program, params string[] arguments)
    {
        // bin/CONFIGURATION/FRAMEWORK of this project, and the same of the program's.
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        string path = Path.Combine(own.Parent!.Parent!.Parent!.Parent!.FullName, project, "bin", own.Parent.Name, own.Name, $"{program}.dll");
        Assert.True(File.Exists(path), $"{path} is not built");
        var start = new ProcessStartInfo("dotnet", [path, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeLimit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }

        return (process.ExitCode, await output + await errors);
    }
}
