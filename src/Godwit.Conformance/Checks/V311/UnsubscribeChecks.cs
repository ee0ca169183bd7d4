using Godwit.Conformance.Wire;
using static Godwit.Conformance.CheckContext;

namespace Godwit.Conformance.Checks.V311;

/// <summary>UNSUBSCRIBE and UNSUBACK (§3.10, §3.11).</summary>
internal static class UnsubscribeChecks
{
    private const MqttVersion Version = MqttVersion.V311;

    public static readonly Check[] All =
    [
        Steps.Closes(
            "unsubscribe-with-wrong-flags-closes",
            ["MQTT-3.10.1-1", "MQTT-2.2.2-2"],
            "An UNSUBSCRIBE whose flags are not 0010 ends its connection.",
            [.. new[] { 0, 3, 6, 10 }.Select<int, Func<byte[]>>(flags => () => Steps.WithFlags(Packet.Unsubscribe(Version, 1, NewTopic()), flags))]),
        Steps.Closes("unsubscribe-without-filter-closes", ["MQTT-3.10.3-2"], "An UNSUBSCRIBE without a Topic Filter ends its connection.", () => [0xA2, 2, 0, 1]),
        new(Version, "unsubscribe-needs-equal-filter", ["MQTT-3.10.4-1"], "UNSUBSCRIBE removes the subscription with an equal filter and none that it merely covers or resembles.", UnsubscribeNeedsEqualFilter),
        new(Version, "nothing-comes-after-unsubscribe", ["MQTT-3.10.4-2"], "Behind UNSUBACK no message comes for the subscription, and none is kept for the session.", NothingComesAfterUnsubscribe),
        new(Version, "deliveries-under-way-are-finished", ["MQTT-3.10.4-3"], "A QoS 2 delivery that has begun goes on to its end after UNSUBSCRIBE.", DeliveriesUnderWayAreFinished),
        new(Version, "delivery-under-way-is-sent-again-after-unsubscribe", ["MQTT-3.10.4-3", "MQTT-4.4.0-1"], "A QoS 1 delivery that has begun comes again on reconnect, even if the client has unsubscribed.", DeliveryUnderWayIsSentAgain),
        new(Version, "unsubscribe-gets-unsuback", ["MQTT-3.10.4-4"], "UNSUBSCRIBE gets UNSUBACK with its Packet Identifier and nothing else.", UnsubscribeGetsUnsubAck),
        new(Version, "unsubscribe-from-nothing-gets-unsuback", ["MQTT-3.10.4-5"], "UNSUBSCRIBE gets UNSUBACK even where there is no such subscription.", UnsubscribeFromNothing),
        new(Version, "several-filters-in-one-unsubscribe", ["MQTT-3.10.4-6", "MQTT-3.10.3-1"], "An UNSUBSCRIBE with several filters gets one UNSUBACK and removes each of the subscriptions.", SeveralFilters),
    ];

    private static async Task UnsubscribeNeedsEqualFilter(CheckContext context)
    {
        string root = NewTopic();
        var client = await Steps.SubscriberAsync(context, $"{root}/+", 0);
        await client.SubscribeAsync($"{root}/a/b", 0);
        string[] others = [$"{root}/#", $"{root}/a", root, $"{root}/a/+", $"{root}/A/b", $"{root}/a/b/", "#", "+/+"];
        await client.SendAsync(Packet.Unsubscribe(Version, 1, others));
        await client.ExpectAsync(0xB0, 2, 0, 1);
        await client.PublishAsync($"{root}/a", "1");
        await Steps.ExpectMessageAsync(client, "1");
        await client.PublishAsync($"{root}/a/b", "2");
        await Steps.ExpectMessageAsync(client, "2");

        await client.SendAsync(Packet.Unsubscribe(Version, 2, $"{root}/+"));
        await client.ExpectAsync(0xB0, 2, 0, 2);
        await client.PublishAsync($"{root}/a", "3");
        await client.PublishAsync($"{root}/a/b", "4");
        await Steps.ExpectMessageAsync(client, "4");
    }

