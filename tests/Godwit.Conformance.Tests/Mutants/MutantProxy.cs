using System.Net;
using System.Net.Sockets;

namespace Godwit.Conformance.Tests.Mutants;

/// <summary>Listens as a broker would and puts a <see cref="MutantLink"/> between each client and the real one.</summary>
internal sealed class MutantProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly int _brokerPort;
    private readonly Func<MutantLink> _createLink;
    private readonly Task _accepting;

    public MutantProxy(int brokerPort, Func<MutantLink> createLink)
    {
        _brokerPort = brokerPort;
        _createLink = createLink;
        _listener.Start(512);
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptSocketAsync(_stopping.Token);
            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using (client)
        using (var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true })
        {
            try
            {
                client.NoDelay = true;
                await server.ConnectAsync(IPAddress.Loopback, _brokerPort, _stopping.Token);
                var link = _createLink();
                link.SendToClient = packet => Send(client, packet);
                link.SendToServer = packet => Send(server, packet);
                var up = PumpAsync(client, server, link.FromClient, link.DropsGarbage);
                var down = PumpAsync(server, client, link.FromServer, dropsGarbage: false);
                if (await Task.WhenAny(up, down) == down && link.KeepsOpen)
                {
                    await up;
                    return;
                }
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // One side has gone: so does the other.
            }
        }
    }

    private static void Send(Socket target, byte[] bytes)
    {
        try
        {
            for (int sent = 0; sent < bytes.Length;)
            {
                sent += target.Send(bytes.AsSpan(sent));
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The other pump sees it, too.
        }
    }

    private async Task PumpAsync(Socket source, Socket target, Func<byte[], IEnumerable<byte[]>> change, bool dropsGarbage)
    {
        byte[] buffer = new byte[64 * 1024];
        var pending = new List<byte>();
        while (true)
        {
            int count = await source.ReceiveAsync(buffer, _stopping.Token);
            if (count == 0)
            {
                if (pending.Count > 0 && !dropsGarbage)
                {
                    Send(target, [.. pending]);
                }

                return;
            }

            pending.AddRange(buffer.AsSpan(0, count));
            while (TryCut(pending, out byte[] packet))
            {
                foreach (byte[] each in change(packet))
                {
                    Send(target, each);
                }
            }
        }
    }

    private static bool TryCut(List<byte> pending, out byte[] packet)
    {
        packet = [];
        int length = 0;
        for (int i = 1; i <= 4 && i < pending.Count; i++)
        {
            length |= (pending[i] & 0x7F) << (7 * (i - 1));
            if ((pending[i] & 0x80) == 0)
            {
                int total = i + 1 + length;
                if (pending.Count < total)
                {
                    return false;
                }

                packet = [.. pending.GetRange(0, total)];
                pending.RemoveRange(0, total);
                return true;
            }
        }

        if (pending.Count >= 5)
        {
            // No packet: passed on as it is.
            packet = [.. pending];
            pending.Clear();
            return true;
        }

        return false;
    }
}
