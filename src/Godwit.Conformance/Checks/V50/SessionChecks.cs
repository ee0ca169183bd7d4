using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>How sessions begin, go on and end (§3.1.2.4, §3.1.2.11.2, §3.2.2.1.1, §4.1).</summary>
internal static class SessionChecks
{
    public static readonly Check[] All =
    [
        new(MqttVersion.V50, "clean-start-discards-the-session", ["MQTT-3.1.2-4", "MQTT-3.1.4-4"], "With Clean Start 1 the subscriptions and waiting messages of the earlier session are gone.", CleanStart),
        new(MqttVersion.V50, "clean-start-ends-the-session-for-good", ["MQTT-3.1.2-4"], "A session that Clean Start 1 has thrown away does not come back with the next Clean Start 0.", CleanStartForGood),
        new(MqttVersion.V50, "session-goes-on", ["MQTT-3.1.2-5", "MQTT-3.1.2-23", "MQTT-3.1.4-4"], "With Clean Start 0 a session that was kept goes on: its subscription is there, and the message that came meanwhile.", GoesOn),
        new(MqttVersion.V50, "session-goes-on-after-a-crash", ["MQTT-3.1.2-23"], "A session is kept also when its connection was lost without DISCONNECT.", GoesOnAfterCrash),
        new(MqttVersion.V50, "clean-start-0-begins-a-session", ["MQTT-3.1.2-6"], "With Clean Start 0 and no session there is a new one, which works and is kept.", BeginsSession),
        new(MqttVersion.V50, "session-present-0-with-clean-start", ["MQTT-3.2.2-2"], "CONNACK to Clean Start 1 has Session Present 0 although there was a session.", PresentWithCleanStart),
        new(MqttVersion.V50, "session-present-tells-of-the-session", ["MQTT-3.2.2-3"], "CONNACK to Clean Start 0 has Session Present 0 at first and 1 when the session was kept.", SessionPresent),
        new(MqttVersion.V50, "open-session-is-kept", ["MQTT-4.1.0-1"], "A session with an expiry interval of 1 s still delivers to its open connection after 2 s.", OpenIsKept),
        new(MqttVersion.V50, "session-without-expiry-ends-with-the-connection", ["MQTT-4.1.0-2"], "Without Session Expiry Interval the session ends with its connection.", EndsWithConnection),
        new(MqttVersion.V50, "session-expires", ["MQTT-4.1.0-2"], "2.5 s after the connection has gone, a session with an expiry interval of 1 s is deleted.", Expires),
        new(MqttVersion.V50, "disconnect-can-end-the-session", ["MQTT-4.1.0-2"], "DISCONNECT with Session Expiry Interval 0 ends the session with the connection.", DisconnectEnds),
        new(MqttVersion.V50, "disconnect-can-prolong-the-session", ["MQTT-3.1.2-23"], "DISCONNECT with a longer Session Expiry Interval than CONNECT had keeps the session that long.", DisconnectProlongs),
        new(MqttVersion.V50, "takeover-goes-on-with-the-session", ["MQTT-3.1.2-5", "MQTT-3.1.4-3"], "A connection that takes over from an open one goes on with its session.", TakeoverGoesOn),
        new(MqttVersion.V50, "takeover-with-clean-start-discards-the-session", ["MQTT-3.1.2-4", "MQTT-3.1.4-3"], "A connection that takes over with Clean Start 1 gets nothing of the session.", TakeoverCleanStart),
    ];

    private static async Task<ConnectFields> KeepSubscriptionAsync(CheckContext context, string topic)
    {
        var fields = context.PersistentFields();
        var client = await context.ConnectAsync(fields);
        await client.SubscribeAsync(topic, 1);
        await client.DisconnectAsync();
        return fields;
    }

    private static async Task PublishAsync(CheckContext context, string topic, string payload)
    {
        var publisher = await context.ConnectAsync();
        await publisher.PublishAsync(topic, payload, qos: Math.Min(1, context.Facts.MaximumQoS));
        await publisher.DisconnectAsync();
    }

    private static async Task CleanStart(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var fields = await KeepSubscriptionAsync(context, topic);
        await PublishAsync(context, topic, "waiting");
        var client = await context.ConnectAsync(fields with { CleanStart = true });
        await PublishAsync(context, topic, "late");
        await context.ExpectNothingAsync(client);
    }

    private static async Task CleanStartForGood(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var fields = await KeepSubscriptionAsync(context, topic);
        await (await context.ConnectAsync(fields with { CleanStart = true })).DisconnectAsync();
        await PublishAsync(context, topic, "late");
        var client = await context.ConnectAsync(fields);
        await context.ExpectNothingAsync(client);
    }

    private static async Task GoesOn(CheckContext context)
    {
        CheckContext.NotApplicableWhen(context.Facts.MaximumQoS == 0, "the broker takes QoS 0 only, which need not wait");
        string topic = CheckContext.NewTopic();
        var fields = await KeepSubscriptionAsync(context, topic);
        await PublishAsync(context, topic, "waiting");
        var client = await context.ConnectAsync(fields);
        var waiting = await client.ReceivePublishAsync();
        CheckContext.Expect(waiting.Text == "waiting", $"the message that came meanwhile, got {waiting}");
        await PublishAsync(context, topic, "live");
        var live = await client.ReceivePublishAsync();
        CheckContext.Expect(live.Text == "live", $"a message for the subscription of the session, got {live}");
    }

