using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V311;

/// <summary>Steps that many conversations of 3.1.1 have in common.</summary>
internal static class Steps
{
    /// <summary>A string that no receiver may take: what is wrong with it, and its bytes.</summary>
    public static readonly (string Fault, byte[] Bytes)[] IllFormed =
    [
        ("a surrogate", [(byte)'a', 0xED, 0xA0, 0x80]),
        ("a pair of surrogates", [0xED, 0xA0, 0x80, 0xED, 0xB0, 0x80]),
        ("an overlong form", [0xC0, 0xAF]),
        ("a byte that UTF-8 never has", [(byte)'a', 0xFF]),
        ("a sequence cut short", [(byte)'a', 0xE2, 0x82]),
        ("a code point above U+10FFFF", [0xF4, 0x90, 0x80, 0x80]),
    ];

    /// <summary>A check whose client sends these bytes once it is connected and must be thrown out, without a word since 3.1.1 has none for it.</summary>
    public static Check Closes(string name, string[] statements, string summary, params Func<byte[]>[] inputs) =>
        new(MqttVersion.V311, name, statements, summary, async context =>
        {
            foreach (var input in inputs)
            {
                await context.ExpectClosedAfterAsync(input());
            }
        });

    /// <summary>A check whose CONNECT breaks the format and must not be accepted.</summary>
    public static Check Refuses(string name, string[] statements, string summary, params Func<CheckContext, byte[]>[] inputs) =>
        new(MqttVersion.V311, name, statements, summary, async context =>
        {
            foreach (var input in inputs)
            {
                await context.ExpectConnectRefusedAsync(input(context));
            }
        });

    /// <summary>A connected client with one subscription.</summary>
    public static async Task<RawMqttClient> SubscriberAsync(CheckContext context, string filter, int qos)
    {
        var client = await context.ConnectAsync();
        await client.SubscribeAsync(filter, qos);
        return client;
    }

    /// <summary>Receives and acknowledges one message, which must have this payload.</summary>
    public static async Task<ReceivedPacket> ExpectMessageAsync(RawMqttClient client, string payload)
    {
        var publish = await client.ReceivePublishAsync();
        CheckContext.Expect(publish.Text == payload, $"PUBLISH with payload \"{payload}\", got {publish}");
        return publish;
    }

    /// <summary>Receives PUBLISH packets without acknowledging them; they must have these payloads in this order.</summary>
    public static async Task<IReadOnlyList<ReceivedPacket>> ExpectPublishesAsync(RawMqttClient client, params string[] payloads)
    {
        var publishes = await client.ReceiveAsync(PacketType.Publish, payloads.Length);
        var got = publishes.Select(publish => publish.Text).ToArray();
        CheckContext.Expect(got.AsSpan().SequenceEqual(payloads), $"{string.Join(", ", payloads)}, got {string.Join(", ", got)}");
        return publishes;
    }

    /// <summary>A client that subscribes to the topic now gets this retained message, or none (null).</summary>
    public static async Task ExpectRetainedAsync(CheckContext context, string topic, string? payload, int qos = 0)
    {
        var late = await SubscriberAsync(context, topic, 2);
        if (payload is null)
        {
            await context.ExpectNothingAsync(late);
            return;
        }

        var publish = await ExpectMessageAsync(late, payload);
        CheckContext.Expect(publish.Retain && publish.QoS == qos, $"RETAIN 1 and QoS {qos}, got {publish}");
    }

    /// <summary>SUBSCRIBE or UNSUBSCRIBE with the filter's bytes as they are.</summary>
    public static byte[] RawFilter(PacketType type, ReadOnlySpan<byte> filter)
    {
        var body = new Bytes().TwoByte(1).Binary(filter);
        return type == PacketType.Subscribe ? Packet.Frame(0x82, body.Byte(0).ToArray()) : Packet.Frame(0xA2, body.ToArray());
    }

    /// <summary>QoS 0 PUBLISH with the topic's bytes as they are.</summary>
    public static byte[] RawTopic(byte[] topic) => Packet.Frame(0x30, new Bytes().Binary(topic).Byte('x').ToArray());

    /// <summary>CONNECT whose payload is these fields, each as it is.</summary>
    public static byte[] RawConnect(int flags, params byte[][] fields)
    {
        var body = new Bytes().Text("MQTT").Byte(4).Byte(flags).TwoByte(60);
        foreach (byte[] field in fields)
        {
            body.Binary(field);
        }

        return Packet.Frame(0x10, body.ToArray());
    }

    /// <summary>The packet with other flags in its first byte.</summary>
    public static byte[] WithFlags(byte[] packet, int flags) => [(byte)((packet[0] & 0xF0) | flags), .. packet.AsSpan(1)];

    /// <summary>The check needs QoS 2.</summary>
    public static void NeedsQoS2(CheckContext context) => CheckContext.NotApplicableWhen(context.Facts.MaximumQoS < 2, "the broker does not take QoS 2");

    /// <summary>The check needs retained messages.</summary>
    public static void NeedsRetain(CheckContext context) => CheckContext.NotApplicableWhen(!context.Facts.RetainAvailable, "the broker does not keep retained messages");
}
