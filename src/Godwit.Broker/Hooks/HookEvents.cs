using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Threading.Channels;
using Godwit.Broker.Diagnostics;
using Godwit.Broker.Loops;
using Godwit.Engine.Connections;
using Godwit.Engine.Observation;
using Godwit.Protocol;
using Microsoft.Extensions.Logging;

namespace Godwit.Broker.Hooks;

/// <summary>Tells the observers among the hooks what the engine observes: off the loops, in order, through a bounded queue.</summary>
internal sealed class HookEvents : IEngineObserver, IAsyncDisposable
{
    private const int WaitingMax = 65_536;

    private static readonly TimeSpan LastEventsTimeout = TimeSpan.FromSeconds(2);

    private readonly BrokerHooks _hooks;
    private readonly IEngineObserver _next;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly LogRate _slow = new(1);
    private readonly Channel<object> _events = Channel.CreateBounded<object>(
        new BoundedChannelOptions(WaitingMax) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly Task _telling;
    private long _lost;

    /// <summary>Observes for the hooks and for <paramref name="next"/>.</summary>
    public HookEvents(BrokerHooks hooks, IEngineObserver next, ILogger logger)
    {
        _hooks = hooks;
        _next = next;
        _logger = logger;
        _telling = Task.Run(TellAsync);
    }

    /// <summary>True when somebody wants to hear.</summary>
    public static bool AreWanted(BrokerHooks hooks) => hooks.ConnectionObservers.Count > 0 || hooks.SessionObservers.Count > 0;

    public void ClientConnected(Connection connection, bool sessionPresent)
    {
        _next.ClientConnected(connection, sessionPresent);
        Enqueue(new ClientConnected(Text(connection.ClientIdentifier), connection.RemoteAddress, connection.Version, sessionPresent));
    }

    public void ClientDisconnected(Connection connection, DisconnectCause cause, ReasonCode reason)
    {
        _next.ClientDisconnected(connection, cause, reason);
        Enqueue(new ClientDisconnected(Text(connection.ClientIdentifier), connection.RemoteAddress, cause, reason));
    }

    public void ConnectionRefused(Connection connection, DisconnectCause cause, ReasonCode reason) =>
        _next.ConnectionRefused(connection, cause, reason);

    public void ProtocolViolated(Connection connection, in ProtocolFault fault) => _next.ProtocolViolated(connection, in fault);

    public void SessionStarted(ReadOnlySpan<byte> clientIdentifier)
    {
        _next.SessionStarted(clientIdentifier);
        Enqueue(new SessionStarted(Text(clientIdentifier)));
    }

    public void SessionEnded(ReadOnlySpan<byte> clientIdentifier, long queuedMessages)
    {
        _next.SessionEnded(clientIdentifier, queuedMessages);
        Enqueue(new SessionEnded(Text(clientIdentifier), queuedMessages));
    }

    /// <summary>The loops have ended: the last events are told, but not for long.</summary>
    public async ValueTask DisposeAsync()
    {
        _events.Writer.TryComplete();
        try
        {
            await _telling.WaitAsync(LastEventsTimeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            await _stopping.CancelAsync().ConfigureAwait(false);
            BrokerLog.ObserversTooSlow(_logger, _lost, _events.Reader.Count);
        }

        _stopping.Dispose();
    }

    private static string Text(ReadOnlySpan<byte> clientIdentifier) => Encoding.UTF8.GetString(clientIdentifier);

    private void Enqueue(object happened)
    {
        if (_events.Writer.TryWrite(happened))
        {
            return;
        }

        long lost = Interlocked.Increment(ref _lost);
        if (_slow.TryTake(MonotonicClock.ToMilliseconds(MonotonicClock.Timestamp), out _))
        {
            BrokerLog.ObserversTooSlow(_logger, lost, WaitingMax);
        }
    }

    private async Task TellAsync()
    {
        await foreach (object happened in _events.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            switch (happened)
            {
                case ClientConnected connected:
                    await TellAsync(_hooks.ConnectionObservers, observer => observer.ConnectedAsync(connected, _stopping.Token), "connect").ConfigureAwait(false);
                    break;
                case ClientDisconnected disconnected:
                    await TellAsync(_hooks.ConnectionObservers, observer => observer.DisconnectedAsync(disconnected, _stopping.Token), "disconnect").ConfigureAwait(false);
                    break;
                case SessionStarted started:
                    await TellAsync(_hooks.SessionObservers, observer => observer.StartedAsync(started, _stopping.Token), "session start").ConfigureAwait(false);
                    break;
                case SessionEnded ended:
                    await TellAsync(_hooks.SessionObservers, observer => observer.EndedAsync(ended, _stopping.Token), "session end").ConfigureAwait(false);
                    break;
            }

            if (_stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "An observer is foreign code: its failure is logged, and the others are told all the same.")]
    private async ValueTask TellAsync<T>(IReadOnlyList<T> observers, Func<T, ValueTask> tell, string what)
    {
        foreach (var observer in observers)
        {
            try
            {
                await tell(observer).ConfigureAwait(false);
            }
            catch (Exception error)
            {
                BrokerLog.ObserverFailed(_logger, error, what);
            }
        }
    }
}
