using Godwit.LoadBench;
using Godwit.LoadBench.Brokers;

namespace Godwit.ScaleBench;

/// <summary>
/// One loop and two. Sessions go to the loops in turn, and clients connect one behind the other, all subscribers first: with an even number
/// of pairs both ends of a pair are on one loop, with an odd number they are on different ones.
/// </summary>
internal static class LoopScale
{
    private const int EvenPairs = 100;
    private const int OddPairs = 101;
    private const int Rate = 20_000;
    private const string InTurn = "GODWIT__LOOPPLACEMENT=round-robin";

    private sealed record Line(string Name, int Loops, int Pairs);

    private static readonly Line[] Lines =
    [
        new("1 loop", 1, EvenPairs),
        new("2 loops, both ends on one", 2, EvenPairs),
        new("2 loops, every message crosses", 2, OddPairs),
    ];

    private sealed record Setting(string Name, bool IsPinned, int Rate);

    private static readonly Setting[] Settings =
    [
        new("not pinned: the loops and the load share two cores; window 20", false, 0),
        new($"not pinned, {Table.Count(Rate)} msg/s in all", false, Rate),

        // The last: from then on this process and all that it starts are pinned.
        new("both loops on core 0, load on core 1; window 20", true, 0),
    ];

    internal static int Run(ScaleOptions options, CancellationToken cancellation)
    {
        var table = new Table(
            $"Loops: {EvenPairs} pairs ({OddPairs} where messages cross), 32 B, QoS 0; medians of {options.Rounds} rounds of {options.Seconds} s",
            "setting", "broker", "broker CPU us/message", "/ 1 loop", "/ both ends on one", "messages/s", "p50 us", "p99 us", "broker cores", "load cores");
        bool isVoid = false;
        foreach (var setting in Settings.Where(setting => Environment.ProcessorCount > 1 || setting.Rate == 0))
        {
            var bench = new ProcessBench(options, setting.IsPinned, cancellation);
            var measurements = new List<(Line Line, Measurement One)>();
            for (int round = 1; round <= options.Rounds; round++)
            {
                foreach (var line in round % 2 == 1 ? Lines : Enumerable.Reverse(Lines))
                {
                    BrokerSpec broker = ProcessBench.Godwit($"--loops {line.Loops}", InTurn) with { Name = line.Name };
                    measurements.Add((line, bench.Measure(ProcessBench.Pairs(line.Pairs, setting.Rate, connectWindow: 1), broker, round)));
                    cancellation.ThrowIfCancellationRequested();
                }
            }

            isVoid |= measurements.Exists(each => each.One.Void is not null);
            double Median(Line line, Func<Measurement, double> value) => ProcessBench.Median(measurements.Where(each => each.Line == line).Select(each => each.One), value);
            foreach (var line in Lines)
            {
                if (measurements.Where(each => each.Line == line).Select(each => each.One.Void).OfType<string>().FirstOrDefault() is { } reason)
                {
                    table.Add(setting.Name, line.Name, "void", reason, "", "", "", "", "", "");
                    continue;
                }

                double cost = Median(line, one => one.Cost);
                table.Add(
                    setting.Name,
                    line.Name,
                    Table.Number(cost),
                    Table.Number(cost / Median(Lines[0], one => one.Cost)),
                    line == Lines[2] ? Table.Number(cost / Median(Lines[1], one => one.Cost)) : "",
                    Table.Count((long)Median(line, one => one.PerSecond)),
                    Table.Number(Median(line, one => one.LatencyP50Microseconds)),
                    Table.Number(Median(line, one => one.LatencyP99Microseconds)),
                    Table.Number(Median(line, one => one.BrokerBusy)),
                    Table.Number(Median(line, one => one.LoadBusy)));
            }
        }

        table.Print(options.IsMarkdown);
        return isVoid ? 1 : 0;
    }
}
