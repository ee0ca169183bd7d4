namespace Godwit.EndToEnd.Tests;

/// <summary>Base of all themes: the brokers of the cells, and how bad input is put to them.</summary>
public abstract class EndToEndTest(BrokerCells cells)
{
    /// <summary>The shared broker of a cell.</summary>
    protected Task<BrokerProcess> BrokerAsync(BrokerCell cell) => cells.GetAsync(cell);

    /// <summary>A connected client sends what it may not send: it gets the code and the end of its connection, a bystander notices nothing.</summary>
    protected async Task ExpectDisconnectAsync(BrokerCell cell, MqttVersion version, BadInput input)
    {
        Assert.SkipWhen(TestBroker.IsMosquitto && input.MosquittoDiffers is not null, input.MosquittoDiffers ?? "");
        var broker = await BrokerAsync(cell);
        await using var bystander = await RawMqttClient.ConnectAsync(broker, version);
        await using var offender = await RawMqttClient.ConnectAsync(broker, version);
        await offender.SendAsync(input.Build(version));
        await offender.ExpectDisconnectAsync(input.ReasonCodes);
        await bystander.PingAsync();
    }

    /// <summary>A CONNECT that may not be: in 5.0 CONNACK with the code, in 3.x nothing; then the end of the connection.</summary>
    protected async Task ExpectConnectRefusedAsync(BrokerCell cell, MqttVersion version, BadInput input)
    {
        Assert.SkipWhen(TestBroker.IsMosquitto && input.MosquittoDiffers is not null, input.MosquittoDiffers ?? "");
        var broker = await BrokerAsync(cell);
        await using var bystander = await RawMqttClient.ConnectAsync(broker, version);
        await using var offender = await RawMqttClient.OpenAsync(broker, version);
        await offender.SendAsync(input.Build(version));
        if (version == MqttVersion.V50)
        {
            var answer = await offender.ReceiveAsync(PacketType.ConnAck);
            Assert.Contains(answer.ReasonCode, input.ReasonCodes);
            Assert.False(answer.SessionPresent); // [MQTT-3.2.2-6]
        }

        await offender.ExpectClosedAsync();
        await bystander.PingAsync();
    }
}
