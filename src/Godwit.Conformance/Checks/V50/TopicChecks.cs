using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>Topic Names and Topic Filters (§4.7).</summary>
internal static class TopicChecks
{
    public static readonly Check[] All =
    [
        new(MqttVersion.V50, "topic-misplaced-hash-is-not-granted", ["MQTT-4.7.1-1"], "A filter with # elsewhere than alone in its last level is refused.", MisplacedHash),
        new(MqttVersion.V50, "topic-misplaced-plus-is-not-granted", ["MQTT-4.7.1-2"], "A filter with + beside other characters of its level is refused.", MisplacedPlus),
        new(MqttVersion.V50, "topic-hash-matches-the-level-and-all-below", ["MQTT-4.7.1-1"], "# stands for the level above it and any number of levels below.", context => MatchesAsync(
            context, root => $"{root}/#", ["", "/a", "/a/b", "/", "//a"], ["x"])),
        new(MqttVersion.V50, "topic-plus-matches-one-level", ["MQTT-4.7.1-2"], "+ stands for one whole level, which may be empty, at any place.", MatchesPlus),
        new(MqttVersion.V50, "topic-plus-and-hash-together", ["MQTT-4.7.1-1", "MQTT-4.7.1-2"], "A filter may have + and # both.", context => MatchesAsync(
            context, root => $"{root}/+/b/#", ["/a/b", "/a/b/c", "//b", "/a/b/"], ["/b", "/a/c", "/a/a/b", ""])),
        new(MqttVersion.V50, "topic-with-dollar-needs-its-own-filter", ["MQTT-4.7.2-1"], "A filter that begins with + does not match a topic that begins with $.", DollarAndPlus),
        new(MqttVersion.V50, "topic-with-dollar-is-not-in-all-topics", ["MQTT-4.7.2-1"], "The filter # does not match a topic that begins with $.", DollarAndHash) { IsExclusive = true },
        new(MqttVersion.V50, "topic-without-characters-is-refused", ["MQTT-4.7.3-1"], "An empty Topic Name without a Topic Alias is refused.", context =>
            context.ExpectPublicationRefusedAsync(Exchange.Publish("", "x", qos: 1, packetId: 11), 11)),
        new(MqttVersion.V50, "filter-without-characters-is-not-granted", ["MQTT-4.7.3-1"], "An empty Topic Filter is refused.", context => context.ExpectSubscriptionRefusedAsync("")),
        new(MqttVersion.V50, "topic-with-null-closes", ["MQTT-4.7.3-2"], "U+0000 in a Topic Name or Topic Filter ends the connection.", WithNull),
        new(MqttVersion.V50, "topic-is-not-normalized", ["MQTT-4.7.3-4", "MQTT-3.3.2-3"], "Topics that differ in case, blanks, slashes or composition of their characters are different, and arrive as they were sent.", IsNotNormalized),
    ];

    private static async Task MisplacedHash(CheckContext context)
    {
        context.NeedsWildcards();
        string root = CheckContext.NewTopic();
        foreach (string filter in new[] { $"{root}#", $"{root}/#/a", $"#/{root}", $"{root}/a#", $"{root}/##", $"{root}/+#" })
        {
            await context.ExpectSubscriptionRefusedAsync(filter);
        }
    }

    private static async Task MisplacedPlus(CheckContext context)
    {
        context.NeedsWildcards();
        string root = CheckContext.NewTopic();
        foreach (string filter in new[] { $"{root}+", $"{root}/a+/b", $"+{root}", $"{root}/++" })
        {
            await context.ExpectSubscriptionRefusedAsync(filter);
        }
    }

    private static async Task MatchesPlus(CheckContext context)
    {
        await MatchesAsync(context, root => $"{root}/+", ["/a", "/"], ["", "/a/b", "//a"]);
        await MatchesAsync(context, root => $"{root}/+/b", ["/a/b", "//b"], ["/b", "/a/c", "/a/a/b", "/a/b/"]);
        await MatchesAsync(context, root => $"{root}/+/+", ["/a/b", "//"], ["/a", "/a/b/c"]);
        await MatchesAsync(context, root => $"+/{root}/a", [], ["/a"], root => [$"{root}/{root}/a", $"/{root}/a"]);
    }

