using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Godwit.Testing;

/// <summary>A broker in a process of its own: started, waited for, measured, stopped and, in the end, killed by its id.</summary>
public sealed partial class BrokerProcess : IAsyncDisposable
{
    private const int OutputLinesMax = 400;
    private const int SignalTerminate = 15;

    // For tests that were written for Godwit's defaults.
    private static readonly string[] TunedMosquitto =
        ["persistence false", "set_tcp_nodelay true", "max_queued_messages 20000", "max_packet_size 1048576", "max_queued_bytes 16000000"];

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string? _folder;

    private BrokerProcess(ProcessStartInfo start, string? folder)
    {
        _folder = folder;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.RedirectStandardInput = true;
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => HandleLine(line.Data);
        _process.ErrorDataReceived += (_, line) => HandleLine(line.Data);
        _process.Exited += (_, _) => _ready.TrySetException(new MqttExpectationException("the broker ended before it was ready"));
    }

    /// <summary>Where mosquitto is installed, or null.</summary>
    public static string? MosquittoProgram { get; } =
        new[] { "/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto" }.FirstOrDefault(File.Exists);

    /// <summary>The godwit-server under test.</summary>
    public static string GodwitProgram { get; } = Environment.GetEnvironmentVariable("GODWIT_TEST_SERVER") is { Length: > 0 } named
        ? named
        : RepositoryFiles.PathOf("src", "Godwit.Server", "bin", RepositoryFiles.Configuration, "net10.0", "godwit-server");

    /// <summary>The port on 127.0.0.1.</summary>
    public int Port { get; private set; }

    /// <summary>Where the broker listens.</summary>
    public BrokerAddress Address => new("127.0.0.1", Port, TimeLimits.Event) { Diagnostics = () => $". It printed:{Environment.NewLine}{Output}" };

    /// <summary>The process id.</summary>
    public int Id => _process.Id;

    /// <summary>The process has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>The latest lines of standard output and standard error.</summary>
    public string Output => string.Join(Environment.NewLine, _output);

    /// <summary>Starts a broker and waits until it is ready to serve.</summary>
    /// <exception cref="MqttExpectationException">It ended or was not ready in time; the message holds what it printed.</exception>
    public static Task<BrokerProcess> StartAsync(BrokerSettings settings) =>
        TestBroker.IsMosquitto ? StartAsync(CreateMosquitto(TunedMosquitto), printsReady: false) : StartAsync(CreateGodwit(settings), printsReady: true);

    /// <summary>Starts mosquitto as it is without settings, open to everybody on a free port of 127.0.0.1, beside the broker under test.</summary>
    /// <exception cref="MqttExpectationException">It ended or was not ready in time; the message holds what it printed.</exception>
    public static Task<BrokerProcess> StartMosquittoAsync() => StartAsync(CreateMosquitto([]), printsReady: false);

    private static async Task<BrokerProcess> StartAsync(BrokerProcess broker, bool printsReady)
    {
        try
        {
            broker._process.Start();
            broker._process.BeginOutputReadLine();
            broker._process.BeginErrorReadLine();
            if (printsReady)
            {
                await broker._ready.Task.WaitAsync(TimeLimits.Process);
            }
            else
            {
                await broker.WaitForPortAsync();
            }

            return broker;
        }
        catch (Exception error) when (error is TimeoutException or MqttExpectationException)
        {
            var output = broker.Output;
            await broker.DisposeAsync();
            throw new MqttExpectationException(
                $"{broker._process.StartInfo.FileName} {string.Join(' ', broker._process.StartInfo.ArgumentList)} did not get ready: {error.Message}. It printed:{Environment.NewLine}{output}",
                error);
        }
    }

    /// <summary>Resident memory in bytes (VmRSS).</summary>
    public long ReadResidentBytes()
    {
        foreach (var line in File.ReadLines($"/proc/{Id}/status"))
        {
            if (line.StartsWith("VmRSS:", StringComparison.Ordinal))
            {
                return 1024 * long.Parse(line["VmRSS:".Length..^"kB".Length], CultureInfo.InvariantCulture);
            }
        }

        throw new MqttExpectationException("the broker's process has no VmRSS: it has ended");
    }

    /// <summary>Sends SIGTERM. Does not wait.</summary>
    public void Terminate() => Terminate(Id);

    /// <summary>Sends SIGTERM to a process. Does not wait.</summary>
    public static void Terminate(int processId)
    {
        if (Kill(processId, SignalTerminate) != 0)
        {
            throw new InvalidOperationException($"kill({processId}, SIGTERM) failed with errno {Marshal.GetLastPInvokeError()}");
        }
    }

    /// <summary>Waits for the end of the process.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(TimeLimits.Process);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new MqttExpectationException($"the broker did not end within {TimeLimits.Process}. It printed:{Environment.NewLine}{Output}");
        }

        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_process.HasExited)
            {
                _process.Kill();
                await _process.WaitForExitAsync();
            }
        }
        catch (InvalidOperationException)
        {
            // It was never started.
        }

        _process.Dispose();
        if (_folder is not null)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static BrokerProcess CreateGodwit(BrokerSettings settings)
    {
        var binary = GodwitProgram;
        if (!File.Exists(binary))
        {
            throw new MqttExpectationException($"{binary} does not exist: build the solution first (dotnet build Godwit.slnx -c {RepositoryFiles.Configuration})");
        }

        // A folder of its own to start in: whatever a broker writes by mistake shows nowhere else.
        var folder = Directory.CreateTempSubdirectory("godwit-test-").FullName;
        var start = new ProcessStartInfo(binary, settings.Arguments) { WorkingDirectory = folder };
        foreach (var inherited in start.Environment.Keys.Where(key => key.StartsWith("GODWIT__", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(inherited);
        }

        start.Environment["GODWIT__LOOPPLACEMENT"] = "RoundRobin";
        foreach (var (name, value) in settings.Environment)
        {
            start.Environment[name] = value;
        }

        return new BrokerProcess(start, folder);
    }

    private static BrokerProcess CreateMosquitto(string[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("godwit-test-").FullName;
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        var configuration = Path.Combine(folder, "mosquitto.conf");
        File.WriteAllLines(
            configuration,
            [
                $"listener {port} 127.0.0.1",
                "allow_anonymous true",
                "log_dest stderr",
                "log_type error",
                "log_type warning",
                .. settings,
            ]);
        return new BrokerProcess(new ProcessStartInfo(MosquittoProgram ?? "mosquitto", ["-c", configuration]), folder) { Port = port };
    }

    private async Task WaitForPortAsync()
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException error)
            {
                if (HasExited || Stopwatch.GetElapsedTime(started) > TimeLimits.Process)
                {
                    throw new MqttExpectationException($"nothing listens on port {Port}", error);
                }

                // mosquitto prints nothing to wait for.
                await Task.Delay(20);
            }
        }
    }

    private void HandleLine(string? line)
    {
        if (line is null)
        {
            return;
        }

        _output.Enqueue(line);
        while (_output.Count > OutputLinesMax)
        {
            _output.TryDequeue(out _);
        }

        if (ListeningLine().Match(line) is { Success: true } match)
        {
            Port = int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        }
        else if (line == "ready")
        {
            if (Port != 0)
            {
                _ready.TrySetResult();
            }
            else
            {
                _ready.TrySetException(new MqttExpectationException("it printed \"ready\" without a line \"listening on mqtt://127.0.0.1:PORT\""));
            }
        }
    }

    [GeneratedRegex("^listening on mqtt://127\\.0\\.0\\.1:([0-9]+)$")]
    private static partial Regex ListeningLine();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}
