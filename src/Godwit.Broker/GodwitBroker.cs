using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using Godwit.Broker.Diagnostics;
using Godwit.Broker.Hooks;
using Godwit.Broker.InProcess;
using Godwit.Broker.Listeners;
using Godwit.Broker.Loops;
using Godwit.Broker.Loops.Epoll;
using Godwit.Broker.Loops.InProcess;
using Godwit.Broker.Loops.Sockets;
using Godwit.Broker.Options;
using Godwit.Engine;
using Godwit.Engine.Access;
using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Engine.Observation;
using Godwit.Protocol;
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
    private readonly IStore _store;
    private readonly HookEvents? _events;
    private readonly InProcessDriver[] _drivers;
    private readonly InProcessPublisher _publisher;
    private readonly EventLoop[] _loops;
    private readonly AcceptLimiter _limiter;
    private readonly List<Listener> _listeners;
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _stopGate = new();
    private Task? _stopping;

    private GodwitBroker(BrokerOptions options, List<Listener> listeners, IStore store, ILogger logger)
    {
        _options = options;
        _store = store;
        _listeners = listeners;
        _logger = logger;
        int count = options.Loops;
        _drivers = CreateDrivers(options);
        var loads = new LoopLoad[count];
        for (int i = 0; i < count; i++)
        {
            loads[i] = new LoopLoad(MonotonicClock.Timestamp);
        }

        var observer = new LoggingObserver(logger);
        _events = HookEvents.AreWanted(options.Hooks) ? new HookEvents(options.Hooks, observer, logger) : null;
        var policy = new HookPolicy(options.Hooks, logger);
        _core = new BrokerCore(options.Engine with { Shards = count }, new EnginePorts
        {
            Waker = new LoopWaker(_drivers),
            HomeSelector = options.Placement == LoopPlacement.Fill ? new FillHomeSelector(loads) : new RoundRobinHomeSelector(count),
            Entropy = SystemEntropy.Instance,
            Store = _store,
            HandleStoreFailure = HandleStoreFailure,
            Observer = (IEngineObserver?)_events ?? observer,
            Access = policy.Scope == AccessScope.None ? OpenPolicy.Instance : policy,
        });
        policy.Attach(_core);
        Restored = Restore();
        _publisher = new InProcessPublisher(_drivers[0], options.Engine.MaximumPacketSize);
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

    /// <summary>What an acknowledged message survives.</summary>
    public DurabilityLevel Durability => _store.Level;

    /// <summary>What had survived the process before this one.</summary>
    public RestoreSummary Restored { get; }

    /// <summary>Completes with an error when a loop, or the store, has failed: the other loops have then been told to end, since half a broker must not go on.</summary>
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
        List<string> errors = [.. BrokerSettings.Check(options)];
        if (options.Durability != DurabilityLevel.Memory && options.OpenStore is null)
        {
            errors.Add($"Durability = \"{SettingText.FormatName(options.Durability)}\": this host has no store that survives the process (BrokerOptions.OpenStore); allowed: memory.");
        }

        if (errors.Count > 0)
        {
            throw new BrokerConfigurationException(errors);
        }

        var logger = (loggers ?? NullLoggerFactory.Instance).CreateLogger("Godwit.Broker");
        var listeners = await ListenerBinder.BindAsync(options.Listeners, cancellation).ConfigureAwait(false);
        IStore? store = null;
        GodwitBroker broker;
        try
        {
            store = options.Durability == DurabilityLevel.Memory ? NewMemoryStore(options.Engine, logger) : options.OpenStore!(options);
            broker = new GodwitBroker(options, listeners, store, logger);
        }
        catch (Exception error)
        {
            listeners.ForEach(listener => listener.Dispose());
            (store as IDisposable)?.Dispose();
            if (error is Win32Exception)
            {
                throw new BrokerStartException($"Cannot start the event loops: {error.Message}. Raise the limits of the process, or run fewer loops.", error);
            }

            throw;
        }

        broker.Start();
        return broker;
    }

    private static MemoryStore NewMemoryStore(EngineOptions options, ILogger logger)
    {
        if (options is { AllQueuesMessagesMax: long.MaxValue, AllQueuesBytesMax: long.MaxValue })
        {
            return new MemoryStore();
        }

        return new MemoryStore(new QueueTotals(options.AllQueuesMessagesMax, options.AllQueuesBytesMax), totals =>
        {
            if (totals.IsFull)
            {
                BrokerLog.QueuesFull(logger, totals.Describe());
            }
            else
            {
                BrokerLog.QueuesHaveRoom(logger, totals.Describe());
            }
        });
    }

    /// <summary>
    /// Publishes from within the process, without a connection and without asking any hook. QoS 0 completes when the message is
    /// on its way; QoS 1 and 2 when the broker has taken it over, at the durability in force.
    /// </summary>
    /// <param name="message">What to publish.</param>
    /// <param name="cancellation">Waits no longer; the message may be published all the same.</param>
    /// <returns><see cref="ReasonCode.Success"/>, <see cref="ReasonCode.NoMatchingSubscribers"/> (QoS 1 and 2), or a refusal such as <see cref="ReasonCode.QuotaExceeded"/>.</returns>
    /// <exception cref="ArgumentException">The standard does not allow such a message, or it is larger than the maximum packet size.</exception>
    /// <exception cref="BrokerStoppedException">The broker has stopped.</exception>
    public ValueTask<ReasonCode> PublishAsync(BrokerMessage message, CancellationToken cancellation = default) =>
        _publisher.PublishAsync(message, cancellation);

    /// <summary>
    /// Subscribes from within the process, without a connection and without asking any hook. The messages wait for their reader,
    /// bounded as <see cref="BrokerSubscribeOptions.Capacity"/> says; a slow reader slows nobody else.
    /// </summary>
    /// <param name="topicFilter">A Topic Filter, also a shared one (<c>$share/group/filter</c>).</param>
    /// <param name="options">How; null: the defaults.</param>
    /// <exception cref="BrokerSubscriptionException">The filter is not valid, or a limit is reached.</exception>
    /// <exception cref="BrokerStoppedException">The broker has stopped.</exception>
    public Task<BrokerSubscription> SubscribeAsync(string topicFilter, BrokerSubscribeOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(topicFilter);
        return BrokerSubscription.OpenAsync(_drivers[0], topicFilter, options ?? new BrokerSubscribeOptions());
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

    private static InProcessDriver[] CreateDrivers(BrokerOptions options)
    {
        var drivers = new List<InProcessDriver>();
        try
        {
            for (int i = 0; i < options.Loops; i++)
            {
                drivers.Add(new InProcessDriver(UsesEpoll(options.Io) ? new EpollDriver() : new SocketsDriver()));
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

    private RestoreSummary Restore()
    {
        long start = MonotonicClock.ToMilliseconds(MonotonicClock.Timestamp);
        var restored = _core.Restore(start);
        if (_store.Level != DurabilityLevel.Memory)
        {
            BrokerLog.Restored(
                _logger,
                MonotonicClock.ToMilliseconds(MonotonicClock.Timestamp) - start,
                restored.Sessions,
                restored.Subscriptions,
                restored.QueuedMessages,
                restored.Journals,
                restored.Exchanges,
                restored.RetainedMessages,
                restored.Wills);
        }

        return restored;
    }

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

            // The store tells the loops of its last commits, so their drivers have to be there still.
            (_store as IDisposable)?.Dispose();
            DisposeDrivers(_drivers);
        }

        if (_events is not null)
        {
            await _events.DisposeAsync().ConfigureAwait(false);
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

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "The log may fail as well, and must not keep the broker from ending.")]
    private void HandleStoreFailure(Exception error)
    {
        StopLoops();
        try
        {
            BrokerLog.StoreFailed(_logger, error);
        }
        catch (Exception logError)
        {
            error = new AggregateException(error, logError);
        }

        _failed.TrySetException(error);
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
