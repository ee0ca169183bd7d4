using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>Retained messages and the options of a subscription that concern them (§3.3.1.3, §3.8.3.1).</summary>
internal static class RetainChecks
{
    private const int RetainAsPublished = 0x08;
    private const int OnlyWhenNew = 0x10;
    private const int Never = 0x20;

    public static readonly Check[] All =
    [
        new(MqttVersion.V50, "retain-stores-and-replaces", ["MQTT-3.3.1-5"], "A later subscriber gets the latest retained message of the topic, with RETAIN 1.", StoresAndReplaces),
        new(MqttVersion.V50, "retain-empty-deletes", ["MQTT-3.3.1-6"], "An empty retained message is forwarded and deletes what was retained.", EmptyDeletes),
        new(MqttVersion.V50, "retain-empty-is-not-stored", ["MQTT-3.3.1-7"], "An empty retained message is not stored itself.", EmptyIsNotStored),
        new(MqttVersion.V50, "retain-0-is-not-stored", ["MQTT-3.3.1-8"], "A message with RETAIN 0 is not stored and leaves the retained one as it is.", Retain0IsNotStored),
        new(MqttVersion.V50, "retain-handling-0-sends", ["MQTT-3.3.1-9"], "A subscription with Retain Handling 0 gets every retained message that matches, and no other.", Handling0Sends),
        new(MqttVersion.V50, "retain-handling-1-sends-when-new", ["MQTT-3.3.1-10"], "With Retain Handling 1 a new subscription gets the retained message, one that exists does not.", Handling1SendsWhenNew),
        new(MqttVersion.V50, "retain-handling-1-knows-stored-subscriptions", ["MQTT-3.3.1-10"], "With Retain Handling 1 a subscription that exists since an earlier connection gets no retained message.", Handling1KnowsStoredSubscriptions),
        new(MqttVersion.V50, "retain-handling-2-sends-nothing", ["MQTT-3.3.1-11"], "With Retain Handling 2 a new subscription gets no retained message.", Handling2SendsNothing),
        new(MqttVersion.V50, "retain-handling-of-a-shared-subscription", ["MQTT-3.3.1-9"], "A Shared Subscription gets no retained messages (§4.8.2).", SharedGetsNone),
        new(MqttVersion.V50, "retain-as-published-0-clears", ["MQTT-3.3.1-12"], "With Retain As Published 0 a message is forwarded with RETAIN 0.", AsPublished0Clears),
        new(MqttVersion.V50, "retain-as-published-1-keeps", ["MQTT-3.3.1-13"], "With Retain As Published 1 a message is forwarded with the RETAIN of its publisher.", AsPublished1Keeps),
    ];

    private static async Task StoresAndReplaces(CheckContext context)
    {
        string topic = await RetainAsync(context, "first", "second");
        var subscriber = await context.ConnectAsync();
        await subscriber.SubscribeAsync(topic, 0);
        var publish = await subscriber.ExpectMessageAsync("second");
        CheckContext.Expect(publish.Retain, $"RETAIN 1, got {publish}");
        await context.ExpectNothingAsync(subscriber);
    }

    private static async Task EmptyDeletes(CheckContext context)
    {
        string topic = await RetainAsync(context, "first");
        var publisher = await context.ConnectAsync();
        var subscriber = await context.ConnectAsync();
        await subscriber.SubscribeAsync(topic, Never);
        await publisher.PublishAsync(topic, "", qos: 1, retain: true);
        await subscriber.ExpectMessageAsync("");
        var later = await context.ConnectAsync();
        await later.SubscribeAsync(topic, 0);
        await context.ExpectNothingAsync(later);
    }

    private static async Task EmptyIsNotStored(CheckContext context)
    {
        string topic = await RetainAsync(context, "");
        var subscriber = await context.ConnectAsync();
        await subscriber.SubscribeAsync(topic, 0);
        await context.ExpectNothingAsync(subscriber);
    }

