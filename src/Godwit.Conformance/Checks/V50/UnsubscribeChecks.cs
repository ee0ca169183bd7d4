using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>UNSUBSCRIBE and UNSUBACK (§3.10, §3.11).</summary>
internal static class UnsubscribeChecks
{
    private static readonly int[] Codes = [0x00, 0x11, 0x80, 0x83, 0x87, 0x8F, 0x91];

    public static readonly Check[] All =
    [
        new(MqttVersion.V50, "unsubscribe-gets-unsuback", ["MQTT-3.10.4-4", "MQTT-3.10.4-5"], "Each UNSUBSCRIBE gets an UNSUBACK with its Packet Identifier, also when there was nothing to unsubscribe.", GetsUnsubAck),
        new(MqttVersion.V50, "unsubscribe-stops-messages", ["MQTT-3.10.4-2"], "After UNSUBACK no message comes any more.", StopsMessages),
        new(MqttVersion.V50, "unsubscribe-matches-literally", ["MQTT-3.10.4-1"], "Only the subscription whose filter is equal, character for character, is deleted.", MatchesLiterally),
        new(MqttVersion.V50, "unsubscribe-finishes-deliveries", ["MQTT-3.10.4-3"], "QoS 1 and 2 deliveries that are under way are finished after UNSUBSCRIBE.", FinishesDeliveries),
        new(MqttVersion.V50, "unsubscribe-finishes-deliveries-after-reconnect", ["MQTT-3.10.4-3"], "QoS 1 and 2 deliveries that were under way at UNSUBSCRIBE are finished after a reconnect.", FinishesDeliveriesAfterReconnect),
        new(MqttVersion.V50, "unsubscribe-several-filters", ["MQTT-3.10.4-6", "MQTT-3.11.3-1"], "An UNSUBSCRIBE with several filters deletes all and gets one UNSUBACK with the codes in their order.", SeveralFilters),
        new(MqttVersion.V50, "unsuback-codes-are-of-the-table", ["MQTT-3.11.3-2"], "Each code of an UNSUBACK is one of the table: success for a subscription, another one where there is none.", CodesAreOfTheTable),
        new(MqttVersion.V50, "unsubscribe-with-other-flags-closes", ["MQTT-3.10.1-1"], "UNSUBSCRIBE with flags other than 0010 ends the connection.", OtherFlags),
        new(MqttVersion.V50, "unsubscribe-ill-formed-filter-closes", ["MQTT-3.10.3-1"], "A Topic Filter that is no UTF-8 ends the connection.", IllFormedFilter),
        new(MqttVersion.V50, "unsubscribe-without-filter-closes", ["MQTT-3.10.3-2"], "UNSUBSCRIBE without a Topic Filter ends the connection.", WithoutFilter),
    ];

    private static async Task GetsUnsubAck(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var client = await context.ConnectAsync();
        await client.SubscribeAsync(topic, 0);
        foreach (int packetId in new[] { 1, 0x1234, 65_535 })
        {
            await UnsubscribeAsync(client, packetId, topic);
        }
    }

    private static async Task StopsMessages(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync(topic, 1);
        await publisher.PublishAsync(topic, "1", qos: 1);
        await subscriber.ExpectMessageAsync("1");
        await UnsubscribeAsync(subscriber, 9, topic);
        await publisher.PublishAsync(topic, "2", qos: 1);
        await context.ExpectNothingAsync(subscriber);
    }

    private static async Task MatchesLiterally(CheckContext context)
    {
        context.NeedsWildcards();
        string root = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync($"{root}/+", 0);
        foreach (string other in new[] { $"{root}/a", $"{root}/#", $"{root}/+/", root, "#", $"{root.ToUpperInvariant()}/+" })
        {
            var answer = await UnsubscribeAsync(subscriber, 9, other);
            CheckContext.Expect(answer.ReasonCodes[0] != 0, $"a code other than success for \"{other}\", got {answer}");
        }

        await publisher.PublishAsync($"{root}/a", "still");
        await subscriber.ExpectMessageAsync("still");
        await UnsubscribeAsync(subscriber, 9, $"{root}/+");
        await publisher.PublishAsync($"{root}/a", "no more");
        await publisher.PingAsync();
        await context.ExpectNothingAsync(subscriber);
    }

