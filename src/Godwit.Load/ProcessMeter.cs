using System.Diagnostics;
using System.Globalization;
using Godwit.Load.Engine;

namespace Godwit.Load;

/// <summary>
/// CPU time and memory of a broker's processes: the one given and its descendants, listed once when this is made; and of this one.
/// CPU is the kernel's process clock: nanoseconds, user and system, all threads, also those that have ended.
/// </summary>
public sealed class ProcessMeter
{
    private readonly IReadOnlyList<int> _processIds;
    private readonly int? _processor;

    /// <summary>Watches a broker.</summary>
    /// <param name="brokerProcessId">The broker's process id; null: this process alone is watched.</param>
    /// <param name="processor">The processor whose busy time is noted too; null for none.</param>
    /// <exception cref="LoadException">There is no such process, or its clock may not be read.</exception>
    public ProcessMeter(int? brokerProcessId, int? processor = null)
    {
        _processor = processor;
        _processIds = brokerProcessId is { } id ? ProcessTree.Of(id) : [];
        HasBroker = brokerProcessId is not null;
        if (HasBroker && !Libc.TryGetProcessCpu(_processIds[0], out _))
        {
            throw new LoadException(LoadFailure.System, $"there is no process {brokerProcessId} whose CPU time can be read");
        }
    }

    /// <summary>A broker is watched.</summary>
    public bool HasBroker { get; }

    /// <summary>The clocks now.</summary>
    public ProcessSample Take()
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
        return new ProcessSample(Stopwatch.GetTimestamp(), cpu, own, _processor is { } number ? ProcessorBusy(number) : 0);
    }

    /// <summary>VmRSS of the broker's processes, in KiB.</summary>
    public long ResidentKiB() => Sum("VmRSS:");

    /// <summary>Threads of the broker's processes.</summary>
    public int Threads() => (int)Sum("Threads:");

    private long Sum(string field)
    {
        var sum = 0L;
        foreach (var processId in _processIds)
        {
            try
            {
                foreach (var line in File.ReadLines($"/proc/{processId}/status"))
                {
                    if (line.StartsWith(field, StringComparison.Ordinal))
                    {
                        var value = line.AsSpan(field.Length).Trim();
                        sum += long.Parse(value.EndsWith(" kB", StringComparison.Ordinal) ? value[..^3] : value, NumberStyles.None, CultureInfo.InvariantCulture);
                    }
                }
            }
            catch (IOException)
            {
                // The process has ended: it has nothing.
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
}
