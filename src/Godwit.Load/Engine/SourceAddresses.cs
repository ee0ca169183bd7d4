using System.Net;
using System.Net.Sockets;

namespace Godwit.Load.Engine;

/// <summary>Where connections come from, as the kernel wants it.</summary>
internal sealed class SourceAddresses
{
    // One source address has some 28,000 ports, of which recently closed connections hold some for a minute.
    private const int ConnectionsPerLoopbackAddress = 4_000;
    private const int LoopbackAddressCount = 250;

    private readonly byte[][] _addresses;
    private readonly bool _isLoopback;

    /// <summary>The given addresses, in turn; where none is given and the broker is on the IPv4 loopback, its first 250.</summary>
    internal SourceAddresses(IPEndPoint broker, IReadOnlyList<IPAddress> given)
    {
        _isLoopback = given.Count == 0 && broker.AddressFamily == AddressFamily.InterNetwork && IPAddress.IsLoopback(broker.Address);
        if (_isLoopback)
        {
            given = [.. Enumerable.Range(1, LoopbackAddressCount).Select(host => new IPAddress([127, 0, 0, (byte)host]))];
        }

        _addresses = [.. given.Select(address => address.AddressFamily == broker.AddressFamily
            ? ToNative(new IPEndPoint(address, 0))
            : throw new LoadException(LoadFailure.SourceAddress, $"from {address} there is no way to {broker.Address}: one is IPv4 and the other IPv6"))];
    }

    /// <summary>That of a connection; empty: as the system chooses.</summary>
    internal ReadOnlySpan<byte> Next(int connection)
    {
        if (_isLoopback)
        {
            var index = connection / ConnectionsPerLoopbackAddress % LoopbackAddressCount;
            return index == 0 ? [] : _addresses[index];
        }

        return _addresses.Length == 0 ? [] : _addresses[connection % _addresses.Length];
    }

    /// <summary>A sockaddr.</summary>
    internal static byte[] ToNative(IPEndPoint endPoint)
    {
        var address = endPoint.Serialize();
        return address.Buffer[..address.Size].ToArray();
    }
}
