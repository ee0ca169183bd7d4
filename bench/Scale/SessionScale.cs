using System.Diagnostics;
using Godwit.Engine;
using Godwit.Engine.Connections;
using Godwit.Micro;

namespace Godwit.ScaleBench;

/// <summary>Persistent sessions that are connected, each with one subscription of its own.</summary>
internal sealed class SessionScale
{
    private const int PayloadLength = 32;
    private const int PublishCount = 500_000;

    // Clients that come and go stay for this many others; these numbers are above those of all that stay.
    private const int GuestCount = 1_000;
    private const int GuestBase = 50_000_000;

    private readonly ScaleOptions _options;
    private readonly CancellationToken _cancellation;
    private readonly BareBroker _broker;
    private readonly Connection _publisher;
    private readonly Connection[] _connections;
    private readonly Connection?[] _guests = new Connection?[GuestCount];
    private readonly PacketTemplate _connect = PacketTemplate.Connect("device-{8}", isPersistent: true);
    private readonly PacketTemplate _connectGuest = PacketTemplate.Connect("guest-{8}", isPersistent: false);
    private readonly PacketTemplate _subscribe = PacketTemplate.Subscribe("device/{8}/state");
    private readonly PacketTemplate _publish = PacketTemplate.Publish("device/{8}/state", PayloadLength);
    private int _count;
    private int _churned;

    private SessionScale(ScaleOptions options, CancellationToken cancellation)
    {
        _options = options;
        _cancellation = cancellation;
        _broker = new BareBroker(new EngineOptions { SessionsMax = options.Max + (2 * GuestCount) });
        _publisher = _broker.Connect("publisher");
        _connections = new Connection[options.Max];
    }

    internal static int Run(ScaleOptions options, CancellationToken cancellation) => new SessionScale(options, cancellation).Run();

    private int Run()
    {
        var cost = new Table(
            "Sessions: connected, persistent, one subscription each; engine in this process",
            "sessions", "heap B each", "RSS B each", "connect + subscribe us", "longest ms", "longest GC ms", "GCs 0/1/2", "publish ns", "full GC ms");
        var latency = new Table(
            $"Latency of publishes to random ones among them at {Table.Count(_options.Rate)}/s, in us: p50 / p99 / p99.9 / max; churn: {Table.Count(_options.Churn)} clients per second come, subscribe and go, and as many of the sessions lose their connection and come back",
            "sessions", "quiet", "GCs 0/1/2", "with churn", "GCs 0/1/2", "longest pause ms", "paused ms/s");
        Grow(Math.Min(1_000, _options.Max));
        WarmUp();
        var empty = Memory.Take(out _);
        int counted = _count;
        foreach (int count in _options.Steps)
        {
            var growth = Grow(count);
            var memory = Memory.Take(out double pause);
            double publish = Publish();
            long made = Math.Max(1, _count - counted);
            cost.Add(
                Table.Count(count),
                _count > counted ? Table.Count((memory.Heap - empty.Heap) / made) : "-",
                _count > counted ? Table.Count((memory.Resident - empty.Resident) / made) : "-",
                growth.Microseconds > 0 ? Table.Number(growth.Microseconds) : "-",
                Table.Number(growth.LongestMilliseconds),
                Table.Number(growth.Collections.LongestMilliseconds),
                growth.Collections.Counts,
                Table.Number(publish),
                Table.Number(pause));
            var time = TimeSpan.FromSeconds(_options.Seconds);
            var loop = new OpenLoop(_broker, _publisher, _options.Rate);
            loop.Run(_publish, _count, time, null, _cancellation);
            string[] quiet = [loop.Percentiles(), loop.Collections.Counts];
            loop.Run(_publish, _count, time, MakeChurn(), _cancellation);
            latency.Add([
                Table.Count(count), .. quiet, loop.Percentiles(), loop.Collections.Counts,
                Table.Number(loop.Collections.LongestMilliseconds), Table.Number(loop.Collections.PausedMilliseconds / time.TotalSeconds)]);
        }

        var connected = Memory.Take(out _);
        for (int i = 0; i < _count; i++)
        {
            _broker.Close(_connections[i]);
            _connections[i] = null!;
        }

        var away = Memory.Take(out _);
        cost.Note($"{Table.Count(_count)} sessions whose clients have gone: {Table.Count((away.Heap - empty.Heap) / _count)} B of heap each instead of {Table.Count((connected.Heap - empty.Heap) / _count)} B.");
        cost.Print(_options.IsMarkdown);
        latency.Print(_options.IsMarkdown);
        return 0;
    }

    private (double Microseconds, double LongestMilliseconds, CollectionMeter Collections) Grow(int count)
    {
        var collections = new CollectionMeter();
        long start = Stopwatch.GetTimestamp();
        long longest = 0;
        int before = _count;
        for (; _count < count; _count++)
        {
            _cancellation.ThrowIfCancellationRequested();
            long began = Stopwatch.GetTimestamp();
            _connections[_count] = Come(_count);
            longest = Math.Max(longest, Stopwatch.GetTimestamp() - began);
            collections.Look();
        }

        double made = Math.Max(1, count - before);
        return (Stopwatch.GetElapsedTime(start).TotalMicroseconds / made * (count > before ? 1 : 0), longest * 1_000.0 / Stopwatch.Frequency, collections);
    }

    private Connection Come(int number)
    {
        var connection = _broker.Open();
        _broker.Send(connection, _connect.With(number));
        _broker.Send(connection, _subscribe.With(number));
        return connection;
    }

    /// <summary>The runtime compiles what is hot, of publishes and of churn.</summary>
    private void WarmUp()
    {
        long start = Stopwatch.GetTimestamp();
        do
        {
            _ = Publish();
            new OpenLoop(_broker, _publisher, _options.Rate).Run(_publish, _count, TimeSpan.FromMilliseconds(200), MakeChurn(), _cancellation);
        }
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < _options.Warmup);
    }

    /// <summary>Nanoseconds per publish to random sessions, one behind the other.</summary>
    private double Publish()
    {
        long bytes = _broker.BytesOut;
        ulong random = 42;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < PublishCount; i++)
        {
            _broker.Send(_publisher, _publish.With((int)(OpenLoop.Next(ref random) % (uint)_count)));
        }

        double nanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds / PublishCount;
        return _broker.BytesOut - bytes == (long)PublishCount * _publish.Length
            ? nanoseconds
            : throw new LoadException(LoadFailure.System, "not every publish was delivered");
    }

    /// <summary>At the rate of the churn: a new client comes and subscribes, the one that came a thousand others ago goes, and one of the sessions loses its connection and comes back.</summary>
    private Func<bool> MakeChurn()
    {
        long start = Stopwatch.GetTimestamp();
        long done = 0;
        ulong random = 7;
        return () =>
        {
            if (Stopwatch.GetElapsedTime(start).TotalSeconds * _options.Churn < done)
            {
                return false;
            }

            done++;
            int place = _churned % GuestCount;
            if (_guests[place] is { } leaving)
            {
                _broker.Send(leaving, [0xE0, 0]);
            }

            var guest = _broker.Open();
            _broker.Send(guest, _connectGuest.With(_churned));
            _broker.Send(guest, _subscribe.With(GuestBase + _churned));
            _guests[place] = guest;
            _churned++;
            int number = (int)(OpenLoop.Next(ref random) % (uint)_count);
            _broker.Close(_connections[number]);
            _connections[number] = Come(number);
            return true;
        };
    }
}
