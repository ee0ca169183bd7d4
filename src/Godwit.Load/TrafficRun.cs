using System.Net;
using Godwit.Load.Engine;

namespace Godwit.Load;

/// <summary>
/// Publishers and subscribers of one scenario, step by step: <see cref="Prepare"/>, <see cref="Run"/> and <see cref="Pause"/> to warm up,
/// <see cref="Measure"/>, <see cref="Finish"/>. All on the calling thread. A stop ends the step under way early.
/// </summary>
public sealed class TrafficRun : IDisposable
{
    private readonly Scenario _scenario;
    private readonly LoadLoop _loop;
    private LoadResult? _measured;

    /// <summary>Takes a scenario; connects nothing yet.</summary>
    /// <exception cref="ArgumentException">The scenario makes no sense, or has no traffic.</exception>
    /// <exception cref="LoadException">The machine lacks something.</exception>
    public TrafficRun(Scenario scenario, IPEndPoint broker, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        ArgumentNullException.ThrowIfNull(broker);
        if ((scenario.HasTraffic ? scenario.FindProblem() : "there is no traffic in it") is { } problem)
        {
            throw new ArgumentException(problem, nameof(scenario));
        }

        OpenFiles.Ensure(scenario.ConnectionCount);
        _scenario = scenario;
        _loop = new LoadLoop(scenario, broker, stop);
    }

    /// <summary>Messages sent so far.</summary>
    public long SentCount => _loop.SentCount;

    /// <summary>Messages delivered so far, copies included.</summary>
    public long DeliveredCount => _loop.DeliveredCount;

    /// <summary>Connections that are served.</summary>
    public int ReadyCount => _loop.ReadyCount;

    /// <summary>From when a PUBLISH was sent, in an open loop from when it was due, to its delivery.</summary>
    public Histogram Latency => _loop.Latency;

    /// <summary>From the same moment to its PUBACK, or at QoS 2 to its PUBREC; empty at QoS 0.</summary>
    public Histogram AcknowledgementLatency => _loop.AcknowledgementLatency;

    /// <summary>Called once a second from within the steps, on their thread.</summary>
    public Action<long>? OnSecond
    {
        get => _loop.OnSecond;
        set => _loop.OnSecond = value;
    }

    /// <summary>Connects and subscribes.</summary>
    /// <returns>False when it was stopped.</returns>
    /// <exception cref="LoadException">The broker is not there or does not serve all.</exception>
    public bool Prepare() => _loop.Prepare();

    /// <summary>Makes load for a time, and leaves it going: another call continues it without a seam.</summary>
    /// <param name="time">How long.</param>
    /// <param name="spins">Polls instead of sleeping: an open loop is then punctual to the microsecond, and a core is busy.</param>
    /// <exception cref="LoadException">The broker broke off.</exception>
    public void Run(TimeSpan time, bool spins) => _loop.Run(time, spins);

    /// <summary>Sends nothing for a time; what is on its way arrives.</summary>
    /// <exception cref="LoadException">The broker broke off.</exception>
    public void Pause(TimeSpan time) => _loop.Pause(time);

    /// <summary>Goes on with the load for a time, with empty histograms, and notes what it costs.</summary>
    /// <exception cref="LoadException">The broker broke off.</exception>
    public void Measure(TimeSpan time, bool spins, ProcessMeter meter)
    {
        ArgumentNullException.ThrowIfNull(meter);
        _loop.Latency.Clear();
        _loop.AcknowledgementLatency.Clear();
        var (sent, delivered) = (_loop.SentCount, _loop.DeliveredCount);
        var start = meter.Take();
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        _loop.Run(time, spins);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        var spent = meter.Take() - start;
        delivered = _loop.DeliveredCount - delivered;
        _measured = new LoadResult
        {
            Scenario = _scenario,
            Spent = spent,
            SentCount = _loop.SentCount - sent,
            DeliveredCount = delivered,
            Latency = Copy(_loop.Latency),
            AcknowledgementLatency = Copy(_loop.AcknowledgementLatency),
            ConnectLatency = Copy(_loop.ConnectLatency),
            ConnectCount = _loop.ConnectLatency.Count,
            AllocatedBytes = allocated,
            Broker = meter.HasBroker ? BrokerUsage.Of(meter, spent, delivered) : null,
        };
    }

    /// <summary>Sends nothing more, waits until all is delivered and acknowledged or nothing more comes, and disconnects.</summary>
    /// <param name="patience">How long to wait while nothing comes.</param>
    /// <returns>What was measured, and what was lost in the whole run.</returns>
    /// <exception cref="InvalidOperationException">Nothing was measured.</exception>
    /// <exception cref="LoadException">The broker broke off.</exception>
    public LoadResult Finish(TimeSpan patience)
    {
        var measured = _measured ?? throw new InvalidOperationException("nothing was measured");
        _loop.Drain(patience);
        _loop.CloseAll();
        return measured with
        {
            OutstandingCount = Math.Max(0, _loop.OutstandingCount),
            DuplicatedCount = _loop.DuplicatedCount,
            UnmarkedCount = _loop.UnmarkedCount,
            ReorderedCount = _loop.ReorderedCount,
            UnacknowledgedCount = _loop.UnacknowledgedCount,
            RefusedCount = _loop.RefusedCount,
            RefusalCode = _loop.RefusedCount > 0 ? _loop.RefusalCode : null,
            ForeignCount = _loop.ForeignCount,
        };
    }

    /// <summary>Has the broker forget the sessions of a persistent scenario.</summary>
    /// <exception cref="LoadException">The broker is not there any more.</exception>
    public void EndSessions() => _loop.EndSessions();

    /// <summary>Closes what is open.</summary>
    public void Dispose() => _loop.Dispose();

    private static Histogram Copy(Histogram histogram)
    {
        var copy = new Histogram();
        copy.CopyFrom(histogram);
        return copy;
    }
}
