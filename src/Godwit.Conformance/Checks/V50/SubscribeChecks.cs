using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>SUBSCRIBE, SUBACK and what a subscription does (§3.8, §3.9).</summary>
internal static class SubscribeChecks
{
    private const int NoLocal = 0x04;
    private static readonly int[] Codes = [0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8F, 0x91, 0x97, 0x9E, 0xA1, 0xA2];

    public static readonly Check[] All =
    [
        new(MqttVersion.V50, "subscribe-gets-suback", ["MQTT-3.8.4-1", "MQTT-3.8.4-2"], "Each SUBSCRIBE gets a SUBACK with its Packet Identifier.", GetsSubAck),
        new(MqttVersion.V50, "subscribe-no-local", ["MQTT-3.8.3-3"], "With No Local a client does not get its own messages, but those of others; without it both.", NoLocalKeepsOwnBack),
        new(MqttVersion.V50, "subscribe-again-replaces", ["MQTT-3.8.4-3"], "Subscribing again with the same filter replaces QoS and Subscription Identifier: one copy per message.", AgainReplaces),
        new(MqttVersion.V50, "subscribe-again-sends-retained-again", ["MQTT-3.8.4-4"], "Replacing a subscription with Retain Handling 0 sends the retained message again.", AgainSendsRetainedAgain),
        new(MqttVersion.V50, "subscribe-again-loses-nothing", ["MQTT-3.8.4-4"], "Messages published while their subscription is replaced all arrive, once and in order.", AgainLosesNothing),
        new(MqttVersion.V50, "subscribe-several-filters", ["MQTT-3.8.4-5", "MQTT-3.8.4-6"], "A SUBSCRIBE with several filters makes all their subscriptions and gets one SUBACK with one code for each.", SeveralFilters),
        new(MqttVersion.V50, "subscribe-one-filter-twice", ["MQTT-3.8.4-5", "MQTT-3.8.4-6"], "A filter that stands twice in a SUBSCRIBE gets two codes, and the latter options hold.", OneFilterTwice),
        new(MqttVersion.V50, "suback-codes-come-in-order", ["MQTT-3.9.3-1"], "The codes of a SUBACK come in the order of the filters.", CodesComeInOrder),
        new(MqttVersion.V50, "suback-codes-are-of-the-table", ["MQTT-3.9.3-2", "MQTT-3.8.4-7"], "Each code of a SUBACK is one of the table and grants no more than was asked for.", CodesAreOfTheTable),
        new(MqttVersion.V50, "subscribe-delivers-at-the-lower-qos", ["MQTT-3.8.4-8"], "Messages of each QoS reach subscriptions of each QoS at the lower of both.", DeliversAtLowerQoS),
        new(MqttVersion.V50, "overlap-delivers-at-the-highest-qos", ["MQTT-3.3.4-2"], "A message that matches two subscriptions of a client comes at the higher QoS of both.", OverlapDeliversAtHighestQoS),
        new(MqttVersion.V50, "subscription-identifier-comes-with-its-messages", ["MQTT-3.3.4-3"], "A message carries the Subscription Identifier of its subscription, and none for a subscription without.", IdentifierComesWithMessages),
        new(MqttVersion.V50, "overlap-carries-all-subscription-identifiers", ["MQTT-3.3.4-4", "MQTT-3.3.4-5"], "For overlapping subscriptions one copy carries all Subscription Identifiers, or each copy the one of its subscription.", OverlapCarriesAllIdentifiers),
        new(MqttVersion.V50, "overlap-with-a-subscription-without-identifier", ["MQTT-3.3.4-4", "MQTT-3.3.4-5"], "As before, where one of the subscriptions has no Subscription Identifier.", OverlapWithoutIdentifier),
    ];

    private static async Task GetsSubAck(CheckContext context)
    {
        var client = await context.ConnectAsync();
        foreach (int packetId in new[] { 1, 0x1234, 65_535 })
        {
            await client.SendAsync(Exchange.Subscribe(packetId, CheckContext.NewTopic(), 0));
            var answer = await client.ReceiveAsync(PacketType.SubAck);
            CheckContext.Expect(answer.PacketIdentifier == packetId && answer.ReasonCodes is [0], $"SUBACK for {packetId} with 0x00, got {answer}");
        }
    }

    private static async Task NoLocalKeepsOwnBack(CheckContext context)
    {
        context.NeedsQoS(1);
        string topic = CheckContext.NewTopic();
        string local = CheckContext.NewTopic();
        var client = await context.ConnectAsync();
        await client.SubscribeAsync(topic, NoLocal);
        await client.SubscribeAsync(local, 0);
        await client.PublishAsync(topic, "own", qos: 1);
        var other = await context.ConnectAsync();
        await other.PublishAsync(topic, "other", qos: 1);
        await client.ExpectMessageAsync("other");
        await client.PublishAsync(local, "own, without No Local");
        await client.ExpectMessageAsync("own, without No Local");
        await context.ExpectNothingAsync(client);
    }

