using System.Diagnostics;
using System.Text;
using Godwit.Engine;
using Godwit.Engine.Connections;
using Godwit.Engine.Subscriptions;
using Godwit.Micro;

namespace Godwit.ScaleBench;

/// <summary>Subscriptions of a thousand clients: what a match costs, what a subscription weighs, and what it costs to make one.</summary>
internal static class SubscriptionScale
{
    private const int Clients = 1_000;
    private const int TopicCount = 1 << 16;
    private const int MatchCount = 1_000_000;

    private static readonly (string Name, Func<int, string> Filter)[] Mixes =
    [
        ("exact", Topic),
        ("ending in +", i => $"{Stem(i)}/+"),
        ("8 exact : 1 + : 1 #", i => i % 10 == 8 ? $"{Stem(i)}/+" : i % 10 == 9 ? $"{Stem(i)}/#" : Topic(i)),
        ("+ in the middle", i => $"fleet/{i / 1000}/+/{i % 1000}/state"),
    ];

    internal static int Run(ScaleOptions options, CancellationToken cancellation)
    {
        var table = new Table(
            "Subscriptions of 1,000 clients; engine in this process",
            "filters", "subscriptions", "match ns", "no match ns", "SUBSCRIBE us", "longest ms", "longest GC ms", "bytes each");
        Measure(options with { }, new Table("warm-up", "filters", "subscriptions", "match ns", "no match ns", "SUBSCRIBE us", "longest ms", "longest GC ms", "bytes each"), Mixes[2], 10_000, cancellation);
        foreach (var mix in Mixes)
        {
            Measure(options, table, mix, options.Max, cancellation);
        }

        table.Print(options.IsMarkdown);
        return 0;
    }

    private static string Stem(int i) => $"fleet/{i / 1000}/device/{i % 1000}";

    private static string Topic(int i) => $"{Stem(i)}/state";

    private static void Measure(ScaleOptions options, Table table, (string Name, Func<int, string> Filter) mix, int max, CancellationToken cancellation)
    {
        var broker = new BareBroker(new EngineOptions { SubscriptionsPerSessionMax = options.Max });
        Connection[] connections = [.. Enumerable.Range(0, Clients).Select(i => broker.Connect($"client {i}"))];
        var empty = Memory.Take(out _);
        int made = 0;
        foreach (int count in options.Steps.Where(step => step <= max))
        {
            var spent = TimeSpan.Zero;
            var longest = TimeSpan.Zero;
            var collections = new CollectionMeter();
            int before = made;
            while (made < count)
            {
                cancellation.ThrowIfCancellationRequested();

                // Packets are made beforehand, a thousand at a time, so that their making is not measured.
                byte[][] packets = [.. Enumerable.Range(made, Math.Min(1_000, count - made)).Select(i => Packet(mix.Filter(i)))];
                foreach (byte[] packet in packets)
                {
                    long start = Stopwatch.GetTimestamp();
                    broker.Send(connections[made++ % Clients], packet);
                    var time = Stopwatch.GetElapsedTime(start);
                    spent += time;
                    longest = time > longest ? time : longest;
                    collections.Look();
                }
            }

            long weight = (Memory.Take(out _).Heap - empty.Heap) / count;
            table.Add(
                mix.Name,
                Table.Count(count),
                Table.Number(Match(broker, count, Topic, expected: 1)),
                Table.Number(Match(broker, count, i => $"fleet/{i / 1000}/nothing/{i % 1000}/other", expected: 0)),
                Table.Number(spent.TotalMicroseconds / (count - before)),
                Table.Number(longest.TotalMilliseconds),
                Table.Number(collections.LongestMilliseconds),
                Table.Count(weight));
        }

        GC.KeepAlive(connections);
    }

    private static byte[] Packet(string filter)
    {
        byte[] name = Encoding.UTF8.GetBytes(filter);
        return [0x82, (byte)(5 + name.Length), 0, 1, 0, (byte)name.Length, .. name, 0];
    }

    /// <summary>Nanoseconds to find what matches one of many topics, chosen at random among all.</summary>
    private static double Match(BareBroker broker, int count, Func<int, string> topic, int expected)
    {
        ulong random = 42;
        byte[][] topics = [.. Enumerable.Range(0, TopicCount).Select(_ => Encoding.UTF8.GetBytes(topic((int)(OpenLoop.Next(ref random) % (uint)count))))];
        var matches = new MatchList();
        long found = 0;
        long start = 0;
        for (int i = -MatchCount / 5; i < MatchCount; i++)
        {
            if (i == 0)
            {
                start = Stopwatch.GetTimestamp();
                found = 0;
            }

            byte[] each = topics[i & (TopicCount - 1)];
            matches.Clear();
            broker.Core.Subscriptions.Match(each, broker.Core.Subscriptions.HashOf(each), matches);
            found += matches.Count;
        }

        double nanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds / MatchCount;
        return found == (long)MatchCount * expected
            ? nanoseconds
            : throw new LoadException(LoadFailure.System, $"{found} matches, not {(long)MatchCount * expected}");
    }
}
