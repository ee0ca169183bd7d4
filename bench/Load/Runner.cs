using System.Diagnostics;
using System.Net;
using Godwit.LoadBench.Brokers;

namespace Godwit.LoadBench;

/// <summary>Measures one row against one freshly started broker.</summary>
internal sealed class Runner(LoadOptions options, CancellationToken cancellation)
{
    private const int IdleBaseCount = 2_000;
    private const int SteadySliceCount = 3;
    private const double SteadyGainMin = 0.97;
    private static readonly TimeSpan WarmupBurst = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan WarmupSlice = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(3);

    internal Measurement Measure(Row row, BrokerSpec spec, int round)
    {
        var empty = new Measurement(row, spec.Name, round);
        BrokerProcess? broker = null;
        try
        {
            var used = row.IsPersistent && spec.DurableCommand is { } durable ? spec with { Command = durable } : spec;
            broker = BrokerProcess.Start(used, options.BrokerProcessor, options.LoadProcessor, cancellation);
            var meter = new ProcessMeter(broker.ProcessId, options.BrokerProcessor);
            return row.Kind switch
            {
                ScenarioKind.Idle => MeasureIdle(row, empty, broker.Port, meter),
                ScenarioKind.Storm => MeasureStorm(row, empty, broker.Port, meter),
                _ => MeasureTraffic(row, empty, broker.Port, meter),
            };
        }
        catch (LoadException failure)
        {
            var tail = broker?.OutputTail() ?? "";
            return empty with { Void = tail.Length == 0 ? failure.Message : $"{failure.Message} (it printed: {tail})" };
        }
        finally
        {
            broker?.Dispose();
        }
    }

    private Measurement MeasureTraffic(Row row, Measurement empty, ushort port, ProcessMeter meter)
    {
        using var run = new TrafficRun(row.ToScenario(options.V5), new IPEndPoint(IPAddress.Loopback, port), cancellation);
        run.Prepare();

        // An open loop polls where it has a core to itself: a timer would send late and in bursts.
        var spins = options.Spins || (row.RatePerSecond > 0 && options.LoadProcessor is not null);
        WarmUp(run, meter, spins);
        run.Measure(options.MeasuredTime, spins, meter);
        var until = Stopwatch.GetTimestamp();
        cancellation.ThrowIfCancellationRequested();
        var result = run.Finish(DrainPatience);
        return empty with
        {
            Cost = result.Spent.BrokerCpu / 1_000.0 / Math.Max(1, result.DeliveredCount),
            PerSecond = result.DeliveredPerSecond,
            LatencyP50Microseconds = result.Latency.QuantileMicroseconds(0.50),
            LatencyP99Microseconds = result.Latency.QuantileMicroseconds(0.99),
            AcknowledgedP50Microseconds = result.AcknowledgementLatency.QuantileMicroseconds(0.50),
            AcknowledgedP99Microseconds = result.AcknowledgementLatency.QuantileMicroseconds(0.99),
            AcknowledgedP999Microseconds = result.AcknowledgementLatency.QuantileMicroseconds(0.999),
            MeasuredUntil = until,
            Lost = result.OutstandingCount,
            Duplicated = result.DuplicatedCount - result.UnmarkedCount,
            Reordered = result.ReorderedCount + result.UnmarkedCount,
            ResidentMiB = result.Broker!.ResidentKiB / 1_024.0,
            BrokerBusy = result.Spent.BrokerBusy,
            LoadBusy = result.Spent.LoadBusy,
            ForeignBusy = options.BrokerProcessor is null ? double.NaN : result.Spent.ForeignBusy,
            LoadAllocatedBytes = result.AllocatedBytes,
            Void = result.DeliveredCount == 0 ? "nothing was delivered"
                : result.OutstandingCount > 0 ? "messages were lost"
                : result.ReorderedCount + result.UnmarkedCount > 0 ? "messages were reordered or came twice"
                : result.DuplicatedCount > 0 && row.QoS == 2 ? "messages came twice at QoS 2"
                : result.UnacknowledgedCount > 0 ? $"{result.UnacknowledgedCount} acknowledgements are missing"
                : result.RefusedCount > 0 ? "messages were refused"
                : null,
        };
    }