    private static async Task NothingComesAfterUnsubscribe(CheckContext context)
    {
        string topic = NewTopic();
        var fields = context.PersistentFields();
        var client = await context.ConnectAsync(fields);
        await client.SubscribeAsync(topic, 1);
        await client.SendAsync(Packet.Unsubscribe(Version, 1, topic));
        await client.ExpectAsync(0xB0, 2, 0, 1);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "1", qos: 1);
        await context.ExpectNothingAsync(client);
        await client.DisconnectAsync();
        await publisher.PublishAsync(topic, "2", qos: 1);
        var again = await context.ConnectAsync(fields);
        await context.ExpectNothingAsync(again);
    }

    private static async Task DeliveriesUnderWayAreFinished(CheckContext context)
    {
        Steps.NeedsQoS2(context);
        string topic = NewTopic();
        var subscriber = await Steps.SubscriberAsync(context, topic, 2);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "x", qos: 2);
        var publish = (await Steps.ExpectPublishesAsync(subscriber, "x"))[0];
        await subscriber.SendAsync(Packet.Unsubscribe(Version, 1, topic));
        await subscriber.ExpectAsync(0xB0, 2, 0, 1);
        await subscriber.SendAsync(Packet.Ack(PacketType.PubRec, publish.PacketIdentifier));
        await subscriber.ReceiveAckAsync(PacketType.PubRel, publish.PacketIdentifier);
        await subscriber.SendAsync(Packet.Ack(PacketType.PubComp, publish.PacketIdentifier));
        await subscriber.PingAsync();
    }

    private static async Task DeliveryUnderWayIsSentAgain(CheckContext context)
    {
        string topic = NewTopic();
        var fields = context.PersistentFields();
        var subscriber = await context.ConnectAsync(fields);
        await subscriber.SubscribeAsync(topic, 1);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "x", qos: 1);
        var before = (await Steps.ExpectPublishesAsync(subscriber, "x"))[0];
        await subscriber.SendAsync(Packet.Unsubscribe(Version, 1, topic));
        await subscriber.ExpectAsync(0xB0, 2, 0, 1);
        subscriber.Abort();
        var again = await context.ConnectAsync(fields);
        var after = await Steps.ExpectMessageAsync(again, "x");
        Expect(after.PacketIdentifier == before.PacketIdentifier, $"Packet Identifier {before.PacketIdentifier}, got {after}");
    }

    private static async Task UnsubscribeGetsUnsubAck(CheckContext context)
    {
        string topic = NewTopic();
        var client = await Steps.SubscriberAsync(context, topic, 0);
        await client.SendAsync(Packet.Unsubscribe(Version, 0x0A0B, topic));
        await client.ExpectAsync(0xB0, 2, 0x0A, 0x0B);
        await client.PingAsync();
    }

    private static async Task UnsubscribeFromNothing(CheckContext context)
    {
        var client = await context.ConnectAsync();
        await client.SendAsync(Packet.Unsubscribe(Version, 1, NewTopic()));
        await client.ExpectAsync(0xB0, 2, 0, 1);
        await client.SendAsync(Packet.Unsubscribe(Version, 2, NewTopic(), $"{NewTopic()}/#"));
        await client.ExpectAsync(0xB0, 2, 0, 2);
    }

    private static async Task SeveralFilters(CheckContext context)
    {
        string root = NewTopic();
        var client = await context.ConnectAsync();
        string[] topics = ["a", "b", "c"];
        foreach (string topic in topics)
        {
            await client.SubscribeAsync($"{root}/{topic}", 0);
        }

        await client.SendAsync(Packet.Unsubscribe(Version, 1, $"{root}/a", $"{root}/c"));
        await client.ExpectAsync(0xB0, 2, 0, 1);
        foreach (string topic in topics)
        {
            await client.PublishAsync($"{root}/{topic}", topic);
        }

        await Steps.ExpectMessageAsync(client, "b");
        await context.ExpectNothingAsync(client);
    }
}
