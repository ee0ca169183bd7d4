using Godwit.Conformance.Wire;
using static Godwit.Conformance.CheckContext;

namespace Godwit.Conformance.Checks.V311;

/// <summary>SUBSCRIBE and SUBACK (§3.8, §3.9).</summary>
internal static class SubscribeChecks
{
    private const MqttVersion Version = MqttVersion.V311;

    public static readonly Check[] All =
    [
        Steps.Closes(
            "subscribe-with-wrong-flags-closes",
            ["MQTT-3.8.1-1", "MQTT-2.2.2-2"],
            "A SUBSCRIBE whose flags are not 0010 ends its connection.",
            [.. new[] { 0, 3, 6, 10 }.Select<int, Func<byte[]>>(flags => () => Steps.WithFlags(Packet.Subscribe(Version, 1, NewTopic(), 0), flags))]),
        new(Version, "wildcard-filter-works-or-is-rejected", ["MQTT-3.8.3-2"], "A filter with wildcards is either rejected with 0x80 or matches as the standard says.", WildcardFilterWorksOrIsRejected),
        Steps.Closes("subscribe-without-filter-closes", ["MQTT-3.8.3-3"], "A SUBSCRIBE without a Topic Filter ends its connection.", () => [0x82, 2, 0, 1]),
        Steps.Closes(
            "subscribe-with-reserved-bits-closes",
            ["MQTT-3.8.3-4"],
            "A SUBSCRIBE with QoS 3 or a reserved bit beside the QoS ends its connection.",
            [.. new[] { 0x03, 0x04, 0x10, 0x80, 0xFF }.Select<int, Func<byte[]>>(options => () => Packet.Subscribe(Version, 1, NewTopic(), options))]),
        Steps.Closes("subscribe-without-qos-closes", ["MQTT-3.8.3-3", "MQTT-4.8.0-1"], "A SUBSCRIBE that ends behind a Topic Filter without its QoS ends its connection.", () => [0x82, 5, 0, 1, 0, 1, (byte)'t']),
        new(Version, "subscribe-gets-suback", ["MQTT-3.8.4-1"], "Each SUBSCRIBE gets one SUBACK, also when several are under way.", SubscribeGetsSubAck),
        new(Version, "same-filter-replaces-subscription", ["MQTT-3.8.4-3"], "Subscribing again with the same filter replaces the subscription: messages come once, at the new QoS.", SameFilterReplaces),
        new(Version, "same-filter-brings-retained-again", ["MQTT-3.8.4-3"], "Subscribing again with the same filter brings the retained message again.", SameFilterBringsRetainedAgain),
        new(Version, "several-filters-in-one-subscribe", ["MQTT-3.8.4-4"], "A SUBSCRIBE with three filters gets one SUBACK, and each of the filters brings its messages.", SeveralFilters),
        new(Version, "suback-has-a-code-for-each-filter", ["MQTT-3.8.4-5", "MQTT-3.9.3-2"], "SUBACK has as many return codes as the SUBSCRIBE has filters, each a QoS up to the one asked for or 0x80.", SubAckHasACodeForEachFilter),
        new(Version, "suback-codes-come-in-order", ["MQTT-3.9.3-1"], "Return codes come in the order of the filters.", SubAckCodesInOrder),
        new(Version, "delivery-has-lower-qos", ["MQTT-3.8.4-6"], "A message comes at the lower of its QoS and the granted one.", DeliveryHasLowerQoS),
    ];

    private static async Task WildcardFilterWorksOrIsRejected(CheckContext context)
    {
        string root = NewTopic();
        foreach (string filter in new[] { $"{root}/+", $"{root}/#" })
        {
            var client = await context.ConnectAsync();
            await client.SendAsync(Packet.Subscribe(Version, 1, filter, 0));
            var answer = await client.ReceiveAsync(PacketType.SubAck);
            if (answer.ReasonCodes is not [0x80])
            {
                await client.PublishAsync($"{root}/a", "x");
                await Steps.ExpectMessageAsync(client, "x");
            }
        }
    }

