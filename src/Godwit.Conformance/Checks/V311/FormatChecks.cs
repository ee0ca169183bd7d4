using System.Text;
using Godwit.Conformance.Wire;
using static Godwit.Conformance.CheckContext;

namespace Godwit.Conformance.Checks.V311;

/// <summary>Strings, flags and Packet Identifiers (§1.5.3, §2.2.2, §2.3.1).</summary>
internal static class FormatChecks
{
    private const MqttVersion Version = MqttVersion.V311;

    public static readonly Check[] All =
    [
        Steps.Closes("ill-formed-topic-closes", ["MQTT-1.5.3-1", "MQTT-3.3.2-1"], "A PUBLISH whose Topic Name is no UTF-8 ends its connection.", [.. IllFormed(Steps.RawTopic)]),
        Steps.Closes(
            "ill-formed-filter-closes", ["MQTT-3.8.3-1", "MQTT-1.5.3-1"], "A SUBSCRIBE whose Topic Filter is no UTF-8 ends its connection.", [.. IllFormed(text => Steps.RawFilter(PacketType.Subscribe, text))]),
        Steps.Closes(
            "ill-formed-unsubscribe-filter-closes", ["MQTT-3.10.3-1", "MQTT-1.5.3-1"], "An UNSUBSCRIBE whose Topic Filter is no UTF-8 ends its connection.", [.. IllFormed(text => Steps.RawFilter(PacketType.Unsubscribe, text))]),
        Steps.Refuses("ill-formed-client-id-is-refused", ["MQTT-3.1.3-4", "MQTT-1.5.3-1"], "A CONNECT whose ClientId is no UTF-8 is not accepted.", [.. Connects(text => Steps.RawConnect(0x02, text))]),
        Steps.Refuses(
            "ill-formed-will-topic-is-refused", ["MQTT-3.1.3-10", "MQTT-1.5.3-1"], "A CONNECT whose Will Topic is no UTF-8 is not accepted.", [.. Connects(text => Steps.RawConnect(0x06, NewId(), text, "x"u8.ToArray()))]),
        Steps.Refuses("ill-formed-user-name-is-refused", ["MQTT-3.1.3-11", "MQTT-1.5.3-1"], "A CONNECT whose User Name is no UTF-8 is not accepted.", [.. Connects(text => Steps.RawConnect(0x82, NewId(), text))]),
        Steps.Closes(
            "nul-in-topic-closes", ["MQTT-1.5.3-2", "MQTT-4.7.3-2"], "A Topic Name with U+0000 ends its connection.", () => Packet.Publish(Version, "a\0b", "x"), () => Packet.Publish(Version, "\0", "x", qos: 1, packetId: 1)),
        Steps.Closes(
            "nul-in-filter-closes", ["MQTT-4.7.3-2", "MQTT-1.5.3-2"], "A Topic Filter with U+0000 ends its connection.", () => Packet.Subscribe(Version, 1, "a\0b", 0), () => Packet.Unsubscribe(Version, 1, "a\0b")),
        Steps.Refuses(
            "nul-in-connect-is-refused",
            ["MQTT-1.5.3-2"],
            "A CONNECT with U+0000 in the ClientId, the Will Topic or the User Name is not accepted.",
            context => Packet.Connect(context.Fields("a\0b")),
            context => Packet.Connect(context.Fields() with { WillTopic = "a\0b" }),
            context => Packet.Connect(context.Fields() with { UserName = "a\0b" })),
        new(Version, "byte-order-mark-is-kept", ["MQTT-1.5.3-3", "MQTT-4.7.3-4"], "U+FEFF is a character of a topic like any other, at its beginning and within.", ByteOrderMarkIsKept),
        Steps.Closes("pingreq-with-wrong-flags-closes", ["MQTT-2.2.2-2", "MQTT-2.2.2-1"], "A PINGREQ with a reserved flag set ends its connection.", () => [0xC1, 0], () => [0xC2, 0]),
        Steps.Closes(
            "acknowledgement-with-wrong-flags-closes",
            ["MQTT-2.2.2-2", "MQTT-2.2.2-1"],
            "PUBACK, PUBREC and PUBCOMP with a reserved flag set end their connection.",
            () => Steps.WithFlags(Packet.Ack(PacketType.PubAck, 1), 1),
            () => Steps.WithFlags(Packet.Ack(PacketType.PubRec, 1), 2),
            () => Steps.WithFlags(Packet.Ack(PacketType.PubComp, 1), 8)),
        Steps.Refuses("connect-with-wrong-flags-is-refused", ["MQTT-2.2.2-2", "MQTT-2.2.2-1"], "A CONNECT whose first byte has flags is not accepted.", context => Steps.WithFlags(Packet.Connect(context.Fields()), 1)),
        new(Version, "server-packets-have-right-flags", ["MQTT-2.2.2-1"], "The first byte of each packet that a server sends has the reserved flags of its type.", ServerPacketsHaveRightFlags),
        Steps.Closes(
            "identifier-zero-closes",
            ["MQTT-2.3.1-1"],
            "SUBSCRIBE, UNSUBSCRIBE and PUBLISH of QoS 1 and 2 with Packet Identifier 0 end their connection.",
            () => Packet.Subscribe(Version, 0, "t", 0),
            () => Packet.Unsubscribe(Version, 0, "t"),
            () => Packet.Publish(Version, NewTopic(), "x", qos: 1),
            () => Packet.Publish(Version, NewTopic(), "x", qos: 2)),
        new(Version, "server-identifiers-are-not-zero", ["MQTT-2.3.1-1"], "PUBLISH packets of QoS 1 and 2 come with a Packet Identifier above 0.", ServerIdentifiersAreNotZero),
        new(Version, "server-identifiers-in-use-are-unique", ["MQTT-2.3.1-4"], "A delivery gets no Packet Identifier that another one still has, also when some of those in between are free again.", ServerIdentifiersAreUnique),
        new(Version, "qos-0-has-no-identifier", ["MQTT-2.3.1-5"], "Between topic and payload of a QoS 0 PUBLISH stands nothing, in both directions.", QoS0HasNoIdentifier),
        new(Version, "acknowledgements-repeat-identifier", ["MQTT-2.3.1-6"], "PUBACK, PUBREC and PUBCOMP have the Packet Identifier of the PUBLISH, whichever it is.", AcknowledgementsRepeatIdentifier),
        new(Version, "pubrel-repeats-identifier", ["MQTT-2.3.1-6"], "The server's PUBREL has the Packet Identifier of its PUBLISH.", PubRelRepeatsIdentifier),
        new(Version, "suback-repeats-identifier", ["MQTT-2.3.1-7", "MQTT-3.8.4-2"], "SUBACK has the Packet Identifier of the SUBSCRIBE, whichever it is.", SubAckRepeatsIdentifier),
        new(Version, "unsuback-repeats-identifier", ["MQTT-2.3.1-7", "MQTT-3.10.4-4"], "UNSUBACK has the Packet Identifier of the UNSUBSCRIBE, whichever it is.", UnsubAckRepeatsIdentifier),
    ];