    /// <summary>
    /// Bursts and pauses for the time asked for, then load without pauses until the cost has stopped falling. A broker that
    /// compiles itself while it runs does so in the pauses; on a core that its load fills it would take far longer, and
    /// it is the steady state that is compared.
    /// </summary>
    private void WarmUp(TrafficRun run, ProcessMeter meter, bool spins)
    {
        for (var elapsed = TimeSpan.Zero; elapsed < options.Warmup; elapsed += 2 * WarmupBurst)
        {
            run.Run(WarmupBurst, spins);
            run.Pause(WarmupBurst);
            cancellation.ThrowIfCancellationRequested();
        }

        var best = double.PositiveInfinity;
        var slicesWithoutGain = 0;
        for (var slice = TimeSpan.Zero; slice < options.SteadyMax && slicesWithoutGain < SteadySliceCount; slice += WarmupSlice)
        {
            var delivered = run.DeliveredCount;
            var start = meter.Take();
            run.Run(WarmupSlice, spins);
            cancellation.ThrowIfCancellationRequested();
            var cost = (double)(meter.Take() - start).BrokerCpu / Math.Max(1, run.DeliveredCount - delivered);
            slicesWithoutGain = cost > best * SteadyGainMin ? slicesWithoutGain + 1 : 0;
            best = Math.Min(best, cost);
        }
    }

    /// <summary>The slope of VmRSS between two numbers of connections, so that what the empty process takes does not count.</summary>
    private Measurement MeasureIdle(Row row, Measurement empty, ushort port, ProcessMeter meter)
    {
        using var run = new ConnectionRun(row.ToScenario(options.V5), new IPEndPoint(IPAddress.Loopback, port), cancellation);
        run.Open(IdleBaseCount);
        run.Serve(SettleTime);
        cancellation.ThrowIfCancellationRequested();
        var before = meter.ResidentKiB();
        var start = meter.Take();
        run.Open(row.Subscribers - IdleBaseCount);
        var spent = meter.Take() - start;
        run.Serve(SettleTime);
        cancellation.ThrowIfCancellationRequested();
        var after = meter.ResidentKiB();
        run.Close();
        return empty with
        {
            Cost = (double)(after - before) / (row.Subscribers - IdleBaseCount),
            PerSecond = (row.Subscribers - IdleBaseCount) / spent.Seconds,
            ResidentMiB = after / 1_024.0,
            BrokerBusy = spent.BrokerBusy,
            LoadBusy = spent.LoadBusy,
            ForeignBusy = options.BrokerProcessor is null ? double.NaN : spent.ForeignBusy,
        };
    }

    /// <summary>CPU from the first connect to the last CONNACK, all connections then open at once; the first storm warms up.</summary>
    private Measurement MeasureStorm(Row row, Measurement empty, ushort port, ProcessMeter meter)
    {
        using var run = new ConnectionRun(row.ToScenario(options.V5), new IPEndPoint(IPAddress.Loopback, port), cancellation);
        var opened = default(ProcessSample);
        var closed = default(ProcessSample);
        var resident = 0L;
        for (var storm = 0; storm <= options.Storms; storm++)
        {
            var start = meter.Take();
            run.Open(row.Publishers);
            cancellation.ThrowIfCancellationRequested();
            var served = meter.Take();
            resident = meter.ResidentKiB();
            run.Close();
            AwaitIdle(meter);
            if (storm > 0)
            {
                opened += served - start;
                closed += meter.Take() - served;
            }
        }

        var count = (double)row.Publishers * options.Storms;
        return empty with
        {
            Cost = opened.BrokerCpu / 1_000.0 / count,
            CloseCost = closed.BrokerCpu / 1_000.0 / count,
            PerSecond = count / opened.Seconds,
            ResidentMiB = resident / 1_024.0,
            BrokerBusy = opened.BrokerBusy,
            LoadBusy = opened.LoadBusy,
            ForeignBusy = options.BrokerProcessor is null ? double.NaN : opened.ForeignBusy,
        };
    }

    /// <summary>Waits until the broker has dealt with what was closed, so that its cost does not fall into the next storm.</summary>
    private void AwaitIdle(ProcessMeter meter)
    {
        for (var turn = 0; turn < 100; turn++)
        {
            var before = meter.Take();
            if (cancellation.WaitHandle.WaitOne(100))
            {
                cancellation.ThrowIfCancellationRequested();
            }

            if ((meter.Take() - before).BrokerBusy < 0.02)
            {
                return;
            }
        }
    }
}
