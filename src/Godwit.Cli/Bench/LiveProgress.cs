using System.Globalization;
using Godwit.Load;

namespace Godwit.Cli.Bench;

/// <summary>The line on the terminal that tells how a run is going.</summary>
internal static class LiveProgress
{
    private const string ClearLine = "\r\x1b[K";

    /// <summary>What to tell once a second; null when standard error is no terminal.</summary>
    public static Action<LoadProgress>? Create(Scenario scenario) => Console.IsErrorRedirected
        ? null
        : progress => Console.Error.Write(ClearLine + Format(scenario, progress));

    public static void Clear()
    {
        if (!Console.IsErrorRedirected)
        {
            Console.Error.Write(ClearLine);
        }
    }

    public static string Format(Scenario scenario, LoadProgress progress)
    {
        var phase = progress.Phase switch
        {
            LoadPhase.Connecting => "connecting",
            LoadPhase.WarmingUp => "warming up",
            LoadPhase.Measuring => "measuring",
            _ => "draining",
        };
        var culture = CultureInfo.InvariantCulture;
        var start = string.Create(culture, $"{phase} {progress.Elapsed.TotalSeconds:0} s: ");
        return start + (progress.Phase == LoadPhase.Connecting || !scenario.HasTraffic
            ? string.Create(culture, $"{progress.Connections:#,0} of {scenario.ConnectionCount:#,0} connections, {progress.ConnectsPerSecond:#,0}/s")
                + (scenario.HasTraffic || progress.ConnectsPerSecond == 0 ? "" : $", p99 {BenchReport.Time(progress.P99Microseconds)}")
            : string.Create(culture, $"in {progress.SentPerSecond:#,0}/s, out {progress.DeliveredPerSecond:#,0}/s, p99 {BenchReport.Time(progress.P99Microseconds)}"));
    }
}
