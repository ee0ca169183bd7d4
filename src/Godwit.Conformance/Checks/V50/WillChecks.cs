using Godwit.Conformance.Wire;

namespace Godwit.Conformance.Checks.V50;

/// <summary>When a will is published, how, and when not (§3.1.2.5 to §3.1.2.7, §3.1.3.2, §3.14.4).</summary>
internal static class WillChecks
{
    public static readonly Check[] All =
    [
        new(MqttVersion.V50, "will-after-reset", ["MQTT-3.1.2-8", "MQTT-3.1.2-7"], "A connection that is reset has its will published.", context =>
            PublishedAsync(context, fields => fields, client => Do(client.Abort))),
        new(MqttVersion.V50, "will-after-end-of-stream", ["MQTT-3.1.2-8"], "A connection that the client ends without DISCONNECT has its will published.", context =>
            PublishedAsync(context, fields => fields, client => Do(client.FinishSending))),
        new(MqttVersion.V50, "will-after-protocol-error", ["MQTT-3.1.2-8"], "A connection that the broker ends over a protocol error has its will published.", context =>
            PublishedAsync(context, fields => fields, client => client.SendAsync(0x00, 0x00))),
        new(MqttVersion.V50, "will-after-disconnect-0x04", ["MQTT-3.1.2-8"], "DISCONNECT with 0x04 (Disconnect with Will Message) has the will published.", context =>
            PublishedAsync(context, fields => fields, client => client.SendAsync(Packet.Disconnect(MqttVersion.V50, 0x04)))),
        new(MqttVersion.V50, "will-of-a-kept-session", ["MQTT-3.1.2-7", "MQTT-3.1.2-8"], "The will of a session that outlives its connection is published without waiting for the session's end.", context =>
            PublishedAsync(context, fields => fields with { CleanStart = false, SessionExpiry = 300 }, client => Do(client.Abort))),
        new(MqttVersion.V50, "will-after-takeover", ["MQTT-3.1.2-8"], "A connection without will delay that another takes over has its will published.", AfterTakeover),
        new(MqttVersion.V50, "will-delay-passes-first", ["MQTT-3.1.2-8"], "With Will Delay Interval 2 s the will is not there at once, and comes later.", Delayed),
        new(MqttVersion.V50, "will-when-session-ends-before-delay", ["MQTT-3.1.2-8"], "A session that ends with its connection has its will published then, not after the Will Delay Interval.", context =>
            PublishedAsync(context, fields => fields with { WillProperties = Delay(1000) }, client => Do(client.Abort))),
        new(MqttVersion.V50, "will-when-session-expires-before-delay", ["MQTT-3.1.2-8"], "A session that expires after 1 s has its will published then, not after the Will Delay Interval.", context =>
            PublishedAsync(context, fields => fields with { SessionExpiry = 1, WillProperties = Delay(1000) }, client => Do(client.Abort))),
        new(MqttVersion.V50, "will-when-clean-start-ends-the-session", ["MQTT-3.1.2-8"], "A session that Clean Start 1 ends has its delayed will published then.", CleanStartEnds),
        new(MqttVersion.V50, "will-when-takeover-ends-the-session", ["MQTT-3.1.2-8"], "A session without expiry interval, which ends when another connection takes over, has its delayed will published then.", TakeoverEnds),
        new(MqttVersion.V50, "delayed-will-not-after-return", ["MQTT-3.1.3-9", "MQTT-3.1.2-8"], "A client that returns to its session before the Will Delay Interval is over keeps the will from being published.", Returned),
        new(MqttVersion.V50, "delayed-will-not-after-takeover", ["MQTT-3.1.3-9"], "A connection that takes over and goes on with the session keeps the delayed will from being published.", TakenOver),
        new(MqttVersion.V50, "will-not-after-disconnect", ["MQTT-3.14.4-3", "MQTT-3.1.2-8", "MQTT-3.1.2-10"], "DISCONNECT with 0x00 drops the will.", NotAfterDisconnect),
        new(MqttVersion.V50, "will-dropped-at-disconnect-stays-dropped", ["MQTT-3.1.2-10"], "A will that DISCONNECT dropped is not published when the session later loses a connection without will.", StaysDropped),
        new(MqttVersion.V50, "will-is-published-once", ["MQTT-3.1.2-10"], "A will that was published does not come again when the session loses a later connection without will.", Once),
        new(MqttVersion.V50, "will-is-not-retained", ["MQTT-3.1.2-14"], "A will with Will Retain 0 is not there for a later subscriber.", NotRetained),
        new(MqttVersion.V50, "will-is-retained", ["MQTT-3.1.2-15"], "A will with Will Retain 1 is there, with RETAIN 1, for a later subscriber.", Retained),
        new(MqttVersion.V50, "will-has-its-qos", ["MQTT-3.1.2-12"], "Wills are published with the QoS that CONNECT gave them.", HasQoS),
        new(MqttVersion.V50, "will-user-properties-keep-their-order", ["MQTT-3.1.3-10"], "The User Properties of a will arrive in their order.", UserProperties),
        new(MqttVersion.V50, "will-has-its-properties", ["MQTT-3.1.2-9"], "Content Type, Response Topic, Correlation Data, Payload Format Indicator and expiry of a will arrive with it.", HasProperties),
        new(MqttVersion.V50, "will-topic-with-wildcard-refused", ["MQTT-4.7.0-1"], "A CONNECT whose Will Topic has a wildcard is refused.", context => CheckContext.ExpectEachAsync(
        [
            ("#", () => context.ExpectConnectRefusedAsync(Packet.Connect(context.Fields() with { WillTopic = "#" }))),
            ("a/+", () => context.ExpectConnectRefusedAsync(Packet.Connect(context.Fields() with { WillTopic = "a/+" }))),
        ])),
        new(MqttVersion.V50, "empty-will-topic-refused", ["MQTT-4.7.3-1"], "A CONNECT whose Will Topic is empty is refused.", context =>
            context.ExpectConnectRefusedAsync(Packet.Connect(context.Fields() with { WillTopic = "" }))),
    ];

