namespace Godwit.EndToEnd.Tests;

/// <summary>When a will is published and when not. §3.1.2.5, §3.1.3.2, §3.14.4.</summary>
public sealed class WillTests(BrokerCells cells) : EndToEndTest(cells)
{
    /// <summary>Ways to lose a connection that publish the will. [MQTT-3.1.2-8]</summary>
    public static IEnumerable<string> AbruptEnds => ["reset", "end of stream", "protocol error", "keep alive"];

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50, Rows = nameof(AbruptEnds))]
    public async Task Will_is_published_when_the_connection_is_lost(BrokerCell cell, MqttVersion version, string end)
    {
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var watcher = await WatchAsync(broker, version, topic, qos: 2);
        await using var client = await RawMqttClient.ConnectAsync(broker, WithWill(version, topic) with { WillQoS = 1, KeepAlive = end == "keep alive" ? 1 : 60 });
        switch (end)
        {
            case "reset":
                client.Abort();
                break;
            case "end of stream":
                client.FinishSending();
                break;
            case "protocol error":
                await client.SendAsync(Packet.Publish(version, "#", "x"));
                break;
        }

        var will = await watcher.ReceivePublishAsync();
        Assert.Equal((topic, "will", 1, false), (will.Topic, will.Text, will.QoS, will.Retain));
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50)]
    public async Task Will_is_dropped_at_disconnect(BrokerCell cell, MqttVersion version)
    {
        // [MQTT-3.14.4-3], [MQTT-3.1.2-10]; the second client's will comes after where the first one's would have been.
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var watcher = await WatchAsync(broker, version, topic);
        await using (var polite = await RawMqttClient.ConnectAsync(broker, WithWill(version, topic) with { WillPayload = "never" }))
        {
            await polite.DisconnectAsync();
        }

        await PassLoopsAsync(broker, version, watcher, topic);
    }

    [Theory, EveryCell]
    public async Task Disconnect_with_0x04_publishes_the_will(BrokerCell cell)
    {
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var watcher = await WatchAsync(broker, MqttVersion.V50, topic);
        await using var client = await RawMqttClient.ConnectAsync(broker, WithWill(MqttVersion.V50, topic));
        await client.DisconnectAsync(0x04);
        Assert.Equal("will", (await watcher.ReceivePublishAsync()).Text);
    }

    [Theory, EveryCell(MqttVersion.V311, MqttVersion.V50)]
    public async Task Will_can_be_retained(BrokerCell cell, MqttVersion version)
    {
        // [MQTT-3.1.2-15]
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var watcher = await WatchAsync(broker, version, topic);
        await using var client = await RawMqttClient.ConnectAsync(broker, WithWill(version, topic) with { WillRetain = true });
        client.Abort();
        Assert.False((await watcher.ReceivePublishAsync()).Retain);
        await using var late = await WatchAsync(broker, version, topic);
        Assert.True((await late.ReceivePublishAsync()).Retain);
        await late.PublishAsync(topic, "", retain: true);
    }

    [Theory, EveryCell]
    public async Task Will_carries_its_properties(BrokerCell cell)
    {
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var watcher = await WatchAsync(broker, MqttVersion.V50, topic);
        await using var client = await RawMqttClient.ConnectAsync(broker, WithWill(MqttVersion.V50, topic) with
        {
            WillProperties = new Properties()
                .User("z", "1").User("a", "2")
                .Byte(PropertyId.PayloadFormatIndicator, 1)
                .FourByte(PropertyId.WillDelayInterval, 0)
                .Text(PropertyId.ContentType, "text/plain")
                .Text(PropertyId.ResponseTopic, "reply")
                .Binary(PropertyId.CorrelationData, 1, 2)
                .FourByte(PropertyId.MessageExpiryInterval, 1000),
        });
        client.Abort();
        var will = await watcher.ReceivePublishAsync();
        Assert.Equal([("z", "1"), ("a", "2")], will.UserProperties);
        Assert.Equal((byte)1, will.Property(PropertyId.PayloadFormatIndicator));
        Assert.Equal("text/plain", will.Property(PropertyId.ContentType));
        Assert.Equal("reply", will.Property(PropertyId.ResponseTopic));
        Assert.Equal(new byte[] { 1, 2 }, will.Property(PropertyId.CorrelationData));
        Assert.InRange(will.Number(PropertyId.MessageExpiryInterval, -1), 900, 1000);
        Assert.Null(will.Property(PropertyId.WillDelayInterval));
    }

    [Theory, EveryCell]
    public async Task Delayed_will_is_not_published_when_the_client_returns_in_time(BrokerCell cell)
    {
        // [MQTT-3.1.3-9]
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var watcher = await WatchAsync(broker, MqttVersion.V50, topic);
        var fields = WithWill(MqttVersion.V50, topic) with { CleanStart = false, SessionExpiry = 60, WillProperties = Delay(1) };
        await using (var client = await RawMqttClient.ConnectAsync(broker, fields))
        {
            client.Abort();
        }

        await using var again = await RawMqttClient.ConnectAsync(broker, fields with { WillTopic = null, WillProperties = null });
        await BrokerClock.WaitAsync(broker, 2);
        await PassLoopsAsync(broker, MqttVersion.V50, watcher, topic);
    }

    [Theory, EveryCell(MosquittoDiffers = "waits for the delay")]
    public async Task Delayed_will_is_published_at_once_when_the_session_ends_with_the_connection(BrokerCell cell)
    {
        // §3.1.3.2.2: the delay passes or the session ends, whichever happens first.
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var watcher = await WatchAsync(broker, MqttVersion.V50, topic);
        await using var client = await RawMqttClient.ConnectAsync(broker, WithWill(MqttVersion.V50, topic) with { WillProperties = Delay(1000) });
        client.Abort();
        Assert.Equal("will", (await watcher.ReceivePublishAsync()).Text);
    }

    [Theory, EveryCell(MqttVersion.V31, MqttVersion.V311, MqttVersion.V50, MosquittoDiffers = "drops it")]
    public async Task Takeover_publishes_the_will_of_the_connection_it_ends(BrokerCell cell, MqttVersion version)
    {
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var watcher = await WatchAsync(broker, version, topic);
        var fields = WithWill(version, topic) with { CleanStart = false, SessionExpiry = 60 };
        await using var old = await RawMqttClient.ConnectAsync(broker, fields);
        await using var heir = await RawMqttClient.ConnectAsync(broker, fields with { WillTopic = null });
        await old.ExpectDisconnectAsync(0x8E);
        Assert.Equal("will", (await watcher.ReceivePublishAsync()).Text);
    }

    [Theory, EveryCell]
    public async Task Takeover_that_goes_on_with_the_session_drops_a_delayed_will(BrokerCell cell)
    {
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var watcher = await WatchAsync(broker, MqttVersion.V50, topic);
        var fields = WithWill(MqttVersion.V50, topic) with { CleanStart = false, SessionExpiry = 60, WillPayload = "never", WillProperties = Delay(1) };
        await using var old = await RawMqttClient.ConnectAsync(broker, fields);
        await using var heir = await RawMqttClient.ConnectAsync(broker, fields with { WillTopic = null, WillProperties = null });
        await old.ExpectDisconnectAsync(0x8E);
        await BrokerClock.WaitAsync(broker, 2);
        await PassLoopsAsync(broker, MqttVersion.V50, watcher, topic);
    }

    [Theory, EveryCell(MosquittoDiffers = "drops it")]
    public async Task Takeover_with_a_clean_start_publishes_a_delayed_will_at_once(BrokerCell cell)
    {
        // The session ends, and the will with it.
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        await using var watcher = await WatchAsync(broker, MqttVersion.V50, topic);
        var fields = WithWill(MqttVersion.V50, topic) with { CleanStart = false, SessionExpiry = 60, WillProperties = Delay(1000) };
        await using var old = await RawMqttClient.ConnectAsync(broker, fields);
        await using var heir = await RawMqttClient.ConnectAsync(broker, fields with { WillTopic = null, WillProperties = null, CleanStart = true });
        await old.ExpectDisconnectAsync(0x8E);
        Assert.Equal("will", (await watcher.ReceivePublishAsync()).Text);
    }

    private static ConnectFields WithWill(MqttVersion version, string topic) =>
        new() { Version = version, ClientId = Unique.Name("c"), WillTopic = topic, WillPayload = "will" };

    private static Properties Delay(int seconds) => new Properties().FourByte(PropertyId.WillDelayInterval, (uint)seconds);

    private static async Task<RawMqttClient> WatchAsync(BrokerProcess broker, MqttVersion version, string topic, int qos = 0)
    {
        var watcher = await RawMqttClient.ConnectAsync(broker, version);
        await watcher.SubscribeAsync(topic, qos);
        return watcher;
    }

    /// <summary>Shows that no will is under way: eight wills of other clients, whose sessions are dealt to every loop, are the first things the watcher hears.</summary>
    private static async Task PassLoopsAsync(BrokerProcess broker, MqttVersion version, RawMqttClient watcher, string topic)
    {
        for (var count = 0; count < 8; count++)
        {
            await using var abrupt = await RawMqttClient.ConnectAsync(broker, WithWill(version, topic) with { WillPayload = "sentinel" });
            abrupt.Abort();
            Assert.Equal("sentinel", (await watcher.ReceivePublishAsync()).Text);
        }
    }
}
