namespace Godwit.Testing;

/// <summary>Lets time pass by the broker's own clock, told by an event and not by a sleep in the test.</summary>
public static class BrokerClock
{
    /// <summary>Waits until a will with this delay (5.0, §3.1.3.2.2) is published.</summary>
    public static async Task WaitAsync(BrokerProcess broker, int seconds)
    {
        var topic = Unique.Name("clock");
        await using var watcher = await RawMqttClient.ConnectAsync(broker, MqttVersion.V50);
        await watcher.SubscribeAsync(topic, 0);
        await using (var timer = await RawMqttClient.ConnectAsync(broker, new ConnectFields
        {
            ClientId = Unique.Name("clock"),
            SessionExpiry = 60,
            WillTopic = topic,
            WillProperties = new Properties().FourByte(PropertyId.WillDelayInterval, (uint)seconds),
        }))
        {
            timer.Abort();
        }

        await watcher.ReceiveAsync(PacketType.Publish);
    }
}
