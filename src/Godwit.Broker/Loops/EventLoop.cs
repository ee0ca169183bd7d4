using System.Diagnostics.CodeAnalysis;
using Godwit.Broker.Diagnostics;
using Godwit.Broker.Listeners;
using Godwit.Engine;
using Godwit.Engine.Connections;
using Microsoft.Extensions.Logging;

namespace Godwit.Broker.Loops;

/// <summary>
/// One thread that drives one shard: waits, reads the mail, reads the sockets that have something, ends the turn, and does
/// what the shard's connections then ask for.
/// </summary>
internal sealed class EventLoop : ITransportEvents, IOutputFlusher
{
    // How long a connection that is being closed may take its last bytes, and how long we listen for its own close.
    private const long FlushMilliseconds = 5000;
    private const long LingerMilliseconds = 1000;
    private const int DiscardedBytesMax = 64 * 1024;
    private const long AcceptRestMilliseconds = 100;

    private readonly Shard _shard;
    private readonly LoopDriver _driver;
    private readonly LoopDriver[] _drivers;
    private readonly LoopLoad _load;
    private readonly AcceptLimiter _limiter;
    private readonly ILogger _logger;
    private readonly Action<int, Exception> _failed;
    private readonly Thread _thread;
    private readonly Queue<(Transport Transport, long Deadline)> _flushing = new();
    private readonly Queue<(Transport Transport, long Deadline)> _lingering = new();
    private readonly List<Listener> _listeners = [];
    private readonly List<Transport> _ended = [];
    private readonly RefusalLog _refusals;
    private readonly LogRate _starved = new(1);
    private long _now;
    private long _resumeAcceptingAt = long.MaxValue;
    private volatile bool _drainAsked;
    private volatile bool _stopAsked;
    private bool _isDraining;
    private bool _hasFailed;

    public EventLoop(
        Shard shard, LoopDriver[] drivers, LoopLoad load, AcceptLimiter limiter, ILogger logger, Action<int, Exception> failed)
    {
        _shard = shard;
        _drivers = drivers;
        _driver = drivers[shard.Index];
        _load = load;
        _limiter = limiter;
        _logger = logger;
        _failed = failed;
        _refusals = new RefusalLog(logger);
        _shard.Flusher = this;
        _thread = new Thread(Run) { Name = $"godwit-loop-{shard.Index}", IsBackground = true };
    }

    public int Index => _shard.Index;

    /// <summary>Before <see cref="Start"/>: this loop accepts for the listener.</summary>
    public void AddListener(Listener listener)
    {
        _listeners.Add(listener);
        _driver.AddListener(listener);
    }

    public void Start() => _thread.Start();

    /// <summary>Asks the loop to stop accepting and to send its clients away. It goes on until <see cref="Stop"/>: another loop may still hand it a connection.</summary>
    public void Drain()
    {
        _drainAsked = true;
        _driver.Wake();
    }

    /// <summary>Asks the loop to end now.</summary>
    public void Stop()
    {
        _stopAsked = true;
        _driver.Wake();
    }

    /// <summary>Closes what other loops have handed over since this one ended. All loops have ended.</summary>
    public void CloseArrivals()
    {
        if (_hasFailed)
        {
            return; // its shard cannot be trusted any more
        }

        _shard.BeginTurn(_now);
        while (_shard.TryTakeAdopted(out var adopted))
        {
            var transport = (Transport)adopted.Transport!;
            Close(transport);
        }
    }

    public bool Join(TimeSpan timeout) => !_thread.IsAlive || _thread.Join(timeout);

    public void Accepted(Listener listener, Transport transport, in PeerAddress peer)
    {
        var verdict = _isDraining ? AcceptVerdict.TotalReached : _limiter.TryEnter(peer.Key);
        if (verdict != AcceptVerdict.Admitted)
        {
            _driver.Close(transport);
            if (!_isDraining)
            {
                _refusals.Report(verdict, in peer, _limiter, _now);
            }

            return;
        }

        transport.Peer = peer.Key;
        transport.IsCounted = true;
        if (!_driver.Attach(transport))
        {
            Close(transport);
            return;
        }

        transport.Connection = _shard.Open(listener.Profile, peer.ToString(), transport, _now);
    }

