using System.Net.Sockets;
using Godwit.Broker.Listeners;

namespace Godwit.Broker.Loops.Sockets;

/// <summary>Accepts on one listener, one connection at a time.</summary>
internal sealed class SocketsAcceptor : IDisposable
{
    private readonly SocketAsyncEventArgs _accept = new(unsafeSuppressExecutionContextFlow: true);
    private readonly SocketsDriver _owner;

    public SocketsAcceptor(Listener listener, SocketsDriver owner)
    {
        Listener = listener;
        _owner = owner;
        _accept.Completed += (_, _) => _owner.Post(new SocketsEvent(SocketsEventKind.Accepted, null, this));
    }

    public Listener Listener { get; }

    /// <summary>An accept is under way or its completion is on its way.</summary>
    public bool IsArmed { get; set; }

    /// <summary>Starts to accept. True when that is already done: nothing will be reported then.</summary>
    public bool Arm()
    {
        _accept.AcceptSocket = null;
        return !Listener.Socket.AcceptAsync(_accept);
    }

    /// <summary>Takes the outcome.</summary>
    public SocketError Finish(out Socket? accepted)
    {
        accepted = _accept.AcceptSocket;
        _accept.AcceptSocket = null;
        return _accept.SocketError;
    }

    public void Dispose() => _accept.Dispose();
}
