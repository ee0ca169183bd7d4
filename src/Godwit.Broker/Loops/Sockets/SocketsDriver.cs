using System.Net.Sockets;
using Godwit.Broker.Listeners;

namespace Godwit.Broker.Loops.Sockets;

/// <summary>
/// Sockets by <see cref="System.Net.Sockets"/>, for systems without epoll. The runtime's threads only report completions;
/// reading, the engine and sending run on the loop's thread, in the same turns as with epoll.
/// </summary>
internal sealed class SocketsDriver : LoopDriver
{
    /// <summary>Largest copy that a send in the background holds, in bytes.</summary>
    private const int BackgroundSendMax = 64 * 1024;

    private readonly object _gate = new();
    private readonly List<SocketsAcceptor> _acceptors = [];
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(ReceiveBufferSize, pinned: true);
    private List<SocketsEvent> _arriving = [];
    private List<SocketsEvent> _taken = [];
    private List<SocketsEvent> _local = [];
    private List<SocketsEvent> _localTaken = [];
    private bool _isWoken;
    private bool _isDisposed;
    private bool _isAcceptingPaused;

    public override void AddListener(Listener listener)
    {
        var acceptor = new SocketsAcceptor(listener, this);
        _acceptors.Add(acceptor);
        Arm(acceptor);
    }

    public override void PauseAccepting() => _isAcceptingPaused = true;

    public override void ResumeAccepting()
    {
        _isAcceptingPaused = false;
        foreach (var acceptor in _acceptors)
        {
            Arm(acceptor);
        }
    }

    public override void Wait(int milliseconds)
    {
        lock (_gate)
        {
            if (_arriving.Count == 0 && !_isWoken && _local.Count == 0 && milliseconds != 0)
            {
                Monitor.Wait(_gate, milliseconds);
            }

            _isWoken = false;
            (_arriving, _taken) = (_taken, _arriving);
        }
    }

    public override void Dispatch(ITransportEvents events)
    {
        // What becomes ready while this runs belongs to the next turn: every connection gets one receive.
        (_local, _localTaken) = (_localTaken, _local);
        DispatchAll(_localTaken, events);
        DispatchAll(_taken, events);
    }

