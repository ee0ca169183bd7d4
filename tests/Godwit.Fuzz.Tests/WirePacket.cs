using Godwit.Protocol;

namespace Godwit.Fuzz.Tests;

/// <summary>A packet as its parts on the wire: fields, properties, fields, will properties, fields. Written here without the encoders under test.</summary>
/// <param name="Type">Its type.</param>
/// <param name="Flags">The flags of the fixed header.</param>
/// <param name="Version">Its version.</param>
/// <param name="Sender">Who sends it.</param>
/// <param name="Head">The fields before the properties.</param>
/// <param name="Properties">The properties; null when the packet has no place for them, or ends before it.</param>
/// <param name="Middle">The fields behind them.</param>
/// <param name="WillProperties">The properties of a will, or null.</param>
/// <param name="Tail">The fields behind those.</param>
internal sealed record WirePacket(
    PacketType Type,
    byte Flags,
    ProtocolVersion Version,
    PacketSender Sender,
    byte[] Head,
    WireProperty[]? Properties,
    byte[] Middle,
    WireProperty[]? WillProperties,
    byte[] Tail)
{
    public byte[] ToBytes()
    {
        byte[] body = [.. Head, .. Block(Properties), .. Middle, .. Block(WillProperties), .. Tail];
        return [(byte)((int)Type << 4 | Flags), .. Variable(body.Length), .. body];
    }

    /// <summary>Every part in words, properties sorted; those that may repeat keep their order.</summary>
    public string Describe() =>
        $"{Type} {Flags:X} {Convert.ToHexString(Head)} [{Describe(Properties)}] {Convert.ToHexString(Middle)} [{Describe(WillProperties)}] {Convert.ToHexString(Tail)}";

    /// <summary>Reads bytes that should say the same as this packet.</summary>
    public WirePacket Reread(ReadOnlySpan<byte> bytes)
    {
        int lengthLength = 1 + bytes[1..].IndexOfAnyInRange((byte)0, (byte)0x7F);
        var rest = bytes[(1 + lengthLength)..];
        byte[] head = Take(ref rest, Head.Length);
        var properties = TakeBlock(Properties, ref rest);
        byte[] middle = Take(ref rest, Middle.Length);
        var willProperties = TakeBlock(WillProperties, ref rest);
        return this with
        {
            Type = (PacketType)(bytes[0] >> 4),
            Flags = (byte)(bytes[0] & 15),
            Head = head,
            Properties = properties,
            Middle = middle,
            WillProperties = willProperties,
            Tail = rest.ToArray(),
        };
    }

    public override string ToString() => $"{Version} {Sender} {Convert.ToHexString(ToBytes())}";

    private static byte[] Block(WireProperty[]? properties)
    {
        if (properties is null)
        {
            return [];
        }

        byte[] block = [.. properties.SelectMany(property => (byte[])[(byte)property.Identifier, .. property.Value])];
        return [.. Variable(block.Length), .. block];
    }

    private static byte[] Variable(int value)
    {
        var bytes = new List<byte>();
        for (; value > 0x7F; value >>= 7)
        {
            bytes.Add((byte)(value & 0x7F | 0x80));
        }

        return [.. bytes, (byte)value];
    }

    private static string Describe(WireProperty[]? properties) =>
        properties is null ? "" : string.Join(' ', properties.OrderBy(property => property.Identifier).Select(property => property.ToString()));

    private static byte[] Take(ref ReadOnlySpan<byte> rest, int length)
    {
        byte[] taken = rest[..Math.Min(length, rest.Length)].ToArray();
        rest = rest[taken.Length..];
        return taken;
    }

    private static WireProperty[]? TakeBlock(WireProperty[]? expected, ref ReadOnlySpan<byte> rest)
    {
        if (expected is null)
        {
            return null;
        }

        int length = 0;
        int shift = 0;
        byte next;
        do
        {
            next = rest[0];
            rest = rest[1..];
            length |= (next & 0x7F) << shift;
            shift += 7;
        }
        while (next > 0x7F);
        return [.. WireProperty.Parse(Take(ref rest, length))];
    }
}
