using System.Diagnostics;
using System.Net.Sockets;
using Godwit.Broker.Loops.Epoll;
using Godwit.Broker.Options;

namespace Godwit.Broker.Tests;

/// <summary>A whole broker in this process, and the few packets that these tests need, as bytes.</summary>
internal static class BrokerUnderTest
{
    public static readonly byte[] PingRequest = [0xC0, 0x00];
    public static readonly byte[] PingResponse = [0xD0, 0x00];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Each way to talk to the network with one loop and with four, sessions placed in turn so that connections move.</summary>
    public static TheoryData<IoDriver, int> Cells
    {
        get
        {
            var cells = new TheoryData<IoDriver, int> { { IoDriver.Sockets, 1 }, { IoDriver.Sockets, 4 } };
            if (EpollDriver.IsSupported)
            {
                cells.Add(IoDriver.Epoll, 1);
                cells.Add(IoDriver.Epoll, 4);
            }

            return cells;
        }
    }

    public static BrokerOptions OptionsFor(IoDriver io, int loops) => new()
    {
        Listeners = [new ListenerOptions { Url = "mqtt://127.0.0.1:0" }],
        Io = io,
        Loops = loops,
        Placement = LoopPlacement.RoundRobin,
    };

    public static Socket Connect(GodwitBroker broker)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            NoDelay = true,
            ReceiveTimeout = (int)Patience.TotalMilliseconds,
            SendTimeout = (int)Patience.TotalMilliseconds,
        };
        client.Connect(broker.Listeners[0].EndPoint);
        return client;
    }

    /// <summary>CONNECT with Clean Start, keep-alive 60 s and this client identifier of ASCII letters.</summary>
    public static byte[] ConnectPacket(string clientId, byte version = 4)
    {
        byte[] tail = version == 5 ? [0, 0, (byte)clientId.Length] : [0, (byte)clientId.Length];
        byte[] body = [0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', version, 2, 0, 60, .. tail, .. clientId.Select(letter => (byte)letter)];
        return [0x10, (byte)body.Length, .. body];
    }

    /// <summary>A connected client.</summary>
    public static Socket ConnectClient(GodwitBroker broker, string clientId, byte version = 4)
    {
        var client = Connect(broker);
        client.Send(ConnectPacket(clientId, version));
        byte[] header = Read(client, 2);
        byte[] body = Read(client, header[1]);
        Assert.Equal((0x20, 0), (header[0], body[1]));
        return client;
    }

    public static byte[] Read(Socket client, int count)
    {
        var bytes = new byte[count];
        int read = 0;
        while (read < count)
        {
            int more = client.Receive(bytes.AsSpan(read));
            Assert.True(more > 0, $"the broker closed after {read} of {count} bytes");
            read += more;
        }

        return bytes;
    }

    public static void AssertServed(Socket client)
    {
        client.Send(PingRequest);
        Assert.Equal(PingResponse, Read(client, 2));
    }

    /// <summary>The broker closes in an orderly way: the end of the stream, not a reset.</summary>
    public static void AssertClosed(Socket client) => Assert.Equal(0, client.Receive(new byte[1]));

    public static async Task WaitForAsync(Func<bool> condition, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, what);
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
