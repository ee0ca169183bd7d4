using System.Net;
using System.Text.Json;
using Godwit.Cli.Bench;
using Godwit.Load;

namespace Godwit.Cli.Tests.Bench;

public class BenchReportTests
{
    private static readonly IPEndPoint Address = new(IPAddress.Loopback, 1883);

    private static readonly LoadResult Good = new()
    {
        Scenario = new Scenario { Kind = ScenarioKind.FanOut, Publishers = 1, Subscribers = 200, QoS = 1, Window = 20, PayloadLength = 1_000, IsVersion5 = true },
        Spent = new ProcessSample(2_000_000_000, 1_000_000_000, 500_000_000, 0),
        SentCount = 10_000,
        DeliveredCount = 2_000_000,
        Latency = Values(1_500, 2_000_000),
        AcknowledgementLatency = Values(1_200_000_000),
        ConnectLatency = Values(10_500_000),
        ConnectCount = 201,
        ConnectsPerSecond = 5_000,
        Broker = new BrokerUsage { CpuMicrosecondsPerUnit = 0.5, CoresBusy = 0.5, ResidentKiB = 51_200, Threads = 9 },
    };

    [Fact]
    public void Text_is_a_page_for_a_terminal() => Assert.Equal(
        """
        fan-out: 1 publisher to 200 subscribers, 1,000 B, QoS 1, window 20
        MQTT 5.0 to 127.0.0.1:1883, measured for 2.0 s

                    messages  per second  payload/s
        sent          10,000       5,000     5.0 MB
        delivered  2,000,000   1,000,000    1.00 GB

        latency       p50      p90      p99    p99.9   p99.99      max
        delivery     2 us  2.00 ms  2.00 ms  2.00 ms  2.00 ms  2.00 ms
        PUBACK     1.20 s   1.20 s   1.20 s   1.20 s   1.20 s   1.20 s
        connect   10.5 ms  10.5 ms  10.5 ms  10.5 ms  10.5 ms  10.5 ms

        lost 0, duplicated 0, reordered 0, refused 0
        connections: 201 at 5,000 per second
        broker: 0.50 us of CPU per delivered message, 0.50 cores, 50.0 MiB resident, 9 threads
        load: 0.25 cores

        """,
        BenchReport.ToText(Good, Address));

    [Fact]
    public void Markdown_has_the_same_in_tables()
    {
        var lines = BenchReport.ToMarkdown(Good, Address).Split('\n');
        Assert.Contains("|           |  messages | per second | payload/s |", lines);
        Assert.Contains("|---|--:|--:|--:|", lines);
        Assert.Contains("| delivered | 2,000,000 |  1,000,000 |   1.00 GB |", lines);
        Assert.Contains("- lost 0, duplicated 0, reordered 0, refused 0", lines);
        foreach (var table in lines.Where(line => line.StartsWith('|')).GroupBy(line => line.Contains("--:", StringComparison.Ordinal)))
        {
            Assert.All(table, line => Assert.Contains(line.Count(letter => letter == '|'), new[] { 5, 8 }));
        }
    }

    [Fact]
    public void Json_is_one_object_in_microseconds()
    {
        using var document = JsonDocument.Parse(BenchJson.Write(Good, Address));
        var json = document.RootElement;
        Assert.Equal(("fan-out", "5.0", 1), (json.GetProperty("scenario").GetString(), json.GetProperty("protocolVersion").GetString(), json.GetProperty("qos").GetInt32()));
        Assert.Equal((20, JsonValueKind.Null), (json.GetProperty("window").GetInt32(), json.GetProperty("ratePerSecond").ValueKind));
        Assert.Equal((2_000_000, 1_000_000), (json.GetProperty("delivered").GetInt64(), json.GetProperty("deliveredPerSecond").GetDouble()));
        Assert.Equal(2_000, json.GetProperty("deliveryMicroseconds").GetProperty("max").GetDouble());
        Assert.Equal(10_500, json.GetProperty("connectMicroseconds").GetProperty("p99.99").GetDouble());
        Assert.Equal(0.5, json.GetProperty("brokerProcess").GetProperty("cpuMicrosecondsPerMessage").GetDouble());
        Assert.Equal(0, json.GetProperty("problems").GetArrayLength());
    }

