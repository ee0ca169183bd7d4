using Godwit.Crash.Tests.Shim;

namespace Godwit.Crash.Tests;

/// <summary>Short runs of what bench/crash.sh does at length. One at a time: each fills the machine.</summary>
[Collection(nameof(CrashTests))]
public sealed class CrashTests(ITestOutputHelper output)
{
    private static readonly CrashOptions Options = new() { HasPaho = PahoPeers.IsInstalled(), Rate = 200 };

    [Fact]
    public async Task Nothing_acknowledged_is_lost_or_comes_twice_when_the_broker_is_killed_under_load()
    {
        await ExpectNoViolationAsync(Options with { Rounds = 12 });
    }

    [Fact]
    public async Task Nothing_acknowledged_is_lost_or_comes_twice_when_the_broker_is_killed_at_level_os()
    {
        await ExpectNoViolationAsync(Options with { Rounds = 4, Level = "os" });
    }

    [Fact]
    public async Task Nothing_acknowledged_is_lost_or_comes_twice_when_unsynced_writes_are_lost()
    {
        Assert.SkipWhen(LossLibrary.Compiler is null, "no C compiler for the layer that loses writes (Debian: gcc)");

        await ExpectNoViolationAsync(Options with { Rounds = 8, LossLibrary = await LossLibrary.BuildAsync() });
    }

    // What the test above relies on: the layer does lose what is not synced, and the checker sees it.
    [Fact]
    public async Task Level_os_loses_acknowledged_messages_when_unsynced_writes_are_lost()
    {
        Assert.SkipWhen(LossLibrary.Compiler is null, "no C compiler for the layer that loses writes (Debian: gcc)");

        var result = await RunAsync(Options with { Rounds = 2, Level = "os", HasPaho = false, Patience = TimeSpan.FromSeconds(3), LossLibrary = await LossLibrary.BuildAsync() });

        Assert.Contains(result.Details, text => text.StartsWith("lost: ", StringComparison.Ordinal));
        Directory.Delete(result.Data!, recursive: true);
    }

    private async Task ExpectNoViolationAsync(CrashOptions options)
    {
        var result = await RunAsync(options);

        Assert.True(result.Violations == 0, $"seed {options.Seed}: {result}{Environment.NewLine}{string.Join(Environment.NewLine, result.Details)}{Environment.NewLine}data: {result.Data}");
        Assert.True(result.Kills >= options.Rounds);
        Assert.True(result.Delivered > result.Published, "hardly anything was delivered");
    }

    private async Task<CrashResult> RunAsync(CrashOptions options)
    {
        var result = await CrashRun.RunAsync(options, output.WriteLine);
        output.WriteLine(result.ToString());
        return result;
    }
}
