using System.Diagnostics;
using Godwit.Engine;
using Godwit.Engine.Connections;

namespace Godwit.Micro;

/// <summary>Publishes in steady state: the promise is that none allocates.</summary>
internal static class SteadyState
{
    public static int Run()
    {
        bool failed = false;
        Console.WriteLine($"{"publish",-42}{"ns",12}{"ns/delivery",14}{"bytes",10}");
        foreach (int subscribers in (int[])[1, 100, 10_000])
        {
            failed |= Measure($"QoS 0 to {subscribers:N0}", subscribers, 0, Math.Max(200, 1_000_000 / subscribers));
        }

        failed |= Measure("QoS 1 exchange, 1 subscriber", 1, 1, 500_000);
        if (failed)
        {
            Console.Error.WriteLine("A publish in steady state allocated.");
        }

        return failed ? 1 : 0;
    }

    private static bool Measure(string name, int subscribers, int qos, int rounds)
    {
        var broker = new BareBroker(new EngineOptions());
        var publisher = broker.Connect("publisher");
        var receivers = new Connection[subscribers];
        for (int i = 0; i < subscribers; i++)
        {
            receivers[i] = broker.Connect($"subscriber {i}");
            broker.Subscribe(receivers[i], "bench/topic", qos);
        }

        byte[] publish = BareBroker.Publish("bench/topic", 32, qos);
        byte[] ack = [0x40, 2, 0, 0];
        ushort identifier = 0;
        void Round()
        {
            broker.Send(publisher, publish);
            if (qos == 1)
            {
                identifier = identifier == ushort.MaxValue ? (ushort)1 : (ushort)(identifier + 1);
                ack[2] = (byte)(identifier >> 8);
                ack[3] = (byte)identifier;
                broker.Send(receivers[0], ack);
            }
        }

        for (int i = 0; i < Math.Max(rounds / 5, 50); i++)
        {
            Round();
        }

        long bytes = broker.BytesOut;
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < rounds; i++)
        {
            Round();
        }

        double nanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds / rounds;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        if (broker.BytesOut - bytes < (long)rounds * subscribers * publish.Length)
        {
            throw new InvalidOperationException($"{name}: not everything was delivered");
        }

        Console.WriteLine($"{name,-42}{nanoseconds,12:N0}{nanoseconds / subscribers,14:N1}{(double)allocated / rounds,10:N2}");
        return allocated > 0;
    }
}
