using System.Net;
using System.Text;
using System.Text.Json;
using Godwit.Load;

namespace Godwit.Cli.Bench;

/// <summary>The result for a program: one object, times in microseconds.</summary>
internal static class BenchJson
{
    public static string Write(LoadResult result, IPEndPoint broker)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            WriteScenario(json, result.Scenario, broker);
            WriteCounts(json, result);
            WriteLatency(json, "deliveryMicroseconds", result.Latency);
            WriteLatency(json, "acknowledgedMicroseconds", result.AcknowledgementLatency);
            WriteLatency(json, "connectMicroseconds", result.ConnectLatency);
            WriteBroker(json, result);
            WriteNumber(json, "loadCoresBusy", result.Spent.LoadBusy);
            json.WriteNumber("loadAllocatedBytes", result.AllocatedBytes);
            json.WriteStartArray("problems");
            foreach (var (message, _) in BenchReport.FindProblems(result))
            {
                json.WriteStringValue(message);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length) + "\n";
    }

    private static void WriteScenario(Utf8JsonWriter json, Scenario scenario, IPEndPoint broker)
    {
        json.WriteString("scenario", BenchReport.NameOf(scenario.Kind));
        json.WriteString("broker", broker.ToString());
        json.WriteString("protocolVersion", scenario.IsVersion5 ? "5.0" : "3.1.1");
        json.WriteNumber("publishers", scenario.Publishers);
        json.WriteNumber("subscribers", scenario.Subscribers);
        json.WriteNumber("connections", scenario.ConnectionCount);
        if (scenario.HasTraffic)
        {
            json.WriteNumber("payloadBytes", scenario.PayloadLength);
            json.WriteNumber("qos", scenario.QoS);
            WriteOrNull(json, "window", scenario.Window > 0 ? scenario.Window : null);
            WriteOrNull(json, "ratePerSecond", scenario.RatePerSecond > 0 ? scenario.RatePerSecond : null);
        }

        json.WriteBoolean("persistent", scenario.IsPersistent);
    }

    private static void WriteCounts(Utf8JsonWriter json, LoadResult result)
    {
        WriteNumber(json, "seconds", result.Spent.Seconds);
        json.WriteBoolean("interrupted", result.IsInterrupted);
        if (result.Scenario.HasTraffic)
        {
            json.WriteNumber("sent", result.SentCount);
            WriteNumber(json, "sentPerSecond", result.SentPerSecond);
            json.WriteNumber("delivered", result.DeliveredCount);
            WriteNumber(json, "deliveredPerSecond", result.DeliveredPerSecond);
            json.WriteNumber("lost", result.LostCount);
            json.WriteNumber("duplicated", result.DuplicatedCount);
            json.WriteNumber("reordered", result.ReorderedCount);
            json.WriteNumber("refused", result.RefusedCount);
            json.WriteNumber("unacknowledged", result.UnacknowledgedCount);
            json.WriteNumber("foreign", result.ForeignCount);
        }

        json.WriteNumber("connects", result.ConnectCount);
        WriteNumber(json, "connectsPerSecond", result.ConnectsPerSecond);
    }

    private static void WriteLatency(Utf8JsonWriter json, string name, Histogram histogram)
    {
        if (histogram.Count == 0)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartObject(name);
        foreach (var (quantile, share) in BenchReport.Quantiles)
        {
            WriteNumber(json, quantile, histogram.QuantileMicroseconds(share));
        }

        WriteNumber(json, "max", histogram.MaxMicroseconds);
        json.WriteEndObject();
    }

    private static void WriteBroker(Utf8JsonWriter json, LoadResult result)
    {
        if (result.Broker is not { } broker)
        {
            json.WriteNull("brokerProcess");
            return;
        }

        json.WriteStartObject("brokerProcess");
        if (result.Scenario.Kind == ScenarioKind.Idle)
        {
            WriteNumber(json, "residentKiBPerConnection", broker.ResidentKiBPerConnection ?? 0);
        }
        else
        {
            WriteNumber(json, result.Scenario.HasTraffic ? "cpuMicrosecondsPerMessage" : "cpuMicrosecondsPerConnect", broker.CpuMicrosecondsPerUnit);
        }

        WriteNumber(json, "coresBusy", broker.CoresBusy);
        json.WriteNumber("residentKiB", broker.ResidentKiB);
        json.WriteNumber("threads", broker.Threads);
        json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double value)
        => json.WriteNumber(name, double.IsFinite(value) ? Math.Round(value, 3) : 0);

    private static void WriteOrNull(Utf8JsonWriter json, string name, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
