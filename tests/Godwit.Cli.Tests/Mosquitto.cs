using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Godwit.Cli.Tests;

/// <summary>
/// Assembly fixture: Debian's mosquitto with two listeners on free ports, one open, with a list of what may be published, and one
/// that asks for credentials. What it logs tells when a client has subscribed.
/// </summary>
public sealed class Mosquitto : IAsyncLifetime
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(30);
    private readonly Lock _lock = new();
    private readonly List<string> _log = [];
    private readonly List<(Predicate<string> Wanted, TaskCompletionSource Seen)> _waiters = [];
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("godwit-cli-tests-");
    private Process? _process;

    /// <summary>The port where everybody may connect; topics that begin with "denied/" may not be written.</summary>
    public int Port { get; private set; }

    /// <summary>The port where nobody may connect without being known, and nobody is known.</summary>
    public int ClosedPort { get; private set; }

    /// <summary>Why there is none, or null.</summary>
    public static string? Missing => FindProgram() is null ? "mosquitto is not installed" : null;

    public async ValueTask InitializeAsync()
    {
        if (FindProgram() is not { } program)
        {
            return;
        }

        (Port, ClosedPort) = FindFreePorts();
        var configuration = Path.Combine(_folder.FullName, "mosquitto.conf");
        var access = Path.Combine(_folder.FullName, "access");
        await File.WriteAllTextAsync(access, "topic readwrite #\ntopic deny denied/#\npattern readwrite #\n");
        await File.WriteAllTextAsync(configuration, $"""
            per_listener_settings true
            user {Environment.UserName}
            log_dest stderr
            log_type all
            listener {Port} 127.0.0.1
            allow_anonymous true
            acl_file {access}
            listener {ClosedPort} 127.0.0.1
            allow_anonymous false

            """);
        var running = WaitForLogAsync(line => line.Contains("running", StringComparison.Ordinal));
        _process = new Process { StartInfo = new ProcessStartInfo(program, ["-c", configuration]) { RedirectStandardError = true }, EnableRaisingEvents = true };
        _process.ErrorDataReceived += (_, line) => HandleLine(line.Data);
        _process.Exited += (_, _) => HandleExit();
        _process.Start();
        _process.BeginErrorReadLine();
        await running;
    }

    /// <summary>Waits until a client has subscribed to a filter.</summary>
    public Task WaitForSubscriptionAsync(string filter) =>
        WaitForLogAsync(line => line.EndsWith($" {filter}", StringComparison.Ordinal) && !line.Contains("Sending", StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        _folder.Delete(recursive: true);
    }

    private static string? FindProgram() => new[] { "/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto" }.FirstOrDefault(File.Exists);

    private static (int First, int Second) FindFreePorts()
    {
        using var first = new TcpListener(IPAddress.Loopback, 0);
        using var second = new TcpListener(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        return (((IPEndPoint)first.LocalEndpoint).Port, ((IPEndPoint)second.LocalEndpoint).Port);
    }

    /// <summary>Waits for a line of the log.</summary>
    public Task WaitForLogAsync(Predicate<string> wanted)
    {
        lock (_lock)
        {
            if (_log.Exists(wanted))
            {
                return Task.CompletedTask;
            }

            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((wanted, seen));
            return seen.Task.WaitAsync(TimeLimit);
        }
    }

    private void HandleExit()
    {
        lock (_lock)
        {
            foreach (var (_, seen) in _waiters)
            {
                seen.TrySetException(new InvalidOperationException($"mosquitto has ended: {string.Join(Environment.NewLine, _log)}"));
            }
        }
    }

    private void HandleLine(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_lock)
        {
            _log.Add(line);
            foreach (var (wanted, seen) in _waiters)
            {
                if (wanted(line))
                {
                    seen.TrySetResult();
                }
            }
        }
    }
}
