namespace Godwit.Client.Tests;

/// <summary>The server's end of a connection in memory: a test says what it expects and what it sends. Waits end with the test.</summary>
internal sealed class ScriptedBroker(Stream stream) : IAsyncDisposable
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Connects a client to a scripted broker, over CONNECT and CONNACK.</summary>
    public static async Task<(MqttClient Client, ScriptedBroker Broker)> ConnectAsync(
        MqttClientOptions? options = null,
        byte[]? connAck = null,
        int writeAhead = 64 * 1024,
        params byte[][] afterwards)
    {
        var (near, far) = DuplexStream.Create(writeAhead);
        var broker = new ScriptedBroker(far);
        var connecting = MqttClient.ConnectAsync(near, options ?? new MqttClientOptions { KeepAlive = 0 }, Cancellation);
        Assert.Equal(0x10, (await broker.ReadAsync())[0]);
        await broker.SendAsync([connAck ?? Wire.ConnAck(), .. afterwards]);
        return (await connecting, broker);
    }

    public async Task SendAsync(params byte[][] packets)
    {
        await stream.WriteAsync(Wire.Join(packets), Cancellation);
        await stream.FlushAsync(Cancellation);
    }

    /// <summary>The next packet, whole.</summary>
    public async Task<byte[]> ReadAsync()
    {
        List<byte> packet = [await ReadByteAsync()];
        var length = 0;
        for (var shift = 0; ; shift += 7)
        {
            packet.Add(await ReadByteAsync());
            length |= (packet[^1] & 0x7F) << shift;
            if (packet[^1] < 0x80)
            {
                break;
            }
        }

        var body = new byte[length];
        await stream.ReadExactlyAsync(body, Cancellation);
        return [.. packet, .. body];
    }

    public async Task ExpectAsync(params byte[][] packets)
    {
        foreach (var packet in packets)
        {
            Assert.Equal(Convert.ToHexString(packet), Convert.ToHexString(await ReadAsync()));
        }
    }

    /// <summary>The client has closed its side, and sent nothing before.</summary>
    public async Task ExpectEndAsync() => Assert.Equal(0, await stream.ReadAsync(new byte[1], Cancellation));

    public async ValueTask DisposeAsync() => await stream.DisposeAsync();

    private async Task<byte> ReadByteAsync()
    {
        var one = new byte[1];
        await stream.ReadExactlyAsync(one, Cancellation);
        return one[0];
    }
}
