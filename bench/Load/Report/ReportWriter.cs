using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Godwit.LoadBench.Report;

/// <summary>The result as a text table, as Markdown or as JSON.</summary>
internal sealed class ReportWriter(IReadOnlyList<Measurement> measurements, IReadOnlyList<Row> rows, IReadOnlyList<string> brokers)
{
    private const double ForeignBusyNoted = 0.05;
    private const double BusyWanted = 0.90;
    private readonly List<Summary> _summaries = Summary.Of(measurements, rows, brokers);
    private readonly string _baseline = Summary.BaselineOf(brokers);

    internal string Write(ReportForm form, string conditions)
        => form == ReportForm.Json ? WriteJson(conditions) : WriteTable(form == ReportForm.Markdown, conditions);

    private string WriteTable(bool isMarkdown, string conditions)
    {
        string[] head = ["row", "broker", "broker CPU", "min .. max", "unit", $"/ {_baseline}", "per second", "p50 us", "p99 us", "ack p50 us", "ack p99 us", "ack p99.9 us", "lost", "dup", "reord", "MiB", "broker %", "load %"];
        var lines = new List<string[]> { head };
        var notes = new List<string>();
        foreach (var row in rows)
        {
            foreach (var broker in brokers)
            {
                var summary = Find(row, broker);
                lines.Add(Line(summary));
                AddNotes(summary, notes);
            }
        }

        var text = new StringBuilder();
        text.AppendLine(conditions).AppendLine();
        var widths = Enumerable.Range(0, head.Length).Select(column => lines.Max(line => line[column].Length)).ToArray();
        for (var index = 0; index < lines.Count; index++)
        {
            var cells = lines[index].Select((cell, column) => column is 0 or 1 or 4 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            text.AppendLine(isMarkdown ? $"| {string.Join(" | ", cells)} |" : string.Join("  ", cells).TrimEnd());
            if (index == 0)
            {
                text.AppendLine(isMarkdown
                    ? "|" + string.Concat(widths.Select((_, column) => column is 0 or 1 or 4 ? "---|" : "--:|"))
                    : new string('-', widths.Sum() + (2 * (widths.Length - 1))));
            }
        }

        foreach (var note in notes)
        {
            text.AppendLine().Append(isMarkdown ? "- " : "note: ").Append(note);
        }

        return text.AppendLine().ToString();
    }

    private string[] Line(Summary summary)
    {
        var row = summary.Row;
        var title = $"({row.Key}) {row.Title}";
        if (summary.Void is not null)
        {
            return [title, summary.Broker, "void", "", row.CostUnit, "", "", "", "", "", "", "", Sum(summary, one => one.Lost), Sum(summary, one => one.Duplicated), Sum(summary, one => one.Reordered), "", "", ""];
        }

        return
        [
            title,
            summary.Broker,
            Number(summary.Cost),
            $"{Number(summary.CostMin)} .. {Number(summary.CostMax)}",
            row.CostUnit,
            Ratio(summary) is { } ratio ? ratio.ToString("0.000", CultureInfo.InvariantCulture) : "",
            summary.Median(one => one.PerSecond).ToString("#,0", CultureInfo.InvariantCulture),
            row.HasTraffic ? Number(summary.Median(one => one.LatencyP50Microseconds)) : "",
            row.HasTraffic ? Number(summary.Median(one => one.LatencyP99Microseconds)) : "",
            row.HasAcknowledgements ? Number(summary.Median(one => one.AcknowledgedP50Microseconds)) : "",
            row.HasAcknowledgements ? Number(summary.Median(one => one.AcknowledgedP99Microseconds)) : "",
            row.HasAcknowledgements ? Number(summary.Median(one => one.AcknowledgedP999Microseconds)) : "",
            row.HasTraffic ? Sum(summary, one => one.Lost) : "",
            row.HasTraffic ? Sum(summary, one => one.Duplicated) : "",
            row.HasTraffic ? Sum(summary, one => one.Reordered) : "",
            summary.Median(one => one.ResidentMiB).ToString("0.0", CultureInfo.InvariantCulture),
            Percent(summary.Median(one => one.BrokerBusy)),
            Percent(summary.Median(one => one.LoadBusy)),
        ];
    }

    private static void AddNotes(Summary summary, List<string> notes)
    {
        var name = $"({summary.Row.Key}) {summary.Broker}";
        foreach (var reason in summary.Rounds.Where(one => one.Void is not null).Select(one => one.Void).Distinct())
        {
            notes.Add($"{name}: void, {reason}");
        }

        if (summary.Void is null && summary.Row.Kind == ScenarioKind.Storm)
        {
            notes.Add($"{name}: and {Number(summary.Median(one => one.CloseCost))} us per DISCONNECT and close");
        }

        if (summary.ForeignBusyMax > ForeignBusyNoted)
        {
            notes.Add($"{name}: others took up to {Percent(summary.ForeignBusyMax)} % of the broker's core");
        }

        // With one message in flight or a fixed rate both sides may wait; with a window only the slower side is busy.
        if (summary.Void is null && summary.Row.Window > 1 && summary.Median(one => one.BrokerBusy) < BusyWanted
            && summary.Median(one => one.LoadBusy) >= BusyWanted)
        {
            notes.Add($"{name}: the load was the bottleneck; messages per second are a lower bound, CPU per message stands");
        }
    }

    private double? Ratio(Summary summary)
    {
        var baseline = Find(summary.Row, _baseline);
        return baseline.Void is null && summary.Void is null && baseline.Cost > 0 && summary.Broker != _baseline
            ? summary.Cost / baseline.Cost
            : null;
    }

    private Summary Find(Row row, string broker) => _summaries.First(one => one.Row == row && one.Broker == broker);

    private static string Sum(Summary summary, Func<Measurement, long> of)
        => summary.Rounds.Sum(of).ToString(CultureInfo.InvariantCulture);

    private static string Number(double value) => value switch
    {
        < 10 => value.ToString("0.00", CultureInfo.InvariantCulture),
        < 100 => value.ToString("0.0", CultureInfo.InvariantCulture),
        _ => value.ToString("#,0", CultureInfo.InvariantCulture),
    };

    private static string Percent(double share) => (share * 100).ToString("0", CultureInfo.InvariantCulture);

    private string WriteJson(string conditions)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("conditions", conditions);
            json.WriteString("baseline", _baseline);
            json.WriteStartArray("rows");
            foreach (var summary in _summaries)
            {
                WriteSummary(json, summary);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length) + "\n";
    }

