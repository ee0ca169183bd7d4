using Godwit.LoadBench;

namespace Godwit.ScaleBench;

/// <summary>The same messages over more and more connections.</summary>
internal static class ConnectionScale
{
    private const int Rate = 20_000;
    private static readonly int[] Connections = [200, 1_000, 10_000, 18_000];

    internal static int Run(ScaleOptions options, CancellationToken cancellation)
    {
        var bench = new ProcessBench(options, isPinned: true, cancellation);
        var measurements = new List<(int Connections, string Broker, Measurement One, (string Counts, double PausedMilliseconds)? Collections)>();
        for (int round = 1; round <= options.Rounds; round++)
        {
            foreach (int connections in Connections)
            {
                foreach (var broker in round % 2 == 1 ? bench.Brokers : bench.Brokers.Reverse())
                {
                    using var collections = new BrokerCollections();
                    var one = bench.Measure(ProcessBench.Pairs(connections / 2, Rate), broker.Name == "godwit" ? collections.Hook(broker) : broker, round);
                    measurements.Add((connections, broker.Name, one, collections.Between(one, bench.MeasuredTime)));
                    cancellation.ThrowIfCancellationRequested();
                }
            }
        }

        var table = new Table(
            $"Connections: pairs, 32 B, QoS 0, {Table.Count(Rate)} msg/s in all, open loop; broker on core 0, load on core 1; medians of {options.Rounds} rounds of {options.Seconds} s",
            "connections", "broker", "broker CPU us/message", "/ that of the first broker", "p50 us", "p99 us", "MiB", $"GCs 0/1/2 in {options.Rounds * options.Seconds} s", "paused ms", "broker %", "others %");
        foreach (int connections in Connections)
        {
            double? first = null;
            foreach (var broker in bench.Brokers)
            {
                var all = measurements.Where(each => each.Connections == connections && each.Broker == broker.Name).ToList();
                if (all.Select(each => each.One.Void).OfType<string>().FirstOrDefault() is { } reason)
                {
                    table.Add(Table.Count(connections), broker.Name, "void", reason, "", "", "", "", "", "", "");
                    continue;
                }

                double Median(Func<Measurement, double> value) => ProcessBench.Median(all.Select(each => each.One), value);
                double cost = Median(one => one.Cost);
                first ??= cost;
                var collections = all.Select(each => each.Collections).ToList();
                bool isCounted = collections.TrueForAll(each => each is not null);
                table.Add(
                    Table.Count(connections),
                    broker.Name,
                    Table.Number(cost),
                    Table.Number(cost / first.Value),
                    Table.Number(Median(one => one.LatencyP50Microseconds)),
                    Table.Number(Median(one => one.LatencyP99Microseconds)),
                    Table.Number(Median(one => one.ResidentMiB)),
                    isCounted ? string.Join(" + ", collections.Select(each => each!.Value.Counts)) : "-",
                    isCounted ? Table.Number(collections.Sum(each => each!.Value.PausedMilliseconds)) : "-",
                    $"{100 * Median(one => one.BrokerBusy):0}",
                    $"{100 * Median(one => one.ForeignBusy):0}");
            }
        }

        table.Print(options.IsMarkdown);
        return measurements.Exists(each => each.One.Void is not null) ? 1 : 0;
    }
}
