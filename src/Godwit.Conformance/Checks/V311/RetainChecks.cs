using Godwit.Conformance.Wire;
using static Godwit.Conformance.CheckContext;

namespace Godwit.Conformance.Checks.V311;

/// <summary>Retained messages (§3.3.1.3).</summary>
internal static class RetainChecks
{
    private const MqttVersion Version = MqttVersion.V311;

    public static readonly Check[] All =
    [
        new(Version, "retained-message-is-stored-with-qos", ["MQTT-3.3.1-5"], "A message with RETAIN 1 comes to a later subscriber, at its QoS.", StoredWithQoS),
        new(Version, "new-subscription-gets-latest-of-each-topic", ["MQTT-3.3.1-6"], "A new subscription gets the latest retained message of each topic that matches, and no other.", LatestOfEachTopic),
        new(Version, "qos-0-retained-message-removes-earlier", ["MQTT-3.3.1-7"], "A retained message of QoS 0 takes the place of the earlier one (a server may drop it, but never brings the earlier one back).", QoS0RemovesEarlier),
        new(Version, "retained-message-comes-with-retain-1", ["MQTT-3.3.1-8"], "What a new subscription brings has RETAIN 1.", ComesWithRetain1),
        new(Version, "live-message-comes-with-retain-0", ["MQTT-3.3.1-9"], "What comes through an established subscription has RETAIN 0, even if it was published with RETAIN 1.", LiveComesWithRetain0),
        new(Version, "empty-retained-message-deletes", ["MQTT-3.3.1-10"], "An empty message with RETAIN 1 reaches subscribers and deletes the retained message.", EmptyDeletes),
        new(Version, "empty-retained-message-is-not-stored", ["MQTT-3.3.1-11"], "An empty message with RETAIN 1 does not come to later subscribers.", EmptyIsNotStored),
        new(Version, "message-with-retain-0-is-not-stored", ["MQTT-3.3.1-12"], "A message with RETAIN 0 does not become the retained message and leaves the one that is there alone.", Retain0IsNotStored),
    ];

    private static async Task StoredWithQoS(CheckContext context)
    {
        Steps.NeedsRetain(context);
        var publisher = await context.ConnectAsync();
        for (int qos = 1; qos <= context.Facts.MaximumQoS; qos++)
        {
            string topic = context.NewRetainedTopic();
            await publisher.PublishAsync(topic, "x", qos, retain: true);
            await Steps.ExpectRetainedAsync(context, topic, "x", qos);
        }
    }

    private static async Task LatestOfEachTopic(CheckContext context)
    {
        Steps.NeedsRetain(context);
        string root = NewTopic();
        var publisher = await context.ConnectAsync();
        foreach (var (topic, payload) in new[] { ("a", "old"), ("a", "a"), ("b", "b"), ("c/d", "deep") })
        {
            context.ClearsRetained($"{root}/{topic}");
            await publisher.PublishAsync($"{root}/{topic}", payload, qos: 1, retain: true);
        }

        var late = await Steps.SubscriberAsync(context, $"{root}/+", 1);
        var got = new[] { await late.ReceivePublishAsync(), await late.ReceivePublishAsync() };
        var found = got.Select(publish => $"{publish.Topic}={publish.Text}").Order(StringComparer.Ordinal);
        Expect(found.SequenceEqual([$"{root}/a=a", $"{root}/b=b"]), $"the latest of {root}/a and {root}/b, got {string.Join(", ", found)}");
        await context.ExpectNothingAsync(late);
    }

    private static async Task QoS0RemovesEarlier(CheckContext context)
    {
        Steps.NeedsRetain(context);
        string topic = context.NewRetainedTopic();
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "earlier", qos: 1, retain: true);
        await publisher.PublishAsync(topic, "later", qos: 0, retain: true);
        await publisher.PingAsync();
        var late = await Steps.SubscriberAsync(context, topic, 1);
        await Task.Delay(context.Quiet);
        var got = await late.PingAndCollectAsync();
        Expect(got.All(packet => packet.Text == "later"), $"the later message or none, got {string.Join(", ", got)}");
    }

    private static async Task ComesWithRetain1(CheckContext context)
    {
        Steps.NeedsRetain(context);
        string topic = context.NewRetainedTopic();
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "x", qos: 1, retain: true);
        var late = await Steps.SubscriberAsync(context, topic, 0);
        var publish = await Steps.ExpectMessageAsync(late, "x");
        Expect(publish.Retain, $"RETAIN 1, got {publish}");
    }

    private static async Task LiveComesWithRetain0(CheckContext context)
    {
        Steps.NeedsRetain(context);
        string topic = context.NewRetainedTopic();
        var subscriber = await Steps.SubscriberAsync(context, topic, 1);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "x", qos: 1, retain: true);
        var publish = await Steps.ExpectMessageAsync(subscriber, "x");
        Expect(!publish.Retain, $"RETAIN 0, got {publish}");
    }

    private static async Task EmptyDeletes(CheckContext context)
    {
        Steps.NeedsRetain(context);
        string topic = context.NewRetainedTopic();
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "x", qos: 1, retain: true);
        var subscriber = await Steps.SubscriberAsync(context, topic, 1);
        await Steps.ExpectMessageAsync(subscriber, "x");
        await publisher.PublishAsync(topic, "", qos: 1, retain: true);
        await Steps.ExpectMessageAsync(subscriber, "");
        await Steps.ExpectRetainedAsync(context, topic, null);
    }

    private static async Task EmptyIsNotStored(CheckContext context)
    {
        Steps.NeedsRetain(context);
        string topic = context.NewRetainedTopic();
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "", qos: 1, retain: true);
        await Steps.ExpectRetainedAsync(context, topic, null);
    }

    private static async Task Retain0IsNotStored(CheckContext context)
    {
        Steps.NeedsRetain(context);
        string topic = context.NewRetainedTopic();
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "live", qos: 1);
        await Steps.ExpectRetainedAsync(context, topic, null);
        await publisher.PublishAsync(topic, "kept", qos: 1, retain: true);
        await publisher.PublishAsync(topic, "live", qos: 1);
        await publisher.PublishAsync(topic, "", qos: 1);
        await Steps.ExpectRetainedAsync(context, topic, "kept", qos: 1);
    }
}
