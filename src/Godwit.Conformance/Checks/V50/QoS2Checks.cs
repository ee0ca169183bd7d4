using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>QoS 2 in both directions (§4.3.3, §4.4).</summary>
internal static class QoS2Checks
{
    public static readonly Check[] All =
    [
        new(MqttVersion.V50, "qos2-waits-for-its-pubrec", ["MQTT-4.3.3-3", "MQTT-4.4.0-1"], "A QoS 2 message whose PUBREC has not come is sent again after a reconnect with its Packet Identifier.", WaitsForPubRec),
        new(MqttVersion.V50, "qos2-pubrec-gets-pubrel", ["MQTT-4.3.3-4", "MQTT-3.6.2-1"], "PUBREC with a code below 0x80 gets PUBREL with the Packet Identifier of the PUBLISH and a code of the table.", PubRecGetsPubRel),
        new(MqttVersion.V50, "qos2-pubrel-waits-for-its-pubcomp", ["MQTT-4.3.3-5", "MQTT-4.4.0-1"], "PUBREL whose PUBCOMP has not come is sent again after a reconnect; when it has come, nothing is.", PubRelWaitsForPubComp),
        new(MqttVersion.V50, "qos2-publish-does-not-follow-pubrel", ["MQTT-4.3.3-6"], "Once PUBREL was sent, a reconnect does not bring the PUBLISH again.", PublishDoesNotFollowPubRel),
        new(MqttVersion.V50, "qos2-message-under-way-does-not-expire", ["MQTT-4.3.3-7"], "A message whose PUBLISH was sent is sent again after its Message Expiry Interval.", UnderWayDoesNotExpire),
        new(MqttVersion.V50, "qos2-identifier-is-new-after-a-failing-pubrec", ["MQTT-4.3.3-9"], "Behind a PUBREC with a failure, a PUBLISH with the same Packet Identifier is a new message.", NewAfterFailingPubRec),
        new(MqttVersion.V50, "qos2-repeated-publish-is-no-message", ["MQTT-4.3.3-10"], "A PUBLISH that is repeated on its connection before its PUBREL gets PUBREC again, or ends the connection, and is not delivered twice.", RepeatedPublish),
        new(MqttVersion.V50, "qos2-publish-repeated-after-reconnect-is-no-message", ["MQTT-4.3.3-10", "MQTT-4.3.3-8"], "A PUBLISH that is repeated after a reconnect, before its PUBREL, gets PUBREC again and is delivered once.", RepeatedAfterReconnect),
        new(MqttVersion.V50, "qos2-pubrel-gets-pubcomp", ["MQTT-4.3.3-11", "MQTT-3.7.2-1"], "PUBREL gets PUBCOMP with its Packet Identifier and a code of the table, also when it comes twice or for no message.", PubRelGetsPubComp),
        new(MqttVersion.V50, "qos2-identifier-is-new-after-pubcomp", ["MQTT-4.3.3-12"], "Behind a PUBCOMP, a PUBLISH with the same Packet Identifier is a new message.", NewAfterPubComp),
        new(MqttVersion.V50, "qos2-expired-message-is-acknowledged", ["MQTT-4.3.3-13"], "The exchange of a message goes on after its Message Expiry Interval.", ExpiredIsAcknowledged),
        new(MqttVersion.V50, "failing-pubrec-settles-its-message", ["MQTT-4.4.0-2", "MQTT-3.5.2-1"], "A message that was answered by PUBREC with a failure gets no PUBREL and is not sent again.", FailingPubRecSettles),
        new(MqttVersion.V50, "pubrel-with-other-flags-closes", ["MQTT-3.6.1-1"], "PUBREL with flags other than 0010 ends the connection.", PubRelFlags),
    ];

    private static async Task WaitsForPubRec(CheckContext context)
    {
        var (fields, before, publisher, topic) = await context.PersistentPairAsync(2);
        await publisher.PublishAsync(topic, "x", qos: 2);
        var first = await before.ReceiveAsync(PacketType.Publish);
        before.Abort();
        var after = await context.ConnectAsync(fields);
        var again = await after.ExpectMessageAsync("x");
        CheckContext.Expect(again.PacketIdentifier == first.PacketIdentifier && again.QoS == 2, $"QoS 2 and the Packet Identifier {first.PacketIdentifier}, got {again}");
        await context.ExpectNothingAsync(after);
    }