    private static async Task SubscribeGetsSubAck(CheckContext context)
    {
        var client = await context.ConnectAsync();
        await client.SendAsync(Packet.Join(Enumerable.Range(1, 5).Select(packetId => Packet.Subscribe(Version, packetId, NewTopic(), 0))));
        var answers = await client.ReceiveAsync(PacketType.SubAck, 5);
        Expect(answers.Select(answer => answer.PacketIdentifier).Order().SequenceEqual(Enumerable.Range(1, 5)), $"a SUBACK for each of 1 to 5, got {string.Join(", ", answers)}");
        await client.PingAsync();
    }

    private static async Task SameFilterReplaces(CheckContext context)
    {
        string topic = NewTopic();
        var subscriber = await Steps.SubscriberAsync(context, topic, 0);
        await subscriber.SubscribeAsync(topic, 1);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "x", qos: 1);
        var publish = await Steps.ExpectMessageAsync(subscriber, "x");
        Expect(publish.QoS == 1, $"QoS 1, got {publish}");
        await context.ExpectNothingAsync(subscriber);
        await subscriber.SubscribeAsync(topic, 0);
        await publisher.PublishAsync(topic, "y", qos: 1);
        publish = await Steps.ExpectMessageAsync(subscriber, "y");
        Expect(publish.QoS == 0, $"QoS 0, got {publish}");
        await context.ExpectNothingAsync(subscriber);
    }

    private static async Task SameFilterBringsRetainedAgain(CheckContext context)
    {
        Steps.NeedsRetain(context);
        string topic = context.NewRetainedTopic();
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "x", qos: 1, retain: true);
        var subscriber = await context.ConnectAsync();
        for (int time = 0; time < 2; time++)
        {
            await subscriber.SubscribeAsync(topic, 1);
            var publish = await Steps.ExpectMessageAsync(subscriber, "x");
            Expect(publish.Retain, $"RETAIN 1, got {publish}");
        }
    }

    private static async Task SeveralFilters(CheckContext context)
    {
        string root = NewTopic();
        var client = await context.ConnectAsync();
        await client.SendAsync(Packet.Subscribe(Version, 1, null, ($"{root}/a", 0), ($"{root}/b", 0), ($"{root}/c", 0)));
        await client.ExpectAsync(0x90, 5, 0, 1, 0, 0, 0);
        foreach (string topic in new[] { "c", "a", "b" })
        {
            await client.PublishAsync($"{root}/{topic}", topic);
            await Steps.ExpectMessageAsync(client, topic);
        }

        await client.PingAsync();
    }

    private static async Task SubAckHasACodeForEachFilter(CheckContext context)
    {
        string root = NewTopic();
        var client = await context.ConnectAsync();
        for (int count = 1; count <= 4; count++)
        {
            (string Filter, int QoS)[] filters = [.. Enumerable.Range(0, count).Select(number => ($"{root}/{number}", number % 3))];
            await client.SendAsync(Packet.Subscribe(Version, count, null, filters));
            var answer = await client.ReceiveAsync(PacketType.SubAck);
            Expect(
                answer.ReasonCodes.Count == count && answer.ReasonCodes.Zip(filters).All(pair => pair.First == 0x80 || pair.First <= pair.Second.QoS),
                $"{count} return codes, each not above its QoS or 0x80, got {answer}");
        }
    }

    private static async Task SubAckCodesInOrder(CheckContext context)
    {
        Steps.NeedsQoS2(context);
        string root = NewTopic();
        var client = await context.ConnectAsync();
        await client.SendAsync(Packet.Subscribe(Version, 1, null, ($"{root}/z", 1), ($"{root}/a", 2), ($"{root}/m", 0), ($"{root}/b", 1)));
        await client.ExpectAsync(0x90, 6, 0, 1, 1, 2, 0, 1);
    }

    private static async Task DeliveryHasLowerQoS(CheckContext context)
    {
        Steps.NeedsQoS2(context);
        var publisher = await context.ConnectAsync();
        for (int granted = 0; granted <= 2; granted++)
        {
            string topic = NewTopic();
            var subscriber = await Steps.SubscriberAsync(context, topic, granted);
            for (int qos = 0; qos <= 2; qos++)
            {
                await publisher.PublishAsync(topic, $"{qos}", qos);
                var publish = await Steps.ExpectMessageAsync(subscriber, $"{qos}");
                Expect(publish.QoS == Math.Min(qos, granted), $"QoS {Math.Min(qos, granted)}, got {publish}");
            }
        }
    }
}
