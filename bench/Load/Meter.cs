using System.Diagnostics;
using System.Globalization;

namespace Godwit.Load;

/// <summary>
/// CPU time and memory of a broker's processes: the one started and its descendants, listed once when this is made.
/// CPU is the kernel's process clock: nanoseconds, user and system, all threads, also those that have ended.
/// </summary>
internal sealed class Meter
{
    private readonly List<int> _processIds;
    private readonly int? _processor;

    internal Meter(int processId, int? processor)
    {
        _processIds = ProcessTree.Of(processId);
        _processor = processor;
    }

    internal Sample Take()
    {
        var cpu = 0L;
        foreach (var processId in _processIds)
        {
            if (Libc.TryGetProcessCpu(processId, out var nanoseconds))
            {
                cpu += nanoseconds;
            }
        }

        _ = Libc.TryGetProcessCpu(Environment.ProcessId, out var own);
        return new Sample(Stopwatch.GetTimestamp(), cpu, own, _processor is { } number ? ProcessorBusy(number) : 0);
    }

    /// <summary>VmRSS of all processes, in KiB.</summary>
    internal long ResidentKiB()
    {
        var sum = 0L;
        foreach (var processId in _processIds)
        {
            try
            {
                foreach (var line in File.ReadLines($"/proc/{processId}/status"))
                {
                    if (line.StartsWith("VmRSS:", StringComparison.Ordinal))
                    {
                        sum += long.Parse(line["VmRSS:".Length..^" kB".Length].Trim(), CultureInfo.InvariantCulture);
                    }
                }
            }
            catch (IOException)
            {
                // The process has ended: it has no memory.
            }
        }

        return sum;
    }

    /// <summary>Nanoseconds that a processor was not idle; the kernel counts them in steps of 10 ms.</summary>
    private static long ProcessorBusy(int processor)
    {
        var name = $"cpu{processor} ";
        foreach (var line in File.ReadLines("/proc/stat"))
        {
            if (line.StartsWith(name, StringComparison.Ordinal))
            {
                // user nice system idle iowait irq softirq steal
                var fields = line[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                var busy = 0L;
                for (var field = 0; field < 8 && field < fields.Length; field++)
                {
                    busy += field is 3 or 4 ? 0 : long.Parse(fields[field], CultureInfo.InvariantCulture);
                }

                return busy * 10_000_000;
            }
        }

        return 0;
    }

    /// <summary>All in nanoseconds.</summary>
    internal readonly record struct Sample(long Time, long BrokerCpu, long LoadCpu, long ProcessorBusy)
    {
        public static Sample operator -(Sample left, Sample right) => new(
            left.Time - right.Time,
            left.BrokerCpu - right.BrokerCpu,
            left.LoadCpu - right.LoadCpu,
            left.ProcessorBusy - right.ProcessorBusy);

        public static Sample operator +(Sample left, Sample right) => new(
            left.Time + right.Time,
            left.BrokerCpu + right.BrokerCpu,
            left.LoadCpu + right.LoadCpu,
            left.ProcessorBusy + right.ProcessorBusy);

        internal double Seconds => Time / 1e9;

        internal double BrokerBusy => (double)BrokerCpu / Time;

        internal double LoadBusy => (double)LoadCpu / Time;

        internal double ForeignBusy => Math.Max(0, (double)(ProcessorBusy - BrokerCpu) / Time);
    }
}