    public void Opened(Transport transport, ListenerProfile profile)
    {
        if (_isDraining)
        {
            _driver.Close(transport);
            return;
        }

        transport.Connection = _shard.Open(profile, profile.Name, transport, _now);
    }

    public void AcceptStarved(Listener listener, string error)
    {
        if (_starved.TryTake(_now, out long unreported))
        {
            BrokerLog.AcceptStarved(_logger, listener.Url, error, AcceptRestMilliseconds, unreported);
        }

        _driver.PauseAccepting();
        _resumeAcceptingAt = _now + AcceptRestMilliseconds;
    }

    public void Received(Transport transport, ReadOnlySpan<byte> bytes)
    {
        if (transport.Phase == TransportPhase.Open)
        {
            _shard.Receive(transport.Connection!, bytes, _now);
            return;
        }

        transport.Discarded += bytes.Length;
        if (transport.Discarded > DiscardedBytesMax)
        {
            End(transport, reset: false);
        }
    }

    public void Flush(Connection connection)
    {
        var transport = (Transport)connection.Transport!;
        if (transport is { Phase: TransportPhase.Open, IsWriteBlocked: false } && ReferenceEquals(transport.Connection, connection))
        {
            // A failure is seen again by the send at the end of the turn, which may close.
            int sent = _driver.Send(transport, connection.PendingOutput);
            if (sent >= 0)
            {
                _shard.OutputSent(connection, sent, _now);
            }
        }
    }

    public void Writable(Transport transport, int sent)
    {
        if (transport.Connection is { } connection)
        {
            _shard.OutputSent(connection, sent, _now);
            Attend(connection, transport);
        }
    }

