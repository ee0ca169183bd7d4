using System.Buffers.Binary;
using System.Text;

namespace Godwit.Client.Tests;

/// <summary>Packets as a server writes them, byte by byte: none of it comes from the codec that is tested.</summary>
internal static class Wire
{
    public static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    public static byte[] Packet(byte first, params byte[][] parts)
    {
        var body = parts.SelectMany(part => part).ToArray();
        List<byte> packet = [first];
        var length = body.Length;
        do
        {
            packet.Add((byte)(length % 128 | (length > 127 ? 128 : 0)));
            length /= 128;
        }
        while (length > 0);
        return [.. packet, .. body];
    }

    public static byte[] ConnAck(bool sessionPresent = false, byte reason = 0, string properties = "") =>
        Packet(0x20, [(byte)(sessionPresent ? 1 : 0), reason], Properties(properties));

    public static byte[] ConnAck311(bool sessionPresent = false, byte code = 0) => [0x20, 2, (byte)(sessionPresent ? 1 : 0), code];

    public static byte[] Publish(string topic, string payload, int qos = 0, ushort id = 0, bool dup = false, bool retain = false, string? properties = "") => Packet(
        (byte)(0x30 | (dup ? 8 : 0) | qos << 1 | (retain ? 1 : 0)),
        Text(topic),
        qos == 0 ? [] : Number(id),
        properties is null ? [] : Properties(properties),
        Encoding.UTF8.GetBytes(payload));

    public static byte[] PubAck(ushort id) => Packet(0x40, Number(id));

    public static byte[] PubAck(ushort id, byte reason) => Packet(0x40, Number(id), [reason]);

    public static byte[] PubRec(ushort id) => Packet(0x50, Number(id));

    public static byte[] PubRec(ushort id, byte reason) => Packet(0x50, Number(id), [reason]);

    public static byte[] PubRel(ushort id) => Packet(0x62, Number(id));

    public static byte[] PubRel(ushort id, byte reason) => Packet(0x62, Number(id), [reason]);

    public static byte[] PubComp(ushort id) => Packet(0x70, Number(id));

    public static byte[] PubComp(ushort id, byte reason) => Packet(0x70, Number(id), [reason]);

    public static byte[] SubAck(ushort id, params byte[] reasons) => Packet(0x90, Number(id), [0], reasons);

    public static byte[] SubAck311(ushort id, params byte[] reasons) => Packet(0x90, Number(id), reasons);

    public static byte[] UnsubAck(ushort id, params byte[] reasons) => Packet(0xB0, Number(id), [0], reasons);

    public static byte[] Disconnect(byte reason) => [0xE0, 1, reason];

    public static byte[] PingReq => [0xC0, 0];

    public static byte[] PingResp => [0xD0, 0];

    public static byte[] Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        return [.. Number((ushort)utf8.Length), .. utf8];
    }

    public static byte[] Number(ushort value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] Join(params byte[][] packets) => [.. packets.SelectMany(packet => packet)];

    private static byte[] Properties(string hex)
    {
        var bytes = Hex(hex);
        return [(byte)bytes.Length, .. bytes]; // all of them are shorter than 128 bytes
    }
}
