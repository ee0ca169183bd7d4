using System.Globalization;

namespace Godwit.ClientBench;

/// <summary>
/// The process of one client: it alone is on its core, so its CPU time and its allocations are the client's. Writes a line
/// when it is ready, credits while it receives, and at last a line with the sample.
/// </summary>
internal static class Worker
{
    internal const string Topic = "bench/client";

    internal static async Task RunAsync(string[] args)
    {
        var cell = Cell.All.Single(one => one.Key == args[1]);
        var port = ushort.Parse(args[2], CultureInfo.InvariantCulture);
        var payload = new byte[int.Parse(args[3], CultureInfo.InvariantCulture)];
        var window = int.Parse(args[4], CultureInfo.InvariantCulture);
        var warmup = TimeSpan.FromSeconds(double.Parse(args[5], CultureInfo.InvariantCulture));
        var measured = TimeSpan.FromSeconds(double.Parse(args[6], CultureInfo.InvariantCulture));
        await using IPeer peer = args[0] == Runner.GodwitName ? new GodwitPeer() : new MqttNetPeer();
        await using var output = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        var meter = new Meter(payload.Length, cell.IsPublishing ? null : output);
        await peer.ConnectAsync(port);
        List<Task> publishers = [];
        if (cell.IsPublishing)
        {
            for (var index = 0; index < window; index++)
            {
                publishers.Add(Task.Run(() => peer.PublishAsync(Topic, payload, cell.QoS, meter)));
            }
        }
        else
        {
            await peer.SubscribeAsync(Topic, cell.QoS, meter);
        }

        Write(output, "ready");
        var sample = await meter.MeasureAsync(warmup, measured);
        meter.Stop();
        await Task.WhenAll(publishers);
        Write(output, sample.Write());
    }

    // Behind the credits of other threads, which come in single bytes: a line begins at its mark.
    private static void Write(FileStream output, string line) => output.Write(System.Text.Encoding.ASCII.GetBytes($"!{line}\n"));
}