    private static async Task Retain0IsNotStored(CheckContext context)
    {
        string topic = await RetainAsync(context, "kept");
        string other = context.NewRetainedTopic();
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "passes", qos: 1);
        await publisher.PublishAsync(topic, "", qos: 1);
        await publisher.PublishAsync(other, "passes", qos: 1);
        var subscriber = await context.ConnectAsync();
        await subscriber.SubscribeAsync(other, 0);
        await subscriber.SubscribeAsync(topic, 0);
        await subscriber.ExpectMessageAsync("kept");
        await context.ExpectNothingAsync(subscriber);
    }

    private static async Task Handling0Sends(CheckContext context)
    {
        context.NeedsWildcards();
        context.NeedsRetain();
        context.NeedsQoS(1);
        string root = CheckContext.NewTopic();
        var publisher = await context.ConnectAsync();
        foreach (string topic in new[] { $"{root}/a", $"{root}/b", $"{root}/b/c" })
        {
            context.ClearsRetained(topic);
            await publisher.PublishAsync(topic, topic, qos: 1, retain: true);
        }

        var subscriber = await context.ConnectAsync();
        await subscriber.SubscribeAsync($"{root}/+", 1);
        List<string> received = [];
        for (int i = 0; i < 2; i++)
        {
            received.Add((await subscriber.ReceivePublishAsync()).Topic);
        }

        CheckContext.Expect(received.Order(StringComparer.Ordinal).SequenceEqual([$"{root}/a", $"{root}/b"]), $"the retained messages of a and b, got {string.Join(", ", received)}");
        await context.ExpectNothingAsync(subscriber);
    }

    private static async Task Handling1SendsWhenNew(CheckContext context)
    {
        string topic = await RetainAsync(context, "kept");
        var subscriber = await context.ConnectAsync();
        await subscriber.SubscribeAsync(topic, OnlyWhenNew);
        await subscriber.ExpectMessageAsync("kept");
        await subscriber.SubscribeAsync(topic, OnlyWhenNew);
        await context.ExpectNothingAsync(subscriber);
        await subscriber.SendAsync(Packet.Unsubscribe(MqttVersion.V50, 5, topic));
        await subscriber.ReceiveAsync(PacketType.UnsubAck);
        await subscriber.SubscribeAsync(topic, OnlyWhenNew);
        await subscriber.ExpectMessageAsync("kept");
    }

    private static async Task Handling1KnowsStoredSubscriptions(CheckContext context)
    {
        string topic = await RetainAsync(context, "kept");
        var fields = context.PersistentFields();
        var before = await context.ConnectAsync(fields);
        await before.SubscribeAsync(topic, OnlyWhenNew);
        await before.ExpectMessageAsync("kept");
        await before.DisconnectAsync();
        var after = await context.ConnectAsync(fields);
        await after.SubscribeAsync(topic, OnlyWhenNew);
        await context.ExpectNothingAsync(after);
    }

    private static async Task Handling2SendsNothing(CheckContext context)
    {
        string topic = await RetainAsync(context, "kept");
        var subscriber = await context.ConnectAsync();
        await subscriber.SubscribeAsync(topic, Never);
        await context.ExpectNothingAsync(subscriber);
    }

    private static async Task SharedGetsNone(CheckContext context)
    {
        context.NeedsShared();
        string topic = await RetainAsync(context, "kept");
        var subscriber = await context.ConnectAsync();
        await subscriber.SubscribeAsync($"$share/g/{topic}", 0);
        await context.ExpectNothingAsync(subscriber);
    }

    private static async Task AsPublished0Clears(CheckContext context)
    {
        context.NeedsRetain();
        string topic = context.NewRetainedTopic();
        var (subscriber, publisher) = await context.PairAsync(topic, 1);
        await publisher.PublishAsync(topic, "1", qos: 1, retain: true);
        await publisher.PublishAsync(topic, "2", qos: 1);
        foreach (string payload in new[] { "1", "2" })
        {
            var publish = await subscriber.ExpectMessageAsync(payload);
            CheckContext.Expect(!publish.Retain, $"RETAIN 0, got {publish}");
        }
    }

    private static async Task AsPublished1Keeps(CheckContext context)
    {
        context.NeedsRetain();
        string topic = context.NewRetainedTopic();
        var (subscriber, publisher) = await context.PairAsync(topic, 1 | RetainAsPublished);
        await publisher.PublishAsync(topic, "1", qos: 1, retain: true);
        await publisher.PublishAsync(topic, "0", qos: 1);
        foreach (string payload in new[] { "1", "0" })
        {
            var publish = await subscriber.ExpectMessageAsync(payload);
            CheckContext.Expect(publish.Retain == (payload == "1"), $"RETAIN {payload}, got {publish}");
        }
    }

    /// <summary>A new topic to which these messages were published with RETAIN 1.</summary>
    private static async Task<string> RetainAsync(CheckContext context, params string[] payloads)
    {
        context.NeedsRetain();
        context.NeedsQoS(1);
        string topic = context.NewRetainedTopic();
        var publisher = await context.ConnectAsync();
        foreach (string payload in payloads)
        {
            await publisher.PublishAsync(topic, payload, qos: 1, retain: true);
        }

        return topic;
    }
}
