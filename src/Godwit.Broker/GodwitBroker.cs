using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using Godwit.Broker.Diagnostics;
using Godwit.Broker.Listeners;
using Godwit.Broker.Loops;
using Godwit.Broker.Loops.Epoll;
using Godwit.Broker.Loops.Sockets;
using Godwit.Broker.Options;
using Godwit.Engine;
using Godwit.Engine.Journals;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Broker;

/// <summary>A running MQTT broker. Several may run in one process.</summary>
public sealed class GodwitBroker : IAsyncDisposable
{
    // Descriptors that are not connections: the runtime's, the loops', the listeners'.
    private const int OtherDescriptors = 256;
    private const int DrainPollMilliseconds = 10;

    private static readonly TimeSpan JoinTimeout = TimeSpan.FromSeconds(5);

    private readonly BrokerOptions _options;
    private readonly ILogger _logger;
    private readonly BrokerCore _core;
    private readonly LoopDriver[] _drivers;
    private readonly EventLoop[] _loops;
    private readonly AcceptLimiter _limiter;
    private readonly List<Listener> _listeners;
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _stopGate = new();
    private Task? _stopping;

    private GodwitBroker(BrokerOptions options, List<Listener> listeners, ILogger logger)
    {
        _options = options;
        _listeners = listeners;
        _logger = logger;
        int count = options.Loops;
        _drivers = CreateDrivers(options);
        var loads = new LoopLoad[count];
        for (int i = 0; i < count; i++)
        {
            loads[i] = new LoopLoad(MonotonicClock.Timestamp);
        }

        _core = new BrokerCore(options.Engine with { Shards = count }, new EnginePorts
        {
            Waker = new LoopWaker(_drivers),
            HomeSelector = options.Placement == LoopPlacement.Fill ? new FillHomeSelector(loads) : new RoundRobinHomeSelector(count),
            Entropy = SystemEntropy.Instance,
            Store = new MemoryStore(),
            Observer = new LoggingObserver(logger),
        });
        _limiter = new AcceptLimiter(ConnectionsMax(options.Accept.ConnectionsMax), options.Accept.ConnectionsPerAddressMax);
        _loops = new EventLoop[count];
        for (int i = 0; i < count; i++)
        {
            _loops[i] = new EventLoop(_core.GetShard(i), _drivers, loads[i], _limiter, logger, HandleFailure);
        }
    }

    /// <summary>Where the broker listens, with the actual ports.</summary>
    public IReadOnlyList<ListenerInfo> Listeners => _listeners.ConvertAll(listener => new ListenerInfo(listener.Url, listener.EndPoint, listener.IsStrict));

    /// <summary>Number of event loops.</summary>
    public int LoopCount => _loops.Length;

    /// <summary>Connections open now; a recent value.</summary>
    public int ConnectionCount => _limiter.Open;

    /// <summary>Connections turned away by <see cref="AcceptLimits"/> so far; a recent value.</summary>
    public long RefusedCount => _limiter.Refused;

    /// <summary>Sessions, connected or not; a recent value.</summary>
    public int SessionCount => _core.SessionCount;

    /// <summary>Completes with an error when a loop has failed: the other loops have then been told to end, since half a broker must not go on.</summary>
    public Task Failure => _failed.Task;

    /// <summary>Starts a broker. When this completes, every listener accepts.</summary>
    /// <param name="options">Settings; not to be changed afterwards.</param>
    /// <param name="loggers">Where the broker logs; null: nowhere.</param>
    /// <param name="cancellation">Gives up while host names are looked up.</param>
    /// <exception cref="BrokerConfigurationException">A setting is not allowed.</exception>
    /// <exception cref="BrokerStartException">An address cannot be listened on.</exception>
    public static async Task<GodwitBroker> StartAsync(
        BrokerOptions options, ILoggerFactory? loggers = null, CancellationToken cancellation = default)
    {
        var errors = BrokerSettings.Check(options);
        if (errors.Count > 0)
        {
            throw new BrokerConfigurationException(errors);
        }

        var logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger("Godwit.Broker");
        var listeners = await ListenerBinder.BindAsync(options.Listeners, cancellation).ConfigureAwait(false);
        GodwitBroker broker;
        try
        {
            broker = new GodwitBroker(options, listeners, logger);
        }
        catch (Exception error)
        {
            listeners.ForEach(listener => listener.Dispose());
            if (error is Win32Exception)
            {
                throw new BrokerStartException($"Cannot start the event loops: {error.Message}. Raise the limits of the process, or run fewer loops.", error);
            }

            throw;
        }

        broker.Start();
        return broker;
    }

