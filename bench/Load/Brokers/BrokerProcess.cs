using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Godwit.LoadBench.Brokers;

/// <summary>A started broker, on its own core and port, with a directory of its own. Ends with this object.</summary>
internal sealed class BrokerProcess : IDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);
    private static ushort _lastPort = 20_000;

    private readonly Process _process;
    private readonly string _directory;

    private BrokerProcess(Process process, string directory, ushort port)
    {
        _process = process;
        _directory = directory;
        Port = port;
    }

    internal ushort Port { get; }

    internal int ProcessId => _process.Id;

    /// <summary>Starts a broker and returns when its port accepts connections.</summary>
    /// <param name="processor">The processor that it is pinned to; null for none.</param>
    /// <param name="ownProcessor">Where the calling thread runs afterwards.</param>
    internal static BrokerProcess Start(BrokerSpec spec, int? processor, int? ownProcessor, CancellationToken cancellation)
    {
        var port = FindFreePort();
        var directory = Directory.CreateTempSubdirectory("godwit-load-").FullName;
        if (spec.Configuration is { } configuration)
        {
            File.WriteAllText(Path.Combine(directory, "broker.conf"), Fill(configuration, port, directory));
        }

        var info = new ProcessStartInfo { UseShellExecute = false, WorkingDirectory = directory };
        string[] prefix = File.Exists("/usr/bin/setpriv") ? ["/usr/bin/setpriv", "--pdeathsig", "TERM", "/bin/sh"] : ["/bin/sh"];
        info.FileName = prefix[0];
        foreach (var argument in prefix[1..])
        {
            info.ArgumentList.Add(argument);
        }

        // exec: the process id is the broker's own. Output goes to a file, which costs the load nothing.
        info.ArgumentList.Add("-c");
        info.ArgumentList.Add($"exec {Fill(spec.Command, port, directory)} >'{directory}/output' 2>&1 </dev/null");
        BrokerProcess broker;
        try
        {
            // A child inherits the mask of the thread that starts it.
            if (processor is { } target)
            {
                Processes.Pin(0, target);
            }

            broker = new BrokerProcess(Process.Start(info)!, directory, port);
        }
        finally
        {
            if (ownProcessor is { } own)
            {
                Processes.Pin(0, own);
            }
        }

        try
        {
            broker.AwaitReady(spec, cancellation);
            return broker;
        }
        catch
        {
            broker.Dispose();
            throw;
        }
    }

    /// <summary>The last lines of what the broker printed.</summary>
    internal string OutputTail()
    {
        try
        {
            return string.Join('\n', File.ReadLines(Path.Combine(_directory, "output")).TakeLast(5));
        }
        catch (IOException)
        {
            return "";
        }
    }

    public void Dispose()
    {
        var processIds = ProcessTree.Of(_process.Id);
        if (!_process.HasExited)
        {
            Processes.Kill(_process.Id, Processes.SignalTerminate);
            _process.WaitForExit(StopTimeout);
        }

        // What has not gone by itself, children of a wrapper script included, still has the name it had.
        foreach (var processId in processIds)
        {
            if (processId != _process.Id ? Directory.Exists($"/proc/{processId}") : !_process.HasExited)
            {
                Processes.Kill(processId, Processes.SignalKill);
            }
        }

        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private void AwaitReady(BrokerSpec spec, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_process.HasExited)
            {
                throw new LoadException(LoadFailure.System, $"{spec.Name} ended with code {_process.ExitCode} at its start: {OutputTail()}");
            }

            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Connect(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) when (Stopwatch.GetElapsedTime(started) < StartTimeout)
            {
                Thread.Sleep(20);
            }
            catch (SocketException)
            {
                throw new LoadException(LoadFailure.System, $"{spec.Name} does not listen on port {Port} after {StartTimeout.TotalSeconds} s: {OutputTail()}");
            }
        }
    }

    private static string Fill(string text, ushort port, string directory) => text
        .Replace("{port}", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{dir}", directory, StringComparison.Ordinal)
        .Replace("{user}", Environment.UserName, StringComparison.Ordinal);

    /// <summary>A port below the range that outgoing connections take, a new one each time.</summary>
    private static ushort FindFreePort()
    {
        while (_lastPort < 32_000)
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                probe.Bind(new IPEndPoint(IPAddress.Loopback, ++_lastPort));
                return _lastPort;
            }
            catch (SocketException)
            {
                // Taken: the next one.
            }
        }

        throw new LoadException(LoadFailure.System, "there is no free port between 20,001 and 32,000");
    }
}