    private static async Task GoesOnAfterCrash(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var fields = context.PersistentFields();
        var client = await context.ConnectAsync(fields);
        await client.SubscribeAsync(topic, 1);
        client.Abort();
        var again = await context.ConnectAsync(fields);
        CheckContext.Expect(again.ConnAck.SessionPresent, $"Session Present 1, got {again.ConnAck}");
        await PublishAsync(context, topic, "live");
        var live = await again.ReceivePublishAsync();
        CheckContext.Expect(live.Text == "live", $"a message for the subscription of the session, got {live}");
    }

    private static async Task BeginsSession(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var fields = context.PersistentFields();
        var client = await context.ConnectAsync(fields);
        CheckContext.Expect(!client.ConnAck.SessionPresent, $"Session Present 0, got {client.ConnAck}");
        await client.SubscribeAsync(topic, 1);
        await PublishAsync(context, topic, "x");
        var publish = await client.ReceivePublishAsync();
        CheckContext.Expect(publish.Text == "x", $"the message, got {publish}");
        await client.DisconnectAsync();
        var again = await context.ConnectAsync(fields);
        CheckContext.Expect(again.ConnAck.SessionPresent, $"Session Present 1, got {again.ConnAck}");
    }

    private static async Task PresentWithCleanStart(CheckContext context)
    {
        var fields = context.PersistentFields();
        await (await context.ConnectAsync(fields)).DisconnectAsync();
        var client = await context.ConnectAsync(fields with { CleanStart = true });
        CheckContext.Expect(!client.ConnAck.SessionPresent, $"Session Present 0, got {client.ConnAck}");
    }

    private static async Task SessionPresent(CheckContext context)
    {
        var fields = context.PersistentFields();
        var first = await context.ConnectAsync(fields);
        CheckContext.Expect(!first.ConnAck.SessionPresent, $"Session Present 0, got {first.ConnAck}");
        await first.DisconnectAsync();
        var second = await context.ConnectAsync(fields);
        CheckContext.Expect(second.ConnAck.SessionPresent, $"Session Present 1, got {second.ConnAck}");
    }

    private static async Task OpenIsKept(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var client = await context.ConnectAsync(context.PersistentFields() with { SessionExpiry = 1 });
        var zero = await context.ConnectAsync(context.Fields() with { SessionExpiry = 0 });
        await client.SubscribeAsync(topic, 0);
        await zero.SubscribeAsync(topic, 0);
        await Task.Delay(2000);
        await PublishAsync(context, topic, "x");
        await client.ReceivePublishAsync();
        await zero.ReceivePublishAsync();
    }

    private static async Task EndsWithConnection(CheckContext context)
    {
        var fields = context.Fields();
        await (await context.ConnectAsync(fields)).DisconnectAsync();
        var again = await context.ConnectAsync(fields with { CleanStart = false });
        CheckContext.Expect(!again.ConnAck.SessionPresent, $"Session Present 0, got {again.ConnAck}");
    }

    private static async Task Expires(CheckContext context)
    {
        var fields = context.PersistentFields() with { SessionExpiry = 1 };
        (await context.ConnectAsync(fields)).Abort();
        await Task.Delay(2500);
        var again = await context.ConnectAsync(fields);
        CheckContext.Expect(!again.ConnAck.SessionPresent, $"Session Present 0, got {again.ConnAck}");
    }

    private static async Task DisconnectEnds(CheckContext context)
    {
        var fields = context.PersistentFields();
        await (await context.ConnectAsync(fields)).DisconnectAsync(0, new Properties().FourByte(PropertyId.SessionExpiryInterval, 0));
        var again = await context.ConnectAsync(fields);
        CheckContext.Expect(!again.ConnAck.SessionPresent, $"Session Present 0, got {again.ConnAck}");
    }

    private static async Task DisconnectProlongs(CheckContext context)
    {
        var fields = context.PersistentFields() with { SessionExpiry = 1 };
        await (await context.ConnectAsync(fields)).DisconnectAsync(0, new Properties().FourByte(PropertyId.SessionExpiryInterval, 60));
        await Task.Delay(2500);
        var again = await context.ConnectAsync(fields);
        CheckContext.Expect(again.ConnAck.SessionPresent, $"Session Present 1, got {again.ConnAck}");
    }

    private static async Task TakeoverGoesOn(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var fields = context.PersistentFields();
        var older = await context.ConnectAsync(fields);
        await older.SubscribeAsync(topic, 1);
        var newer = await context.ConnectAsync(fields);
        CheckContext.Expect(newer.ConnAck.SessionPresent, $"Session Present 1, got {newer.ConnAck}");
        await PublishAsync(context, topic, "live");
        var live = await newer.ReceivePublishAsync();
        CheckContext.Expect(live.Text == "live", $"a message for the subscription of the session, got {live}");
    }

    private static async Task TakeoverCleanStart(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var fields = context.PersistentFields();
        var older = await context.ConnectAsync(fields);
        await older.SubscribeAsync(topic, 1);
        var newer = await context.ConnectAsync(fields with { CleanStart = true });
        CheckContext.Expect(!newer.ConnAck.SessionPresent, $"Session Present 0, got {newer.ConnAck}");
        await PublishAsync(context, topic, "late");
        await context.ExpectNothingAsync(newer);
    }
}
