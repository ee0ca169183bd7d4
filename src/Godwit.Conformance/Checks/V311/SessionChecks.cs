using Godwit.Conformance.Wire;
using static Godwit.Conformance.CheckContext;

namespace Godwit.Conformance.Checks.V311;

/// <summary>Clean Session, what a session keeps, and what is sent again on reconnect (§3.1.2.4, §4.1, §4.4, §4.5).</summary>
internal static class SessionChecks
{
    private const MqttVersion Version = MqttVersion.V311;

    public static readonly Check[] All =
    [
        new(Version, "kept-session-goes-on", ["MQTT-3.1.2-4", "MQTT-3.1.4-3", "MQTT-4.1.0-1"], "A subscription made with CleanSession 0 works on the next connection without a new SUBSCRIBE.", KeptSessionGoesOn),
        new(Version, "kept-session-survives-lost-connection", ["MQTT-3.1.2-4", "MQTT-4.1.0-1"], "A session with CleanSession 0 outlives a connection that is torn down.", KeptSessionSurvivesLostConnection),
        new(Version, "messages-wait-for-kept-session", ["MQTT-3.1.2-5", "MQTT-4.5.0-1"], "QoS 1 and 2 messages that come while the client is away reach it, in order, when it is back.", MessagesWaitForKeptSession),
        new(Version, "clean-session-drops-kept-one", ["MQTT-3.1.2-6", "MQTT-3.1.4-3"], "CleanSession 1 drops a kept session: its subscriptions, its messages, and what comes later finds nothing either.", CleanSessionDropsKeptOne),
        new(Version, "clean-session-ends-with-connection", ["MQTT-3.1.2-6"], "Of a session with CleanSession 1 nothing is there when the client comes again with CleanSession 0.", CleanSessionEndsWithConnection),
        new(Version, "retained-message-outlives-session", ["MQTT-3.1.2-7"], "A retained message stays when the session of its publisher ends.", RetainedMessageOutlivesSession),
        new(Version, "session-lasts-as-long-as-connection", ["MQTT-4.1.0-2"], "Subscriptions of a clean session work for as long as it is connected, whoever else comes and goes.", SessionLastsAsLongAsConnection),
        new(
            Version,
            "unacknowledged-publish-is-sent-again",
            ["MQTT-4.4.0-1", "MQTT-3.3.1-1", "MQTT-2.3.1-4", "MQTT-4.3.2-1", "MQTT-4.1.0-1"],
            "QoS 1 messages without PUBACK come again on reconnect with their Packet Identifiers and DUP 1; acknowledged ones do not.",
            UnacknowledgedPublishIsSentAgain),
        new(
            Version,
            "unreceived-qos-2-publish-is-sent-again",
            ["MQTT-4.4.0-1", "MQTT-3.3.1-1", "MQTT-4.3.3-1"],
            "A QoS 2 message without PUBREC comes again on reconnect with its Packet Identifier and DUP 1.",
            UnreceivedQoS2PublishIsSentAgain),
        new(Version, "pubrel-is-sent-again", ["MQTT-4.4.0-1", "MQTT-4.3.3-1"], "A PUBREL without PUBCOMP comes again on reconnect, and the PUBLISH before it does not.", PubRelIsSentAgain),
        new(Version, "received-qos-2-message-is-remembered", ["MQTT-4.1.0-1", "MQTT-4.3.3-2"], "A QoS 2 message that its publisher sends again on reconnect, before PUBREL, is delivered once.", ReceivedQoS2MessageIsRemembered),
        new(Version, "message-reaches-every-subscriber", ["MQTT-4.5.0-1"], "A message reaches each client with a matching subscription, connected or away.", MessageReachesEverySubscriber),
    ];

