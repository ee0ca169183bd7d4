using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>Fixed headers, Variable Byte Integers, Packet Identifiers and empty property lists (§1.5.5, §2).</summary>
internal static class HeaderChecks
{
    private const int Malformed = 0x81;
    private const int ProtocolError = 0x82;

    public static readonly Check[] All =
    [
        new(MqttVersion.V50, "remaining-length-of-five-bytes-closes", ["MQTT-4.13.1-1"], "A Remaining Length of more than four bytes ends the connection.", context =>
            context.ExpectClosedAfterAsync([0xC0, 0x80, 0x80, 0x80, 0x80, 0x01])),
        new(MqttVersion.V50, "long-form-of-remaining-length-closes", ["MQTT-1.5.5-1"], "A Remaining Length that is not in its shortest form ends the connection.", context =>
            context.ExpectClosedAfterAsync([0xC0, 0x80, 0x00])),
        new(MqttVersion.V50, "long-form-of-property-length-closes", ["MQTT-1.5.5-1"], "A Property Length that is not in its shortest form ends the connection.", context =>
            context.ExpectClosedAfterAsync(Packet.Frame(0x30, 0, 1, (byte)'t', 0x80, 0x00))),
        new(MqttVersion.V50, "long-form-of-subscription-identifier-closes", ["MQTT-1.5.5-1"], "A Subscription Identifier that is not in its shortest form ends the connection.", context =>
            context.ExpectClosedAfterAsync(Packet.Subscribe(MqttVersion.V50, 1, CheckContext.NewTopic(), 0, new Properties().Raw(0x0B, 0x81, 0x00)))),
        new(MqttVersion.V50, "lengths-are-in-their-shortest-form", ["MQTT-1.5.5-1"], "Lengths of packets and properties from the broker, around 127 and 16,383, are in their shortest form.", ShortestForm),
        new(MqttVersion.V50, "reserved-flags-of-connect-close", ["MQTT-2.1.3-1"], "CONNECT with flags other than 0000 is refused.", context =>
            context.ExpectConnectRefusedAsync(WithFlags(Packet.Connect(context.Fields()), 1))),
        new(MqttVersion.V50, "reserved-flags-of-puback-close", ["MQTT-2.1.3-1"], "PUBACK with flags other than 0000 ends the connection.", context =>
            context.ExpectClosedAfterAsync(WithFlags(Packet.Ack(PacketType.PubAck, 1), 1))),
        new(MqttVersion.V50, "reserved-flags-of-pubrec-close", ["MQTT-2.1.3-1"], "PUBREC with flags other than 0000 ends the connection.", context =>
            context.ExpectClosedAfterAsync(WithFlags(Packet.Ack(PacketType.PubRec, 1), 2))),
        new(MqttVersion.V50, "reserved-flags-of-pubcomp-close", ["MQTT-2.1.3-1"], "PUBCOMP with flags other than 0000 ends the connection.", context =>
            context.ExpectClosedAfterAsync(WithFlags(Packet.Ack(PacketType.PubComp, 1), 8))),
        new(MqttVersion.V50, "reserved-flags-of-pingreq-close", ["MQTT-2.1.3-1"], "PINGREQ with flags other than 0000 ends the connection.", context =>
            context.ExpectClosedAfterAsync([0xC1, 0x00])),
        new(MqttVersion.V50, "reserved-flags-of-the-broker", ["MQTT-2.1.3-1"], "Every packet that the broker sends in a conversation at all QoS has the flags of its type.", BrokerFlags),
        new(MqttVersion.V50, "qos-0-publish-has-no-packet-identifier", ["MQTT-2.2.1-2", "MQTT-2.2.2-1"], "A QoS 0 message without properties arrives as topic, Property Length 0 and payload, to the byte.", QoS0Bytes),
        new(MqttVersion.V50, "publish-without-property-length-closes", ["MQTT-2.2.2-1"], "A PUBLISH that ends before its Property Length ends the connection.", context =>
            context.ExpectClosedAfterAsync(Packet.Frame(0x30, 0, 1, (byte)'t'))),
        new(MqttVersion.V50, "connect-without-property-length-refused", ["MQTT-2.2.2-1"], "A CONNECT laid out as before 5.0, without a Property Length, is refused.", context =>
            context.ExpectConnectRefusedAsync(Packet.Connect(context.Fields(new string('c', 20)) with { Version = MqttVersion.V311, ProtocolLevel = 5 }))),
        new(MqttVersion.V50, "server-packet-identifiers-are-unused-ones", ["MQTT-2.2.1-4"], "Messages in flight to one client have Packet Identifiers that are not zero and differ from each other.", ServerPacketIdentifiers),
        new(MqttVersion.V50, "acknowledgements-repeat-the-packet-identifier", ["MQTT-2.2.1-5"], "PUBACK, PUBREC and PUBCOMP repeat the identifier of the PUBLISH, also the highest one.", AckIdentifiers),
        new(MqttVersion.V50, "pubrel-repeats-the-packet-identifier", ["MQTT-2.2.1-5"], "PUBREL repeats the identifier of the PUBLISH that the broker sent.", PubRelIdentifier),
        new(MqttVersion.V50, "suback-and-unsuback-repeat-the-packet-identifier", ["MQTT-2.2.1-6"], "SUBACK and UNSUBACK repeat the identifier of the request.", SubAckIdentifiers),
        new(MqttVersion.V50, "packet-identifier-0-closes", ["MQTT-4.13.1-1"], "Identifier 0 in PUBLISH, SUBSCRIBE or UNSUBSCRIBE ends the connection.", context => CheckContext.ExpectEachAsync(
        [
            ("PUBLISH at QoS 1", () => context.ExpectClosedAfterAsync(Packet.Publish(MqttVersion.V50, "t", "x", qos: 1), Malformed, ProtocolError)),
            ("PUBLISH at QoS 2", () => context.ExpectClosedAfterAsync(Packet.Publish(MqttVersion.V50, "t", "x", qos: 2), Malformed, ProtocolError)),
            ("SUBSCRIBE", () => context.ExpectClosedAfterAsync(Packet.Subscribe(MqttVersion.V50, 0, "t", 0), Malformed, ProtocolError)),
            ("UNSUBSCRIBE", () => context.ExpectClosedAfterAsync(Packet.Unsubscribe(MqttVersion.V50, 0, "t"), Malformed, ProtocolError)),
        ])),
        new(MqttVersion.V50, "conversation-byte-by-byte", ["MQTT-4.2.0-1"], "A conversation is understood however the stream is cut: byte by byte and in one write.", ByteByByte),
        new(MqttVersion.V50, "stream-is-ordered-and-lossless", ["MQTT-4.2.0-1"], "300 messages in one write are all acknowledged, and delivered in their order.", OrderedAndLossless),
    ];