    private static Task Do(Action action)
    {
        action();
        return Task.CompletedTask;
    }

    private static Properties Delay(uint seconds) => new Properties().FourByte(PropertyId.WillDelayInterval, seconds);

    private static ConnectFields WithWill(CheckContext context, string topic) => context.Fields() with { WillTopic = topic, WillPayload = "will" };

    private static async Task<RawMqttClient> WatchAsync(CheckContext context, string topic, int qos = 0)
    {
        var watcher = await context.ConnectAsync();
        await watcher.SubscribeAsync(topic, qos);
        return watcher;
    }

    private static async Task ExpectWillAsync(RawMqttClient watcher)
    {
        var will = await watcher.ReceivePublishAsync();
        CheckContext.Expect(will.Text == "will", $"the will, got {will}");
    }

    private static async Task PublishedAsync(CheckContext context, Func<ConnectFields, ConnectFields> change, Func<RawMqttClient, Task> end)
    {
        string topic = CheckContext.NewTopic();
        var watcher = await WatchAsync(context, topic);
        var client = await context.ConnectAsync(change(WithWill(context, topic)));
        await end(client);
        await ExpectWillAsync(watcher);
    }

    private static async Task AfterTakeover(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var watcher = await WatchAsync(context, topic);
        var fields = WithWill(context, topic) with { CleanStart = false, SessionExpiry = 300 };
        await context.ConnectAsync(fields);
        await context.ConnectAsync(fields with { WillTopic = null });
        await ExpectWillAsync(watcher);
    }

    private static async Task Delayed(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var watcher = await WatchAsync(context, topic);
        var client = await context.ConnectAsync(WithWill(context, topic) with { SessionExpiry = 300, WillProperties = Delay(2) });
        client.Abort();
        await context.ExpectNothingAsync(watcher);
        await ExpectWillAsync(watcher);
    }

    private static async Task CleanStartEnds(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var watcher = await WatchAsync(context, topic);
        var fields = WithWill(context, topic) with { SessionExpiry = 300, WillProperties = Delay(1000) };
        (await context.ConnectAsync(fields)).Abort();
        await context.ConnectAsync(fields with { WillTopic = null });
        await ExpectWillAsync(watcher);
    }

    private static async Task TakeoverEnds(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var watcher = await WatchAsync(context, topic);
        var fields = WithWill(context, topic) with { CleanStart = false, SessionExpiry = 0, WillProperties = Delay(1000) };
        await context.ConnectAsync(fields);
        await context.ConnectAsync(fields with { WillTopic = null });
        await ExpectWillAsync(watcher);
    }

    private static async Task Returned(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var watcher = await WatchAsync(context, topic);
        var fields = WithWill(context, topic) with { CleanStart = false, SessionExpiry = 300, WillProperties = Delay(2) };
        (await context.ConnectAsync(fields)).Abort();
        await context.ConnectAsync(fields with { WillTopic = null });
        await Task.Delay(3000);
        await watcher.PingAsync();
    }

    private static async Task TakenOver(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var watcher = await WatchAsync(context, topic);
        var fields = WithWill(context, topic) with { CleanStart = false, SessionExpiry = 300, WillProperties = Delay(2) };
        await context.ConnectAsync(fields);
        await context.ConnectAsync(fields with { WillTopic = null });
        await Task.Delay(3000);
        await watcher.PingAsync();
    }

