using System.Text;

namespace Godwit.Conformance.Wire;

/// <summary>Builds packets byte by byte, right ones and wrong ones. Shares no code with the broker, so that a fault of its codec cannot cancel out.</summary>
public static class Packet
{
    /// <summary>PINGREQ.</summary>
    public static byte[] PingReq => [0xC0, 0x00];

    /// <summary>PINGRESP.</summary>
    public static byte[] PingResp => [0xD0, 0x00];

    /// <summary>A packet of this first byte and body.</summary>
    public static byte[] Frame(int firstByte, params ReadOnlySpan<byte> body) =>
        new Bytes().Byte(firstByte).VarInt(body.Length).Raw(body).ToArray();

    /// <summary>CONNECT, §3.1.</summary>
    public static byte[] Connect(ConnectFields fields)
    {
        var v5 = fields.Version == MqttVersion.V50;
        var flags = (fields.CleanStart ? 0x02 : 0)
            | (fields.WillTopic is null ? 0 : 0x04 | (fields.WillQoS << 3) | (fields.WillRetain ? 0x20 : 0))
            | (fields.Password is null ? 0 : 0x40)
            | (fields.UserName is null ? 0 : 0x80);
        var body = new Bytes()
            .Text(fields.ProtocolName ?? (fields.Version == MqttVersion.V31 ? "MQIsdp" : "MQTT"))
            .Byte(fields.ProtocolLevel ?? (int)fields.Version)
            .Byte(flags ^ fields.FlagsXor)
            .TwoByte(fields.KeepAlive);
        if (v5)
        {
            var properties = new Properties();
            if (fields.SessionExpiry is { } expiry)
            {
                properties.FourByte(PropertyId.SessionExpiryInterval, expiry);
            }

            properties.Raw((fields.Properties ?? new Properties()).ToArray());
            Append(body, properties);
        }

        body.Text(fields.ClientId);
        if (fields.WillTopic is not null)
        {
            if (v5)
            {
                Append(body, fields.WillProperties);
            }

            body.Text(fields.WillTopic).Text(fields.WillPayload);
        }

        if (fields.UserName is not null)
        {
            body.Text(fields.UserName);
        }

        if (fields.Password is not null)
        {
            body.Text(fields.Password);
        }

        return Frame(0x10, body.ToArray());
    }

    /// <summary>PUBLISH with a text payload, §3.3.</summary>
    public static byte[] Publish(
        MqttVersion version,
        string topic,
        string payload,
        int qos = 0,
        int packetId = 0,
        bool retain = false,
        bool dup = false,
        Properties? properties = null) =>
        Publish(version, topic, Encoding.UTF8.GetBytes(payload), qos, packetId, retain, dup, properties);

    /// <summary>PUBLISH, §3.3.</summary>
    public static byte[] Publish(
        MqttVersion version,
        string topic,
        ReadOnlySpan<byte> payload,
        int qos = 0,
        int packetId = 0,
        bool retain = false,
        bool dup = false,
        Properties? properties = null)
    {
        var body = new Bytes().Text(topic);
        if (qos > 0)
        {
            body.TwoByte(packetId);
        }

        if (version == MqttVersion.V50)
        {
            Append(body, properties);
        }

        body.Raw(payload);
        return Frame(0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0), body.ToArray());
    }

    /// <summary>PUBACK, PUBREC, PUBREL or PUBCOMP in the short form: success, no properties.</summary>
    public static byte[] Ack(PacketType type, int packetId) =>
        Frame(((int)type << 4) | (type == PacketType.PubRel ? 2 : 0), (byte)(packetId >> 8), (byte)packetId);

    /// <summary>PUBACK, PUBREC, PUBREL or PUBCOMP of 5.0 with a reason code.</summary>
    public static byte[] Ack(PacketType type, int packetId, int reasonCode) =>
        Frame(((int)type << 4) | (type == PacketType.PubRel ? 2 : 0), (byte)(packetId >> 8), (byte)packetId, (byte)reasonCode);

    /// <summary>SUBSCRIBE to one filter, §3.8.</summary>
    /// <param name="version">Protocol level.</param>
    /// <param name="packetId">Packet Identifier.</param>
    /// <param name="filter">Topic Filter.</param>
    /// <param name="options">Subscription options; the two lowest bits are the maximum QoS.</param>
    /// <param name="properties">Properties (5.0 only).</param>
    public static byte[] Subscribe(MqttVersion version, int packetId, string filter, int options, Properties? properties = null) =>
        Subscribe(version, packetId, properties, (filter, options));

    /// <summary>SUBSCRIBE to several filters, §3.8.</summary>
    public static byte[] Subscribe(MqttVersion version, int packetId, Properties? properties, params ReadOnlySpan<(string Filter, int Options)> filters)
    {
        var body = new Bytes().TwoByte(packetId);
        if (version == MqttVersion.V50)
        {
            Append(body, properties);
        }

        foreach (var (filter, options) in filters)
        {
            body.Text(filter).Byte(options);
        }

        return Frame(0x82, body.ToArray());
    }

    /// <summary>UNSUBSCRIBE, §3.10.</summary>
    public static byte[] Unsubscribe(MqttVersion version, int packetId, params ReadOnlySpan<string> filters)
    {
        var body = new Bytes().TwoByte(packetId);
        if (version == MqttVersion.V50)
        {
            Append(body, null);
        }

        foreach (var filter in filters)
        {
            body.Text(filter);
        }

        return Frame(0xA2, body.ToArray());
    }

    /// <summary>DISCONNECT, §3.14; reason code and properties only in 5.0.</summary>
    public static byte[] Disconnect(MqttVersion version, int reasonCode = 0, Properties? properties = null)
    {
        if (version != MqttVersion.V50 || (reasonCode == 0 && properties is null))
        {
            return [0xE0, 0x00];
        }

        var body = new Bytes().Byte(reasonCode);
        if (properties is not null)
        {
            Append(body, properties);
        }

        return Frame(0xE0, body.ToArray());
    }

    /// <summary>Puts packets one after the other.</summary>
    public static byte[] Join(params IEnumerable<byte[]> packets) => [.. packets.SelectMany(packet => packet)];

    private static void Append(Bytes body, Properties? properties)
    {
        var bytes = (properties ?? new Properties()).ToArray();
        body.VarInt(bytes.Length).Raw(bytes);
    }
}