    private static byte[] WithFlags(byte[] packet, int flags)
    {
        packet[0] = (byte)((packet[0] & 0xF0) | flags);
        return packet;
    }

    private static async Task ShortestForm(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var client = await context.ConnectAsync();
        await client.SubscribeAsync(topic, 0);
        int overhead = 2 + topic.Length + 1; // of the body of a message without properties
        foreach (int remaining in new[] { 127, 128, 16_383, 16_384 })
        {
            string payload = new('p', remaining - overhead);
            await client.PublishAsync(topic, payload);
            var publish = await client.ReceiveAsync(PacketType.Publish); // the reader takes nothing but the shortest form
            CheckContext.Expect(publish.Body.Length == remaining && publish.Text == payload, $"the message as it was sent, {remaining} bytes, got {publish}");
        }

        foreach (int length in new[] { 127, 128 })
        {
            await client.PublishAsync(topic, "x", properties: new Properties().Text(PropertyId.ContentType, new string('c', length - 3)));
            var publish = await client.ReceiveAsync(PacketType.Publish);
            CheckContext.Expect(publish.Property(PropertyId.ContentType) is string { Length: var got } && got == length - 3, $"a Content Type of {length - 3} characters, got {publish}");
        }
    }

    private static async Task BrokerFlags(CheckContext context)
    {
        // The reader takes no packet with other flags.
        string topic = CheckContext.NewTopic();
        var client = await context.ConnectAsync();
        await client.SubscribeAsync(topic, 2);
        for (int qos = 0; qos <= context.Facts.MaximumQoS; qos++)
        {
            await client.SendAsync(Packet.Publish(MqttVersion.V50, topic, "x", qos, packetId: 1));
            bool isReceived = false;
            bool isAcknowledged = qos == 0;
            while (!isReceived || !isAcknowledged)
            {
                var packet = await client.ReceiveAsync();
                switch (packet.Type)
                {
                    case PacketType.Publish when packet.QoS > 0:
                        isReceived = packet.QoS == 1;
                        await client.SendAsync(Packet.Ack(packet.QoS == 1 ? PacketType.PubAck : PacketType.PubRec, packet.PacketIdentifier));
                        break;
                    case PacketType.Publish:
                        isReceived = true;
                        break;
                    case PacketType.PubRel:
                        isReceived = true;
                        await client.SendAsync(Packet.Ack(PacketType.PubComp, packet.PacketIdentifier));
                        break;
                    case PacketType.PubRec:
                        await client.SendAsync(Packet.Ack(PacketType.PubRel, packet.PacketIdentifier));
                        break;
                    case PacketType.PubAck or PacketType.PubComp:
                        isAcknowledged = true;
                        break;
                    default:
                        throw new MqttExpectationException($"expected a packet of the exchange, got {packet}");
                }
            }
        }

        await client.SendAsync(Packet.Unsubscribe(MqttVersion.V50, 3, topic));
        await client.ReceiveAsync(PacketType.UnsubAck);
        await client.PingAsync();
    }