    private static async Task AgainReplaces(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync(topic, 2);
        bool hasIdentifiers = context.Facts.SubscriptionIdentifierAvailable;
        await subscriber.SubscribeAsync(topic, 2, hasIdentifiers ? Identifier(3) : null);
        await subscriber.SubscribeAsync(topic, 0, hasIdentifiers ? Identifier(4) : null);
        await publisher.PublishAsync(topic, "x", qos: 2);
        var publish = await subscriber.ExpectMessageAsync("x");
        CheckContext.Expect(publish.QoS == 0, $"QoS 0, got {publish}");
        CheckContext.Expect(!hasIdentifiers || publish.SubscriptionIdentifiers is [4], $"Subscription Identifier 4 alone, got {publish}");
        await context.ExpectNothingAsync(subscriber);
    }

    private static async Task AgainSendsRetainedAgain(CheckContext context)
    {
        context.NeedsRetain();
        string topic = context.NewRetainedTopic();
        var (subscriber, publisher) = await context.PairAsync(topic, 1);
        await publisher.PublishAsync(topic, "kept", qos: 1, retain: true);
        await subscriber.ExpectMessageAsync("kept");
        await subscriber.SubscribeAsync(topic, 1);
        var publish = await subscriber.ExpectMessageAsync("kept");
        CheckContext.Expect(publish.Retain, $"RETAIN 1, got {publish}");
    }

    private static async Task AgainLosesNothing(CheckContext context)
    {
        const int Count = 60;
        string topic = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync(topic, 1);
        var publishing = Task.Run(async () =>
        {
            for (int i = 0; i < Count; i++)
            {
                await publisher.PublishAsync(topic, $"{i}", qos: 1);
            }
        });
        int subAcks = 0;
        for (int next = 0; next < Count;)
        {
            if (next == subAcks * 10 && subAcks < 5)
            {
                await subscriber.SendAsync(Exchange.Subscribe(50 + subAcks, topic, 1));
            }

            var packet = await subscriber.ReceiveAsync();
            if (packet.Type == PacketType.SubAck)
            {
                subAcks++;
                continue;
            }

            CheckContext.Expect(packet.Type == PacketType.Publish && packet.Text == $"{next}", $"message {next}, got \"{packet.Text}\" in {packet}");
            await subscriber.SendAsync(Packet.Ack(PacketType.PubAck, packet.PacketIdentifier));
            next++;
        }

        await publishing;
    }

    private static async Task SeveralFilters(CheckContext context)
    {
        context.NeedsQoS(2);
        string root = CheckContext.NewTopic();
        var subscriber = await context.ConnectAsync();
        await subscriber.SendAsync(Packet.Subscribe(MqttVersion.V50, 9, null, ($"{root}/0", 0), ($"{root}/1", 1), ($"{root}/2", 2)));
        var answer = await subscriber.ReceiveAsync(PacketType.SubAck);
        CheckContext.Expect(answer.PacketIdentifier == 9 && answer.ReasonCodes is [0, 1, 2], $"SUBACK for 9 with 00 01 02, got {answer}");
        await subscriber.PingAsync();
        var publisher = await context.ConnectAsync();
        for (int qos = 0; qos <= 2; qos++)
        {
            await publisher.PublishAsync($"{root}/{qos}", $"{qos}", qos: 2);
            var publish = await subscriber.ExpectMessageAsync($"{qos}");
            CheckContext.Expect(publish.QoS == qos, $"QoS {qos}, got {publish}");
        }
    }

