using System.Diagnostics;
using Godwit.Conformance.Checks;
using Godwit.Conformance.Running;
using Godwit.Conformance.Tests.Page;

namespace Godwit.Conformance.Tests;

/// <summary>The kit against a broker that others have written: each check that it fails is a fault of it or of the kit, and somebody has to say which.</summary>
[Collection(OneRunAtATime.Name)]
public sealed class MosquittoTests
{
    // Those that differ mostly wait for something that never comes.
    private static readonly TimeSpan ShortPatience = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task Mosquitto_fails_the_checks_whose_difference_is_explained_and_no_other()
    {
        Assert.SkipWhen(BrokerProcess.MosquittoProgram is null, "mosquitto is not installed");
        string version = await ReadVersionAsync(BrokerProcess.MosquittoProgram);
        Assert.SkipUnless(version == MosquittoDifferences.Version, $"mosquitto {version} is installed, and docs/conformance.md is about {MosquittoDifferences.Version}");
        await using var broker = await BrokerProcess.StartMosquittoAsync();
        var differing = MosquittoDifferences.Failed.Select(each => each.CheckId).ToHashSet();
        var results = new List<CheckResult>();
        foreach (var checks in CheckList.All.ToLookup(check => differing.Contains(check.Id)))
        {
            var options = KitRuns.Options with { Only = [.. checks.Select(check => check.Id)], Patience = checks.Key ? ShortPatience : KitRuns.Options.Patience };
            results.AddRange(await ConformanceRun.RunAsync("127.0.0.1", broker.Port, options, cancellation: TestContext.Current.CancellationToken));
        }

        Assert.Empty(results.Where(result => result.Outcome == CheckOutcome.Failed && !differing.Contains(result.Check.Id)).Select(result => $"not explained: {result.Check}: {result.Detail}"));
        Assert.Empty(results.Where(result => result.Outcome != CheckOutcome.Failed && differing.Contains(result.Check.Id)).Select(result => $"explained, and not so: {result.Check}: {result.Outcome}"));
        Assert.Equal(
            MosquittoDifferences.NotApplicable.OrderBy(each => each.Key, StringComparer.Ordinal),
            results.Where(result => result.Outcome == CheckOutcome.NotApplicable).Select(result => KeyValuePair.Create(result.Check.Id, result.Detail!)).OrderBy(each => each.Key, StringComparer.Ordinal));
    }

    // The first line of its help, for which it exits with 3, is "mosquitto version 2.0.11".
    private static async Task<string> ReadVersionAsync(string program)
    {
        using var help = Process.Start(new ProcessStartInfo(program, ["-h"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        string? line = await help.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        await help.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await help.WaitForExitAsync(TestContext.Current.CancellationToken);
        return line?.Split(' ')[^1] ?? "";
    }
}
