using System.Diagnostics;
using System.Runtime.CompilerServices;
using Godwit.Engine.Connections;
using Godwit.Micro;

namespace Godwit.ScaleBench;

/// <summary>
/// Messages at a fixed rate into an engine in this process: message k is due at start + k / rate, whatever else the thread has to do, and its
/// latency is from then until its bytes have left the engine. What else there is to do comes in between, a step at a time.
/// </summary>
internal sealed class OpenLoop(BareBroker broker, Connection publisher, int ratePerSecond)
{
    private const int PublishesPerTurnMax = 1_000;

    internal Histogram Latency { get; } = new();

    internal CollectionMeter Collections { get; private set; } = new();

    internal long SentCount { get; private set; }

    /// <summary>Publishes until <paramref name="goesOn"/> says no.</summary>
    /// <param name="packet">The PUBLISH with a number in it, and the numbers from 0 to <paramref name="range"/> that go into it, at random.</param>
    /// <param name="step">One step of the other work; false when there is none now.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // Not compiled anew in the middle of a measurement.
    internal void Run(PacketTemplate packet, int range, Func<bool> goesOn, Func<bool>? step, CancellationToken cancellation)
    {
        Latency.Clear();
        Collections = new CollectionMeter();
        SentCount = 0;
        double interval = (double)Stopwatch.Frequency / ratePerSecond;
        long start = Stopwatch.GetTimestamp();
        ulong random = 88_172_645_463_325_252;
        while (goesOn())
        {
            cancellation.ThrowIfCancellationRequested();
            long first = SentCount;
            long now = Stopwatch.GetTimestamp();
            if (now >= start + (long)(first * interval))
            {
                // What has become due meanwhile comes in one turn, as what waits in sockets does.
                broker.BeginTurn();
                while (now >= start + (long)(SentCount * interval) && SentCount - first < PublishesPerTurnMax)
                {
                    broker.Receive(publisher, packet.With((int)(Next(ref random) % (uint)range)));
                    SentCount++;
                }

                broker.EndTurn();
                now = Stopwatch.GetTimestamp();
                for (long each = first; each < SentCount; each++)
                {
                    Latency.Record((now - start - (long)(each * interval)) * (1_000_000_000 / Stopwatch.Frequency));
                }
            }
            else if (step is null || !step())
            {
                Thread.SpinWait(1);
            }

            Collections.Look();
        }
    }

    /// <summary>For a time.</summary>
    internal void Run(PacketTemplate packet, int range, TimeSpan time, Func<bool>? step, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        Run(packet, range, () => Stopwatch.GetElapsedTime(start) < time, step, cancellation);
    }

    /// <summary>p50, p99, p99.9 and the longest, in microseconds.</summary>
    internal string Percentiles() =>
        $"{Table.Number(Latency.QuantileMicroseconds(0.50))} / {Table.Number(Latency.QuantileMicroseconds(0.99))} / {Table.Number(Latency.QuantileMicroseconds(0.999))} / {Table.Number(Latency.MaxMicroseconds)}";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Next(ref ulong state)
    {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return state >> 11;
    }
}