    private static readonly int[] Identifiers = [1, 2, 0x00FF, 0x0100, 0x8000, 0xFFFF];

    private static IEnumerable<Func<byte[]>> IllFormed(Func<byte[], byte[]> build) => Steps.IllFormed.Select<(string, byte[] Bytes), Func<byte[]>>(text => () => build(text.Bytes));

    private static IEnumerable<Func<CheckContext, byte[]>> Connects(Func<byte[], byte[]> build) => Steps.IllFormed.Select<(string, byte[] Bytes), Func<CheckContext, byte[]>>(text => _ => build(text.Bytes));

    private static byte[] NewId() => Encoding.UTF8.GetBytes(NewClientId());

    private static async Task ByteOrderMarkIsKept(CheckContext context)
    {
        string plain = NewTopic();
        string marked = $"\uFEFF{plain}/\uFEFFx";
        var without = await Steps.SubscriberAsync(context, $"{plain}/x", 0);
        var with = await Steps.SubscriberAsync(context, marked, 0);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(marked, "x");
        var publish = await Steps.ExpectMessageAsync(with, "x");
        Expect(publish.Topic == marked, $"the topic with both U+FEFF, got {publish}");
        await context.ExpectNothingAsync(without);
    }

    private static async Task ServerPacketsHaveRightFlags(CheckContext context)
    {
        Steps.NeedsQoS2(context);
        string topic = NewTopic();
        var client = await context.ConnectAsync();
        Expect(client.ConnAck.FirstByte == 0x20, $"CONNACK with 0x20, got {client.ConnAck}");
        await client.SendAsync(Packet.Subscribe(Version, 1, topic, 2));
        await ExpectFirstByteAsync(PacketType.SubAck, 0x90);
        await client.SendAsync(Packet.Unsubscribe(Version, 2, topic));
        await ExpectFirstByteAsync(PacketType.UnsubAck, 0xB0);
        await client.SendAsync(Packet.Publish(Version, topic, "x", qos: 1, packetId: 3));
        await ExpectFirstByteAsync(PacketType.PubAck, 0x40);
        await client.SendAsync(Packet.Publish(Version, topic, "x", qos: 2, packetId: 4));
        await ExpectFirstByteAsync(PacketType.PubRec, 0x50);
        await client.SendAsync(Packet.Ack(PacketType.PubRel, 4));
        await ExpectFirstByteAsync(PacketType.PubComp, 0x70);
        await client.SendAsync(Packet.PingReq);
        await ExpectFirstByteAsync(PacketType.PingResp, 0xD0);

        var subscriber = await Steps.SubscriberAsync(context, topic, 2);
        await client.PublishAsync(topic, "x", qos: 2, packetId: 5);
        var publish = await subscriber.ReceiveAsync(PacketType.Publish);
        await subscriber.SendAsync(Packet.Ack(PacketType.PubRec, publish.PacketIdentifier));
        var release = await subscriber.ReceiveAsync(PacketType.PubRel);
        Expect(release.FirstByte == 0x62, $"PUBREL with 0x62, got {release}");

        async Task ExpectFirstByteAsync(PacketType type, int firstByte)
        {
            var packet = await client.ReceiveAsync(type);
            Expect(packet.FirstByte == firstByte, $"{type} with 0x{firstByte:X2}, got {packet}");
        }
    }