    private static async Task PubRecGetsPubRel(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync(topic, 2);
        foreach (byte[] end in new byte[][] { [], [0x00], [0x10], [0x00, 0x00] })
        {
            await publisher.PublishAsync(topic, "x", qos: 2);
            var publish = await subscriber.ReceiveAsync(PacketType.Publish);
            byte[] pubRec = new Bytes().TwoByte(publish.PacketIdentifier).Raw(end).ToArray();
            await subscriber.SendAsync(Packet.Frame(0x50, pubRec));
            var pubRel = await subscriber.ReceiveAsync(PacketType.PubRel);
            CheckContext.Expect(pubRel.PacketIdentifier == publish.PacketIdentifier, $"PUBREL for {publish.PacketIdentifier}, got {pubRel}");
            CheckContext.Expect(Exchange.ReleaseCodes.Contains(pubRel.ReasonCode), $"a Reason Code of PUBREL, got {pubRel}");
            await subscriber.SendAsync(Packet.Ack(PacketType.PubComp, publish.PacketIdentifier));
        }

        await subscriber.PingAsync();
    }

    private static async Task PubRelWaitsForPubComp(CheckContext context)
    {
        var (fields, before, publisher, topic) = await context.PersistentPairAsync(2);
        await publisher.PublishAsync(topic, "x", qos: 2);
        int packetId = await ReceiveUntilPubRelAsync(before);
        before.Abort();
        var after = await context.ConnectAsync(fields);
        var pubRel = await after.ReceiveAsync(PacketType.PubRel);
        CheckContext.Expect(pubRel.PacketIdentifier == packetId, $"PUBREL for {packetId}, got {pubRel}");
        await after.SendAsync(Packet.Ack(PacketType.PubComp, packetId));
        await after.DisconnectAsync();
        await context.ExpectNothingAsync(await context.ConnectAsync(fields));
    }

    private static async Task PublishDoesNotFollowPubRel(CheckContext context)
    {
        var (fields, before, publisher, topic) = await context.PersistentPairAsync(2);
        await publisher.PublishAsync(topic, "x", qos: 2);
        await ReceiveUntilPubRelAsync(before);
        before.Abort();
        var after = await context.ConnectAsync(fields);
        var packets = await context.CollectAsync(after);
        CheckContext.Expect(packets.All(packet => packet.Type != PacketType.Publish), $"no PUBLISH, got {string.Join("; ", packets)}");
    }

    private static async Task UnderWayDoesNotExpire(CheckContext context)
    {
        var (fields, before, publisher, topic) = await context.PersistentPairAsync(2);
        await publisher.PublishAsync(topic, "x", qos: 2, properties: new Properties().FourByte(PropertyId.MessageExpiryInterval, 1));
        await before.ReceiveAsync(PacketType.Publish);
        before.Abort();
        await Task.Delay(2100);
        var after = await context.ConnectAsync(fields);
        await after.ExpectMessageAsync("x");
    }

    private static async Task NewAfterFailingPubRec(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync(topic, 2);

        // Which messages a broker refuses is its own affair; many refuse those that pretend to be of the broker.
        await publisher.SendAsync(Exchange.Publish($"$SYS/{topic}", "refused", qos: 2, packetId: 11));
        var refusal = await publisher.TryReceiveAsync();
        CheckContext.NotApplicableWhen(refusal is not { Type: PacketType.PubRec, ReasonCode: >= 0x80 }, "the broker refuses no QoS 2 message for which it could be asked");
        await publisher.PublishAsync(topic, "new", qos: 2, packetId: 11);
        await subscriber.ExpectMessageAsync("new");
    }

    private static async Task RepeatedPublish(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync(topic, 2);
        await publisher.SendAsync(Exchange.Publish(topic, "x", qos: 2, packetId: 11));
        await publisher.ReceiveAckAsync(PacketType.PubRec, 11);
        await publisher.SendAsync(Exchange.Publish(topic, "x", qos: 2, packetId: 11, dup: true));
        var answer = await publisher.TryReceiveAsync();

        // Without a reconnect a client must not repeat it (§4.4): a broker may take it for a protocol error, too.
        if (answer is { Type: PacketType.PubRec, PacketIdentifier: 11 })
        {
            await publisher.SendAsync(Packet.Ack(PacketType.PubRel, 11));
            await publisher.ReceiveAckAsync(PacketType.PubComp, 11);
        }
        else
        {
            CheckContext.Expect(answer is null or { Type: PacketType.Disconnect, ReasonCode: >= 0x80 }, $"PUBREC for 11 or the end of the connection, got {answer}");
        }

        var copies = await context.CollectAsync(subscriber);
        CheckContext.Expect(copies.Count <= 1, $"the message once at most, got it {copies.Count} times");
        CheckContext.Expect(copies.Count == 1 || answer?.Type != PacketType.PubRec, "the message, got nothing");
    }