    private static async Task KeptSessionGoesOn(CheckContext context)
    {
        string topic = NewTopic();
        var fields = context.PersistentFields();
        var first = await context.ConnectAsync(fields);
        await first.SubscribeAsync(topic, 1);
        await first.DisconnectAsync();
        var second = await context.ConnectAsync(fields);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "x", qos: 1);
        var publish = await Steps.ExpectMessageAsync(second, "x");
        Expect(publish.QoS == 1, $"QoS 1, got {publish}");
    }

    private static async Task KeptSessionSurvivesLostConnection(CheckContext context)
    {
        string topic = NewTopic();
        var fields = context.PersistentFields();
        var first = await context.ConnectAsync(fields);
        await first.SubscribeAsync(topic, 1);
        first.Abort();
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "x", qos: 1);
        var second = await context.ConnectAsync(fields);
        Expect(second.ConnAck.SessionPresent, $"Session Present 1, got {second.ConnAck}");
        await Steps.ExpectMessageAsync(second, "x");
    }

    private static async Task MessagesWaitForKeptSession(CheckContext context)
    {
        Steps.NeedsQoS2(context);
        string topic = NewTopic();
        var fields = context.PersistentFields();
        var first = await context.ConnectAsync(fields);
        await first.SubscribeAsync(topic, 2);
        await first.DisconnectAsync();
        var publisher = await context.ConnectAsync();
        for (int number = 1; number <= 6; number++)
        {
            await publisher.PublishAsync(topic, $"{number}", qos: number <= 3 ? 1 : 2, packetId: number);
        }

        var second = await context.ConnectAsync(fields);
        for (int number = 1; number <= 6; number++)
        {
            var publish = await Steps.ExpectMessageAsync(second, $"{number}");
            Expect(publish.QoS == (number <= 3 ? 1 : 2) && !publish.Dup, $"the QoS of message {number} and DUP 0, got {publish}");
        }
    }

    private static async Task CleanSessionDropsKeptOne(CheckContext context)
    {
        string topic = NewTopic();
        var fields = context.PersistentFields();
        var kept = await context.ConnectAsync(fields);
        await kept.SubscribeAsync(topic, 1);
        await kept.DisconnectAsync();
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "waits", qos: 1);
        var clean = await context.ConnectAsync(fields with { CleanStart = true });
        await publisher.PublishAsync(topic, "comes", qos: 1);
        await context.ExpectNothingAsync(clean);
        await clean.DisconnectAsync();
        var later = await context.ConnectAsync(fields);
        Expect(!later.ConnAck.SessionPresent, $"Session Present 0, got {later.ConnAck}");
        await context.ExpectNothingAsync(later);
    }

    private static async Task CleanSessionEndsWithConnection(CheckContext context)
    {
        string topic = NewTopic();
        var fields = context.PersistentFields();
        var clean = await context.ConnectAsync(fields with { CleanStart = true });
        await clean.SubscribeAsync(topic, 1);
        await clean.DisconnectAsync();
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "x", qos: 1);
        var later = await context.ConnectAsync(fields);
        Expect(!later.ConnAck.SessionPresent, $"Session Present 0, got {later.ConnAck}");
        await publisher.PublishAsync(topic, "y", qos: 1);
        await context.ExpectNothingAsync(later);
    }

    private static async Task RetainedMessageOutlivesSession(CheckContext context)
    {
        Steps.NeedsRetain(context);
        string topic = context.NewRetainedTopic();
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "x", qos: 1, retain: true);
        await publisher.DisconnectAsync();
        await Steps.ExpectRetainedAsync(context, topic, "x", qos: 1);
    }

    private static async Task SessionLastsAsLongAsConnection(CheckContext context)
    {
        string topic = NewTopic();
        var subscriber = await Steps.SubscriberAsync(context, topic, 1);
        for (int number = 1; number <= 3; number++)
        {
            var publisher = await context.ConnectAsync();
            await publisher.PublishAsync(topic, $"{number}", qos: 1);
            await publisher.DisconnectAsync();
            await Steps.ExpectMessageAsync(subscriber, $"{number}");
        }
    }

    private static async Task UnacknowledgedPublishIsSentAgain(CheckContext context)
    {
        string topic = NewTopic();
        var fields = context.PersistentFields();
        var first = await context.ConnectAsync(fields);
        await first.SubscribeAsync(topic, 1);
        var publisher = await context.ConnectAsync();
        foreach (string payload in new[] { "1", "2", "3" })
        {
            await publisher.PublishAsync(topic, payload, qos: 1);
        }

        var before = await Steps.ExpectPublishesAsync(first, "1", "2", "3");
        await first.SendAsync(Packet.Ack(PacketType.PubAck, before[0].PacketIdentifier));
        await first.PingAsync();
        first.Abort();

        var second = await context.ConnectAsync(fields);
        var after = await Steps.ExpectPublishesAsync(second, "2", "3");
        for (int index = 0; index < 2; index++)
        {
            Expect(
                after[index].PacketIdentifier == before[index + 1].PacketIdentifier && after[index].Dup && after[index].QoS == 1,
                $"QoS 1, DUP 1 and Packet Identifier {before[index + 1].PacketIdentifier}, got {after[index]}");
        }
    }

    private static async Task UnreceivedQoS2PublishIsSentAgain(CheckContext context)
    {
        Steps.NeedsQoS2(context);
        string topic = NewTopic();
        var fields = context.PersistentFields();
        var first = await context.ConnectAsync(fields);
        await first.SubscribeAsync(topic, 2);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "x", qos: 2);
        var before = (await Steps.ExpectPublishesAsync(first, "x"))[0];
        first.Abort();
        var second = await context.ConnectAsync(fields);
        var after = await Steps.ExpectMessageAsync(second, "x");
        Expect(after.PacketIdentifier == before.PacketIdentifier && after.Dup && after.QoS == 2, $"QoS 2, DUP 1 and Packet Identifier {before.PacketIdentifier}, got {after}");
        await second.PingAsync();
    }

    private static async Task PubRelIsSentAgain(CheckContext context)
    {
        Steps.NeedsQoS2(context);
        string topic = NewTopic();
        var fields = context.PersistentFields();
        var first = await context.ConnectAsync(fields);
        await first.SubscribeAsync(topic, 2);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, "x", qos: 2);
        int packetId = (await Steps.ExpectPublishesAsync(first, "x"))[0].PacketIdentifier;
        await first.SendAsync(Packet.Ack(PacketType.PubRec, packetId));
        await first.ReceiveAckAsync(PacketType.PubRel, packetId);
        first.Abort();
        var second = await context.ConnectAsync(fields);
        await second.ReceiveAckAsync(PacketType.PubRel, packetId);
        await second.SendAsync(Packet.Ack(PacketType.PubComp, packetId));
        await second.PingAsync();
    }

    private static async Task ReceivedQoS2MessageIsRemembered(CheckContext context)
    {
        Steps.NeedsQoS2(context);
        string topic = NewTopic();
        var subscriber = await Steps.SubscriberAsync(context, topic, 2);
        var fields = context.PersistentFields();
        var first = await context.ConnectAsync(fields);
        await first.SendAsync(Packet.Publish(Version, topic, "once", qos: 2, packetId: 7));
        await first.ReceiveAckAsync(PacketType.PubRec, 7);
        first.Abort();
        var second = await context.ConnectAsync(fields);
        await second.SendAsync(Packet.Publish(Version, topic, "once", qos: 2, packetId: 7, dup: true));
        await second.ReceiveAckAsync(PacketType.PubRec, 7);
        await second.SendAsync(Packet.Ack(PacketType.PubRel, 7));
        await second.ReceiveAckAsync(PacketType.PubComp, 7);
        await Steps.ExpectMessageAsync(subscriber, "once");
        await context.ExpectNothingAsync(subscriber);
    }

    private static async Task MessageReachesEverySubscriber(CheckContext context)
    {
        string topic = NewTopic();
        var fields = context.PersistentFields();
        var away = await context.ConnectAsync(fields);
        await away.SubscribeAsync($"{topic}/+", 1);
        await away.DisconnectAsync();
        var exact = await Steps.SubscriberAsync(context, $"{topic}/a", 1);
        var below = await Steps.SubscriberAsync(context, $"{topic}/#", 1);
        var other = await Steps.SubscriberAsync(context, $"{topic}/b", 1);
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync($"{topic}/a", "x", qos: 1);
        await Steps.ExpectMessageAsync(exact, "x");
        await Steps.ExpectMessageAsync(below, "x");
        away = await context.ConnectAsync(fields);
        await Steps.ExpectMessageAsync(away, "x");
        await context.ExpectNothingAsync(other);
    }
}
