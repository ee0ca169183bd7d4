using System.Globalization;
using System.Net;
using System.Text;
using Godwit.Load;
using Godwit.Protocol;

namespace Godwit.Cli.Bench;

/// <summary>The result for a terminal and for a page.</summary>
internal static class BenchReport
{
    private const double LoadBusyNoted = 0.90;

    /// <summary>The quantiles that every form of the result has, by name.</summary>
    public static readonly (string Name, double Share)[] Quantiles = [("p50", 0.50), ("p90", 0.90), ("p99", 0.99), ("p99.9", 0.999), ("p99.99", 0.9999)];

    public static string NameOf(ScenarioKind kind) => kind switch
    {
        ScenarioKind.Pairs => "pairs",
        ScenarioKind.FanIn => "fan-in",
        ScenarioKind.FanOut => "fan-out",
        ScenarioKind.Shared => "shared",
        ScenarioKind.Storm => "storm",
        _ => "idle",
    };

    public static string ToText(LoadResult result, IPEndPoint broker) => Write(result, broker, isMarkdown: false);

    public static string ToMarkdown(LoadResult result, IPEndPoint broker) => Write(result, broker, isMarkdown: true);

    /// <summary>What makes the result a bad one; each a sentence with what one can do about it, if there is something.</summary>
    public static IReadOnlyList<(string Message, string? Remedy)> FindProblems(LoadResult result)
    {
        var problems = new List<(string, string?)>();
        if (!result.Scenario.HasTraffic)
        {
            return problems;
        }

        if (result.RefusedCount > 0)
        {
            var reason = (ReasonCode)result.RefusalCode!.Value;
            problems.Add(($"The broker refused {Count(result.RefusedCount, "message")}: {BenchFailures.Describe(reason)}.", CommandErrors.FindRemedy(reason)));
        }

        if (result.LostCount > 0)
        {
            problems.Add(result.DeliveredCount == 0
                ? ($"Nothing was delivered of {Count(result.SentCount, "message")}.", $"May this user publish to '{result.Scenario.Topic}' and subscribe there?")
                : ($"{Count(result.LostCount, "delivery", "deliveries")} never came: lost.", "A limit of the broker's queues may be lower than what is outstanding: try a smaller --window or --rate."));
        }

        if (result.ReorderedCount > 0)
        {
            problems.Add(($"{Count(result.ReorderedCount, "message")} came behind a later one of the same publisher.", null));
        }

        if (result.DuplicatedCount > 0 && result.Scenario.QoS != 1)
        {
            problems.Add(($"{Count(result.DuplicatedCount, "message")} came twice at QoS {result.Scenario.QoS}.", null));
        }

        if (result.UnacknowledgedCount > 0)
        {
            problems.Add(($"{Count(result.UnacknowledgedCount, "message was", "messages were")} sent and never acknowledged.", null));
        }

        return problems;
    }

