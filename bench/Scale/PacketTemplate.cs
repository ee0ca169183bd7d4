using System.Text;
using Godwit.Protocol;

namespace Godwit.ScaleBench;

/// <summary>
/// A packet in which a number changes: what a client sends, without garbage of this process. In names <c>{8}</c> and <c>{7}</c> stand for so
/// many digits, <c>{7/1}</c> for eight of which the last is a level of its own.
/// </summary>
internal sealed class PacketTemplate
{
    private readonly byte[] _bytes;
    private readonly int _first;
    private readonly int _end;

    private PacketTemplate(byte[] bytes)
    {
        _bytes = bytes;
        _first = bytes.AsSpan().IndexOf("0000000"u8);
        _end = _first + bytes.AsSpan(_first).IndexOfAnyExcept((byte)'0', (byte)'/');
        _end = _end < _first ? bytes.Length : _end;
        while (bytes[_end - 1] == (byte)'/')
        {
            _end--;
        }
    }

    internal int Length => _bytes.Length;

    /// <summary>CONNECT of 3.1.1.</summary>
    internal static PacketTemplate Connect(string name, bool isPersistent)
    {
        var packet = new ConnectPacket
        {
            Version = ProtocolVersion.Mqtt311,
            CleanStart = !isPersistent,
            ClientIdentifier = Encoding.ASCII.GetBytes(Fill(name)),
            RequestProblemInformation = true,
        };
        byte[] bytes = new byte[packet.GetEncodedLength()];
        packet.Encode(bytes);
        return new PacketTemplate(bytes);
    }

    internal static PacketTemplate Subscribe(string filter)
    {
        byte[] name = Encoding.ASCII.GetBytes(Fill(filter));
        return new PacketTemplate([0x82, (byte)(5 + name.Length), 0, 1, 0, (byte)name.Length, .. name, 0]);
    }

    internal static PacketTemplate Publish(string topic, int payloadLength, bool retain = false)
    {
        byte[] name = Encoding.ASCII.GetBytes(Fill(topic));
        return new PacketTemplate([(byte)(retain ? 0x31 : 0x30), (byte)(2 + name.Length + payloadLength), 0, (byte)name.Length, .. name, .. Enumerable.Repeat((byte)'x', payloadLength)]);
    }

    /// <summary>The packet with that number in it; good until the next call.</summary>
    internal ReadOnlySpan<byte> With(int number)
    {
        for (int place = _end; --place >= _first;)
        {
            if (_bytes[place] != (byte)'/')
            {
                _bytes[place] = (byte)('0' + (number % 10));
                number /= 10;
            }
        }

        return _bytes;
    }

    private static string Fill(string name) => name
        .Replace("{8}", "00000000", StringComparison.Ordinal)
        .Replace("{7/1}", "0000000/0", StringComparison.Ordinal)
        .Replace("{7}", "0000000", StringComparison.Ordinal);
}
