using Godwit.Conformance.Wire;
using static Godwit.Conformance.CheckContext;

namespace Godwit.Conformance.Checks.V311;

/// <summary>Topic Names and Topic Filters (§4.7).</summary>
internal static class TopicChecks
{
    private const MqttVersion Version = MqttVersion.V311;

    public static readonly Check[] All =
    [
        new(Version, "hash-within-filter-is-not-granted", ["MQTT-4.7.1-2"], "A filter whose # shares its level or is not last is not granted: the connection ends, or the filter is rejected with 0x80.", context => NotGranted(context, "a#", "a/b#", "a/#/b", "#/a", "##", "#+")),
        new(Version, "plus-beside-other-characters-is-not-granted", ["MQTT-4.7.1-3"], "A filter whose + shares its level is not granted: the connection ends, or the filter is rejected with 0x80.", context => NotGranted(context, "a+", "+a", "a/b+/c", "a/+b", "++", "+#")),
        new(Version, "hash-matches-parent-and-below", ["MQTT-4.7.1-2"], "A # as the last level matches the level above and all below it, and nothing beside.", HashMatches),
        new(Version, "plus-matches-one-level", ["MQTT-4.7.1-3"], "A + matches exactly one level, an empty one too, at the beginning, in the middle and at the end.", PlusMatches),
        new(Version, "wildcards-do-not-match-dollar", ["MQTT-4.7.2-1"], "Filters that begin with # or + do not bring topics that begin with $.", WildcardsDoNotMatchDollar),
        Steps.Closes("empty-topic-name-closes", ["MQTT-4.7.3-1"], "A PUBLISH with an empty Topic Name ends its connection.", () => Packet.Publish(Version, "", "x"), () => Packet.Publish(Version, "", "x", qos: 1, packetId: 1)),
        Steps.Closes("empty-filter-closes", ["MQTT-4.7.3-1"], "A SUBSCRIBE or UNSUBSCRIBE with an empty Topic Filter ends its connection.", () => Packet.Subscribe(Version, 1, "", 0), () => Packet.Unsubscribe(Version, 1, "")),
        new(Version, "topics-are-compared-as-they-are", ["MQTT-4.7.3-4"], "Topics that differ in case, in slashes, in spaces or in the form of an accented letter are different.", ComparedAsTheyAre),
    ];

    private static async Task NotGranted(CheckContext context, params string[] filters)
    {
        foreach (string filter in filters)
        {
            var client = await context.ConnectAsync();
            await client.SendAsync(Packet.Subscribe(Version, 1, filter, 0));
            if (await client.TryReceiveAsync() is { } answer)
            {
                Expect(answer.Type == PacketType.SubAck && answer.ReasonCodes is [0x80], $"the end of the connection or SUBACK with 0x80 for {filter}, got {answer}");
            }
        }
    }

    private static async Task ExpectMatchesAsync(CheckContext context, string filter, string[] matching, string[] others)
    {
        NotApplicableWhen(!context.Facts.WildcardSubscriptionAvailable, "the broker does not take wildcards");
        var subscriber = await Steps.SubscriberAsync(context, filter, 0);
        var publisher = await context.ConnectAsync();
        foreach (string topic in others.Concat(matching))
        {
            await publisher.PublishAsync(topic, topic);
        }

        List<string> got = [];
        while (got.Count < matching.Length)
        {
            got.Add((await subscriber.ReceiveAsync(PacketType.Publish)).Topic);
        }

        Expect(got.Order(StringComparer.Ordinal).SequenceEqual(matching.Order(StringComparer.Ordinal)), $"{string.Join(", ", matching)} by {filter}, got {string.Join(", ", got)}");
        await context.ExpectNothingAsync(subscriber);
    }

    private static Task HashMatches(CheckContext context)
    {
        string root = NewTopic();
        return ExpectMatchesAsync(context, $"{root}/a/#", [$"{root}/a", $"{root}/a/", $"{root}/a/b", $"{root}/a/b/c/d", $"{root}/a//"], [root, $"{root}/", $"{root}/ab", $"{root}/b/a", $"/{root}/a"]);
    }

    private static async Task PlusMatches(CheckContext context)
    {
        string root = NewTopic();
        await ExpectMatchesAsync(context, $"{root}/+/c", [$"{root}/b/c", $"{root}//c"], [$"{root}/c", $"{root}/b/b/c", $"{root}/b/c/", $"{root}/b"]);
        await ExpectMatchesAsync(context, $"+/{root}", [$"a/{root}", $"/{root}"], [root, $"a/b/{root}", $"a/{root}/"]);
        await ExpectMatchesAsync(context, $"{root}x/+", [$"{root}x/a", $"{root}x/"], [$"{root}x", $"{root}x/a/b"]);
    }

    private static async Task WildcardsDoNotMatchDollar(CheckContext context)
    {
        NotApplicableWhen(!context.Facts.WildcardSubscriptionAvailable, "the broker does not take wildcards");
        string topic = NewTopic();
        var plus = await Steps.SubscriberAsync(context, $"+/{topic}", 0);
        var hash = await Steps.SubscriberAsync(context, "#", 0);

        // A server may refuse such a PUBLISH, even by closing.
        foreach (string hidden in new[] { $"$SYS/{topic}", $"${topic}/{topic}" })
        {
            var publisher = await context.ConnectAsync();
            await publisher.SendAsync(Packet.Publish(Version, hidden, "x"));
            await publisher.SendAsync(Packet.PingReq);
            await publisher.TryReceiveAsync();
        }

        await context.ExpectNothingAsync(plus);
        var last = await context.ConnectAsync();
        await last.PublishAsync($"a/{topic}", "end");
        await Steps.ExpectMessageAsync(plus, "end");
        ReceivedPacket publish;
        do
        {
            // All that others publish meanwhile comes, too.
            publish = await hash.ReceiveAsync(PacketType.Publish);
            Expect(!publish.Topic.StartsWith('$'), $"no topic that begins with $, got {publish}");
        }
        while (publish.Topic != $"a/{topic}");
    }

    private static async Task ComparedAsTheyAre(CheckContext context)
    {
        string root = NewTopic();
        string[] topics =
        [
            $"{root}/caf\u00E9", $"{root}/cafe\u0301", $"{root}/CAF\u00C9", $"{root}/cafe", $"{root}/cafe/", $"/{root}/cafe", $"{root}//cafe", $"{root}/cafe ", $"{root}/ cafe", $"{root}/\uFF43afe", $"{root}/./cafe",
        ];
        var publisher = await context.ConnectAsync();
        var subscribers = new RawMqttClient[topics.Length];
        for (int index = 0; index < topics.Length; index++)
        {
            subscribers[index] = await Steps.SubscriberAsync(context, topics[index], 0);
        }

        foreach (string topic in topics)
        {
            await publisher.PublishAsync(topic, topic);
        }

        await Task.Delay(context.Quiet);
        for (int index = 0; index < topics.Length; index++)
        {
            string[] got = [.. (await subscribers[index].PingAndCollectAsync()).Select(publish => publish.Topic)];
            Expect(got is [var only] && only == topics[index], $"{topics[index]} alone, got {string.Join(", ", got)}");
        }
    }
}
