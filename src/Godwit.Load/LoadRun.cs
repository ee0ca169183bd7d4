namespace Godwit.Load;

/// <summary>A whole run: prepare, warm up, measure, drain.</summary>
public static class LoadRun
{
    private static readonly TimeSpan StormPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(1);

    /// <summary>Runs a plan on the calling thread.</summary>
    /// <param name="plan">What to run.</param>
    /// <param name="stop">Ends the run early, with the result so far.</param>
    /// <exception cref="ArgumentException">The scenario makes no sense.</exception>
    /// <exception cref="LoadException">The run cannot go on.</exception>
    /// <exception cref="OperationCanceledException">It was stopped before anything was measured.</exception>
    /// <exception cref="PlatformNotSupportedException">This is not Linux.</exception>
    public static LoadResult Execute(LoadPlan plan, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("The load runs on epoll, which only Linux has.");
        }

        var meter = new ProcessMeter(plan.BrokerProcessId);
        return plan.Scenario.Kind switch
        {
            ScenarioKind.Storm => Storm(plan, meter, stop),
            ScenarioKind.Idle => Idle(plan, meter, stop),
            _ => Traffic(plan, meter, stop),
        };
    }

    private static LoadResult Traffic(LoadPlan plan, ProcessMeter meter, CancellationToken stop)
    {
        using var run = new TrafficRun(plan.Scenario, plan.Broker, stop);
        var reporter = new ProgressReporter(plan.Progress, run.Latency, () => run.SentCount, () => run.DeliveredCount, () => run.ReadyCount);
        run.OnSecond = reporter.Report;
        var start = meter.Take();
        run.Prepare();
        var connected = meter.Take() - start;
        stop.ThrowIfCancellationRequested();

        reporter.Enter(LoadPhase.WarmingUp);
        run.Run(plan.Warmup, plan.Spins);
        stop.ThrowIfCancellationRequested();

        reporter.Enter(LoadPhase.Measuring);
        run.Measure(plan.Duration, plan.Spins, meter);
        var isInterrupted = stop.IsCancellationRequested;

        reporter.Enter(LoadPhase.Draining);
        var result = run.Finish(plan.DrainPatience) with
        {
            IsInterrupted = isInterrupted,
            ConnectsPerSecond = plan.Scenario.ConnectionCount / connected.Seconds,
        };
        if (plan.Scenario.IsPersistent)
        {
            run.EndSessions();
        }

        return result;
    }

    /// <summary>Rounds of connections opened, all of them then open at once, and closed again.</summary>
    private static LoadResult Storm(LoadPlan plan, ProcessMeter meter, CancellationToken stop)
    {
        using var run = new ConnectionRun(plan.Scenario, plan.Broker, stop);
        var reporter = new ProgressReporter(plan.Progress, run.ConnectLatency, null, null, () => run.ReadyCount);
        run.OnSecond = reporter.Report;
        reporter.Enter(LoadPhase.WarmingUp);
        var start = meter.Take();
        do
        {
            Round();
        }
        while ((meter.Take() - start).Seconds < plan.Warmup.TotalSeconds && !stop.IsCancellationRequested);
        stop.ThrowIfCancellationRequested();

        run.ConnectLatency.Clear();
        reporter.Enter(LoadPhase.Measuring);
        var spent = default(ProcessSample);
        BrokerUsage? usage = null;
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        start = meter.Take();
        do
        {
            spent += Round();
        }
        while ((meter.Take() - start).Seconds < plan.Duration.TotalSeconds && !stop.IsCancellationRequested);
        if (plan.Scenario.IsPersistent)
        {
            run.EndSessions();
        }

        var count = run.ConnectLatency.Count;
        return new LoadResult
        {
            Scenario = plan.Scenario,
            Spent = spent,
            IsInterrupted = stop.IsCancellationRequested,
            Latency = new Histogram(),
            AcknowledgementLatency = new Histogram(),
            ConnectLatency = run.ConnectLatency,
            ConnectCount = count,
            ConnectsPerSecond = count / spent.Seconds,
            AllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - allocated,
            Broker = usage is null || count == 0 ? null : usage with { CpuMicrosecondsPerUnit = spent.BrokerCpu / 1_000.0 / count, CoresBusy = spent.BrokerBusy },
        };

        ProcessSample Round()
        {
            var before = meter.Take();
            run.Open(plan.Scenario.Silent);
            var opened = meter.Take() - before;
            usage = meter.HasBroker ? BrokerUsage.Of(meter, opened, plan.Scenario.Silent) : null;
            run.Close();

            // What closing costs the broker is not to fall into the next round.
            stop.WaitHandle.WaitOne(StormPause);
            return opened;
        }
    }

    /// <summary>Connections opened, then kept; memory before and after, CPU while they are kept.</summary>
    private static LoadResult Idle(LoadPlan plan, ProcessMeter meter, CancellationToken stop)
    {
        using var run = new ConnectionRun(plan.Scenario, plan.Broker, stop);
        var reporter = new ProgressReporter(plan.Progress, run.ConnectLatency, null, null, () => run.ReadyCount);
        run.OnSecond = reporter.Report;
        var residentBefore = meter.ResidentKiB();
        var start = meter.Take();
        run.Open(plan.Scenario.Subscribers);
        stop.ThrowIfCancellationRequested();
        var opened = meter.Take() - start;
        run.Serve(SettleTime);

        reporter.Enter(LoadPhase.Measuring);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        start = meter.Take();
        run.Serve(plan.Duration);
        var spent = meter.Take() - start;
        var usage = meter.HasBroker ? BrokerUsage.Of(meter, spent, 0) : null;
        var result = new LoadResult
        {
            Scenario = plan.Scenario,
            Spent = spent,
            IsInterrupted = stop.IsCancellationRequested,
            Latency = new Histogram(),
            AcknowledgementLatency = new Histogram(),
            ConnectLatency = run.ConnectLatency,
            ConnectCount = run.ConnectLatency.Count,
            ConnectsPerSecond = plan.Scenario.Subscribers / opened.Seconds,
            AllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - allocated,
            Broker = usage is null ? null : usage with { ResidentKiBPerConnection = (double)(usage.ResidentKiB - residentBefore) / plan.Scenario.Subscribers },
        };
        run.Close();
        if (plan.Scenario.IsPersistent)
        {
            run.EndSessions();
        }

        return result;
    }
}
