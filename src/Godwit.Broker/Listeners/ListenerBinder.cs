using System.Net;
using System.Net.Sockets;
using Godwit.Broker.Options;

namespace Godwit.Broker.Listeners;

/// <summary>Binds listeners, before anything else is started: a port in use must not leave half a broker behind.</summary>
internal static class ListenerBinder
{
    /// <summary>Connections that the kernel completes and holds until they are accepted; Linux lowers it to net.core.somaxconn.</summary>
    private const int Backlog = 4096;

    /// <summary>Seconds of silence after which the kernel asks whether the peer is still there: for clients without keep-alive.</summary>
    private const int ProbeAfterSeconds = 600;

    /// <exception cref="BrokerStartException">An address cannot be bound; nothing is left open.</exception>
    public static async Task<List<Listener>> BindAsync(IEnumerable<ListenerOptions> listeners, CancellationToken cancellation)
    {
        var bound = new List<Listener>();
        try
        {
            foreach (var options in listeners)
            {
                if (!ListenUrl.TryParse(options.Url, out var url, out string? problem))
                {
                    throw new BrokerStartException($"Cannot listen on {options.Url}: {problem}");
                }

                await BindAsync(url, options.Strict, bound, cancellation).ConfigureAwait(false);
            }

            return bound;
        }
        catch
        {
            bound.ForEach(listener => listener.Dispose());
            throw;
        }
    }

    /// <summary>A name may have several addresses: all that this machine has are bound, to one port.</summary>
    private static async Task BindAsync(ListenUrl url, bool isStrict, List<Listener> bound, CancellationToken cancellation)
    {
        var addresses = await ResolveAsync(url, cancellation).ConfigureAwait(false);
        int port = url.Port;
        int before = bound.Count;
        SocketException? lastError = null;
        foreach (var address in addresses)
        {
            try
            {
                var listener = Bind(url, address, port, isStrict);
                bound.Add(listener);
                port = listener.EndPoint.Port;
            }
            catch (SocketException error) when (error.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported
                && addresses.Length > 1)
            {
                lastError = error;
            }
            catch (SocketException error)
            {
                throw Explain(url, error);
            }
        }

        if (bound.Count == before)
        {
            throw Explain(url, lastError ?? new SocketException((int)SocketError.AddressNotAvailable));
        }
    }

    private static Listener Bind(ListenUrl url, IPAddress address, int port, bool isStrict)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = address.Equals(IPAddress.IPv6Any);
            }

            // Accepted connections inherit both on Linux.
            socket.NoDelay = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, ProbeAfterSeconds);
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(Backlog);
            var endPoint = (IPEndPoint)socket.LocalEndPoint!;
            string host = url.Host == ListenUrl.EveryAddress ? address.ToString() : url.Host;
            return new Listener(socket, ListenUrl.Format(host, endPoint.Port), isStrict);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<IPAddress[]> ResolveAsync(ListenUrl url, CancellationToken cancellation)
    {
        if (url.Host == ListenUrl.EveryAddress)
        {
            return [Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any];
        }

        if (IPAddress.TryParse(url.Host, out var address))
        {
            return [address];
        }

        try
        {
            return [.. (await Dns.GetHostAddressesAsync(url.Host, cancellation).ConfigureAwait(false)).Distinct()];
        }
        catch (SocketException error)
        {
            throw new BrokerStartException($"Cannot listen on {url}: the name \"{url.Host}\" has no address. Use an address of this machine, or correct the name.", error);
        }
    }

    private static BrokerStartException Explain(ListenUrl url, SocketException error)
    {
        string reason = error.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse =>
                $"the address is in use. Stop the other process that listens on port {url.Port}, or choose another port with --listen {ListenUrl.Format(url.Host, 0)} (0: any free port).",
            SocketError.AccessDenied =>
                $"this user may not use port {url.Port}. Choose a port from 1024 up, or give the process the right to bind it.",
            SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported =>
                $"this machine does not have the address {url.Host}. Use one that it has, or mqtt://*:{url.Port} for all.",
            _ => $"{error.Message}.",
        };
        return new BrokerStartException($"Cannot listen on {url}: {reason}", error);
    }
}