    private static async Task ServerIdentifiersAreNotZero(CheckContext context)
    {
        Steps.NeedsQoS2(context);
        string topic = NewTopic();
        var subscriber = await Steps.SubscriberAsync(context, topic, 2);
        var publisher = await context.ConnectAsync();
        for (int qos = 1; qos <= 2; qos++)
        {
            await publisher.PublishAsync(topic, "x", qos);
            var publish = await subscriber.ReceivePublishAsync();
            Expect(publish.QoS == qos && publish.PacketIdentifier > 0, $"QoS {qos} with a Packet Identifier, got {publish}");
        }
    }

    private static async Task ServerIdentifiersAreUnique(CheckContext context)
    {
        string topic = NewTopic();
        var subscriber = await Steps.SubscriberAsync(context, topic, 1);
        var publisher = await context.ConnectAsync();
        HashSet<int> used = [];
        for (int round = 0; round < 3; round++)
        {
            for (int number = 0; number < 5; number++)
            {
                await publisher.PublishAsync(topic, "x", qos: 1);
                var publish = await subscriber.ReceiveAsync(PacketType.Publish);
                Expect(used.Add(publish.PacketIdentifier), $"a Packet Identifier that is not in use ({string.Join(", ", used)}), got {publish}");
            }

            // Free some in the middle: the next ones may be these again, and no others of those in use.
            foreach (int packetId in used.Skip(1).Take(2).ToArray())
            {
                await subscriber.SendAsync(Packet.Ack(PacketType.PubAck, packetId));
                used.Remove(packetId);
            }

            await subscriber.PingAsync();
        }
    }

    private static async Task QoS0HasNoIdentifier(CheckContext context)
    {
        string topic = NewTopic();
        var subscriber = await Steps.SubscriberAsync(context, topic, 0);
        var publisher = await context.ConnectAsync();
        byte[] packet = Packet.Publish(Version, topic, "\0\u0001payload");
        await publisher.SendAsync(packet);
        await subscriber.ExpectAsync(packet);
    }

    private static async Task AcknowledgementsRepeatIdentifier(CheckContext context)
    {
        Steps.NeedsQoS2(context);
        var publisher = await context.ConnectAsync();
        foreach (int packetId in Identifiers)
        {
            await publisher.PublishAsync(NewTopic(), "x", qos: 1, packetId);
            await publisher.PublishAsync(NewTopic(), "x", qos: 2, packetId);
        }
    }

    private static async Task PubRelRepeatsIdentifier(CheckContext context)
    {
        Steps.NeedsQoS2(context);
        string topic = NewTopic();
        var subscriber = await Steps.SubscriberAsync(context, topic, 2);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "1", qos: 2, packetId: 1);
        await publisher.PublishAsync(topic, "2", qos: 2, packetId: 2);
        foreach (var publish in await Steps.ExpectPublishesAsync(subscriber, "1", "2"))
        {
            await subscriber.SendAsync(Packet.Ack(PacketType.PubRec, publish.PacketIdentifier));
            await subscriber.ReceiveAckAsync(PacketType.PubRel, publish.PacketIdentifier);
        }
    }

    private static async Task SubAckRepeatsIdentifier(CheckContext context)
    {
        var client = await context.ConnectAsync();
        foreach (int packetId in Identifiers)
        {
            await client.SendAsync(Packet.Subscribe(Version, packetId, NewTopic(), 0));
            var answer = await client.ReceiveAsync(PacketType.SubAck);
            Expect(answer.PacketIdentifier == packetId, $"SUBACK for {packetId}, got {answer}");
        }
    }

    private static async Task UnsubAckRepeatsIdentifier(CheckContext context)
    {
        string topic = NewTopic();
        var client = await Steps.SubscriberAsync(context, topic, 0);
        foreach (int packetId in Identifiers)
        {
            await client.SendAsync(Packet.Unsubscribe(Version, packetId, topic));
            await client.ExpectAsync(0xB0, 2, (byte)(packetId >> 8), (byte)packetId);
        }
    }
}
