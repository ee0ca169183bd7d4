using Godwit.Load.Brokers;

namespace Godwit.Load;

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
            var meter = new Meter(broker.ProcessId, options.BrokerProcessor);
            return row.Kind switch
            {
                RowKind.Idle => MeasureIdle(row, empty, broker.Port, meter),
                RowKind.Storm => MeasureStorm(row, empty, broker.Port, meter),
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

    private Measurement MeasureTraffic(Row row, Measurement empty, ushort port, Meter meter)
    {
        using var loop = new LoadLoop(port, options.V5, row.Publishers + row.Subscribers, cancellation)
        {
            FilterPrefix = row.Kind == RowKind.Pairs ? "load/pair/" : "load/all",
            NumbersFilters = row.Kind == RowKind.Pairs,
            QoS = row.QoS,
        };
        loop.Prepare(row);

        // An open loop polls where it has a core to itself: a timer would send late and in bursts.
        var spins = options.Spins || (row.RatePerSecond > 0 && options.LoadProcessor is not null);
        WarmUp(loop, meter, spins);
        loop.Latency.Clear();
        loop.AcknowledgementLatency.Clear();
        var delivered = loop.DeliveredCount;
        var start = meter.Take();
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        loop.Run(options.MeasuredTime, spins);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        var spent = meter.Take() - start;
        delivered = loop.DeliveredCount - delivered;
        var resident = meter.ResidentKiB();
        var p50 = loop.Latency.QuantileMicroseconds(0.50);
        var p99 = loop.Latency.QuantileMicroseconds(0.99);
        var acknowledgedP50 = loop.AcknowledgementLatency.QuantileMicroseconds(0.50);
        var acknowledgedP99 = loop.AcknowledgementLatency.QuantileMicroseconds(0.99);
        var acknowledgedP999 = loop.AcknowledgementLatency.QuantileMicroseconds(0.999);
        loop.Drain(DrainPatience);
        loop.CloseAll();
        return empty with
        {
            Cost = spent.BrokerCpu / 1_000.0 / Math.Max(1, delivered),
            PerSecond = delivered / spent.Seconds,
            LatencyP50Microseconds = p50,
            LatencyP99Microseconds = p99,
            AcknowledgedP50Microseconds = acknowledgedP50,
            AcknowledgedP99Microseconds = acknowledgedP99,
            AcknowledgedP999Microseconds = acknowledgedP999,
            Lost = Math.Max(0, loop.OutstandingCount),
            Duplicated = loop.DuplicatedCount,
            Reordered = loop.ReorderedCount,
            ResidentMiB = resident / 1_024.0,
            BrokerBusy = spent.BrokerBusy,
            LoadBusy = spent.LoadBusy,
            ForeignBusy = options.BrokerProcessor is null ? double.NaN : spent.ForeignBusy,
            LoadAllocatedBytes = allocated,
            Void = delivered == 0 ? "nothing was delivered"
                : loop.OutstandingCount > 0 ? "messages were lost"
                : loop.ReorderedCount > 0 ? "messages were reordered or came twice"
                : loop.DuplicatedCount > 0 && row.QoS == 2 ? "messages came twice at QoS 2"
                : loop.UnacknowledgedCount > 0 ? $"{loop.UnacknowledgedCount} acknowledgements are missing"
                : loop.RefusedCount > 0 ? "messages were refused"
                : null,
        };
    }

    /// <summary>
    /// Bursts and pauses for the time asked for, then load without pauses until the cost has stopped falling. A broker that
    /// compiles itself while it runs does so in the pauses; on a core that its load fills it would take far longer, and
    /// it is the steady state that is compared.
    /// </summary>
    private void WarmUp(LoadLoop loop, Meter meter, bool spins)
    {
        for (var elapsed = TimeSpan.Zero; elapsed < options.Warmup; elapsed += 2 * WarmupBurst)
        {
            loop.Run(WarmupBurst, spins);
            loop.Pause(WarmupBurst);
        }

        var best = double.PositiveInfinity;
        var slicesWithoutGain = 0;
        for (var slice = TimeSpan.Zero; slice < options.SteadyMax && slicesWithoutGain < SteadySliceCount; slice += WarmupSlice)
        {
            var delivered = loop.DeliveredCount;
            var start = meter.Take();
            loop.Run(WarmupSlice, spins);
            var cost = (double)(meter.Take() - start).BrokerCpu / Math.Max(1, loop.DeliveredCount - delivered);
            slicesWithoutGain = cost > best * SteadyGainMin ? slicesWithoutGain + 1 : 0;
            best = Math.Min(best, cost);
        }
    }

    /// <summary>The slope of VmRSS between two numbers of connections, so that what the empty process takes does not count.</summary>
    private Measurement MeasureIdle(Row row, Measurement empty, ushort port, Meter meter)
    {
        using var loop = new LoadLoop(port, options.V5, row.Subscribers, cancellation) { FilterPrefix = "load/idle/" };
        loop.Open(0, IdleBaseCount, LinkRole.Subscriber);
        loop.Serve(SettleTime);
        var before = meter.ResidentKiB();
        var start = meter.Take();
        loop.Open(IdleBaseCount, row.Subscribers - IdleBaseCount, LinkRole.Subscriber);
        var spent = meter.Take() - start;
        loop.Serve(SettleTime);
        var after = meter.ResidentKiB();
        loop.CloseAll();
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
    private Measurement MeasureStorm(Row row, Measurement empty, ushort port, Meter meter)
    {
        using var loop = new LoadLoop(port, options.V5, row.Publishers, cancellation);
        var opened = default(Meter.Sample);
        var closed = default(Meter.Sample);
        var resident = 0L;
        for (var storm = 0; storm <= options.Storms; storm++)
        {
            var start = meter.Take();
            loop.Open(0, row.Publishers, LinkRole.Silent);
            var served = meter.Take();
            resident = meter.ResidentKiB();
            loop.CloseAll();
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
    private void AwaitIdle(Meter meter)
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
