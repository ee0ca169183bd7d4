using System.Diagnostics;
using System.Runtime.CompilerServices;
using Godwit.Engine;
using Godwit.Engine.Connections;
using Godwit.Micro;

namespace Godwit.ScaleBench;

/// <summary>Retained messages: setting them, what they weigh, and what a SUBSCRIBE that matches one, ten or all of them costs.</summary>
internal sealed class RetainedScale
{
    private const int PayloadLength = 32;
    private const int SubscribeCount = 20_000;
    private const int PairCount = 1_000;

    private readonly ScaleOptions _options;
    private readonly CancellationToken _cancellation;
    private readonly BareBroker _broker;
    private readonly Connection _publisher;
    private readonly PacketTemplate _set = PacketTemplate.Publish("plant/{7/1}/value", PayloadLength, retain: true);
    private readonly PacketTemplate _live = PacketTemplate.Publish("other/{8}/state", PayloadLength);
    private int _count;
    private int _clients;

    private RetainedScale(ScaleOptions options, CancellationToken cancellation)
    {
        _options = options;
        _cancellation = cancellation;
        _broker = new BareBroker(new EngineOptions { RetainedMessagesMax = options.Max, RetainedBytesMax = long.MaxValue, SubscriptionsPerSessionMax = SubscribeCount });
        _publisher = _broker.Connect("publisher");
        var subscribe = PacketTemplate.Subscribe("other/{8}/state");
        for (int i = 0; i < PairCount; i++)
        {
            _broker.Send(_broker.Connect($"subscriber {i}"), subscribe.With(i));
        }
    }

    internal static int Run(ScaleOptions options, CancellationToken cancellation) => new RetainedScale(options, cancellation).Run();

    private int Run()
    {
        var table = new Table(
            $"Retained messages of {PayloadLength} B; engine in this process; latency of others at {Table.Count(_options.Rate)}/s, in us: p50 / p99 / p99.9 / max",
            "retained", "set us", "longest ms", "longest GC ms", "set again us", "heap B each", "SUBSCRIBE to one us", "to ten us", "to all ms", "messages/s", "others before", "others meanwhile", "GCs meanwhile");
        WarmUp();
        var empty = Memory.Take(out _);
        int counted = _count;
        foreach (int count in _options.Steps)
        {
            var collections = new CollectionMeter();
            int before = _count;
            var (set, longest) = count > _count ? Set(before, count, collections) : default;
            _count = count;
            var memory = Memory.Take(out _);
            double again = Set(0, count, new CollectionMeter()).Microseconds;
            double one = Subscribe(PacketTemplate.Subscribe("plant/{7/1}/value"), count, 1);
            double ten = Subscribe(PacketTemplate.Subscribe("plant/{7}/+/value"), count / 10, 10);
            var loop = new OpenLoop(_broker, _publisher, _options.Rate);
            loop.Run(_live, PairCount, TimeSpan.FromSeconds(1), null, _cancellation);
            string quiet = loop.Percentiles();
            var walk = Walk(loop, count);
            table.Add(
                Table.Count(count),
                count > before ? Table.Number(set) : "-",
                count > before ? Table.Number(longest) : "-",
                count > before ? Table.Number(collections.LongestMilliseconds) : "-",
                Table.Number(again),
                count > counted ? Table.Count((memory.Heap - empty.Heap) / (count - counted)) : "-",
                Table.Number(one),
                Table.Number(ten),
                Table.Number(walk.TotalMilliseconds),
                Table.Count((long)(count / walk.TotalSeconds)),
                quiet,
                loop.Percentiles(),
                loop.Collections.Counts);
        }

        table.Print(_options.IsMarkdown);
        return 0;
    }

    /// <summary>Sets the messages of those numbers, in an order that is none of topics.</summary>
    private (double Microseconds, double LongestMilliseconds) Set(int from, int to, CollectionMeter collections)
    {
        long start = Stopwatch.GetTimestamp();
        long longest = 0;
        int count = to - from;

        // Odd and no multiple of 5: steps through all of 1,000, 10,000 and so on, and of what lies between two of them.
        const long Stride = 7_919;
        for (long i = 0; i < count; i++)
        {
            _cancellation.ThrowIfCancellationRequested();
            long began = Stopwatch.GetTimestamp();
            _broker.Send(_publisher, _set.With(from + (int)(i * Stride % count)));
            longest = Math.Max(longest, Stopwatch.GetTimestamp() - began);
            collections.Look();
        }

        return to <= _broker.Core.RetainedCount
            ? (Stopwatch.GetElapsedTime(start).TotalMicroseconds / count, longest * 1_000.0 / Stopwatch.Frequency)
            : throw new LoadException(LoadFailure.System, $"{_broker.Core.RetainedCount} messages are retained, not {to}");
    }

    /// <summary>Microseconds of a SUBSCRIBE until the messages that it brings have left.</summary>
    private double Subscribe(PacketTemplate packet, int range, int expected)
    {
        var client = Connect(out var tally);
        ulong random = 42;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < SubscribeCount; i++)
        {
            _broker.Send(client, packet.With((int)(OpenLoop.Next(ref random) % (uint)range)));
            while (_broker.Shard.NextDeadline == long.MinValue)
            {
                _broker.Turn();
            }
        }

        double microseconds = Stopwatch.GetElapsedTime(start).TotalMicroseconds / SubscribeCount;
        const int SubAckLength = 5;
        Check(tally.Value, SubscribeCount * ((long)SubAckLength + (expected * _set.Length)));
        _broker.Send(client, [0xE0, 0]);
        return microseconds;
    }

    /// <summary>A client subscribes to all while others publish: the time until it has them, turn by turn between the publishes.</summary>
    private TimeSpan Walk(OpenLoop loop, int count)
    {
        var client = Connect(out var tally);
        long expected = count * (long)_set.Length;
        byte[] subscribe = [0x82, 12, 0, 1, 0, 7, .. "plant/#"u8, 0];
        long start = Stopwatch.GetTimestamp();
        _broker.Send(client, subscribe);
        tally.Value -= 5;
        loop.Run(
            _live,
            PairCount,
            () => tally.Value < expected && Stopwatch.GetElapsedTime(start).TotalSeconds < 60,
            () =>
            {
                _broker.Turn();
                return true;
            },
            _cancellation);
        var time = Stopwatch.GetElapsedTime(start);
        Check(tally.Value, expected);
        _broker.Send(client, [0xE0, 0]);
        return time;
    }

    private Connection Connect(out StrongBox<long> tally)
    {
        var client = _broker.Connect($"client {_clients++}");
        tally = new StrongBox<long>();
        client.Transport = tally;
        return client;
    }

    private static void Check(long bytes, long expected)
    {
        if (bytes != expected)
        {
            throw new LoadException(LoadFailure.System, $"a subscriber got {bytes} bytes instead of {expected}");
        }
    }

    /// <summary>The runtime compiles what is hot.</summary>
    private void WarmUp()
    {
        int count = Math.Min(1_000, _options.Max);
        long start = Stopwatch.GetTimestamp();
        do
        {
            _ = Set(0, count, new CollectionMeter());
            _ = Subscribe(PacketTemplate.Subscribe("plant/{7/1}/value"), count, 1);
            _ = Subscribe(PacketTemplate.Subscribe("plant/{7}/+/value"), count / 10, 10);
            _ = Walk(new OpenLoop(_broker, _publisher, _options.Rate), count);
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < _options.Warmup);
        _count = count;
    }
}