    private static async Task OneFilterTwice(CheckContext context)
    {
        context.NeedsQoS(2);
        string topic = CheckContext.NewTopic();
        var subscriber = await context.ConnectAsync();
        await subscriber.SendAsync(Packet.Subscribe(MqttVersion.V50, 9, null, (topic, 2), (topic, 1)));
        var answer = await subscriber.ReceiveAsync(PacketType.SubAck);
        CheckContext.Expect(answer.PacketIdentifier == 9 && answer.ReasonCodes is [2, 1], $"SUBACK for 9 with 02 01, got {answer}");
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "x", qos: 2);
        var publish = await subscriber.ExpectMessageAsync("x");
        CheckContext.Expect(publish.QoS == 1, $"QoS 1, got {publish}");
        await context.ExpectNothingAsync(subscriber);
    }

    private static async Task CodesComeInOrder(CheckContext context)
    {
        context.NeedsQoS(2);
        var client = await context.ConnectAsync();
        int[] asked = [2, 0, 1, 0, 0, 1];
        await client.SendAsync(Packet.Subscribe(MqttVersion.V50, 9, null, [.. asked.Select(qos => (CheckContext.NewTopic(), qos))]));
        var answer = await client.ReceiveAsync(PacketType.SubAck);
        CheckContext.Expect(answer.ReasonCodes.Select(code => (int)code).SequenceEqual(asked), $"the codes 02 00 01 00 00 01, got {answer}");
    }

    private static async Task CodesAreOfTheTable(CheckContext context)
    {
        string root = CheckContext.NewTopic();
        foreach (string filter in new[] { root, $"{root}/+", $"{root}/#", $"$share/g/{root}", $"$SYS/{root}", $"{root}/a#", $"$share/{root}" })
        {
            for (int qos = 0; qos <= 2; qos++)
            {
                var client = await context.ConnectAsync();
                await client.SendAsync(Exchange.Subscribe(9, filter, qos));
                if (await client.TryReceiveAsync() is not { Type: PacketType.SubAck } answer)
                {
                    continue; // An invalid filter may end the connection, and other checks look at that.
                }

                CheckContext.Expect(answer.ReasonCodes is [var code] && Codes.Contains(code), $"a Reason Code of SUBACK, got {answer}");
                CheckContext.Expect(answer.ReasonCodes[0] >= 0x80 || answer.ReasonCodes[0] <= qos, $"no more than QoS {qos}, got {answer}");
            }
        }
    }

    private static async Task DeliversAtLowerQoS(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        for (int granted = 0; granted <= 2; granted++)
        {
            var (subscriber, publisher) = await context.PairAsync(topic, granted);
            for (int published = 0; published <= 2; published++)
            {
                await publisher.PublishAsync(topic, $"{published}", published);
                var publish = await subscriber.ExpectMessageAsync($"{published}");
                CheckContext.Expect(publish.QoS == Math.Min(granted, published), $"QoS {Math.Min(granted, published)}, got {publish}");
            }
        }
    }

    private static async Task OverlapDeliversAtHighestQoS(CheckContext context)
    {
        context.NeedsWildcards();
        string root = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync($"{root}/#", 2);
        await subscriber.SubscribeAsync($"{root}/a", 0);
        await subscriber.SubscribeAsync($"{root}/+", 1);
        await publisher.PublishAsync($"{root}/a", "x", qos: 2);
        var copies = await context.CollectAsync(subscriber);
        CheckContext.Expect(copies.Count is >= 1 and <= 3 && copies.All(copy => copy.Type == PacketType.Publish), $"1 to 3 copies, got {Show(copies)}");
        CheckContext.Expect(copies.Count(copy => copy.QoS == 2) == 1, $"one copy at QoS 2, got {Show(copies)}");
        CheckContext.Expect(copies.Select(copy => copy.QoS).Distinct().Count() == copies.Count, $"each copy at the QoS of its own subscription, got {Show(copies)}");
    }

    private static async Task IdentifierComesWithMessages(CheckContext context)
    {
        NeedsIdentifiers(context);
        string root = CheckContext.NewTopic();
        var subscriber = await context.ConnectAsync();
        await subscriber.SubscribeAsync($"{root}/1", 0, Identifier(1));
        await subscriber.SubscribeAsync($"{root}/2", 0, Identifier(268_435_455));
        await subscriber.SubscribeAsync($"{root}/3", 0);
        var publisher = await context.ConnectAsync();
        foreach (var (topic, expected) in new (string, int[])[] { ($"{root}/1", [1]), ($"{root}/2", [268_435_455]), ($"{root}/3", []) })
        {
            await publisher.PublishAsync(topic, "x");
            var publish = await subscriber.ExpectMessageAsync("x");
            CheckContext.Expect(publish.SubscriptionIdentifiers.SequenceEqual(expected), $"the Subscription Identifiers {string.Join(", ", expected)}, got {publish}");
        }
    }

    private static Task OverlapCarriesAllIdentifiers(CheckContext context) => OverlapAsync(context, 7, 5);

    private static Task OverlapWithoutIdentifier(CheckContext context) => OverlapAsync(context, 7, null);

    private static async Task OverlapAsync(CheckContext context, int first, int? second)
    {
        NeedsIdentifiers(context);
        context.NeedsWildcards();
        string root = CheckContext.NewTopic();
        var subscriber = await context.ConnectAsync();
        await subscriber.SubscribeAsync($"{root}/+", 0, Identifier(first));
        await subscriber.SubscribeAsync($"{root}/a", 0, second is { } id ? Identifier(id) : null);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync($"{root}/a", "x");
        await publisher.PingAsync();
        var copies = await context.CollectAsync(subscriber);
        CheckContext.Expect(copies.Count is 1 or 2 && copies.All(copy => copy.Type == PacketType.Publish), $"1 or 2 copies, got {Show(copies)}");
        CheckContext.Expect(copies.All(copy => copies.Count == 1 || copy.SubscriptionIdentifiers.Count <= 1), $"each copy to have the identifier of its own subscription, got {Show(copies)}");
        var identifiers = copies.SelectMany(copy => copy.SubscriptionIdentifiers).Order();
        int[] expected = second is { } other ? [other, first] : [first];
        CheckContext.Expect(identifiers.SequenceEqual(expected), $"the Subscription Identifiers {string.Join(" and ", expected)}, got {Show(copies)}");
    }

    private static void NeedsIdentifiers(CheckContext context) =>
        CheckContext.NotApplicableWhen(!context.Facts.SubscriptionIdentifierAvailable, "the broker says Subscription Identifier Available 0");

    private static Properties Identifier(int id) => new Properties().VarInt(PropertyId.SubscriptionIdentifier, id);

    private static string Show(IReadOnlyList<ReceivedPacket> packets) => packets.Count == 0 ? "nothing" : string.Join("; ", packets);
}
