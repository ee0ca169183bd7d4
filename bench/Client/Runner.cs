using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Godwit.ClientBench;

/// <summary>Starts the broker and the client processes, each on its core, and collects the samples.</summary>
internal sealed class Runner : IDisposable
{
    internal const string GodwitName = "godwit";
    internal const string MqttNetName = "mqttnet";

    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(30);
    private readonly BenchOptions _options;
    private readonly Process _broker;
    private readonly ushort _port;

    internal Runner(BenchOptions options)
    {
        _options = options;
        _port = FindFreePort();
        _broker = Start(
            options.BrokerProcessor,
            options.Broker,
            ["--listen", $"mqtt://127.0.0.1:{_port}", "--memory", "--admin", "off", "--loops", "1", "--io", "epoll", "--log-level", "error"]);
    }

    /// <summary>Waits until the broker takes connections.</summary>
    internal async Task AwaitBrokerAsync()
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            using var probe = new TcpClient();
            try
            {
                await probe.ConnectAsync(IPAddress.Loopback, _port);
                return;
            }
            catch (SocketException) when (!_broker.HasExited && Stopwatch.GetElapsedTime(started) < Slack)
            {
                await Task.Delay(50);
            }
        }
    }

    /// <summary>Runs one client in a process of its own through warm-up and measurement.</summary>
    internal async Task<Sample> MeasureAsync(string client, Cell cell)
    {
        using var worker = Start(
            _options.ClientProcessor,
            Environment.ProcessPath!,
            ["worker", client, cell.Key, .. new object[] { _port, _options.PayloadLength, _options.GetWindow(cell), _options.WarmupSeconds, _options.MeasuredSeconds }
                .Select(argument => Convert.ToString(argument, CultureInfo.InvariantCulture)!)]);
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(_options.WarmupSeconds + _options.MeasuredSeconds) + Slack);
            Feeder? feeder = null;
            try
            {
                if (!cell.IsPublishing)
                {
                    feeder = await Feeder.ConnectAsync(_port);
                }

                return await ReadAsync(worker.StandardOutput.BaseStream, cell, feeder, limit.Token)
                    ?? throw new InvalidOperationException($"The client process ({client}, {cell.Key}) reported nothing.");
            }
            finally
            {
                if (feeder is not null)
                {
                    await feeder.DisposeAsync();
                }
            }
        }
        finally
        {
            worker.Kill();
            await worker.WaitForExitAsync();
        }
    }

    public void Dispose()
    {
        _broker.Kill();
        _broker.WaitForExit();
        _broker.Dispose();
    }

    private async Task<Sample?> ReadAsync(Stream output, Cell cell, Feeder? feeder, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        var line = new System.Text.StringBuilder();
        var isInLine = false;
        while (await output.ReadAsync(buffer, cancellationToken) is var count and > 0)
        {
            var credits = 0;
            for (var index = 0; index < count; index++)
            {
                switch ((char)buffer[index])
                {
                    case '!':
                        isInLine = true;
                        break;
                    case '\n' when line.ToString() == "ready":
                        feeder?.Start(_options.PayloadLength, cell.QoS);
                        line.Clear();
                        isInLine = false;
                        break;
                    case '\n':
                        return Sample.Read(line.ToString());
                    case var other when isInLine:
                        line.Append(other);
                        break;
                    default:
                        credits++;
                        break;
                }
            }

            if (credits > 0)
            {
                feeder?.AddCredits(credits);
            }
        }

        return null;
    }

    private static Process Start(int? processor, string program, IEnumerable<string> arguments)
    {
        string[] prefix = processor is { } core ? ["taskset", "-c", core.ToString(CultureInfo.InvariantCulture)] : [];
        string[] command = [.. prefix, program, .. arguments];
        return Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
    }

    private static ushort FindFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return (ushort)((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
