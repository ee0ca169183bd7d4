using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Godwit.Conformance.Wire;

/// <summary>A packet from the broker, taken apart as the server-to-client direction of its protocol level defines it. Anything that is left over or missing is an error.</summary>
public sealed class ReceivedPacket
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private readonly List<(int Id, object Value)> _properties = [];
    private int _position;

    private ReceivedPacket(byte firstByte, byte[] body)
    {
        FirstByte = firstByte;
        Body = body;
    }

    /// <summary>Type and flags.</summary>
    public byte FirstByte { get; }

    /// <summary>All that follows the remaining length.</summary>
    public byte[] Body { get; }

    /// <summary>The packet's type.</summary>
    public PacketType Type => (PacketType)(FirstByte >> 4);

    /// <summary>PUBLISH: the DUP flag.</summary>
    public bool Dup => (FirstByte & 8) != 0;

    /// <summary>PUBLISH: the QoS.</summary>
    public int QoS => (FirstByte >> 1) & 3;

    /// <summary>PUBLISH: the RETAIN flag.</summary>
    public bool Retain => (FirstByte & 1) != 0;

    /// <summary>The Packet Identifier, 0 where there is none.</summary>
    public int PacketIdentifier { get; private set; }

    /// <summary>CONNACK: the Session Present flag.</summary>
    public bool SessionPresent { get; private set; }

    /// <summary>The reason (or 3.x return) code, 0 where it is left out.</summary>
    public int ReasonCode { get; private set; }

    /// <summary>SUBACK and UNSUBACK: one code per filter.</summary>
    public IReadOnlyList<byte> ReasonCodes { get; private set; } = [];

    /// <summary>PUBLISH: the Topic Name.</summary>
    public string Topic { get; private set; } = "";

    /// <summary>PUBLISH: the payload.</summary>
    public byte[] Payload { get; private set; } = [];

    /// <summary>PUBLISH: the payload as text.</summary>
    public string Text => Encoding.UTF8.GetString(Payload);

    /// <summary>Properties in their order: byte, ushort, uint, int (variable byte integer), string, byte[] or (string, string).</summary>
    public IReadOnlyList<(int Id, object Value)> Properties => _properties;

    /// <summary>User Properties in their order.</summary>
    public IReadOnlyList<(string Name, string Value)> UserProperties =>
        [.. from property in _properties where property.Id == PropertyId.UserProperty select ((string, string))property.Value];

    /// <summary>Subscription Identifiers, sorted: their order has no meaning.</summary>
    public IReadOnlyList<int> SubscriptionIdentifiers =>
        [.. from property in _properties where property.Id == PropertyId.SubscriptionIdentifier orderby (int)property.Value select (int)property.Value];

    /// <summary>The value of a property that may stand once.</summary>
    /// <returns>Null when the packet has no such property.</returns>
    public object? Property(int id) => _properties.Where(property => property.Id == id).Select(property => property.Value).SingleOrDefault();

    /// <summary>The value of an integer property, or what its absence means.</summary>
    public long Number(int id, long absent) => Property(id) is { } value ? Convert.ToInt64(value, CultureInfo.InvariantCulture) : absent;

    /// <inheritdoc/>
    public override string ToString()
    {
        var hex = Convert.ToHexString(Body.AsSpan(0, Math.Min(Body.Length, 48)));
        return $"{Type} first=0x{FirstByte:X2} id={PacketIdentifier} reason=0x{ReasonCode:X2} topic=\"{Topic}\" body={hex}{(Body.Length > 48 ? "..." : "")} ({Body.Length} bytes)";
    }

    /// <summary>Takes a packet apart.</summary>
    /// <exception cref="MqttExpectationException">The packet is not one that a server may send at this protocol level.</exception>
    internal static ReceivedPacket Parse(MqttVersion version, byte firstByte, byte[] body)
    {
        var packet = new ReceivedPacket(firstByte, body);
        try
        {
            packet.Parse(version == MqttVersion.V50);
        }
        catch (Exception error) when (error is ArgumentOutOfRangeException or IndexOutOfRangeException or DecoderFallbackException or FormatException)
        {
            throw new MqttExpectationException($"the broker sent a malformed packet ({error.Message}): {packet}", error);
        }

        return packet;
    }

    private void Parse(bool v5)
    {
        var flags = FirstByte & 0x0F;
        if (Type is not PacketType.Publish && flags != (Type == PacketType.PubRel ? 2 : 0))
        {
            throw new FormatException("reserved flags are wrong");
        }

        switch (Type)
        {
            case PacketType.ConnAck:
                var acknowledgeFlags = ReadByte();
                if (acknowledgeFlags > 1)
                {
                    throw new FormatException("reserved connect acknowledge flags are set");
                }

                SessionPresent = acknowledgeFlags == 1;
                ReasonCode = ReadByte();
                if (v5 && (Remaining > 0 || ReasonCode != 1))
                {
                    ReadProperties();
                }

                break;
            case PacketType.Publish:
                if (QoS == 3)
                {
                    throw new FormatException("QoS 3");
                }

                Topic = ReadText();
                if (QoS > 0)
                {
                    PacketIdentifier = ReadPacketIdentifier();
                }
                else if (Dup)
                {
                    throw new FormatException("DUP at QoS 0");
                }

                if (v5)
                {
                    ReadProperties();
                }

                Payload = Body[_position..];
                _position = Body.Length;
                break;
            case PacketType.PubAck or PacketType.PubRec or PacketType.PubRel or PacketType.PubComp:
                PacketIdentifier = ReadPacketIdentifier();
                ReadReasonAndProperties(v5);
                break;
            case PacketType.SubAck:
            case PacketType.UnsubAck:
                PacketIdentifier = ReadPacketIdentifier();
                if (v5)
                {
                    ReadProperties();
                }

                ReasonCodes = Body[_position..];
                _position = Body.Length;
                break;
            case PacketType.PingResp:
                break;
            case PacketType.Disconnect or PacketType.Auth when v5:
                ReadReasonAndProperties(v5);
                break;
            default:
                throw new FormatException("a server sends no such packet at this protocol level");
        }

        if (Remaining > 0)
        {
            throw new FormatException("bytes are left over");
        }
    }

    private int Remaining => Body.Length - _position;

    private void ReadReasonAndProperties(bool v5)
    {
        if (v5 && Remaining > 0)
        {
            ReasonCode = ReadByte();
            if (Remaining > 0)
            {
                ReadProperties();
            }
        }
    }

    private void ReadProperties()
    {
        var end = ReadVarInt();
        end += _position;
        if (end > Body.Length)
        {
            throw new FormatException("the properties are longer than the packet");
        }

        while (_position < end)
        {
            var id = ReadVarInt();
            object value = id switch
            {
                0x01 or 0x17 or 0x19 or 0x24 or 0x25 or 0x28 or 0x29 or 0x2A => ReadByte(),
                0x13 or 0x21 or 0x22 or 0x23 => (ushort)ReadUInt16(),
                0x02 or 0x11 or 0x18 or 0x27 => ReadUInt32(),
                0x0B => ReadVarInt(),
                0x03 or 0x08 or 0x12 or 0x15 or 0x1A or 0x1C or 0x1F => ReadText(),
                0x09 or 0x16 => ReadBinary().ToArray(),
                0x26 => (ReadText(), ReadText()),
                _ => throw new FormatException($"unknown property 0x{id:X2}"),
            };
            if (id is not (PropertyId.UserProperty or PropertyId.SubscriptionIdentifier) && _properties.Exists(property => property.Id == id))
            {
                throw new FormatException($"property 0x{id:X2} stands twice");
            }

            _properties.Add((id, value));
        }

        if (_position != end)
        {
            throw new FormatException("the properties do not end where their length says");
        }
    }

    private byte ReadByte() => Body[_position++];

    private int ReadUInt16()
    {
        var value = BinaryPrimitives.ReadUInt16BigEndian(Body.AsSpan(_position, 2));
        _position += 2;
        return value;
    }

    private uint ReadUInt32()
    {
        var value = BinaryPrimitives.ReadUInt32BigEndian(Body.AsSpan(_position, 4));
        _position += 4;
        return value;
    }

    private int ReadPacketIdentifier()
    {
        var value = ReadUInt16();
        return value != 0 ? value : throw new FormatException("Packet Identifier 0");
    }

    private int ReadVarInt()
    {
        var value = 0;
        for (var shift = 0; shift <= 21; shift += 7)
        {
            var digit = ReadByte();
            value |= (digit & 0x7F) << shift;
            if ((digit & 0x80) == 0)
            {
                return digit == 0 && shift > 0 ? throw new FormatException("a variable byte integer is not in its shortest form") : value;
            }
        }

        throw new FormatException("a variable byte integer has more than four bytes");
    }

    private ReadOnlySpan<byte> ReadBinary()
    {
        var length = ReadUInt16();
        var value = Body.AsSpan(_position, length);
        _position += length;
        return value;
    }

    private string ReadText() => StrictUtf8.GetString(ReadBinary());
}