    public void Closed(Transport transport, bool reset)
    {
        if (!reset && transport.Phase == TransportPhase.Open)
        {
            // The peer has said all it had to say and may still listen: what this turn has for it goes out first.
            _ended.Add(transport);
            _driver.SetReading(transport, reading: false);
            return;
        }

        End(transport, reset);
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "The loop's last resort: the broker reports the failure and stops the process; half a broker must not go on.")]
    private void Run()
    {
        try
        {
            while (!_stopAsked)
            {
                Turn();
            }

            CloseAll();
        }
        catch (Exception error)
        {
            _hasFailed = true;
            _failed(Index, error);
        }
    }

    private void Turn()
    {
        long timestamp = MonotonicClock.Timestamp;
        _load.Waits(timestamp);
        _driver.Wait(Timeout(MonotonicClock.ToMilliseconds(timestamp)));
        timestamp = MonotonicClock.Timestamp;
        _load.Woke(timestamp);
        _now = MonotonicClock.ToMilliseconds(timestamp);
        _shard.Awoken();
        _shard.BeginTurn(_now);
        if (_drainAsked && !_isDraining)
        {
            BeginDrain();
        }

        _driver.Dispatch(this);

        // After the reads: a client that has sent DISCONNECT and connects anew finds its DISCONNECT obeyed, although its new
        // connection came by another loop.
        AdoptAll();
        CloseOverdue(_flushing);
        CloseOverdue(_lingering);
        if (_resumeAcceptingAt <= _now)
        {
            _resumeAcceptingAt = long.MaxValue;
            _driver.ResumeAccepting();
        }

        _shard.EndTurn(_now);
        while (_shard.TryTakeAttention(out var connection))
        {
            Attend(connection, (Transport)connection.Transport!);
        }

        foreach (var transport in _ended)
        {
            // One that was handed over meanwhile is told of its peer's end on its new loop.
            if (transport.Slot != Transport.NoSlot)
            {
                End(transport, reset: false);
            }
        }

        _ended.Clear();
    }

    private void End(Transport transport, bool reset)
    {
        if (transport.Connection is { } connection)
        {
            transport.Connection = null;
            _shard.TransportClosed(connection, reset, _now);
        }

        Close(transport);
    }

    /// <summary>How long the next wait may last, in milliseconds; −1: until something happens.</summary>
    private int Timeout(long now)
    {
        long deadline = Math.Min(_shard.NextDeadline, _resumeAcceptingAt);
        if (_flushing.TryPeek(out var flushing))
        {
            deadline = Math.Min(deadline, flushing.Deadline);
        }

        if (_lingering.TryPeek(out var lingering))
        {
            deadline = Math.Min(deadline, lingering.Deadline);
        }

        // Others pay for waking a loop that said it sleeps: it says so only when it will.
        if (deadline <= now || !_shard.TryPrepareSleep())
        {
            return 0;
        }

        return deadline == long.MaxValue ? -1 : (int)Math.Min(deadline - now, int.MaxValue);
    }

    private void AdoptAll()
    {
        bool hasAdopted = false;
        while (_shard.TryTakeAdopted(out var adopted))
        {
            hasAdopted = true;
            Adopt(adopted);
        }

        if (hasAdopted && _isDraining)
        {
            _shard.BeginDrain(_now); // it was on its way here when the others were sent away
        }
    }

    private void Adopt(Connection connection)
    {
        var transport = (Transport)connection.Transport!;
        if (!_driver.Attach(transport))
        {
            End(transport, reset: true);
            return;
        }

        _shard.Adopt(connection, _now);
    }

    private void Attend(Connection connection, Transport transport)
    {
        if (transport.Phase == TransportPhase.Closed || !ReferenceEquals(transport.Connection, connection))
        {
            return;
        }

        if (connection.HandoverTarget >= 0)
        {
            if (!transport.IsReading)
            {
                _driver.SetReading(transport, reading: true);
            }

            _driver.Detach(transport, _drivers[connection.HandoverTarget]);
            _shard.CompleteHandover(connection);
            return;
        }

        if (connection.CloseNow)
        {
            End(transport, reset: false);
            return;
        }

        if (!connection.PendingOutput.IsEmpty && !transport.IsWriteBlocked)
        {
            int sent = _driver.Send(transport, connection.PendingOutput);
            if (sent < 0)
            {
                End(transport, reset: true);
                return;
            }

            _shard.OutputSent(connection, sent, _now);
        }

        if (connection.CloseWhenFlushed)
        {
            CloseGently(connection, transport);
        }
        else if (connection.ReadPaused == transport.IsReading)
        {
            _driver.SetReading(transport, !connection.ReadPaused);
        }
    }

    // The peer gets our last bytes before the end: a plain close with unread input would turn them into a reset.
    private void CloseGently(Connection connection, Transport transport)
    {
        if (connection.PendingOutput.IsEmpty && connection.ClientHasLeft && transport.ClosesWithoutReset)
        {
            End(transport, reset: false);
            return;
        }

        if (connection.PendingOutput.IsEmpty)
        {
            transport.Connection = null;
            _shard.TransportClosed(connection, reset: false, _now);
            transport.Phase = TransportPhase.Lingering;
            _driver.ShutdownSend(transport);
            _lingering.Enqueue((transport, _now + LingerMilliseconds));
        }
        else if (transport.Phase == TransportPhase.Open)
        {
            transport.Phase = TransportPhase.Flushing;
            _flushing.Enqueue((transport, _now + FlushMilliseconds));
        }

        if (!transport.IsReading)
        {
            _driver.SetReading(transport, reading: true);
        }
    }

    private void CloseOverdue(Queue<(Transport Transport, long Deadline)> queue)
    {
        while (queue.TryPeek(out var first) && first.Deadline <= _now)
        {
            queue.Dequeue();
            bool isFlushQueue = ReferenceEquals(queue, _flushing);
            if (first.Transport.Phase == (isFlushQueue ? TransportPhase.Flushing : TransportPhase.Lingering))
            {
                End(first.Transport, reset: false);
            }
        }
    }

    private void Close(Transport transport)
    {
        if (transport.Phase != TransportPhase.Closed)
        {
            _driver.Close(transport);
            if (transport.IsCounted)
            {
                _limiter.Leave(transport.Peer);
            }
        }
    }

    private void BeginDrain()
    {
        _isDraining = true;
        CloseListeners();
        _shard.BeginDrain(_now);
    }

    private void CloseAll()
    {
        CloseListeners();
        foreach (var transport in _driver.AttachedTransports())
        {
            End(transport, reset: true);
        }

        _shard.EndTurn(_now); // connections on their way to other loops are mailed: CloseArrivals finds them there
    }

    private void CloseListeners()
    {
        foreach (var listener in _listeners)
        {
            listener.Dispose();
        }
    }
}
