namespace Godwit.Client.Conformance.Tests.Scripting;

/// <summary>Packets that only a server sends, besides those of <see cref="Packet"/>.</summary>
internal static class ServerPacket
{
    public static byte[] ConnAck(MqttVersion version, bool sessionPresent = false, int reason = 0, Properties? properties = null)
    {
        var body = new Bytes().Byte(sessionPresent ? 1 : 0).Byte(reason);
        return Packet.Frame(0x20, (version == V50 ? Append(body, properties) : body).ToArray());
    }

    public static byte[] SubAck(MqttVersion version, int packetId, params ReadOnlySpan<byte> codes)
    {
        var body = new Bytes().TwoByte(packetId);
        return Packet.Frame(0x90, (version == V50 ? Append(body, null) : body).Raw(codes).ToArray());
    }

    /// <param name="version">Protocol level.</param>
    /// <param name="packetId">Packet Identifier.</param>
    /// <param name="codes">Reason codes, which 3.1.1 does not have.</param>
    public static byte[] UnsubAck(MqttVersion version, int packetId, params ReadOnlySpan<byte> codes)
    {
        var body = new Bytes().TwoByte(packetId);
        return Packet.Frame(0xB0, (version == V50 ? Append(body, null).Raw(codes) : body).ToArray());
    }

    /// <summary>PUBACK, PUBREC, PUBREL or PUBCOMP of 5.0 in its longest form.</summary>
    public static byte[] Ack(PacketType type, int packetId, int reason, Properties properties) =>
        Packet.Frame(((int)type << 4) | (type == PacketType.PubRel ? 2 : 0), Append(new Bytes().TwoByte(packetId).Byte(reason), properties).ToArray());

    /// <summary>PUBLISH whose topic is any bytes.</summary>
    public static byte[] Publish(MqttVersion version, ReadOnlySpan<byte> topic, Properties? properties = null)
    {
        var body = new Bytes().Binary(topic);
        return Packet.Frame(0x30, (version == V50 ? Append(body, properties) : body).ToArray());
    }

    private static Bytes Append(Bytes body, Properties? properties)
    {
        var bytes = (properties ?? new Properties()).ToArray();
        return body.VarInt(bytes.Length).Raw(bytes);
    }
}
