using System.Buffers.Binary;
using System.Text;

namespace Godwit.Client.Conformance.Tests.Scripting;

/// <summary>Reads the data types of the standard (section 1.5) from a packet of the client and refuses what is not well-formed.</summary>
internal sealed class PacketReader(byte[] packet, int position, PacketType type)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public bool IsAtEnd => position == packet.Length;

    public int ReadByte() => Take(1)[0];

    public int ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public int ReadPacketIdentifier()
    {
        var value = ReadUInt16();
        ClientPacket.Require(value != 0, "Packet Identifier 0");
        return value;
    }

    public byte[] ReadBinary() => Take(ReadUInt16());

    public string ReadText()
    {
        var text = StrictUtf8.GetString(ReadBinary());
        ClientPacket.Require(!text.Contains('\0', StringComparison.Ordinal), "U+0000 in a string");
        return text;
    }

    public byte[] ReadRest() => Take(packet.Length - position);

    public IReadOnlyList<(int Id, object Value)> ReadProperties(bool isWill = false)
    {
        var length = ReadVarInt();
        var end = position + length;
        ClientPacket.Require(end <= packet.Length, "the properties are longer than the packet");
        List<(int Id, object Value)> properties = [];
        while (position < end)
        {
            var id = ReadVarInt();
            ClientPacket.Require(IsAllowed(id, isWill), $"property 0x{id:X2} in {type}");
            ClientPacket.Require(id == PropertyId.UserProperty || !properties.Exists(property => property.Id == id), $"property 0x{id:X2} stands twice");
            object value = id switch
            {
                0x01 or 0x17 or 0x19 => ReadByte(),
                0x21 or 0x22 or 0x23 => ReadUInt16(),
                0x02 or 0x11 or 0x18 or 0x27 => BinaryPrimitives.ReadUInt32BigEndian(Take(4)),
                0x0B => ReadVarInt(),
                0x09 => ReadBinary(),
                0x26 => (ReadText(), ReadText()),
                _ => ReadText(),
            };
            ClientPacket.Require(id is not (0x01 or 0x17 or 0x19) || value is 0 or 1, $"property 0x{id:X2} is neither 0 nor 1");
            ClientPacket.Require(id is not (0x0B or 0x21 or 0x23) || value is not 0, $"property 0x{id:X2} is 0");
            ClientPacket.Require(id is not 0x08 || value is not "" and string topic && topic.IndexOfAny(['+', '#']) < 0, "the Response Topic");
            properties.Add((id, value));
        }

        ClientPacket.Require(position == end, "the properties do not end where their length says");
        return properties;
    }

    // Table 2-4 of the standard, as far as a client sends them; the packets of enhanced authentication are left out.
    private bool IsAllowed(int id, bool isWill) => type switch
    {
        PacketType.Connect when isWill => id is 0x01 or 0x02 or 0x03 or 0x08 or 0x09 or 0x18 or 0x26,
        PacketType.Connect => id is 0x11 or 0x17 or 0x19 or 0x21 or 0x22 or 0x26 or 0x27,
        PacketType.Publish => id is 0x01 or 0x02 or 0x03 or 0x08 or 0x09 or 0x23 or 0x26, // no Subscription Identifier: [MQTT-3.3.4-6]
        PacketType.Subscribe => id is 0x0B or 0x26,
        PacketType.Unsubscribe => id is 0x26,
        PacketType.Disconnect => id is 0x11 or 0x1F or 0x26,
        _ => id is 0x1F or 0x26,
    };

    private int ReadVarInt()
    {
        var value = 0;
        for (var shift = 0; shift <= 21; shift += 7)
        {
            var digit = ReadByte();
            value |= (digit & 0x7F) << shift;
            if (digit < 0x80)
            {
                ClientPacket.Require(digit != 0 || shift == 0, "a variable byte integer is not in its shortest form"); // [MQTT-1.5.5-1]
                return value;
            }
        }

        throw new FormatException("a variable byte integer has more than four bytes");
    }

    private byte[] Take(int count)
    {
        ClientPacket.Require(count <= packet.Length - position, "the packet ends too early");
        position += count;
        return packet[(position - count)..position];
    }
}