    public override void Wake()
    {
        lock (_gate)
        {
            _isWoken = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Called on any thread.</summary>
    public void Post(SocketsEvent happened)
    {
        lock (_gate)
        {
            if (!_isDisposed)
            {
                _arriving.Add(happened);
                if (_arriving.Count == 1)
                {
                    Monitor.Pulse(_gate);
                }

                return;
            }
        }

        Discard(happened);
    }

    public override bool Attach(Transport transport)
    {
        var own = (SocketsTransport)transport;
        own.Owner = this;
        Transports.Add(own);
        Arm(own);
        return true;
    }

    public override void Detach(Transport transport, LoopDriver target)
    {
        Transports.Remove(transport);
        ((SocketsTransport)transport).Owner = (SocketsDriver)target;
    }

    public override int Send(Transport transport, ReadOnlySpan<byte> bytes)
    {
        var own = (SocketsTransport)transport;
        int sent = own.Socket.Send(bytes, SocketFlags.None, out var error);
        if (error is not (SocketError.Success or SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable))
        {
            return -1;
        }

        if (error != SocketError.Success)
        {
            sent = 0;
        }

        if (sent < bytes.Length)
        {
            // No portable way to wait for room without sending: the copy's bytes are reported gone when they are.
            own.IsWriteBlocked = true;
            own.IsSending = true;
            var rest = bytes[sent..];
            if (own.StartSend(rest[..Math.Min(rest.Length, BackgroundSendMax)]))
            {
                _local.Add(new SocketsEvent(SocketsEventKind.Sent, own, null));
            }
        }

        return sent;
    }

    public override void SetReading(Transport transport, bool reading)
    {
        transport.IsReading = reading;
        Arm((SocketsTransport)transport);
    }

    public override void ShutdownSend(Transport transport)
    {
        try
        {
            ((SocketsTransport)transport).Socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The peer was faster: the receive that follows will tell.
        }
    }

    public override void Close(Transport transport)
    {
        var own = (SocketsTransport)transport;
        if (own.Phase == TransportPhase.Closed)
        {
            return;
        }

        own.Phase = TransportPhase.Closed;
        if (own.Slot != Transport.NoSlot)
        {
            Transports.Remove(own);
        }

        own.Socket.Dispose();
        own.Release();
    }

    protected override void Dispose(bool disposing)
    {
        List<SocketsEvent> arrived;
        lock (_gate)
        {
            _isDisposed = true;
            arrived = _arriving;
            _arriving = [];
        }

        arrived.ForEach(Discard);
        _local.ForEach(Discard);
        _local.Clear();
        _acceptors.Clear(); // each is disposed with the completion that it waits for
    }

    /// <summary>A connection that was accepted for a loop that has ended must not stay open unseen.</summary>
    private static void Discard(SocketsEvent happened)
    {
        if (happened.Acceptor is { } acceptor)
        {
            acceptor.Finish(out var accepted);
            accepted?.Dispose();
            acceptor.Dispose();
        }
    }

    private void DispatchAll(List<SocketsEvent> happened, ITransportEvents events)
    {
        for (int i = 0; i < happened.Count; i++)
        {
            var (kind, transport, acceptor) = happened[i];
            if (kind == SocketsEventKind.Accepted)
            {
                FinishAccept(acceptor!, events);
            }
            else if (transport!.Owner != this)
            {
                transport.Owner.Post(happened[i]); // given away while the completion was on its way
            }
            else if (kind == SocketsEventKind.Readable)
            {
                FinishReceive(transport, events);
            }
            else
            {
                FinishSend(transport, events);
            }
        }

        happened.Clear();
    }

    private void FinishReceive(SocketsTransport transport, ITransportEvents events)
    {
        transport.IsReceiveArmed = false;
        if (transport.Phase == TransportPhase.Closed)
        {
            transport.Release();
            return;
        }

        if (transport.Slot == Transport.NoSlot || !transport.IsReading)
        {
            return; // attaching or resuming arms again, and then finds the same input
        }

        int count = transport.Socket.Receive(_buffer, SocketFlags.None, out var error);
        if (error == SocketError.Success && count > 0)
        {
            events.Received(transport, _buffer.AsSpan(0, count));
        }
        else if (error != SocketError.WouldBlock)
        {
            events.Closed(transport, reset: error != SocketError.Success);
        }

        Arm(transport);
    }

    private static void FinishSend(SocketsTransport transport, ITransportEvents events)
    {
        transport.IsSending = false;
        int sent = transport.FinishSend();
        if (transport.Phase == TransportPhase.Closed)
        {
            transport.Release();
            return;
        }

        transport.IsWriteBlocked = false;
        if (sent < 0)
        {
            events.Closed(transport, reset: true);
        }
        else
        {
            events.Writable(transport, sent);
        }
    }

    private void Arm(SocketsTransport transport)
    {
        if (transport.IsReceiveArmed || !transport.IsReading || transport.Phase == TransportPhase.Closed || transport.Slot == Transport.NoSlot)
        {
            return;
        }

        transport.IsReceiveArmed = true;
        if (transport.ArmReceive())
        {
            _local.Add(new SocketsEvent(SocketsEventKind.Readable, transport, null));
        }
    }

    private void FinishAccept(SocketsAcceptor acceptor, ITransportEvents events)
    {
        for (int i = 0; i < AcceptsPerTurnMax; i++)
        {
            acceptor.IsArmed = false;
            var error = acceptor.Finish(out var socket);
            if (acceptor.Listener.IsClosed)
            {
                socket?.Dispose();
                acceptor.Dispose();
                return;
            }

            if (error == SocketError.Success && socket is not null)
            {
                Welcome(acceptor.Listener, socket, events);
            }
            else if (error is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable)
            {
                events.AcceptStarved(acceptor.Listener, error.ToString());
            }

            if (_isAcceptingPaused)
            {
                return;
            }

            acceptor.IsArmed = true;
            if (!acceptor.Arm())
            {
                return;
            }
        }

        _local.Add(new SocketsEvent(SocketsEventKind.Accepted, null, acceptor));
    }

    private void Welcome(Listener listener, Socket socket, ITransportEvents events)
    {
        try
        {
            socket.NoDelay = true;
            socket.Blocking = false;
            events.Accepted(listener, new SocketsTransport(socket, this), PeerAddress.FromEndPoint(socket.RemoteEndPoint));
        }
        catch (SocketException)
        {
            socket.Dispose(); // gone before we could greet it
        }
    }

    private void Arm(SocketsAcceptor acceptor)
    {
        if (acceptor.IsArmed || acceptor.Listener.IsClosed)
        {
            return;
        }

        acceptor.IsArmed = true;
        if (acceptor.Arm())
        {
            _local.Add(new SocketsEvent(SocketsEventKind.Accepted, null, acceptor));
        }
    }
}
