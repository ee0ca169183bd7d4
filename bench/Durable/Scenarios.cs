using System.Diagnostics;
using System.Globalization;
using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.DurableBench;

/// <summary>What is measured.</summary>
internal static class Scenarios
{
    private const int PayloadLength = 100;

    internal static async Task BacklogAsync(DurableOptions options)
    {
        using var broker = new Broker(options);
        var session = Session("slow");
        await SubscribeAndLeaveAsync(broker, session, "backlog/#");
        double atTenth = 0;
        long start = Stopwatch.GetTimestamp();
        double cpu = broker.CpuSeconds;
        await Publishers.PublishAsync(broker.Address, options.Messages, _ => "backlog/topic", PayloadLength, retain: false, done =>
        {
            if (done == options.Messages / 10)
            {
                atTenth = broker.ResidentMiB;
            }
        });
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double atAll = broker.ResidentMiB;
        Print($"backlog: {options.Messages:N0} messages of {PayloadLength} B queued in {seconds:F1} s ({options.Messages / seconds:N0}/s, {(broker.CpuSeconds - cpu) * 1e6 / options.Messages:F2} us of broker CPU each)");
        Print($"backlog: resident {atTenth:F1} MiB at {options.Messages / 10:N0}, {atAll:F1} MiB at {options.Messages:N0}: {atAll - atTenth:+0.0;-0.0} MiB; {broker.DiskMiB:N0} MiB on disk");

        start = Stopwatch.GetTimestamp();
        cpu = broker.CpuSeconds;
        await using var client = await MqttClient.ConnectAsync(broker.Address, session);
        await using var subscription = await client.SubscribeAsync("backlog/#", QualityOfService.AtLeastOnce);
        double highest = 0;
        int received = 0;
        await foreach (var message in subscription)
        {
            if (++received == options.Messages)
            {
                break;
            }

            if (received % (options.Messages / 10) == 0)
            {
                highest = Math.Max(highest, broker.ResidentMiB);
            }
        }

        seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Print($"backlog: drained in {seconds:F1} s ({received / seconds:N0}/s, {(broker.CpuSeconds - cpu) * 1e6 / received:F2} us of broker CPU each), resident at most {highest:F1} MiB");
        await Task.Delay(TimeSpan.FromSeconds(10));
        Print($"backlog: {broker.DiskMiB:N0} MiB on disk 10 s later");
    }

    internal static async Task FanOutAsync(DurableOptions options)
    {
        const int Publishes = 60_000;
        using var broker = new Broker(options);
        await SubscribeAndLeaveAsync(broker, Session("one-0"), "one/#");
        long start = Stopwatch.GetTimestamp();
        await ForEachAsync(options.Sessions, i => SubscribeAndLeaveAsync(broker, Session($"all-{i}"), "all/#"));
        Print($"fanout: {options.Sessions:N0} sessions made in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s, resident {broker.ResidentMiB:F1} MiB");
        var costs = new Dictionary<string, List<double>> { ["one"] = [], ["all"] = [] };
        for (int round = 0; round < 6; round++)
        {
            foreach (var (name, found) in costs)
            {
                double cpu = broker.CpuSeconds;
                await Publishers.PublishAsync(broker.Address, Publishes / 6, i => $"{name}/x", PayloadLength, retain: false);
                found.Add((broker.CpuSeconds - cpu) * 1e6 / (Publishes / 6));
            }
        }

        double one = Median(costs["one"]);
        double all = Median(costs["all"]);
        Print($"fanout: broker CPU per publish {one:F2} us with one session away, {all:F2} us with {options.Sessions:N0}: ratio {all / one:F2}");
        int expected = Publishes / 6 * 6;
        int checkedSessions = Math.Min(options.Sessions, 100);
        start = Stopwatch.GetTimestamp();
        int complete = 0;
        await ForEachAsync(checkedSessions, async i =>
        {
            await using var client = await MqttClient.ConnectAsync(broker.Address, Session($"all-{(long)i * options.Sessions / checkedSessions}"));
            await using var subscription = await client.SubscribeAsync("all/#", QualityOfService.AtLeastOnce);
            int received = 0;
            await foreach (var message in subscription)
            {
                if (++received == expected)
                {
                    Interlocked.Increment(ref complete);
                    break;
                }
            }
        });
        Print($"fanout: {complete:N0} of {checkedSessions:N0} sessions came back and took all {expected:N0} messages each, in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s");
        await ForEachAsync(options.Sessions, async i =>
        {
            await using var client = await MqttClient.ConnectAsync(broker.Address, Session($"all-{i}") with { ReceiveMaximum = 1 });
            if (!client.Connection.SessionPresent)
            {
                throw new InvalidOperationException($"session all-{i} is gone");
            }
        });
        Print($"fanout: all {options.Sessions:N0} sessions came back");
    }

    internal static async Task RestartAsync(DurableOptions options)
    {
        using var broker = new Broker(options);
        await SubscribeAndLeaveAsync(broker, Session("queued"), "queued/#");
        long start = Stopwatch.GetTimestamp();
        await Publishers.PublishAsync(broker.Address, options.Retained, i => $"retained/{i % 1000}/{i}", PayloadLength, retain: true);
        double retainedSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await Publishers.PublishAsync(broker.Address, options.Queued, _ => "queued/topic", PayloadLength, retain: false);
        double before = broker.ResidentMiB;
        var times = new List<double>();
        for (int i = 0; i < 3; i++)
        {
            times.Add(broker.Restart().TotalSeconds);
        }

        Print($"restart: {options.Retained:N0} retained ({options.Retained / retainedSeconds:N0}/s) and {options.Queued:N0} queued messages: ready {string.Join(", ", times.Select(time => time.ToString("F2", CultureInfo.InvariantCulture)))} s after a start behind kill -9; resident {before:F1} MiB before, {broker.ResidentMiB:F1} MiB after, {broker.DiskMiB:N0} MiB on disk");
    }

    private static MqttClientOptions Session(string clientId) => new()
    {
        ClientId = clientId,
        CleanStart = false,
        SessionExpiryInterval = MqttClientOptions.SessionNeverExpires,
    };

    private static async Task SubscribeAndLeaveAsync(Broker broker, MqttClientOptions session, string filter)
    {
        await using var client = await MqttClient.ConnectAsync(broker.Address, session);
        await client.SubscribeAsync(filter, QualityOfService.AtLeastOnce);
    }

    private static Task ForEachAsync(int count, Func<int, Task> action) =>
        Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, _) => await action(i));

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static void Print(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));
}
