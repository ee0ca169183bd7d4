using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Godwit.Broker.Listeners;
using Godwit.Broker.Loops;
using Godwit.Broker.Loops.Epoll;
using Godwit.Broker.Loops.Sockets;
using Godwit.Engine;

namespace Godwit.Broker.Tests.Loops;

/// <summary>A driver turned by the test's own thread, with an echo in place of the engine.</summary>
internal sealed class EchoLoop : ITransportEvents, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Listener _listener;
    private readonly Dictionary<Transport, byte[]> _unsent = [];

    public EchoLoop(string kind)
    {
        Driver = kind == "epoll" ? new EpollDriver() : new SocketsDriver();
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.NoDelay = true;
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(1024);
        _listener = new Listener(socket, "mqtt://test", isStrict: true);
        Driver.AddListener(_listener);
    }

    public LoopDriver Driver { get; }

    public List<Transport> Connected { get; } = [];

    public List<(Transport Transport, bool Reset)> Ended { get; } = [];

    public List<PeerAddress> Peers { get; } = [];

    public long ReceivedBytes { get; private set; }

    /// <summary>Turns until the condition holds; false when it does not in time.</summary>
    public bool TurnUntil(Func<bool> condition)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
            {
                return false;
            }

            Turn(10);
        }

        return true;
    }

    public void Turn(int milliseconds)
    {
        Driver.Wait(milliseconds);
        Driver.Dispatch(this);
    }

    public Socket Connect()
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(_listener.EndPoint);
        return client;
    }

    /// <summary>Connects and waits until the loop has it.</summary>
    public Socket ConnectAndAttach(out Transport transport)
    {
        int before = Connected.Count;
        var client = Connect();
        Assert.True(TurnUntil(() => Connected.Count > before));
        transport = Connected[^1];
        return client;
    }

    /// <summary>Sends and turns until so many bytes have come back.</summary>
    public byte[] Exchange(Socket client, byte[] bytes)
    {
        client.Blocking = false;
        var echoed = new byte[bytes.Length];
        int sent = 0;
        int received = 0;
        Assert.True(TurnUntil(() =>
        {
            if (sent < bytes.Length)
            {
                sent += Math.Max(0, client.Send(bytes.AsSpan(sent), SocketFlags.None, out _));
            }

            received += Math.Max(0, client.Receive(echoed.AsSpan(received), SocketFlags.None, out var error));
            Assert.True(error is SocketError.Success or SocketError.WouldBlock, error.ToString());
            return received == echoed.Length;
        }));
        return echoed;
    }

    public void Accepted(Listener listener, Transport transport, in PeerAddress peer)
    {
        Assert.Same(_listener, listener);
        Assert.True(Driver.Attach(transport));
        Connected.Add(transport);
        Peers.Add(peer);
    }

    public void Opened(Transport transport, ListenerProfile profile) => Assert.Fail("no connection of the process was opened");

    public void AcceptStarved(Listener listener, string error) => Assert.Fail(error);

    public void Received(Transport transport, ReadOnlySpan<byte> bytes)
    {
        ReceivedBytes += bytes.Length;
        _unsent[transport] = _unsent.TryGetValue(transport, out byte[]? before) ? [.. before, .. bytes] : bytes.ToArray();
        Flush(transport);
    }

    public void Writable(Transport transport, int sent)
    {
        _unsent[transport] = _unsent[transport][sent..];
        Flush(transport);
    }

    public void Closed(Transport transport, bool reset)
    {
        Ended.Add((transport, reset));
        Driver.Close(transport);
    }

    public void Dispose()
    {
        foreach (var transport in Driver.Transports.ToArray())
        {
            Driver.Close(transport);
        }

        _listener.Dispose();
        Driver.Dispose();
    }

    private void Flush(Transport transport)
    {
        byte[] bytes = _unsent[transport];
        if (transport.IsWriteBlocked || bytes.Length == 0)
        {
            return;
        }

        int sent = Driver.Send(transport, bytes);
        if (sent >= 0)
        {
            _unsent[transport] = bytes[sent..];
        }

        // A slow reader is read more slowly, so that the echo stays bounded: what a broker does too.
        bool reading = _unsent[transport].Length < 1 << 20;
        if (transport.IsReading != reading)
        {
            Driver.SetReading(transport, reading);
        }
    }
}
