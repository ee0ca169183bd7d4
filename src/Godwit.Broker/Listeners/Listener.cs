using System.Net;
using System.Net.Sockets;
using Godwit.Engine;

namespace Godwit.Broker.Listeners;

/// <summary>A bound and listening socket.</summary>
internal sealed class Listener(Socket socket, string url, bool isStrict) : IDisposable
{
    public Socket Socket { get; } = socket;

    public string Url { get; } = url;

    public bool IsStrict { get; } = isStrict;

    public IPEndPoint EndPoint { get; } = (IPEndPoint)socket.LocalEndPoint!;

    /// <summary>What the engine knows of it.</summary>
    public ListenerProfile Profile { get; } = new(url, Lenient: !isStrict);

    /// <summary>True once nothing is accepted any more.</summary>
    public bool IsClosed { get; private set; }

    public void Dispose()
    {
        IsClosed = true;
        Socket.Dispose();
    }
}
