using Godwit.Conformance.Wire;
using static Godwit.Conformance.CheckContext;

namespace Godwit.Conformance.Checks.V311;

/// <summary>Will Messages and how a connection ends: Keep Alive, DISCONNECT, PINGREQ (§3.1.2.5 to §3.1.2.7, §3.1.2.10, §3.14).</summary>
internal static class WillChecks
{
    private const MqttVersion Version = MqttVersion.V311;

    public static readonly Check[] All =
    [
        new(Version, "will-comes-when-connection-is-lost", ["MQTT-3.1.2-8"], "A connection that is reset has its will published.", WillComesWhenConnectionIsLost),
        new(Version, "will-comes-without-disconnect", ["MQTT-3.1.2-8"], "A client that closes without DISCONNECT has its will published.", WillComesWithoutDisconnect),
        new(Version, "will-comes-on-protocol-error", ["MQTT-3.1.2-8"], "A client that is thrown out for a protocol error has its will published.", WillComesOnProtocolError),
        new(Version, "will-comes-on-second-connect", ["MQTT-3.1.2-8", "MQTT-3.1.0-2"], "A client that is thrown out for a second CONNECT has its will published.", WillComesOnSecondConnect),
        new(Version, "will-comes-on-takeover-of-kept-session", ["MQTT-3.1.2-8", "MQTT-3.1.4-2"], "A connection with CleanSession 0 that another one with the same ClientId ends has its will published.", WillComesOnTakeoverOfKeptSession),
        new(Version, "will-comes-on-takeover", ["MQTT-3.1.2-8", "MQTT-3.1.4-2"], "A connection that another one with the same ClientId ends has its will published.", WillComesOnTakeover),
        new(Version, "will-has-its-qos", ["MQTT-3.1.2-9"], "A will comes with the QoS that the CONNECT gave it.", WillHasItsQoS),
        new(Version, "will-comes-once", ["MQTT-3.1.2-10"], "Once published, a will is gone: the next connection of the client, which has none, ends without one.", WillComesOnce),
        new(Version, "disconnect-drops-will", ["MQTT-3.14.4-3", "MQTT-3.1.2-10"], "A DISCONNECT drops the will, also for the connections behind it.", DisconnectDropsWill),
        new(Version, "no-will-without-will-flag", ["MQTT-3.1.2-12"], "A client that replaces its will by none leaves none behind when it is lost.", NoWillWithoutWillFlag),
        new(Version, "will-without-will-retain-is-not-retained", ["MQTT-3.1.2-16"], "A will with Will Retain 0 is no retained message: a later subscriber does not get it.", WillWithoutWillRetain),
        new(Version, "will-with-will-retain-is-retained", ["MQTT-3.1.2-17", "MQTT-3.1.2-9"], "A will with Will Retain 1 is a retained message: a later subscriber gets it.", WillWithWillRetain),
        new(Version, "silent-client-is-disconnected", ["MQTT-3.1.2-24"], "With Keep Alive 1 s, a client that says nothing is disconnected and its will is published.", SilentClientIsDisconnected),
        new(Version, "pinging-client-stays-connected", ["MQTT-3.1.2-24"], "With Keep Alive 1 s, a client that pings each 0.9 s stays connected.", PingingClientStays),
        Steps.Closes("disconnect-with-wrong-flags-closes", ["MQTT-3.14.1-1", "MQTT-2.2.2-2"], "A DISCONNECT with a reserved flag ends its connection.", () => [0xE1, 0]),
        new(Version, "disconnect-with-wrong-flags-publishes-will", ["MQTT-3.14.1-1", "MQTT-3.1.2-8"], "A DISCONNECT with a reserved flag is none: the will is published.", DisconnectWithWrongFlagsPublishesWill),
    ];

    private static async Task<(RawMqttClient Watcher, ConnectFields Fields)> PrepareAsync(CheckContext context, string topic, int qos = 0) =>
        (await Steps.SubscriberAsync(context, topic, qos), context.Fields() with { WillTopic = topic, WillPayload = "will", WillQoS = qos });

    private static async Task WillComesWhenConnectionIsLost(CheckContext context)
    {
        var (watcher, fields) = await PrepareAsync(context, NewTopic());
        var client = await context.ConnectAsync(fields);
        client.Abort();
        await Steps.ExpectMessageAsync(watcher, "will");
    }

    private static async Task WillComesWithoutDisconnect(CheckContext context)
    {
        var (watcher, fields) = await PrepareAsync(context, NewTopic());
        var client = await context.ConnectAsync(fields);
        client.FinishSending();
        await Steps.ExpectMessageAsync(watcher, "will");
    }

    private static async Task WillComesOnProtocolError(CheckContext context)
    {
        var (watcher, fields) = await PrepareAsync(context, NewTopic());
        var client = await context.ConnectAsync(fields);
        await client.SendAsync(Packet.Publish(Version, NewTopic(), "x", qos: 3, packetId: 1));
        await Steps.ExpectMessageAsync(watcher, "will");
    }

