using System.Diagnostics;
using System.Text;
using Godwit.Engine;
using Godwit.Engine.Subscriptions;

namespace Godwit.Micro;

/// <summary>A million subscriptions in one broker: what a match costs, and what a subscription weighs.</summary>
internal static class SubscriptionScale
{
    private const int Clients = 1000;
    private const int PerClient = 1000;

    public static void Run()
    {
        Measure("exact filters", i => $"fleet/{i / PerClient}/device/{i % PerClient}/state");
        Measure("wildcard filters", i => $"fleet/{i / PerClient}/device/{i % PerClient}/+");
    }

    private static void Measure(string name, Func<int, string> filter)
    {
        var broker = new BareBroker(new EngineOptions { SubscriptionsPerSessionMax = PerClient });
        var connections = Enumerable.Range(0, Clients).Select(i => broker.Connect($"client {i}")).ToArray();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < Clients * PerClient; i++)
        {
            broker.Subscribe(connections[i / PerClient], filter(i), 0);
        }

        double subscribe = Stopwatch.GetElapsedTime(start).TotalMicroseconds / (Clients * PerClient);
        long weight = (GC.GetTotalMemory(forceFullCollection: true) - before) / (Clients * PerClient);
        double hit = Match(broker, i => $"fleet/{i * 7 % Clients}/device/{i * 13 % PerClient}/state", expected: 1);
        double miss = Match(broker, i => $"fleet/{i * 7 % Clients}/nothing/{i * 13 % PerClient}/state", expected: 0);
        Console.WriteLine(
            $"1,000,000 {name,-18} {weight,5} bytes each   subscribe {subscribe:N2} us   match {hit:N0} ns   no match {miss:N0} ns   filters {broker.Core.FilterCount:N0}");
        GC.KeepAlive(connections);
    }

    private static double Match(BareBroker broker, Func<int, string> topic, int expected)
    {
        const int Rounds = 1_000_000;
        byte[][] topics = [.. Enumerable.Range(0, 4096).Select(i => Encoding.UTF8.GetBytes(topic(i)))];
        var matches = new MatchList();
        long found = 0;
        long start = 0;
        for (int i = -Rounds / 5; i < Rounds; i++)
        {
            if (i == 0)
            {
                start = Stopwatch.GetTimestamp();
                found = 0;
            }

            byte[] each = topics[i & 4095];
            matches.Clear();
            broker.Core.Subscriptions.Match(each, broker.Core.Subscriptions.HashOf(each), matches);
            found += matches.Count;
        }

        double nanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds / Rounds;
        return found == (long)Rounds * expected ? nanoseconds : throw new InvalidOperationException($"{found} matches, not {(long)Rounds * expected}");
    }
}
