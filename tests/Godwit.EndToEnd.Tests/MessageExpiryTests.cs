namespace Godwit.EndToEnd.Tests;

/// <summary>Message Expiry Interval of live, queued and retained messages. §3.3.2.3.3.</summary>
public sealed class MessageExpiryTests(BrokerCells cells) : EndToEndTest(cells)
{
    [Theory, EveryCell]
    public async Task Queued_and_retained_messages_lose_their_waiting_time_and_end_at_their_deadline(BrokerCell cell)
    {
        // [MQTT-3.3.2-5], [MQTT-3.3.2-6]
        var topic = Unique.Name();
        var broker = await BrokerAsync(cell);
        var fields = new ConnectFields { ClientId = Unique.Name("c"), CleanStart = false, SessionExpiry = 60 };
        await using (var subscriber = await RawMqttClient.ConnectAsync(broker, fields))
        {
            await subscriber.SubscribeAsync(topic + "/queued", 1);
            await subscriber.DisconnectAsync();
        }

        await using var publisher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await publisher.PublishAsync(topic + "/queued", "short", qos: 1, properties: Expiry(1));
        await publisher.PublishAsync(topic + "/queued", "long", qos: 1, properties: Expiry(1000));
        await publisher.PublishAsync(topic + "/queued", "endless", qos: 1);
        await publisher.PublishAsync(topic + "/short", "short", qos: 1, retain: true, properties: Expiry(1));
        await publisher.PublishAsync(topic + "/long", "long", qos: 1, retain: true, properties: Expiry(1000));
        await BrokerClock.WaitAsync(broker, 3);

        await using var again = await RawMqttClient.ConnectAsync(broker, fields);
        var queued = await again.ReceivePublishAsync();
        Assert.Equal("long", queued.Text);
        Assert.InRange(queued.Number(PropertyId.MessageExpiryInterval, -1), 900, 998);
        var endless = await again.ReceivePublishAsync();
        Assert.Equal("endless", endless.Text);
        Assert.Null(endless.Property(PropertyId.MessageExpiryInterval));

        await again.SubscribeAsync(topic + "/+", 0x20); // nothing replayed by mistake at Retain Handling 2
        await again.PingAsync();
        await using var late = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await late.SubscribeAsync(topic + "/+", 1);
        var retained = await late.ReceivePublishAsync();
        Assert.Equal("long", retained.Text);
        Assert.InRange(retained.Number(PropertyId.MessageExpiryInterval, -1), 900, 998);
        await late.PublishAsync(topic + "/end", "end");
        Assert.Equal("end", (await late.ReceivePublishAsync()).Text);
    }

    [Theory, EveryCell]
    public async Task Message_delivered_at_once_keeps_its_interval(BrokerCell cell)
    {
        var topic = Unique.Name();
        await using var client = await RawMqttClient.ConnectAsync(await BrokerAsync(cell), MqttVersion.V50);
        await client.SubscribeAsync(topic, 0);
        await client.PublishAsync(topic, "x", properties: Expiry(5000));
        Assert.InRange((await client.ReceivePublishAsync()).Number(PropertyId.MessageExpiryInterval, -1), 4900, 5000);
    }

    private static Properties Expiry(uint seconds) => new Properties().FourByte(PropertyId.MessageExpiryInterval, seconds);
}