    private static async Task WillComesOnTakeover(CheckContext context)
    {
        var (watcher, fields) = await PrepareAsync(context, NewTopic());
        await context.ConnectAsync(fields);
        await context.ConnectAsync(fields with { WillTopic = null });
        await Steps.ExpectMessageAsync(watcher, "will");
    }

    private static async Task WillComesOnTakeoverOfKeptSession(CheckContext context)
    {
        var (watcher, fields) = await PrepareAsync(context, NewTopic());
        fields = context.PersistentFields() with { WillTopic = fields.WillTopic, WillPayload = "will" };
        await context.ConnectAsync(fields);
        await context.ConnectAsync(fields with { WillTopic = null });
        await Steps.ExpectMessageAsync(watcher, "will");
    }

    private static async Task WillComesOnSecondConnect(CheckContext context)
    {
        var (watcher, fields) = await PrepareAsync(context, NewTopic());
        var client = await context.ConnectAsync(fields);
        await client.SendAsync(Packet.Connect(fields));
        await Steps.ExpectMessageAsync(watcher, "will");
    }

    private static async Task WillHasItsQoS(CheckContext context)
    {
        for (int qos = 0; qos <= context.Facts.MaximumQoS; qos++)
        {
            var (watcher, fields) = await PrepareAsync(context, NewTopic(), qos);
            var client = await context.ConnectAsync(fields);
            client.Abort();
            var will = await Steps.ExpectMessageAsync(watcher, "will");
            Expect(will.QoS == qos, $"QoS {qos}, got {will}");
        }
    }

    private static async Task WillComesOnce(CheckContext context)
    {
        var (watcher, fields) = await PrepareAsync(context, NewTopic());
        fields = context.PersistentFields() with { WillTopic = fields.WillTopic, WillPayload = "will" };
        var first = await context.ConnectAsync(fields);
        first.Abort();
        await Steps.ExpectMessageAsync(watcher, "will");
        var second = await context.ConnectAsync(fields with { WillTopic = null });
        second.Abort();
        await context.ExpectNothingAsync(watcher);
    }

    private static async Task DisconnectDropsWill(CheckContext context)
    {
        var (watcher, fields) = await PrepareAsync(context, NewTopic());
        fields = context.PersistentFields() with { WillTopic = fields.WillTopic, WillPayload = "will" };
        var first = await context.ConnectAsync(fields);
        await first.DisconnectAsync();
        await context.ExpectNothingAsync(watcher);
        var second = await context.ConnectAsync(fields with { WillTopic = null });
        second.Abort();
        await context.ExpectNothingAsync(watcher);
    }

    private static async Task NoWillWithoutWillFlag(CheckContext context)
    {
        var (watcher, fields) = await PrepareAsync(context, NewTopic());
        await context.ConnectAsync(fields);
        var second = await context.ConnectAsync(fields with { WillTopic = null }); // its predecessor is taken over
        await Steps.ExpectMessageAsync(watcher, "will");
        second.Abort();
        await context.ExpectNothingAsync(watcher);
    }

    private static async Task WillWithoutWillRetain(CheckContext context)
    {
        string topic = context.NewRetainedTopic();
        var (watcher, fields) = await PrepareAsync(context, topic);
        var client = await context.ConnectAsync(fields);
        client.Abort();
        await Steps.ExpectMessageAsync(watcher, "will");
        await Steps.ExpectRetainedAsync(context, topic, null);
    }

    private static async Task WillWithWillRetain(CheckContext context)
    {
        Steps.NeedsRetain(context);
        string topic = context.NewRetainedTopic();
        var (watcher, fields) = await PrepareAsync(context, topic, qos: 1);
        var client = await context.ConnectAsync(fields with { WillRetain = true });
        client.Abort();
        await Steps.ExpectMessageAsync(watcher, "will");
        await Steps.ExpectRetainedAsync(context, topic, "will", qos: 1);
    }

    private static async Task SilentClientIsDisconnected(CheckContext context)
    {
        var (watcher, fields) = await PrepareAsync(context, NewTopic());
        await using var client = await RawMqttClient.ConnectAsync(context.Broker with { Patience = context.Broker.Patience + TimeSpan.FromSeconds(2) }, fields with { KeepAlive = 1 });

        // Due at 1.5 s. The standard has no word on how much later is too late, and lets a server throw out an inactive client earlier.
        await client.ExpectClosedAsync();
        await Steps.ExpectMessageAsync(watcher, "will");
    }

    private static async Task PingingClientStays(CheckContext context)
    {
        var client = await context.ConnectAsync(context.Fields() with { KeepAlive = 1 });
        for (int number = 0; number < 3; number++)
        {
            await Task.Delay(900);
            await client.PingAsync();
        }
    }

    private static async Task DisconnectWithWrongFlagsPublishesWill(CheckContext context)
    {
        var (watcher, fields) = await PrepareAsync(context, NewTopic());
        var client = await context.ConnectAsync(fields);
        await client.SendAsync(0xE1, 0);
        await Steps.ExpectMessageAsync(watcher, "will");
    }
}
