using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Godwit.Broker.Listeners;

/// <summary>Address and port of a peer, without an object: a refused connection costs no garbage.</summary>
internal readonly struct PeerAddress : IEquatable<PeerAddress>
{
    private const uint MappedMarker = 0xFFFF;

    private readonly ulong _upper;
    private readonly ulong _lower;
    private readonly ushort _port;

    private PeerAddress(ulong upper, ulong lower, ushort port)
    {
        _upper = upper;
        _lower = lower;
        _port = port;
    }

    public PeerKey Key => new(IsIPv4 ? _lower : _upper);

    private bool IsIPv4 => _upper == 0 && _lower >> 32 == MappedMarker;

    /// <param name="address">4 bytes, network order.</param>
    /// <param name="port">Host order.</param>
    public static PeerAddress FromIPv4(ReadOnlySpan<byte> address, ushort port) =>
        new(0, ((ulong)MappedMarker << 32) | BinaryPrimitives.ReadUInt32BigEndian(address), port);

    /// <param name="address">16 bytes, network order; an IPv4 address in IPv6 form is taken as IPv4.</param>
    /// <param name="port">Host order.</param>
    public static PeerAddress FromIPv6(ReadOnlySpan<byte> address, ushort port) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(address), BinaryPrimitives.ReadUInt64BigEndian(address[8..]), port);

    public static PeerAddress FromEndPoint(EndPoint? endPoint)
    {
        if (endPoint is not IPEndPoint ip)
        {
            return default;
        }

        Span<byte> bytes = stackalloc byte[16];
        ip.Address.TryWriteBytes(bytes, out _);
        return ip.AddressFamily == AddressFamily.InterNetwork
            ? FromIPv4(bytes[..4], (ushort)ip.Port)
            : FromIPv6(bytes, (ushort)ip.Port);
    }

    /// <summary><c>192.0.2.1:51000</c> or <c>[2001:db8::1]:51000</c>.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _upper);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], _lower);
        Span<char> text = stackalloc char[64];
        int length;
        if (IsIPv4)
        {
            text.TryWrite(CultureInfo.InvariantCulture, $"{bytes[12]}.{bytes[13]}.{bytes[14]}.{bytes[15]}:{_port}", out length);
        }
        else
        {
            text.TryWrite(CultureInfo.InvariantCulture, $"[{new IPAddress(bytes)}]:{_port}", out length);
        }

        return new string(text[..length]);
    }

    public bool Equals(PeerAddress other) => _upper == other._upper && _lower == other._lower && _port == other._port;

    public override bool Equals(object? obj) => obj is PeerAddress other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_upper, _lower, _port);
}