    private void WriteSummary(Utf8JsonWriter json, Summary summary)
    {
        json.WriteStartObject();
        json.WriteString("row", summary.Row.Key.ToString());
        json.WriteString("title", summary.Row.Title);
        json.WriteString("broker", summary.Broker);
        json.WriteString("unit", summary.Row.CostUnit);
        json.WriteString("void", summary.Void);
        Write(json, "cost", summary.Void is null ? summary.Cost : double.NaN);
        Write(json, "costMin", summary.CostMin);
        Write(json, "costMax", summary.CostMax);
        Write(json, "ratio", Ratio(summary) ?? double.NaN);
        json.WriteStartArray("rounds");
        foreach (var one in summary.Rounds)
        {
            json.WriteStartObject();
            json.WriteNumber("round", one.Round);
            json.WriteString("void", one.Void);
            Write(json, "cost", one.Cost);
            Write(json, "closeCost", one.CloseCost);
            Write(json, "perSecond", one.PerSecond);
            Write(json, "latencyP50Microseconds", one.LatencyP50Microseconds);
            Write(json, "latencyP99Microseconds", one.LatencyP99Microseconds);
            Write(json, "acknowledgedP50Microseconds", one.AcknowledgedP50Microseconds);
            Write(json, "acknowledgedP99Microseconds", one.AcknowledgedP99Microseconds);
            Write(json, "acknowledgedP999Microseconds", one.AcknowledgedP999Microseconds);
            json.WriteNumber("lost", one.Lost);
            json.WriteNumber("duplicated", one.Duplicated);
            json.WriteNumber("reordered", one.Reordered);
            Write(json, "residentMiB", one.ResidentMiB);
            Write(json, "brokerBusy", one.BrokerBusy);
            Write(json, "loadBusy", one.LoadBusy);
            Write(json, "foreignBusy", one.ForeignBusy);
            json.WriteNumber("loadAllocatedBytes", one.LoadAllocatedBytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumber(name, Math.Round(value, 4));
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