    private static async Task QoS0Bytes(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var client = await context.ConnectAsync();
        await client.SubscribeAsync(topic, 0);
        byte[] message = Packet.Publish(MqttVersion.V50, topic, "payload");
        await client.SendAsync(message);
        await client.ExpectAsync(message);
    }

    private static async Task ServerPacketIdentifiers(CheckContext context)
    {
        const int Count = 15;
        string topic = CheckContext.NewTopic();
        var subscriber = await context.ConnectAsync();
        await subscriber.SubscribeAsync(topic, 2);
        var publisher = await context.ConnectAsync();
        for (int i = 0; i < Count; i++)
        {
            await publisher.PublishAsync(topic, $"{i}", qos: Math.Min(1 + (i % 2), context.Facts.MaximumQoS));
        }

        CheckContext.NotApplicableWhen(context.Facts.MaximumQoS == 0, "the broker takes QoS 0 only");
        var received = await subscriber.ReceiveAsync(PacketType.Publish, Count);
        int[] identifiers = [.. received.Where(publish => publish.QoS > 0).Select(publish => publish.PacketIdentifier)];
        CheckContext.Expect(!identifiers.Contains(0) && identifiers.Distinct().Count() == identifiers.Length, $"different Packet Identifiers, got {string.Join(", ", identifiers)}");
    }

    private static async Task AckIdentifiers(CheckContext context)
    {
        CheckContext.NotApplicableWhen(context.Facts.MaximumQoS < 2, "the broker does not take QoS 2");
        string topic = CheckContext.NewTopic();
        var client = await context.ConnectAsync();
        foreach (int packetId in new[] { 1, 0x1234, 0xFFFF })
        {
            await client.PublishAsync(topic, "x", qos: 1, packetId);
            await client.PublishAsync(topic, "x", qos: 2, packetId);
        }
    }

