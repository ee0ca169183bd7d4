using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>Topic Aliases in both directions (§3.3.2.3.4).</summary>
internal static class AliasChecks
{
    public static readonly Check[] All =
    [
        new(MqttVersion.V50, "alias-stands-for-its-topic", ["MQTT-3.3.2-12"], "The highest and the lowest Topic Alias that the broker allows stand for the topic that they were set to last.", StandsForItsTopic),
        new(MqttVersion.V50, "alias-of-an-earlier-connection-closes", ["MQTT-3.3.2-7", "MQTT-4.13.1-1"], "A Topic Alias of an earlier connection of the session is unknown.", EndsWithItsConnection),
        new(MqttVersion.V50, "alias-0-closes", ["MQTT-3.3.2-8", "MQTT-4.13.1-1"], "Topic Alias 0 ends the connection.", ZeroIsAnError),
        new(MqttVersion.V50, "alias-of-the-broker-stays-within-the-maximum", ["MQTT-3.3.2-11", "MQTT-3.3.2-8"], "Topic Aliases of the broker lie between 1 and the client's Topic Alias Maximum, and stand for the right topics.", OfBrokerStaysWithinMaximum),
        new(MqttVersion.V50, "alias-of-the-broker-needs-a-maximum", ["MQTT-3.3.2-11"], "A client without Topic Alias Maximum gets no Topic Alias, also when the publisher used one.", OfBrokerNeedsMaximum),
    ];

    private static async Task StandsForItsTopic(CheckContext context)
    {
        int maximum = Maximum(context);
        string first = CheckContext.NewTopic();
        string second = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync(first, 0);
        await subscriber.SubscribeAsync(second, 0);
        foreach (int alias in new[] { maximum, 1 })
        {
            await publisher.SendAsync(Packet.Join(
                Exchange.Publish(first, "1", properties: Alias(alias)),
                Exchange.Publish("", "2", properties: Alias(alias)),
                Exchange.Publish(second, "3", properties: Alias(alias)),
                Exchange.Publish("", "4", properties: Alias(alias))));
            await publisher.PingAsync();
            foreach (var (topic, payload) in new[] { (first, "1"), (first, "2"), (second, "3"), (second, "4") })
            {
                var publish = await subscriber.ExpectMessageAsync(payload);
                CheckContext.Expect(publish.Topic == topic, $"the topic \"{topic}\", got {publish}");
            }
        }
    }

    private static async Task EndsWithItsConnection(CheckContext context)
    {
        Maximum(context);
        var fields = context.PersistentFields();
        var before = await context.ConnectAsync(fields);
        await before.SendAsync(Exchange.Publish(CheckContext.NewTopic(), "x", properties: Alias(1)));
        await before.DisconnectAsync();
        var after = await context.ConnectAsync(fields);
        await context.ExpectClosedAfterAsync(after, Exchange.Publish("", "x", properties: Alias(1)));
    }

    private static Task ZeroIsAnError(CheckContext context) =>
        context.ExpectClosedAfterAsync(Exchange.Publish(CheckContext.NewTopic(), "x", properties: Alias(0)));

    private static async Task OfBrokerStaysWithinMaximum(CheckContext context)
    {
        context.NeedsWildcards();
        const int TopicAliasMaximum = 2;
        string root = CheckContext.NewTopic();
        var subscriber = await context.ConnectAsync(context.Fields() with { Properties = new Properties().TwoByte(PropertyId.TopicAliasMaximum, TopicAliasMaximum) });
        await subscriber.SubscribeAsync($"{root}/+", 0);
        var publisher = await context.ConnectAsync();
        string[] topics = [.. from round in Enumerable.Range(0, 4) from topic in Enumerable.Range(0, 4) select $"{root}/{topic}"];
        foreach (string topic in topics)
        {
            await publisher.SendAsync(Exchange.Publish(topic, topic));
        }

        Dictionary<long, string> aliases = [];
        foreach (string topic in topics)
        {
            var publish = await subscriber.ExpectMessageAsync(topic);
            long alias = publish.Number(PropertyId.TopicAlias, absent: -1);
            CheckContext.Expect(alias is -1 or (> 0 and <= TopicAliasMaximum), $"a Topic Alias of 1 or 2, got {alias} in {publish}");
            if (publish.Topic.Length > 0)
            {
                aliases[alias] = publish.Topic;
            }

            string meant = publish.Topic.Length > 0 ? publish.Topic : aliases.GetValueOrDefault(alias, "");
            CheckContext.Expect(meant == topic, $"the topic \"{topic}\", by name or by alias, got \"{meant}\" in {publish}");
        }
    }

    private static async Task OfBrokerNeedsMaximum(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync(topic, 0);
        for (int round = 0; round < 4; round++)
        {
            await publisher.PublishAsync(topic, "x", properties: context.Facts.TopicAliasMaximum > 0 ? Alias(1) : null);
            var publish = await subscriber.ExpectMessageAsync("x");
            CheckContext.Expect(publish.Topic == topic && publish.Property(PropertyId.TopicAlias) is null, $"the Topic Name and no Topic Alias, got {publish}");
        }
    }

    private static int Maximum(CheckContext context)
    {
        CheckContext.NotApplicableWhen(context.Facts.TopicAliasMaximum == 0, "the broker's Topic Alias Maximum is 0");
        return context.Facts.TopicAliasMaximum;
    }

    private static Properties Alias(int alias) => new Properties().TwoByte(PropertyId.TopicAlias, alias);
}
