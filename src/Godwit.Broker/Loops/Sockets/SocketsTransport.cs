using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;

namespace Godwit.Broker.Loops.Sockets;

/// <summary>
/// A <see cref="Socket"/> whose waiting is done by a receive of zero bytes, so that an idle connection holds no buffer.
/// Completions arrive on threads of the runtime and go at once to the loop that owns the transport.
/// </summary>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification = "Release gives them back, when no operation uses them any more.")]
internal sealed class SocketsTransport : Transport
{
    private static readonly EventHandler<SocketAsyncEventArgs> OnReceive = (_, args) => Complete(args, SocketsEventKind.Readable);
    private static readonly EventHandler<SocketAsyncEventArgs> OnSend = (_, args) => Complete(args, SocketsEventKind.Sent);

    private SocketAsyncEventArgs? _receive;
    private SocketAsyncEventArgs? _send;
    private volatile SocketsDriver _owner;

    public SocketsTransport(Socket socket, SocketsDriver owner)
    {
        Socket = socket;
        _owner = owner;
    }

    public Socket Socket { get; }

    /// <summary>The driver that gets the completions; set by the loop that gives the transport away.</summary>
    public SocketsDriver Owner
    {
        get => _owner;
        set => _owner = value;
    }

    /// <summary>A receive of zero bytes is under way or its completion is on its way.</summary>
    public bool IsReceiveArmed { get; set; }

    /// <summary>A send is under way or its completion is on its way.</summary>
    public bool IsSending { get; set; }

    /// <summary>Waits for input. True when there already is some: nothing will be reported then.</summary>
    public bool ArmReceive()
    {
        if (_receive is null)
        {
            _receive = new SocketAsyncEventArgs(true) { UserToken = this };
            _receive.SetBuffer([], 0, 0);
            _receive.Completed += OnReceive;
        }

        return !Socket.ReceiveAsync(_receive);
    }

    /// <summary>Starts to send a copy of <paramref name="bytes"/>. True when that is already done: nothing will be reported then.</summary>
    public bool StartSend(ReadOnlySpan<byte> bytes)
    {
        if (_send is null)
        {
            _send = new SocketAsyncEventArgs(true) { UserToken = this };
            _send.Completed += OnSend;
        }

        byte[] copy = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(copy);
        _send.SetBuffer(copy, 0, bytes.Length);
        return !Socket.SendAsync(_send);
    }

    /// <summary>Takes the outcome of the send: its bytes, −1 when it failed.</summary>
    public int FinishSend()
    {
        byte[]? copy = _send!.Buffer;
        int sent = _send.SocketError == SocketError.Success ? _send.BytesTransferred : -1;
        _send.SetBuffer(null, 0, 0);
        if (copy is not null)
        {
            ArrayPool<byte>.Shared.Return(copy);
        }

        return sent;
    }

    /// <summary>Gives the completion objects back as far as no operation uses them.</summary>
    public void Release()
    {
        if (!IsReceiveArmed)
        {
            _receive?.Dispose();
            _receive = null;
        }

        if (!IsSending)
        {
            _send?.Dispose();
            _send = null;
        }
    }

    private static void Complete(SocketAsyncEventArgs args, SocketsEventKind kind)
    {
        var transport = (SocketsTransport)args.UserToken!;
        transport._owner.Post(new SocketsEvent(kind, transport, null));
    }
}
