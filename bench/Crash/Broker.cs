using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Godwit.Crash;

/// <summary>The broker under test: one data directory and one port, and a process that comes and goes.</summary>
internal sealed partial class Broker : IAsyncDisposable
{
    private const int OutputLinesMax = 200;
    private const int SignalUser2 = 12;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly CrashOptions _options;
    private readonly ConcurrentQueue<string> _output = new();
    private Process? _process;
    private TaskCompletionSource _ready = new();

    internal Broker(CrashOptions options)
    {
        _options = options;
        Directory = System.IO.Directory.CreateTempSubdirectory("godwit-crash-").FullName;
        if (options.DataParent != Path.GetTempPath())
        {
            System.IO.Directory.Delete(Directory);
            Directory = Path.Combine(options.DataParent, Path.GetFileName(Directory));
            System.IO.Directory.CreateDirectory(Directory);
        }

        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        Port = ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    internal string Directory { get; }

    internal string Data => Path.Combine(Directory, "data");

    internal int Port { get; }

    internal string Address => $"mqtt://127.0.0.1:{Port}";

    internal string Output => string.Join(Environment.NewLine, _output);

    /// <summary>From the start of the process to its line "ready", for each start that came so far.</summary>
    internal List<int> RecoveryMilliseconds { get; } = [];

    internal int Kills { get; private set; }

    /// <summary>Where the broker's program is built, unless the options name one.</summary>
    internal static string FindServer()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Godwit.slnx")))
            {
                string configuration = AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Debug{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Debug" : "Release";
                string server = Path.Combine(folder.FullName, "src", "Godwit.Server", "bin", configuration, "net10.0", "godwit-server");
                return File.Exists(server) ? server : throw new CrashException($"{server} does not exist: build src/Godwit.Server first");
            }
        }

        throw new CrashException($"no Godwit.slnx above {AppContext.BaseDirectory}: name the broker's program");
    }

    /// <summary>Starts the process and does not wait for it.</summary>
    internal void Launch()
    {
        string server = _options.Server.Length > 0 ? _options.Server : FindServer();
        string[] command = [.. _options.Launcher, server, "--listen", Address, "--data", Data, "--durability", _options.Level, "--log-level", "warning"];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = Directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string inherited in start.Environment.Keys.Where(key => key.StartsWith("GODWIT__", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(inherited);
        }

        // What a subscriber that is away has no room for would look like messages lost.
        start.Environment["GODWIT__LIMITS__QUEUEDMESSAGESMAX"] = "10000000";
        start.Environment["GODWIT__LIMITS__QUEUEDBYTESMAX"] = "1GiB";
        start.Environment["GODWIT__LIMITS__SHAREDGROUPQUEUEDMESSAGESMAX"] = "10000000";
        start.Environment["GODWIT__LIMITS__SHAREDGROUPQUEUEDBYTESMAX"] = "1GiB";
        if (_options.LossLibrary is { } library)
        {
            start.Environment["LD_PRELOAD"] = library;
            start.Environment["LOSEWRITES_DIRECTORY"] = Data;
        }

        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ready = ready;
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => HandleLine(line.Data, ready);
        process.ErrorDataReceived += (_, line) => HandleLine(line.Data, ready);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;
    }

    /// <summary>Waits until the process started last serves.</summary>
    internal async Task WaitUntilReadyAsync()
    {
        var process = _process!;
        using var limit = new CancellationTokenSource(StartLimit);
        var exit = process.WaitForExitAsync(limit.Token);
        await Task.WhenAny(_ready.Task, exit);
        if (!_ready.Task.IsCompleted)
        {
            throw new CrashException($"the broker {(process.HasExited ? $"ended with {process.ExitCode}" : $"was not ready within {StartLimit}")} when it was started on {Data}. It printed:{Environment.NewLine}{Output}");
        }

        RecoveryMilliseconds.Add((int)(DateTime.Now - process.StartTime).TotalMilliseconds);
    }

    /// <summary>Kills the process as it is, and waits until it is gone.</summary>
    internal async Task KillAsync()
    {
        var process = _process!;
        if (process.HasExited)
        {
            await process.WaitForExitAsync();
            throw new CrashException($"the broker ended by itself with {process.ExitCode}. It printed:{Environment.NewLine}{Output}");
        }

        if (_options.LossLibrary is null)
        {
            process.Kill();
        }
        else if (Kill(process.Id, SignalUser2) != 0)
        {
            throw new CrashException($"SIGUSR2 failed with errno {Marshal.GetLastPInvokeError()}");
        }

        await process.WaitForExitAsync();
        Kills++;
        process.Dispose();
        _process = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            if (!process.HasExited)
            {
                process.Kill();
                await process.WaitForExitAsync();
            }

            process.Dispose();
        }
    }

    /// <summary>Removes what the broker has kept.</summary>
    internal void Forget() => System.IO.Directory.Delete(Directory, recursive: true);

    private void HandleLine(string? line, TaskCompletionSource ready)
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

        if (line == "ready")
        {
            ready.TrySetResult();
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}
