using System.Globalization;
using System.Text;

namespace Godwit.ClientBench;

/// <summary>The table of medians, in Markdown.</summary>
internal static class Report
{
    internal static string Write(BenchOptions options, IReadOnlyDictionary<(string Client, Cell Cell), List<Sample>> samples)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{options.PayloadLength} B payload, MQTT 5.0, {options.Rounds} rounds of {options.MeasuredSeconds} s after {options.WarmupSeconds} s of warm-up, ")
            .Append(CultureInfo.InvariantCulture, $"{options.Window} publications in flight at QoS 1 and 2; ")
            .Append(options.ClientProcessor is null ? "not pinned" : $"broker on core {options.BrokerProcessor}, client on core {options.ClientProcessor}")
            .AppendLine("; medians, CPU with min .. max.")
            .AppendLine()
            .AppendLine("| cell | client | CPU us/message | min .. max | of MQTTnet's | allocated B/message | messages/s | core |")
            .AppendLine("|---|---|---:|---:|---:|---:|---:|---:|");
        foreach (var cell in options.Cells)
        {
            foreach (var client in options.Clients)
            {
                var own = samples[(client, cell)];
                var cpu = Median(own, sample => sample.CpuPerMessage);
                var share = client != Runner.MqttNetName && samples.TryGetValue((Runner.MqttNetName, cell), out var others)
                    ? (cpu / Median(others, sample => sample.CpuPerMessage)).ToString("P0", CultureInfo.InvariantCulture)
                    : "";
                text.AppendLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {cell.Title} | {client} | {cpu:0.000} | {own.Min(sample => sample.CpuPerMessage):0.000} .. {own.Max(sample => sample.CpuPerMessage):0.000} | {share} | {Median(own, sample => sample.BytesPerMessage):0} | {Median(own, sample => sample.PerSecond):0} | {Median(own, sample => sample.Busy):P0} |"));
            }
        }

        return text.ToString();
    }

    private static double Median(List<Sample> samples, Func<Sample, double> value)
    {
        var sorted = samples.Select(value).Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
