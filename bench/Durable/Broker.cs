using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Godwit.DurableBench;

/// <summary>A broker in a process of its own, that can be killed and started again on its directory. The directory goes with this object.</summary>
internal sealed class Broker : IDisposable
{
    private readonly DurableOptions _options;
    private readonly string _binary;
    private readonly string _folder;
    private readonly int _port = FreePort();
    private Process _process;

    internal Broker(DurableOptions options)
    {
        _options = options;
        _binary = options.Broker ?? Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../../src/Godwit.Server/bin/Release/net10.0/godwit-server"));
        _folder = options.Data is { } parent
            ? Directory.CreateDirectory(Path.Combine(parent, $"godwit-durable-{Environment.ProcessId}-{_port}")).FullName
            : Directory.CreateTempSubdirectory("godwit-durable-").FullName;
        _process = Start();
    }

    internal string Address => $"mqtt://127.0.0.1:{_port}";

    internal double ResidentMiB => long.Parse(
        File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))["VmRSS:".Length..^"kB".Length],
        NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
        CultureInfo.InvariantCulture) / 1024.0;

    internal double DiskMiB => Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file) is { Exists: true } info ? info.Length : 0) / 1048576.0;

    /// <summary>Processor time of all threads so far, to the nanosecond.</summary>
    internal double CpuSeconds => Directory.EnumerateDirectories($"/proc/{_process.Id}/task")
        .Sum(thread => long.Parse(File.ReadAllText(Path.Combine(thread, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture)) / 1e9;

    /// <summary>kill -9, and a new start; answers the time until it is ready.</summary>
    internal TimeSpan Restart()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        long start = Stopwatch.GetTimestamp();
        _process = Start();
        return Stopwatch.GetElapsedTime(start);
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private Process Start()
    {
        var info = new ProcessStartInfo(_binary, ["--listen", $"mqtt://127.0.0.1:{_port}", "--data", Path.Combine(_folder, "data"), "--durability", _options.Level, "--log-level", "warning"])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = _folder,
        };
        info.Environment["GODWIT__LIMITS__QUEUEDMESSAGESMAX"] = "100000000";
        info.Environment["GODWIT__LIMITS__QUEUEDBYTESMAX"] = "100GiB";
        info.Environment["GODWIT__LIMITS__RETAINEDMESSAGESMAX"] = "100000000";
        var process = Process.Start(info) ?? throw new InvalidOperationException($"{_binary} does not start");
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (line == "ready")
            {
                return process;
            }
        }

        throw new InvalidOperationException($"{_binary} ended before it was ready");
    }
}
