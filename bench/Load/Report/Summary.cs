namespace Godwit.LoadBench.Report;

/// <summary>All rounds of one row against one broker: medians of those that count.</summary>
internal sealed class Summary
{
    internal const string Baseline = "mosquitto";
    private readonly List<Measurement> _valid;

    internal Summary(Row row, string broker, IEnumerable<Measurement> measurements)
    {
        Row = row;
        Broker = broker;
        Rounds = [.. measurements.Where(one => one.Row == row && one.Broker == broker)];
        _valid = [.. Rounds.Where(one => one.Void is null)];
    }

    internal Row Row { get; }

    internal string Broker { get; }

    internal IReadOnlyList<Measurement> Rounds { get; }

    /// <summary>Why the row does not count: one void round is enough. Null when it counts.</summary>
    internal string? Void => Rounds.FirstOrDefault(one => one.Void is not null)?.Void ?? (Rounds.Count == 0 ? "not measured" : null);

    internal double CostMin => _valid.Count == 0 ? double.NaN : _valid.Min(one => one.Cost);

    internal double CostMax => _valid.Count == 0 ? double.NaN : _valid.Max(one => one.Cost);

    internal double Cost => Median(one => one.Cost);

    internal double ForeignBusyMax => _valid.Count == 0 ? double.NaN : _valid.Max(one => one.ForeignBusy);

    internal double Median(Func<Measurement, double> of)
    {
        if (_valid.Count == 0)
        {
            return double.NaN;
        }

        var values = _valid.Select(of).Order().ToList();
        var middle = values.Count / 2;
        return values.Count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    /// <summary>Summaries by row, then by broker in the order given; the baseline of ratios is mosquitto, or else the last broker.</summary>
    internal static List<Summary> Of(IReadOnlyList<Measurement> measurements, IReadOnlyList<Row> rows, IReadOnlyList<string> brokers)
        => [.. from row in rows from broker in brokers select new Summary(row, broker, measurements)];

    internal static string BaselineOf(IReadOnlyList<string> brokers) => brokers.Contains(Baseline) ? Baseline : brokers[^1];
}
