using System.Net;
using System.Net.Sockets;

namespace Godwit.Cli.Bench;

/// <summary>Finds the address of a broker, once.</summary>
internal static class BrokerLocator
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The address of a host, of the family of the addresses to connect from if there are such; where it has several, the first one that
    /// takes a connection.
    /// </summary>
    /// <exception cref="CommandFailure">There is none.</exception>
    public static async Task<IPEndPoint> FindAsync(string host, int port, AddressFamily? family, CancellationToken cancellation)
    {
        IPAddress[] addresses;
        try
        {
            addresses = IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellation);
        }
        catch (SocketException exception)
        {
            throw new CommandFailure($"{host} cannot be found: {exception.Message}", "Check the name in the URL.");
        }

        if (family is { } wanted)
        {
            addresses = [.. addresses.Where(address => address.AddressFamily == wanted)];
        }

        if (addresses.Length == 0)
        {
            throw new CommandFailure($"{host} has no address that can be reached from those given with --source.", "They have to be of the same kind, IPv4 or IPv6.");
        }

        foreach (var address in addresses.Length == 1 ? [] : addresses)
        {
            if (await TakesConnectionsAsync(new IPEndPoint(address, port), cancellation))
            {
                return new IPEndPoint(address, port);
            }
        }

        return new IPEndPoint(addresses[0], port);
    }

    private static async Task<bool> TakesConnectionsAsync(IPEndPoint endPoint, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(endPoint, limit.Token);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}
