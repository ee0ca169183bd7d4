using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>Shared Subscriptions (§4.8.2).</summary>
internal static class SharedChecks
{
    public static readonly Check[] All =
    [
        new(MqttVersion.V50, "shared-messages-go-to-one-member", ["MQTT-4.8.2-1"], "Filters that begin with $share/ and the same ShareName make a group, of which one member gets each message; another group gets it, too.", GoToOneMember),
        new(MqttVersion.V50, "shared-without-name-is-not-granted", ["MQTT-4.8.2-1"], "A Shared Subscription with an empty ShareName is refused.", context => NotGrantedAsync(context, "$share//{0}", "$share///{0}")),
        new(MqttVersion.V50, "shared-with-wrong-name-is-not-granted", ["MQTT-4.8.2-2"], "A ShareName with a wildcard, or without a Topic Filter behind it, is refused.", context =>
            NotGrantedAsync(context, "$share/g+/{0}", "$share/g#/{0}", "$share/+/{0}", "$share/#/{0}", "$share/{0}", "$share/{0}/")),
        new(MqttVersion.V50, "shared-messages-come-at-the-granted-qos", ["MQTT-4.8.2-3", "MQTT-3.8.4-8"], "Each member of a group gets messages at no more than the QoS granted to it.", ComeAtGrantedQoS),
        new(MqttVersion.V50, "shared-qos2-delivery-is-finished", ["MQTT-4.8.2-4"], "A QoS 2 delivery that a lost connection cut short is finished for the same member when it is back, and goes to no other.", DeliveryIsFinished),
        new(MqttVersion.V50, "shared-qos2-release-is-finished", ["MQTT-4.8.2-4"], "As before, where PUBREL was sent already.", ReleaseIsFinished),
        new(MqttVersion.V50, "shared-qos2-delivery-ends-with-the-session", ["MQTT-4.8.2-5"], "When the session of the member ends before the QoS 2 delivery is finished, no other member gets the message.", EndsWithTheSession),
        new(MqttVersion.V50, "shared-message-that-was-refused-is-dropped", ["MQTT-4.8.2-6"], "A message that a member answers by PUBACK or PUBREC with a failure goes to no other member.", RefusedIsDropped),
    ];

    private static async Task GoToOneMember(CheckContext context)
    {
        const int Count = 12;
        context.NeedsShared();
        context.NeedsQoS(1);
        string topic = CheckContext.NewTopic();
        List<RawMqttClient> members = [];
        foreach (string group in new[] { "g", "g", "g", "h" })
        {
            var member = await context.ConnectAsync();
            await member.SubscribeAsync($"$share/{group}{topic}/{topic}", 0);
            members.Add(member);
        }

        var publisher = await context.ConnectAsync();
        for (int i = 0; i < Count; i++)
        {
            await publisher.PublishAsync(topic, $"{i}", qos: 1);
        }

        List<string> first = [];
        for (int i = 0; i < 3; i++)
        {
            first.AddRange((await context.CollectAsync(members[i])).Select(publish => publish.Text));
        }

        CheckContext.Expect(first.Count == Count && first.Distinct().Count() == Count, $"each of {Count} messages once in the group, got {string.Join(", ", first)}");
        var second = (await members[3].PingAndCollectAsync()).Select(publish => publish.Text).Distinct();
        CheckContext.Expect(second.Count() == Count, $"each of {Count} messages in the other group, got {string.Join(", ", second)}");
    }

    private static async Task NotGrantedAsync(CheckContext context, params string[] filters)
    {
        context.NeedsShared();
        string topic = CheckContext.NewTopic();
        foreach (string filter in filters)
        {
            await context.ExpectSubscriptionRefusedAsync(filter.Replace("{0}", topic, StringComparison.Ordinal));
        }
    }

    private static async Task ComeAtGrantedQoS(CheckContext context)
    {
        const int Count = 9;
        context.NeedsShared();
        context.NeedsQoS(2);
        string topic = CheckContext.NewTopic();
        List<RawMqttClient> members = [];
        for (int qos = 0; qos <= 2; qos++)
        {
            var member = await context.ConnectAsync();
            await member.SubscribeAsync($"$share/g/{topic}", qos);
            members.Add(member);
        }

        var publisher = await context.ConnectAsync();
        for (int i = 0; i < Count; i++)
        {
            await publisher.PublishAsync(topic, $"{i}", qos: 2);
        }

        int total = 0;
        for (int qos = 0; qos <= 2; qos++)
        {
            foreach (var publish in await context.CollectAsync(members[qos]))
            {
                CheckContext.Expect(publish.Type == PacketType.Publish && publish.QoS <= qos, $"no more than QoS {qos}, got {publish}");
                total++;
            }
        }

        CheckContext.Expect(total > 0, "messages, got none");
    }

    private static async Task DeliveryIsFinished(CheckContext context)
    {
        var (fields, first, second, publish) = await CutShortAsync(context, 2);
        first.Abort();
        await context.ExpectNothingAsync(second);
        var again = await context.ConnectAsync(fields);
        var repeated = await again.ExpectMessageAsync("x");
        CheckContext.Expect(repeated.PacketIdentifier == publish.PacketIdentifier, $"the Packet Identifier {publish.PacketIdentifier}, got {repeated}");
        await context.ExpectNothingAsync(second);
    }

    private static async Task ReleaseIsFinished(CheckContext context)
    {
        var (fields, first, second, publish) = await CutShortAsync(context, 2);
        await first.SendAsync(Packet.Ack(PacketType.PubRec, publish.PacketIdentifier));
        await first.ReceiveAckAsync(PacketType.PubRel, publish.PacketIdentifier);
        first.Abort();
        await context.ExpectNothingAsync(second);
        var again = await context.ConnectAsync(fields);
        await again.ReceiveAckAsync(PacketType.PubRel, publish.PacketIdentifier);
        await again.SendAsync(Packet.Ack(PacketType.PubComp, publish.PacketIdentifier));
        await again.PingAsync();
    }

    private static async Task EndsWithTheSession(CheckContext context)
    {
        var (fields, first, second, _) = await CutShortAsync(context, 2);
        first.Abort();
        var again = await context.ConnectAsync(fields with { CleanStart = true });
        await context.ExpectNothingAsync(second);
        await again.PingAsync();
    }

    private static async Task RefusedIsDropped(CheckContext context)
    {
        for (int qos = 1; qos <= 2; qos++)
        {
            var (_, first, second, publish) = await CutShortAsync(context, qos);
            await first.SendAsync(Packet.Ack(qos == 1 ? PacketType.PubAck : PacketType.PubRec, publish.PacketIdentifier, 0x83));
            await context.ExpectNothingAsync(second);
            await first.PingAsync();
        }
    }

    /// <summary>The first member of a group has got a PUBLISH and says nothing to it; a second one has joined since.</summary>
    private static async Task<(ConnectFields Fields, RawMqttClient First, RawMqttClient Second, ReceivedPacket Publish)> CutShortAsync(CheckContext context, int qos)
    {
        context.NeedsShared();
        context.NeedsQoS(2);
        string topic = CheckContext.NewTopic();
        var fields = context.PersistentFields();
        var first = await context.ConnectAsync(fields);
        await first.SubscribeAsync($"$share/g/{topic}", 2);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "x", qos);
        var publish = await first.ReceiveAsync(PacketType.Publish);
        var second = await context.ConnectAsync();
        await second.SubscribeAsync($"$share/g/{topic}", 2);
        return (fields, first, second, publish);
    }
}
