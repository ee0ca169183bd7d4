using System.Net;
using System.Net.Sockets;
using System.Numerics;
using Godwit.Cli.Arguments;

namespace Godwit.Cli.Bench;

/// <summary>Addresses as <c>--source</c> takes them: one, or from the first to the last.</summary>
internal static class SourceRange
{
    public const int AddressesMax = 65_536;

    public static IReadOnlyList<IPAddress> ReadAll(IReadOnlyList<string> texts)
    {
        List<IPAddress> all = [];
        foreach (var text in texts)
        {
            all.AddRange(Read(text));
        }

        return all.Count <= AddressesMax && all.DistinctBy(address => address.AddressFamily).Count() <= 1
            ? all
            : throw new UsageException($"--source: at most {AddressesMax} addresses, and all of one kind, IPv4 or IPv6.");
    }

    private static List<IPAddress> Read(string text)
    {
        var ends = text.Split('-');
        if (ends.Length > 2 || !IPAddress.TryParse(ends[0], out var first) || !IPAddress.TryParse(ends[^1], out var last)
            || first.AddressFamily != last.AddressFamily
            || (first.AddressFamily == AddressFamily.InterNetwork && ends.Any(end => end.Count(letter => letter == '.') != 3)))
        {
            throw new UsageException($"--source '{text}' is not an address or a range of addresses.", "As in: --source 192.168.1.7 or --source 10.0.0.1-10.0.0.9");
        }

        var from = new BigInteger(first.GetAddressBytes(), isUnsigned: true, isBigEndian: true);
        var count = new BigInteger(last.GetAddressBytes(), isUnsigned: true, isBigEndian: true) - from + 1;
        if (count < 1 || count > AddressesMax)
        {
            throw new UsageException($"--source '{text}' has {(count < 1 ? "its last address before the first" : $"more than {AddressesMax} addresses")}.");
        }

        var length = first.GetAddressBytes().Length;
        return [.. Enumerable.Range(0, (int)count).Select(offset => ToAddress(from + offset, length))];
    }

    private static IPAddress ToAddress(BigInteger value, int length)
    {
        var bytes = new byte[length];
        var written = value.ToByteArray(isUnsigned: true, isBigEndian: true);
        written.CopyTo(bytes, length - written.Length);
        return new IPAddress(bytes);
    }
}