    /// <summary>A time, three digits, with the unit that fits.</summary>
    public static string Time(double microseconds) => microseconds switch
    {
        < 1_000 => string.Create(CultureInfo.InvariantCulture, $"{microseconds:0} us"),
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1_000:0.00} ms"),
        < 100_000 => string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1_000:0.0} ms"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1_000:0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{microseconds / 1_000_000:0.00} s"),
    };

    private static string Write(LoadResult result, IPEndPoint broker, bool isMarkdown)
    {
        var text = new StringBuilder();
        text.Append(Title(result.Scenario)).Append(isMarkdown ? "\n\n" : "\n").Append(Conditions(result, broker)).Append("\n\n");
        if (result.Scenario.HasTraffic)
        {
            AppendTable(text, Messages(result), isMarkdown);
        }

        AppendTable(text, Latencies(result), isMarkdown);
        foreach (var line in Lines(result))
        {
            text.Append(isMarkdown ? "- " : "").Append(line).Append('\n');
        }

        return text.ToString();
    }

    private static string Title(Scenario scenario)
    {
        var culture = CultureInfo.InvariantCulture;
        var clients = scenario.Kind switch
        {
            ScenarioKind.Pairs => string.Create(culture, $"{Count(scenario.Publishers, "publisher")}, each to a subscriber of its own"),
            ScenarioKind.Shared => string.Create(culture, $"{Count(scenario.Publishers, "publisher")} to one shared subscription of {Count(scenario.Subscribers, "member")}"),
            ScenarioKind.Storm => string.Create(culture, $"{Count(scenario.Silent, "connection")} at once, again and again"),
            ScenarioKind.Idle => string.Create(culture, $"{Count(scenario.Subscribers, "connection")} with a subscription each"),
            _ => string.Create(culture, $"{Count(scenario.Publishers, "publisher")} to {Count(scenario.Subscribers, "subscriber")}"),
        };
        var load = scenario.HasTraffic
            ? string.Create(culture, $", {scenario.PayloadLength:#,0} B, QoS {scenario.QoS}, ")
                + (scenario.RatePerSecond > 0 ? string.Create(culture, $"{scenario.RatePerSecond:#,0} messages/s in all") : string.Create(culture, $"window {scenario.Window:#,0}"))
            : "";
        return $"{NameOf(scenario.Kind)}: {clients}{load}{(scenario.IsPersistent ? ", persistent sessions" : "")}";
    }

    private static string Conditions(LoadResult result, IPEndPoint broker) => string.Create(
        CultureInfo.InvariantCulture,
        $"MQTT {(result.Scenario.IsVersion5 ? "5.0" : "3.1.1")} to {broker}, {(result.Scenario.Kind == ScenarioKind.Storm ? "connecting for" : "measured for")} {result.Spent.Seconds:0.0} s{(result.IsInterrupted ? ", ended early" : "")}");

    private static string[][] Messages(LoadResult result)
    {
        var payload = result.Scenario.PayloadLength;
        return
        [
            ["", "messages", "per second", "payload/s"],
            ["sent", Number(result.SentCount), Number(result.SentPerSecond), Bytes(result.SentPerSecond * payload)],
            ["delivered", Number(result.DeliveredCount), Number(result.DeliveredPerSecond), Bytes(result.DeliveredPerSecond * payload)],
        ];
    }

    private static string[][] Latencies(LoadResult result)
    {
        var rows = new List<string[]> { (string[])["latency", .. Quantiles.Select(quantile => quantile.Name), "max"] };
        AddRow("delivery", result.Latency);
        AddRow(result.Scenario.QoS == 2 ? "PUBREC" : "PUBACK", result.AcknowledgementLatency);
        AddRow("connect", result.ConnectLatency);
        return [.. rows];

        void AddRow(string name, Histogram histogram)
        {
            if (histogram.Count > 0)
            {
                rows.Add([name, .. Quantiles.Select(quantile => Time(histogram.QuantileMicroseconds(quantile.Share))), Time(histogram.MaxMicroseconds)]);
            }
        }
    }

    private static IEnumerable<string> Lines(LoadResult result)
    {
        if (result.Scenario.HasTraffic)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"lost {result.LostCount:#,0}, duplicated {result.DuplicatedCount:#,0}, reordered {result.ReorderedCount:#,0}, refused {result.RefusedCount:#,0}");
        }

        yield return $"connections: {Number(result.ConnectCount)} at {Number(result.ConnectsPerSecond)} per second";
        if (result.Broker is { } broker)
        {
            yield return "broker: " + Broker(result.Scenario, broker);
        }

        yield return string.Create(CultureInfo.InvariantCulture, $"load: {result.Spent.LoadBusy:0.00} cores");
        if (result.Scenario.Window > 1 && result.Spent.LoadBusy >= LoadBusyNoted)
        {
            yield return "The load was at its own limit: the broker may be able to do more. Start two of it, with fewer clients each.";
        }

        if (result.DuplicatedCount > 0 && result.Scenario.QoS == 1)
        {
            yield return "Duplicates are allowed at QoS 1.";
        }

        if (result.ForeignCount > 0)
        {
            yield return $"{Count(result.ForeignCount, "delivery", "deliveries")} came of what others publish to these topics.";
        }
    }

    private static string Broker(Scenario scenario, BrokerUsage broker)
    {
        var culture = CultureInfo.InvariantCulture;
        var cpu = scenario.Kind switch
        {
            ScenarioKind.Idle => string.Create(culture, $"{broker.ResidentKiBPerConnection:0.00} KiB of memory per connection"),
            ScenarioKind.Storm => string.Create(culture, $"{broker.CpuMicrosecondsPerUnit:0.00} us of CPU per connect"),
            _ => string.Create(culture, $"{broker.CpuMicrosecondsPerUnit:0.00} us of CPU per delivered message"),
        };
        return string.Create(culture, $"{cpu}, {broker.CoresBusy:0.00} cores, {broker.ResidentKiB / 1_024.0:0.0} MiB resident, {Count(broker.Threads, "thread")}");
    }

    private static void AppendTable(StringBuilder text, string[][] rows, bool isMarkdown)
    {
        if (rows.Length < 2)
        {
            return;
        }

        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        for (var index = 0; index < rows.Length; index++)
        {
            var cells = rows[index].Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]));
            text.Append(isMarkdown ? $"| {string.Join(" | ", cells)} |" : string.Join("  ", cells).TrimEnd()).Append('\n');
            if (index == 0 && isMarkdown)
            {
                text.Append("|---|").Append(string.Concat(Enumerable.Repeat("--:|", rows[0].Length - 1))).Append('\n');
            }
        }

        text.Append('\n');
    }

    private static string Number(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Count(long count, string one, string? many = null)
        => string.Create(CultureInfo.InvariantCulture, $"{count:#,0} {(count == 1 ? one : many ?? one + "s")}");

    private static string Bytes(double bytes) => bytes switch
    {
        < 1e3 => string.Create(CultureInfo.InvariantCulture, $"{bytes:0} B"),
        < 1e6 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.0} kB"),
        < 1e9 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.00} GB"),
    };
}