    private static async Task DollarAndPlus(CheckContext context)
    {
        context.NeedsWildcards();
        string root = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync($"+/{root}/a", 0);

        // A broker may refuse a topic with $, even by closing.
        await publisher.SendAsync(Exchange.Publish($"$check/{root}/a", "dollar"));
        var other = await context.ConnectAsync();
        await other.PublishAsync($"check/{root}/a", "plain");
        await subscriber.ExpectMessageAsync("plain");
        await context.ExpectNothingAsync(subscriber);
    }

    private static async Task DollarAndHash(CheckContext context)
    {
        context.NeedsWildcards();
        string root = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync("#", 0);
        await publisher.SendAsync(Exchange.Publish($"$check/{root}", "dollar"));
        await Task.Delay(context.Quiet);
        var other = await context.ConnectAsync();
        await other.PublishAsync(root, "end");
        while (await subscriber.ReceiveAsync(PacketType.Publish) is { } publish && publish.Topic != root)
        {
            CheckContext.Expect(!publish.Topic.StartsWith('$'), $"no topic that begins with $, got {publish}");
        }
    }

    private static async Task WithNull(CheckContext context)
    {
        string topic = $"{CheckContext.NewTopic()}\0a";
        await context.ExpectClosedAfterAsync(Exchange.Publish(topic, "x"), Exchange.Malformed);
        await context.ExpectClosedAfterAsync(Exchange.Subscribe(9, topic, 0), Exchange.Malformed);
        await context.ExpectClosedAfterAsync(Packet.Unsubscribe(MqttVersion.V50, 9, topic), Exchange.Malformed);
    }

    private static async Task IsNotNormalized(CheckContext context)
    {
        string root = CheckContext.NewTopic();
        string[] topics =
        [
            $"{root}/a", $"{root}/A", $"{root}//a", $"/{root}/a", $"{root}/a/", $"{root}/ a", $"{root}/a ", $"{root}/./a",
            $"{root}/\u00E9", $"{root}/e\u0301", $"{root}/\uFEFFa", $"{root}/%61", $"{root}/\uFF41",
        ];
        var publisher = await context.ConnectAsync();
        List<RawMqttClient> subscribers = [];
        foreach (string topic in topics)
        {
            var subscriber = await context.ConnectAsync();
            await subscriber.SubscribeAsync(topic, 0);
            subscribers.Add(subscriber);
        }

        foreach (string topic in topics)
        {
            await publisher.PublishAsync(topic, topic);
        }

        await publisher.PingAsync();
        await Task.Delay(context.Quiet);
        for (int i = 0; i < topics.Length; i++)
        {
            var publish = await subscribers[i].ReceiveAsync(PacketType.Publish);
            CheckContext.Expect(publish.Topic == topics[i] && publish.Text == topics[i], $"the topic \"{topics[i]}\", got {publish}");
            await subscribers[i].PingAsync();
        }
    }

    /// <summary>Publishes to topics that match and to others, all behind a new root, and expects the former alone to arrive.</summary>
    private static async Task MatchesAsync(
        CheckContext context, Func<string, string> filter, string[] matching, string[] others, Func<string, string[]>? alsoMatching = null)
    {
        context.NeedsWildcards();
        string root = CheckContext.NewTopic();
        var (subscriber, publisher) = await context.PairAsync(filter(root), 0);
        string[] expected = [.. matching.Select(end => root + end), .. alsoMatching?.Invoke(root) ?? []];
        foreach (string topic in others.Select(end => root + end).Concat(expected))
        {
            await publisher.PublishAsync(topic, topic);
        }

        await publisher.PingAsync();
        string[] received = [.. (await context.CollectAsync(subscriber)).Select(publish => publish.Topic)];
        CheckContext.Expect(
            received.Order(StringComparer.Ordinal).SequenceEqual(expected.Order(StringComparer.Ordinal)),
            $"\"{filter(root)}\" to match {string.Join(", ", expected)}, got {string.Join(", ", received)}");
    }
}
