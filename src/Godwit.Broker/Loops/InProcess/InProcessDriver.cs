using System.Collections.Concurrent;
using Godwit.Broker.Listeners;

namespace Godwit.Broker.Loops.InProcess;

/// <summary>The driver of a loop: the network's, and in front of it the connections of the process itself.</summary>
internal sealed class InProcessDriver(LoopDriver network) : LoopDriver
{
    private readonly ConcurrentQueue<InProcessTransport> _due = new();
    private readonly HashSet<InProcessTransport> _attached = [];
    private readonly Lock _wakeGate = new();
    private bool _isDisposed;

    public override void AddListener(Listener listener) => network.AddListener(listener);

    public override void PauseAccepting() => network.PauseAccepting();

    public override void ResumeAccepting() => network.ResumeAccepting();

    public override void Wait(int milliseconds) => network.Wait(_due.IsEmpty ? milliseconds : 0);

    /// <remarks>Answers and messages of the process may come when the loop is gone: then there is nobody to wake.</remarks>
    public override void Wake()
    {
        lock (_wakeGate)
        {
            if (!_isDisposed)
            {
                network.Wake();
            }
        }
    }

    public override void Dispatch(ITransportEvents events)
    {
        network.Dispatch(events);
        for (int count = _due.Count; count > 0 && _due.TryDequeue(out var transport); count--)
        {
            Dispatch(transport, events);
        }
    }

    /// <summary>Any thread: a new connection of the process for this loop.</summary>
    public void Open(InProcessTransport transport) => transport.Assign(this);

    /// <summary>Any thread: the transport has something for its loop.</summary>
    public void Schedule(InProcessTransport transport)
    {
        lock (_wakeGate)
        {
            if (!_isDisposed)
            {
                _due.Enqueue(transport);
                network.Wake();
                return;
            }
        }

        // Not from here: the caller may hold locks of the client's.
        ThreadPool.UnsafeQueueUserWorkItem(static client => client.Ended(), transport.Client, preferLocal: false);
    }

    public override bool Attach(Transport transport)
    {
        if (transport is not InProcessTransport own)
        {
            return network.Attach(transport);
        }

        own.Slot = 0;
        _attached.Add(own);
        own.Assign(this);
        return true;
    }

    public override void Detach(Transport transport, LoopDriver target)
    {
        if (transport is not InProcessTransport own)
        {
            network.Detach(transport, ((InProcessDriver)target).Network);
            return;
        }

        own.Assign(null);
        own.Slot = Transport.NoSlot;
        _attached.Remove(own);
    }

    public override int Send(Transport transport, ReadOnlySpan<byte> bytes)
    {
        if (transport is not InProcessTransport own)
        {
            return network.Send(transport, bytes);
        }

        int taken = own.Client.Take(bytes);
        own.IsWriteBlocked = taken < bytes.Length;
        return taken;
    }

    public override void SetReading(Transport transport, bool reading)
    {
        if (transport is not InProcessTransport own)
        {
            network.SetReading(transport, reading);
            return;
        }

        own.IsReading = reading;
        if (reading)
        {
            own.ScheduleInput();
        }
    }

    public override void ShutdownSend(Transport transport)
    {
        if (transport is not InProcessTransport own)
        {
            network.ShutdownSend(transport);
            return;
        }

        own.CloseFromPeer();
    }

    public override void Close(Transport transport)
    {
        if (transport is not InProcessTransport own)
        {
            network.Close(transport);
            return;
        }

        if (own.Phase == TransportPhase.Closed)
        {
            return;
        }

        own.Phase = TransportPhase.Closed;
        own.Assign(null);
        own.Slot = Transport.NoSlot;
        _attached.Remove(own);
        own.Client.Ended();
    }

    public override Transport[] AttachedTransports() => [.. network.AttachedTransports(), .. _attached];

    protected override void Dispose(bool disposing)
    {
        lock (_wakeGate)
        {
            _isDisposed = true;
        }

        // Some may have been opened for a loop that had ended.
        while (_due.TryDequeue(out var transport))
        {
            Close(transport);
        }

        network.Dispose();
    }

    private LoopDriver Network => network;

    private void Dispatch(InProcessTransport transport, ITransportEvents events)
    {
        if (transport.Phase == TransportPhase.Closed)
        {
            return;
        }

        var work = transport.TakeWork(this);
        if (!work.IsMine)
        {
            return;
        }

        if (!transport.IsOpened)
        {
            transport.IsOpened = true;
            transport.Slot = 0;
            _attached.Add(transport);
            events.Opened(transport, transport.Profile);
        }

        if (!work.Input.IsEmpty)
        {
            events.Received(transport, work.Input.Span);
        }

        if (work.WantsOutput && transport.IsWriteBlocked)
        {
            transport.IsWriteBlocked = false;
            events.Writable(transport, 0);
        }

        if (work.HasClosed)
        {
            events.Closed(transport, reset: false);
        }
    }
}