    private static async Task FinishesDeliveries(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync(topic, 2);
        await publisher.PublishAsync(topic, "1", qos: 1);
        await publisher.PublishAsync(topic, "2", qos: 2);
        var first = await subscriber.ReceiveAsync(PacketType.Publish);
        var second = await subscriber.ReceiveAsync(PacketType.Publish);
        await UnsubscribeAsync(subscriber, 9, topic);
        await subscriber.SendAsync(Packet.Ack(PacketType.PubAck, first.PacketIdentifier));
        await subscriber.SendAsync(Packet.Ack(PacketType.PubRec, second.PacketIdentifier));
        await subscriber.ReceiveAckAsync(PacketType.PubRel, second.PacketIdentifier);
        await subscriber.SendAsync(Packet.Ack(PacketType.PubComp, second.PacketIdentifier));
        await subscriber.PingAsync();
    }

    private static async Task FinishesDeliveriesAfterReconnect(CheckContext context)
    {
        context.NeedsQoS(2);
        string topic = CheckContext.NewTopic();
        var fields = context.PersistentFields();
        var before = await context.ConnectAsync(fields);
        await before.SubscribeAsync(topic, 2);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "1", qos: 1);
        await publisher.PublishAsync(topic, "2", qos: 2);
        await before.ReceiveAsync(PacketType.Publish, 2);
        await UnsubscribeAsync(before, 9, topic);
        await before.DisconnectAsync();
        var after = await context.ConnectAsync(fields);
        string[] received = [(await after.ReceivePublishAsync()).Text, (await after.ReceivePublishAsync()).Text];
        CheckContext.Expect(received.Order(StringComparer.Ordinal).SequenceEqual(["1", "2"]), $"both messages again, got {string.Join(", ", received)}");
    }

    private static async Task SeveralFilters(CheckContext context)
    {
        string root = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync($"{root}/a", 0);
        await subscriber.SubscribeAsync($"{root}/b", 0);
        await subscriber.SubscribeAsync($"{root}/c", 0);
        await subscriber.SendAsync(Packet.Unsubscribe(MqttVersion.V50, 9, $"{root}/a", $"{root}/x", $"{root}/c", $"{root}/a"));
        var answer = await subscriber.ReceiveAsync(PacketType.UnsubAck);
        CheckContext.Expect(
            answer.PacketIdentifier == 9 && answer.ReasonCodes is [0x00, 0x11, 0x00, 0x11], $"UNSUBACK for 9 with the codes 00 11 00 11, got {answer}");
        await publisher.PublishAsync($"{root}/a", "a");
        await publisher.PublishAsync($"{root}/c", "c");
        await publisher.PublishAsync($"{root}/b", "b");
        await subscriber.ExpectMessageAsync("b");
        await context.ExpectNothingAsync(subscriber);
    }

    private static async Task CodesAreOfTheTable(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var client = await context.ConnectAsync();
        await client.SubscribeAsync(topic, 0);
        var first = await UnsubscribeAsync(client, 9, topic);
        CheckContext.Expect(first.ReasonCodes is [0x00], $"0x00 for a subscription that existed, got {first}");
        var second = await UnsubscribeAsync(client, 10, topic);
        CheckContext.Expect(second.ReasonCodes is [0x11], $"0x11 (no subscription existed), got {second}");
    }

    private static async Task OtherFlags(CheckContext context)
    {
        byte[] right = Packet.Unsubscribe(MqttVersion.V50, 9, CheckContext.NewTopic());
        foreach (int flags in new[] { 0, 3, 6, 10 })
        {
            byte[] wrong = [(byte)(0xA0 | flags), .. right[1..]];
            await context.ExpectClosedAfterAsync(wrong, Exchange.Malformed);
        }
    }

    private static async Task IllFormedFilter(CheckContext context)
    {
        foreach (byte[] filter in new byte[][] { [0x74, 0xC3, 0x28], [0x74, 0xED, 0xA0, 0x80], [0x74, 0xFF] })
        {
            await context.ExpectClosedAfterAsync(Packet.Frame(0xA2, new Bytes().TwoByte(9).VarInt(0).Binary(filter).ToArray()), Exchange.Malformed);
        }
    }

    private static Task WithoutFilter(CheckContext context) =>
        context.ExpectClosedAfterAsync(Packet.Frame(0xA2, new Bytes().TwoByte(9).VarInt(0).ToArray()), 0x80, 0x81, 0x82);

    private static async Task<ReceivedPacket> UnsubscribeAsync(RawMqttClient client, int packetId, string filter)
    {
        await client.SendAsync(Packet.Unsubscribe(MqttVersion.V50, packetId, filter));
        var answer = await client.ReceiveAsync(PacketType.UnsubAck);
        CheckContext.Expect(answer.PacketIdentifier == packetId, $"UNSUBACK for {packetId}, got {answer}");
        CheckContext.Expect(answer.ReasonCodes is [var code] && Codes.Contains(code), $"one Reason Code of UNSUBACK, got {answer}");
        return answer;
    }
}