    private static async Task NotAfterDisconnect(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var watcher = await WatchAsync(context, topic);
        var client = await context.ConnectAsync(WithWill(context, topic));
        await client.DisconnectAsync();
        await context.ExpectNothingAsync(watcher);
    }

    private static async Task StaysDropped(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var watcher = await WatchAsync(context, topic);
        var fields = WithWill(context, topic) with { CleanStart = false, SessionExpiry = 300 };
        await (await context.ConnectAsync(fields)).DisconnectAsync();
        (await context.ConnectAsync(fields with { WillTopic = null })).Abort();
        await context.ExpectNothingAsync(watcher);
    }

    private static async Task Once(CheckContext context)
    {
        string topic = CheckContext.NewTopic();
        var watcher = await WatchAsync(context, topic);
        var fields = WithWill(context, topic) with { CleanStart = false, SessionExpiry = 300 };
        (await context.ConnectAsync(fields)).Abort();
        await ExpectWillAsync(watcher);
        (await context.ConnectAsync(fields with { WillTopic = null })).Abort();
        await context.ExpectNothingAsync(watcher);
    }

    private static async Task NotRetained(CheckContext context)
    {
        string topic = context.NewRetainedTopic();
        var watcher = await WatchAsync(context, topic);
        (await context.ConnectAsync(WithWill(context, topic))).Abort();
        await ExpectWillAsync(watcher);
        var late = await WatchAsync(context, topic);
        await context.ExpectNothingAsync(late);
    }

    private static async Task Retained(CheckContext context)
    {
        CheckContext.NotApplicableWhen(!context.Facts.RetainAvailable, "the broker keeps no retained messages");
        string topic = context.NewRetainedTopic();
        var watcher = await WatchAsync(context, topic);
        (await context.ConnectAsync(WithWill(context, topic) with { WillRetain = true })).Abort();
        await ExpectWillAsync(watcher);
        var late = await WatchAsync(context, topic);
        var retained = await late.ReceivePublishAsync();
        CheckContext.Expect(retained.Retain && retained.Text == "will", $"the will with RETAIN 1, got {retained}");
    }

    private static async Task HasQoS(CheckContext context)
    {
        for (int qos = 0; qos <= context.Facts.MaximumQoS; qos++)
        {
            string topic = CheckContext.NewTopic();
            var watcher = await WatchAsync(context, topic, 2);
            (await context.ConnectAsync(WithWill(context, topic) with { WillQoS = qos })).Abort();
            var will = await watcher.ReceivePublishAsync();
            CheckContext.Expect(will.QoS == qos, $"the will at QoS {qos}, got {will}");
        }
    }

    private static async Task<ReceivedPacket> WithPropertiesAsync(CheckContext context, Properties properties)
    {
        string topic = CheckContext.NewTopic();
        var watcher = await WatchAsync(context, topic);
        (await context.ConnectAsync(WithWill(context, topic) with { WillProperties = properties })).Abort();
        return await watcher.ReceivePublishAsync();
    }

    private static async Task UserProperties(CheckContext context)
    {
        var will = await WithPropertiesAsync(context, new Properties().User("z", "1").User("a", "2").User("z", "0").User("", ""));
        CheckContext.Expect(will.UserProperties.SequenceEqual([("z", "1"), ("a", "2"), ("z", "0"), ("", "")]), $"the four User Properties in their order, got {will}");
    }

    private static async Task HasProperties(CheckContext context)
    {
        var will = await WithPropertiesAsync(
            context,
            new Properties()
                .Byte(PropertyId.PayloadFormatIndicator, 1)
                .FourByte(PropertyId.MessageExpiryInterval, 1000)
                .Text(PropertyId.ContentType, "text/plain")
                .Text(PropertyId.ResponseTopic, "reply")
                .Binary(PropertyId.CorrelationData, 1, 2));
        CheckContext.Expect(will.Number(PropertyId.PayloadFormatIndicator, 0) == 1, $"Payload Format Indicator 1, got {will}");
        CheckContext.Expect(will.Number(PropertyId.MessageExpiryInterval, -1) is > 900 and <= 1000, $"a Message Expiry Interval of up to 1000 s, got {will}");
        CheckContext.Expect(will.Property(PropertyId.ContentType) is "text/plain", $"the Content Type, got {will}");
        CheckContext.Expect(will.Property(PropertyId.ResponseTopic) is "reply", $"the Response Topic, got {will}");
        CheckContext.Expect(will.Property(PropertyId.CorrelationData) is byte[] and [1, 2], $"the Correlation Data, got {will}");
        CheckContext.Expect(will.Property(PropertyId.WillDelayInterval) is null, $"no Will Delay Interval in PUBLISH, got {will}");
    }
}
