using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.ClientBench;

/// <summary>Publishes for a client that receives, never more than a window ahead of what that client has counted.</summary>
internal sealed class Feeder : IAsyncDisposable
{
    /// <summary>Messages that the receiving client may lag behind.</summary>
    internal const int Window = 4_000;

    private const int Publications = 100;

    private readonly MqttClient _client;
    private readonly SemaphoreSlim _credits = new(Window / Meter.MessagesPerCredit);
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    private Feeder(MqttClient client) => _client = client;

    internal static async Task<Feeder> ConnectAsync(ushort port) => new(await MqttClient.ConnectAsync($"mqtt://127.0.0.1:{port}"));

    internal void Start(int payloadLength, int qos) => _running = Task.Run(() => FeedAsync(new byte[payloadLength], (QualityOfService)qos));

    internal void AddCredits(int count) => _credits.Release(count);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await _running;
        }
        catch (OperationCanceledException)
        {
            // That is how it stops.
        }

        await _client.DisposeAsync();
        _stop.Dispose();
        _credits.Dispose();
    }

    private async Task FeedAsync(byte[] payload, QualityOfService qos)
    {
        var pending = new Queue<Task<PublishResult>>();
        while (true)
        {
            await _credits.WaitAsync(_stop.Token);
            for (var index = 0; index < Meter.MessagesPerCredit; index++)
            {
                if (pending.Count == Publications)
                {
                    await pending.Dequeue();
                }

                pending.Enqueue(_client.PublishAsync(Worker.Topic, payload, qos).AsTask());
            }
        }
    }
}