    private static async Task RepeatedAfterReconnect(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var (subscriber, _) = await context.PairAsync(topic, 2);
        var fields = context.PersistentFields();
        var before = await context.ConnectAsync(fields);
        await before.SendAsync(Exchange.Publish(topic, "x", qos: 2, packetId: 11));
        await before.ReceiveAckAsync(PacketType.PubRec, 11);
        before.Abort();
        var after = await context.ConnectAsync(fields);
        await after.SendAsync(Exchange.Publish(topic, "x", qos: 2, packetId: 11, dup: true));
        await after.ReceiveAckAsync(PacketType.PubRec, 11);
        await after.SendAsync(Packet.Ack(PacketType.PubRel, 11));
        await after.ReceiveAckAsync(PacketType.PubComp, 11);
        await subscriber.ExpectMessageAsync("x");
        await context.ExpectNothingAsync(subscriber);
    }

    private static async Task PubRelGetsPubComp(CheckContext context)
    {
        context.NeedsQoS(2);
        var publisher = await context.ConnectAsync();
        await publisher.SendAsync(Exchange.Publish(CheckContext.NewTopic(), "x", qos: 2, packetId: 11));
        await publisher.ReceiveAckAsync(PacketType.PubRec, 11);
        foreach (int packetId in new[] { 11, 11, 12 })
        {
            await publisher.SendAsync(Packet.Ack(PacketType.PubRel, packetId));
            var answer = await publisher.ReceiveAsync(PacketType.PubComp);
            CheckContext.Expect(answer.PacketIdentifier == packetId, $"PUBCOMP for {packetId}, got {answer}");
            CheckContext.Expect(Exchange.ReleaseCodes.Contains(answer.ReasonCode), $"a Reason Code of PUBCOMP, got {answer}");
        }
    }

    private static async Task NewAfterPubComp(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync(topic, 2);
        for (int i = 0; i < 3; i++)
        {
            await publisher.PublishAsync(topic, $"{i}", qos: 2, packetId: 11);
            await subscriber.ExpectMessageAsync($"{i}");
        }
    }

    private static async Task ExpiredIsAcknowledged(CheckContext context)
    {
        context.NeedsQoS(2);
        var publisher = await context.ConnectAsync();
        await publisher.SendAsync(Exchange.Publish(CheckContext.NewTopic(), "x", qos: 2, packetId: 11, properties: new Properties().FourByte(PropertyId.MessageExpiryInterval, 1)));
        await publisher.ReceiveAckAsync(PacketType.PubRec, 11);
        await Task.Delay(2100);
        await publisher.SendAsync(Packet.Ack(PacketType.PubRel, 11));
        await publisher.ReceiveAckAsync(PacketType.PubComp, 11);
    }

    private static async Task FailingPubRecSettles(CheckContext context)
    {
        var (fields, before, publisher, topic) = await context.PersistentPairAsync(2);
        foreach (int code in new[] { 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99 })
        {
            await publisher.PublishAsync(topic, $"{code}", qos: 2);
            var publish = await before.ReceiveAsync(PacketType.Publish);
            CheckContext.Expect(publish.Text == $"{code}", $"the message \"{code}\", got {publish}");
            await before.SendAsync(Packet.Ack(PacketType.PubRec, publish.PacketIdentifier, code));
        }

        await context.ExpectNothingAsync(before);
        before.Abort();
        await context.ExpectNothingAsync(await context.ConnectAsync(fields));
    }

    private static async Task PubRelFlags(CheckContext context)
    {
        context.NeedsQoS(2);
        foreach (int flags in new[] { 0, 3, 6, 10 })
        {
            var client = await context.ConnectAsync();
            await client.SendAsync(Exchange.Publish(CheckContext.NewTopic(), "x", qos: 2, packetId: 11));
            await client.ReceiveAckAsync(PacketType.PubRec, 11);
            await context.ExpectClosedAfterAsync(client, Packet.Frame(0x60 | flags, 0, 11), Exchange.Malformed);
        }
    }

    private static async Task<int> ReceiveUntilPubRelAsync(RawMqttClient subscriber)
    {
        var publish = await subscriber.ReceiveAsync(PacketType.Publish);
        await subscriber.SendAsync(Packet.Ack(PacketType.PubRec, publish.PacketIdentifier));
        await subscriber.ReceiveAckAsync(PacketType.PubRel, publish.PacketIdentifier);
        return publish.PacketIdentifier;
    }
}