    [Fact]
    public void Storm_and_idle_tell_of_connections_alone()
    {
        var storm = Good with { Scenario = new Scenario { Kind = ScenarioKind.Storm, Silent = 50 }, Latency = new(), AcknowledgementLatency = new() };
        var text = BenchReport.ToText(storm, Address);
        Assert.StartsWith("storm: 50 connections at once, again and again\nMQTT 3.1.1 to", text, StringComparison.Ordinal);
        Assert.Contains("0.50 us of CPU per connect", text, StringComparison.Ordinal);
        Assert.DoesNotContain("lost", text, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(BenchJson.Write(storm, Address));
        Assert.False(json.RootElement.TryGetProperty("lost", out _));
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("deliveryMicroseconds").ValueKind);

        var idle = Good with { Scenario = new Scenario { Kind = ScenarioKind.Idle, Subscribers = 50 }, Broker = Good.Broker! with { ResidentKiBPerConnection = 1.5 } };
        Assert.Contains("1.50 KiB of memory per connection", BenchReport.ToText(idle, Address), StringComparison.Ordinal);
    }

    [Fact]
    public void What_went_wrong_is_told_each_thing_by_itself()
    {
        Assert.Empty(BenchReport.FindProblems(Good));
        Assert.Empty(BenchReport.FindProblems(Good with { DuplicatedCount = 5 })); // allowed at QoS 1
        Assert.Contains("5 messages came twice at QoS 2", Problem(Good with { Scenario = Good.Scenario with { QoS = 2 }, DuplicatedCount = 5 }), StringComparison.Ordinal);
        Assert.Contains("1 delivery never came", Problem(Good with { OutstandingCount = 1 }), StringComparison.Ordinal);
        Assert.Contains("Nothing was delivered of 10,000 messages", Problem(Good with { DeliveredCount = 0, OutstandingCount = 2_000_000 }), StringComparison.Ordinal);
        Assert.Contains("3 messages came behind a later one", Problem(Good with { ReorderedCount = 3 }), StringComparison.Ordinal);
        Assert.Contains("refused 2 messages: Not authorized (0x87)", Problem(Good with { RefusedCount = 2, RefusalCode = 0x87, OutstandingCount = 400 }), StringComparison.Ordinal);
        Assert.Contains("2 messages were sent and never acknowledged", Problem(Good with { UnacknowledgedCount = 2 }), StringComparison.Ordinal);

        static string Problem(LoadResult result) => Assert.Single(BenchReport.FindProblems(result)).Message;
    }

    [Theory]
    [InlineData(LoadPhase.Connecting, "connecting 3 s: 40 of 201 connections, 7/s")]
    [InlineData(LoadPhase.WarmingUp, "warming up 3 s: in 1,000/s, out 200,000/s, p99 1.50 ms")]
    [InlineData(LoadPhase.Measuring, "measuring 3 s: in 1,000/s, out 200,000/s, p99 1.50 ms")]
    public void Progress_is_a_line(LoadPhase phase, string expected) =>
        Assert.Equal(expected, LiveProgress.Format(Good.Scenario, new LoadProgress(phase, TimeSpan.FromSeconds(3.1), 40, 1_000, 200_000, 7, 1_500)));

    [Theory]
    [InlineData(0.4, "0 us")]
    [InlineData(999, "999 us")]
    [InlineData(1_000, "1.00 ms")]
    [InlineData(99_900, "99.9 ms")]
    [InlineData(250_000, "250 ms")]
    [InlineData(2_500_000, "2.50 s")]
    public void Times_have_the_unit_that_fits(double microseconds, string expected) => Assert.Equal(expected, BenchReport.Time(microseconds));

    [Fact]
    public void The_percentile_file_counts_up_to_all()
    {
        using var writer = new StringWriter();
        PercentileFile.Write(writer, Values(1_000, 1_000, 2_000_000));
        Assert.Equal(
            [
                "       Value     Percentile TotalCount 1/(1-Percentile)", "",
                "       0.001 0.666666666667          2           3.00",
                "       2.000 1.000000000000          3            inf",
                "#[Max     =        2.000, Total count    =            3]", "",
            ],
            writer.ToString().Split('\n'));
    }

    private static Histogram Values(params long[] nanoseconds)
    {
        var histogram = new Histogram();
        foreach (var value in nanoseconds)
        {
            histogram.Record(value);
        }

        return histogram;
    }
}
