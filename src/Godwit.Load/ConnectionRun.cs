using System.Net;
using Godwit.Load.Engine;

namespace Godwit.Load;

/// <summary>The connections of a storm or of idle, step by step, on the calling thread. A stop ends the step under way early.</summary>
public sealed class ConnectionRun : IDisposable
{
    private readonly Scenario _scenario;
    private readonly LoadLoop _loop;

    /// <summary>Takes a scenario; connects nothing yet.</summary>
    /// <exception cref="ArgumentException">The scenario makes no sense, or has traffic.</exception>
    /// <exception cref="LoadException">The machine lacks something.</exception>
    public ConnectionRun(Scenario scenario, IPEndPoint broker, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        ArgumentNullException.ThrowIfNull(broker);
        if ((scenario.HasTraffic ? "there is traffic in it" : scenario.FindProblem()) is { } problem)
        {
            throw new ArgumentException(problem, nameof(scenario));
        }

        OpenFiles.Ensure(scenario.ConnectionCount);
        _scenario = scenario;
        _loop = new LoadLoop(scenario, broker, stop);
    }

    /// <summary>Connections that are served: CONNACK has come, and SUBACK where they subscribe.</summary>
    public int ReadyCount => _loop.ReadyCount;

    /// <summary>From the SYN, or from when it was due, to the CONNACK; of all connections since the last <see cref="Histogram.Clear"/>.</summary>
    public Histogram ConnectLatency => _loop.ConnectLatency;

    /// <summary>Called once a second from within the steps, on their thread.</summary>
    public Action<long>? OnSecond
    {
        get => _loop.OnSecond;
        set => _loop.OnSecond = value;
    }

    /// <summary>Opens so many connections more, and returns when all of them are served.</summary>
    /// <returns>False when it was stopped.</returns>
    /// <exception cref="LoadException">The broker is not there or does not serve all.</exception>
    public bool Open(int count)
        => _loop.Open(_loop.ReadyCount, count, _scenario.Kind == ScenarioKind.Idle ? LinkRole.Subscriber : LinkRole.Silent);

    /// <summary>Keeps the connections for a time.</summary>
    /// <exception cref="LoadException">The broker closed one.</exception>
    public void Serve(TimeSpan time) => _loop.Serve(time);

    /// <summary>Says DISCONNECT on every connection and closes it.</summary>
    public void Close() => _loop.CloseAll();

    /// <summary>Has the broker forget the sessions of a persistent scenario.</summary>
    /// <exception cref="LoadException">The broker is not there any more.</exception>
    public void EndSessions() => _loop.EndSessions();

    /// <summary>Closes what is open.</summary>
    public void Dispose() => _loop.Dispose();
}
