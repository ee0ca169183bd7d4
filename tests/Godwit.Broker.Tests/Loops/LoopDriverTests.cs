using System.Diagnostics;
using System.Net.Sockets;
using Godwit.Broker.Loops;
using Godwit.Broker.Loops.Epoll;
using Godwit.Engine;

namespace Godwit.Broker.Tests.Loops;

/// <summary>What the event loop relies on, for each way to talk to the network.</summary>
public sealed class LoopDriverTests
{
    public static TheoryData<string> Kinds => EpollDriver.IsSupported ? ["epoll", "sockets"] : ["sockets"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_is_sent_comes_back(string kind)
    {
        using var loop = new EchoLoop(kind);
        using var client = loop.ConnectAndAttach(out _);
        for (byte i = 0; i < 10; i++)
        {
            Assert.Equal([i, 1, 2], loop.Exchange(client, [i, 1, 2]));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void More_than_every_buffer_holds_comes_back_whole_and_in_order(string kind)
    {
        using var loop = new EchoLoop(kind);
        using var client = loop.ConnectAndAttach(out _);
        byte[] bytes = new byte[4 * 1024 * 1024];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(i * 31 >> 5);
        }

        Assert.True(bytes.AsSpan().SequenceEqual(loop.Exchange(client, bytes)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_peer_that_does_not_read_blocks_sending_until_it_reads(string kind)
    {
        using var loop = new EchoLoop(kind);
        using var client = loop.ConnectAndAttach(out var transport);
        byte[] bytes = new byte[16 * 1024 * 1024];
        int sent = loop.Driver.Send(transport, bytes);
        Assert.InRange(sent, 1, bytes.Length - 1);
        Assert.True(transport.IsWriteBlocked);

        var rest = new Rest(loop, transport, bytes.Length - sent);
        byte[] sink = new byte[1 << 20];
        client.Blocking = false;
        int received = 0;
        Assert.True(rest.TurnUntil(() =>
        {
            received += Math.Max(0, client.Receive(sink, SocketFlags.None, out _));
            return received == bytes.Length;
        }));
        Assert.Equal(0, rest.Left);
        Assert.False(transport.IsWriteBlocked);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Input_stays_in_the_kernel_while_reading_is_off(string kind)
    {
        using var loop = new EchoLoop(kind);
        using var client = loop.ConnectAndAttach(out var transport);
        loop.Exchange(client, [0]);
        loop.Driver.SetReading(transport, reading: false);
        client.Send([1, 2, 3]);
        for (int i = 0; i < 5; i++)
        {
            loop.Turn(5);
        }

        Assert.Equal(1, loop.ReceivedBytes);
        loop.Driver.SetReading(transport, reading: true);
        Assert.True(loop.TurnUntil(() => loop.ReceivedBytes == 4));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_end_of_a_peer_is_told_once_and_after_its_last_bytes(string kind)
    {
        using var loop = new EchoLoop(kind);
        using (var client = loop.ConnectAndAttach(out var transport))
        {
            client.Send([1, 2, 3]);
            client.Shutdown(SocketShutdown.Send);
            Assert.True(loop.TurnUntil(() => loop.Ended.Count == 1));
            Assert.Equal((transport, false), loop.Ended[0]);
            Assert.Equal(3, loop.ReceivedBytes);
        }

        loop.Turn(5);
        Assert.Single(loop.Ended);
        Assert.Equal(0, loop.Driver.Transports.Count);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_reset_is_told_as_one(string kind)
    {
        using var loop = new EchoLoop(kind);
        var client = loop.ConnectAndAttach(out var transport);
        client.LingerState = new LingerOption(enable: true, seconds: 0);
        client.Dispose();
        Assert.True(loop.TurnUntil(() => loop.Ended.Count == 1));
        Assert.Equal((transport, true), loop.Ended[0]);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_last_bytes_arrive_before_our_close(string kind)
    {
        using var loop = new EchoLoop(kind);
        using var client = loop.ConnectAndAttach(out var transport);
        client.Send(new byte[1000]); // never read: a plain close would turn into a reset that overtakes the answer
        loop.Driver.SetReading(transport, reading: false);
        Assert.Equal(3, loop.Driver.Send(transport, [7, 8, 9]));
        loop.Driver.ShutdownSend(transport);
        byte[] answer = new byte[10];
        Assert.Equal(3, client.Receive(answer));
        Assert.Equal(0, client.Receive(answer));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_wake_ends_a_wait_without_limit(string kind)
    {
        using var loop = new EchoLoop(kind);
        loop.Turn(0); // what the listener may report first
        var waiting = Task.Run(() => loop.Turn(-1), TestContext.Current.CancellationToken);
        loop.Driver.Wake();
        await waiting.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_wait_ends_in_time_when_nothing_happens(string kind)
    {
        using var loop = new EchoLoop(kind);
        loop.Turn(0);
        long start = Stopwatch.GetTimestamp();
        loop.Turn(30);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 25, 20_000);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_idle_connection_wakes_nobody(string kind)
    {
        using var loop = new EchoLoop(kind);
        using var client = loop.ConnectAndAttach(out _);
        loop.Exchange(client, [1]);
        loop.Turn(0);
        loop.Turn(0);
        for (int i = 0; i < 3; i++)
        {
            long start = Stopwatch.GetTimestamp();
            loop.Turn(30);
            Assert.True(Stopwatch.GetElapsedTime(start).TotalMilliseconds >= 25, "the wait ended although nothing had happened");
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_connection_moves_to_another_loop_with_what_arrives_on_the_way(string kind)
    {
        using var first = new EchoLoop(kind);
        using var second = new EchoLoop(kind);
        using var client = first.ConnectAndAttach(out var transport);
        Assert.Equal([1], first.Exchange(client, [1]));

        first.Driver.Detach(transport, second.Driver);
        client.Send([2, 3]);
        first.Turn(5);
        second.Turn(5);
        Assert.Equal((0, 0L), (first.Driver.Transports.Count, second.ReceivedBytes));

        Assert.True(second.Driver.Attach(transport));
        Assert.True(second.TurnUntil(() => second.ReceivedBytes == 2));
        byte[] echoed = new byte[2];
        client.Blocking = true;
        Assert.Equal(2, client.Receive(echoed));
        Assert.Equal([4], second.Exchange(client, [4]));
        Assert.Equal(1, first.ReceivedBytes);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_connection_moved_and_closed_leaves_nothing_behind(string kind)
    {
        using var first = new EchoLoop(kind);
        using var second = new EchoLoop(kind);
        using var client = first.ConnectAndAttach(out var transport);
        first.Driver.Detach(transport, second.Driver);
        client.Dispose();
        first.Turn(5);
        Assert.True(second.Driver.Attach(transport));
        Assert.True(second.TurnUntil(() => second.Ended.Count == 1));
        Assert.Empty(first.Ended);
        Assert.Equal(0, second.Driver.Transports.Count);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void While_accepting_is_paused_connections_wait_in_the_kernel(string kind)
    {
        using var loop = new EchoLoop(kind);
        using var first = loop.ConnectAndAttach(out _);
        loop.Driver.PauseAccepting();
        using var second = loop.Connect();
        for (int i = 0; i < 5; i++)
        {
            loop.Turn(5);
        }

        // The sockets driver has one accept under way that it cannot call back.
        Assert.InRange(loop.Connected.Count, 1, kind == "epoll" ? 1 : 2);
        using var third = loop.Connect();
        loop.Turn(5);
        Assert.InRange(loop.Connected.Count, 1, kind == "epoll" ? 1 : 2);
        loop.Driver.ResumeAccepting();
        Assert.True(loop.TurnUntil(() => loop.Connected.Count == 3));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_peers_address_is_told(string kind)
    {
        using var loop = new EchoLoop(kind);
        using var client = loop.ConnectAndAttach(out _);
        Assert.Equal(client.LocalEndPoint!.ToString(), loop.Peers[0].ToString());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Many_connections_share_a_loop(string kind)
    {
        using var loop = new EchoLoop(kind);
        var clients = Enumerable.Range(0, 300).Select(_ => loop.Connect()).ToArray();
        Assert.True(loop.TurnUntil(() => loop.Connected.Count == clients.Length));
        for (int i = 0; i < clients.Length; i++)
        {
            clients[i].Send([(byte)i, (byte)(i >> 8)]);
        }

        Assert.True(loop.TurnUntil(() => loop.ReceivedBytes == 2 * clients.Length));
        byte[] echoed = new byte[2];
        for (int i = 0; i < clients.Length; i++)
        {
            Assert.Equal(2, clients[i].Receive(echoed));
            Assert.Equal([(byte)i, (byte)(i >> 8)], echoed);
            clients[i].Dispose();
        }

        Assert.True(loop.TurnUntil(() => loop.Ended.Count == clients.Length));
        Assert.Equal(0, loop.Driver.Transports.Count);
    }

    [Fact]
    public void Accepted_connections_send_without_delay()
    {
        if (!EpollDriver.IsSupported)
        {
            Assert.Skip("the sockets driver asks for it on each connection");
        }

        using var loop = new EchoLoop("epoll");
        using var client = loop.ConnectAndAttach(out var transport);
        using var handle = new SafeSocketHandle(((EpollTransport)transport).Descriptor, ownsHandle: false);
        using var accepted = new Socket(handle);
        Assert.True(accepted.NoDelay);
    }

    /// <summary>Sends the rest of a large piece whenever it may.</summary>
    private sealed class Rest(EchoLoop loop, Transport transport, int left) : ITransportEvents
    {
        public int Left { get; private set; } = left;

        public bool TurnUntil(Func<bool> condition)
        {
            long start = Stopwatch.GetTimestamp();
            while (!condition())
            {
                if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(20))
                {
                    return false;
                }

                loop.Driver.Wait(10);
                loop.Driver.Dispatch(this);
            }

            return true;
        }

        public void Opened(Transport opened, ListenerProfile profile) => Assert.Fail("no connection of the process was opened");

        public void Writable(Transport blocked, int sent)
        {
            Assert.Same(transport, blocked);
            Left -= sent;
            if (Left > 0)
            {
                Left -= loop.Driver.Send(transport, new byte[Left]);
            }
        }

        public void Accepted(Godwit.Broker.Listeners.Listener listener, Transport other, in Godwit.Broker.Listeners.PeerAddress peer) => Assert.Fail("nobody connects");

        public void AcceptStarved(Godwit.Broker.Listeners.Listener listener, string error) => Assert.Fail(error);

        public void Received(Transport other, ReadOnlySpan<byte> bytes) => Assert.Fail("nobody sends");

        public void Closed(Transport other, bool reset) => Assert.Fail("nobody closes");
    }
}