    private static async Task PubRelIdentifier(CheckContext context)
    {
        CheckContext.NotApplicableWhen(context.Facts.MaximumQoS < 2, "the broker does not take QoS 2");
        string topic = CheckContext.NewTopic();
        var subscriber = await context.ConnectAsync();
        await subscriber.SubscribeAsync(topic, 2);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "1", qos: 2);
        await publisher.PublishAsync(topic, "2", qos: 2);
        var both = await subscriber.ReceiveAsync(PacketType.Publish, 2);
        foreach (var publish in both.Reverse())
        {
            await subscriber.SendAsync(Packet.Ack(PacketType.PubRec, publish.PacketIdentifier));
            await subscriber.ReceiveAckAsync(PacketType.PubRel, publish.PacketIdentifier);
        }
    }

    private static async Task SubAckIdentifiers(CheckContext context)
    {
        var client = await context.ConnectAsync();
        foreach (int packetId in new[] { 1, 0x1234, 0xFFFF })
        {
            string topic = CheckContext.NewTopic();
            await client.SendAsync(Packet.Subscribe(MqttVersion.V50, packetId, topic, 0));
            var subAck = await client.ReceiveAsync(PacketType.SubAck);
            CheckContext.Expect(subAck.PacketIdentifier == packetId, $"SUBACK for {packetId}, got {subAck}");
            await client.SendAsync(Packet.Unsubscribe(MqttVersion.V50, packetId, topic));
            var unsubAck = await client.ReceiveAsync(PacketType.UnsubAck);
            CheckContext.Expect(unsubAck.PacketIdentifier == packetId, $"UNSUBACK for {packetId}, got {unsubAck}");
        }
    }

    private static Task ByteByByte(CheckContext context)
    {
        return CheckContext.ExpectEachAsync([("byte by byte", () => TalkAsync(1)), ("in one write", () => TalkAsync(int.MaxValue)), ("by sevens", () => TalkAsync(7))]);

        async Task TalkAsync(int size)
        {
            string topic = CheckContext.NewTopic();
            var client = await context.OpenAsync();
            byte[] bytes = Packet.Join(
                Packet.Connect(context.Fields()), Packet.Subscribe(MqttVersion.V50, 1, topic, 0), Packet.Publish(MqttVersion.V50, topic, "hello"), Packet.PingReq);
            for (int at = 0; at < bytes.Length; at += Math.Min(size, bytes.Length - at))
            {
                await client.SendAsync(bytes.AsMemory(at, Math.Min(size, bytes.Length - at)));
            }

            var connAck = await client.ReceiveAsync(PacketType.ConnAck);
            CheckContext.Expect(connAck.ReasonCode == 0, $"CONNACK with 0x00, got {connAck}");
            await client.ReceiveAsync(PacketType.SubAck);
            ReceivedPacket[] rest = [await client.ReceiveAsync(), await client.ReceiveAsync()];
            CheckContext.Expect(rest.Any(packet => packet.Type == PacketType.Publish && packet.Text == "hello"), $"the message, got {rest[0]} and {rest[1]}");
            CheckContext.Expect(rest.Any(packet => packet.Type == PacketType.PingResp), $"PINGRESP, got {rest[0]} and {rest[1]}");
        }
    }

    private static async Task OrderedAndLossless(CheckContext context)
    {
        const int Count = 300;
        string topic = CheckContext.NewTopic();
        var subscriber = await context.ConnectAsync();
        await subscriber.SubscribeAsync(topic, 0);
        var publisher = await context.ConnectAsync();
        await publisher.SendAsync(Packet.Join(Enumerable.Range(1, Count).Select(id => Packet.Publish(MqttVersion.V50, topic, $"{id}")).Append(Packet.PingReq)));
        await publisher.ReceiveAsync(PacketType.PingResp);
        var received = await subscriber.ReceiveAsync(PacketType.Publish, Count);
        CheckContext.Expect(received.Select(publish => publish.Text).SequenceEqual(Enumerable.Range(1, Count).Select(id => $"{id}")), $"{Count} messages in their order");
    }
}