    /// <summary>
    /// Stops accepting, tells 5.0 clients (0x8B), lets last bytes leave, and ends the loops. Cuts what is left after
    /// <see cref="BrokerOptions.DrainTimeoutMilliseconds"/>. Calling it again waits for the same stop.
    /// </summary>
    public Task StopAsync()
    {
        lock (_stopGate)
        {
            return _stopping ??= Task.Run(StopCoreAsync);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    private static LoopDriver[] CreateDrivers(BrokerOptions options)
    {
        var drivers = new List<LoopDriver>();
        try
        {
            for (int i = 0; i < options.Loops; i++)
            {
                drivers.Add(UsesEpoll(options.Io) ? new EpollDriver() : new SocketsDriver());
            }

            return [.. drivers];
        }
        catch
        {
            DisposeDrivers(drivers);
            throw;
        }
    }

    private static void DisposeDrivers(IEnumerable<LoopDriver> drivers)
    {
        foreach (var driver in drivers)
        {
            driver.Dispose();
        }
    }

    private static bool UsesEpoll(IoDriver io) => io == IoDriver.Epoll || (io == IoDriver.Auto && EpollDriver.IsSupported);

    private int ConnectionsMax(int wanted)
    {
        if (!OperatingSystem.IsLinux())
        {
            return wanted;
        }

        long openFiles = OpenFilesLimit.Read();
        if (openFiles <= 0 || wanted + OtherDescriptors <= openFiles)
        {
            return wanted;
        }

        int possible = (int)Math.Max(1, openFiles - OtherDescriptors);
        BrokerLog.LimitedByOpenFiles(_logger, possible, openFiles);
        return possible;
    }

    private void Start()
    {
        foreach (var listener in _listeners)
        {
            _loops[0].AddListener(listener);
            BrokerLog.Listening(_logger, listener.Url);
            if (!IPAddress.IsLoopback(listener.EndPoint.Address))
            {
                BrokerLog.ListeningForEveryone(_logger, listener.Url);
            }
        }

        foreach (var loop in _loops)
        {
            loop.Start();
        }
    }

    private async Task StopCoreAsync()
    {
        BrokerLog.Stopping(_logger, _limiter.Open);
        foreach (var loop in _loops)
        {
            loop.Drain();
        }

        // Connections move between loops, so only the count of all tells when none is left.
        long deadline = Environment.TickCount64 + _options.DrainTimeoutMilliseconds;
        while (_limiter.Open > 0 && Environment.TickCount64 < deadline && !_failed.Task.IsCompleted)
        {
            await Task.Delay(DrainPollMilliseconds).ConfigureAwait(false);
        }

        if (_limiter.Open > 0 && !_failed.Task.IsCompleted)
        {
            BrokerLog.StopTimedOut(_logger, _options.DrainTimeoutMilliseconds, _limiter.Open);
        }

        StopLoops();
        bool haveAllEnded = true;
        foreach (var loop in _loops)
        {
            haveAllEnded &= loop.Join(JoinTimeout);
        }

        foreach (var listener in _listeners)
        {
            listener.Dispose();
        }

        // A thread that is still busy with its sockets must not find their memory freed.
        if (haveAllEnded)
        {
            foreach (var loop in _loops)
            {
                loop.CloseArrivals();
            }

            DisposeDrivers(_drivers);
        }

        BrokerLog.Stopped(_logger);
    }

    private void StopLoops()
    {
        foreach (var loop in _loops)
        {
            loop.Stop();
        }
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "The failure may be the log's own: it is then told by Failure alone.")]
    private void HandleFailure(int loop, Exception error)
    {
        StopLoops();
        try
        {
            BrokerLog.LoopFailed(_logger, error, loop);
        }
        catch (Exception logError)
        {
            error = new AggregateException(error, logError);
        }

        _failed.TrySetException(error);
    }
}
