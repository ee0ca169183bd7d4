using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Godwit.Cli.Tests;

/// <summary>A program under test or a foreign client: its output is collected, its end awaited, and in the end it is killed by its id.</summary>
internal sealed partial class RunningProcess : IAsyncDisposable
{
    public const int SignalInterrupt = 2;
    public const int SignalKill = 9;
    public const int SignalTerminate = 15;

    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly Task<byte[]> _output;
    private readonly Task<string> _error;

    private RunningProcess(Process process, bool collectsOutput)
    {
        _process = process;
        _output = collectsOutput ? CollectAsync(process.StandardOutput.BaseStream) : Task.FromResult<byte[]>([]);
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>The godwit binary beside the tests, or the one that the environment names, such as a native one.</summary>
    public static string Godwit => Environment.GetEnvironmentVariable("GODWIT_CLI") ?? Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "godwit.exe" : "godwit");

    public int Id => _process.Id;

    public Stream Input => _process.StandardInput.BaseStream;

    public static RunningProcess StartGodwit(params string[] arguments) => Start(Godwit, arguments);

    public static RunningProcess Start(string program, string[] arguments, bool collectsOutput = true)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new RunningProcess(Process.Start(start)!, collectsOutput);
    }

    /// <summary>Runs godwit to its end.</summary>
    public static async Task<Outcome> RunAsync(string[] arguments, byte[]? input = null)
    {
        await using var running = StartGodwit(arguments);
        if (input is not null)
        {
            await running.Input.WriteAsync(input);
        }

        running.Input.Close();
        return await running.WaitAsync();
    }

    public void Signal(int signal) => Assert.Equal(0, Kill(_process.Id, signal));

    /// <summary>Nobody reads its output any more.</summary>
    public void CloseOutput() => _process.StandardOutput.Close();

    public async Task<Outcome> WaitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeLimit);
        return new Outcome(_process.ExitCode, await _output, await _error);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static async Task<byte[]> CollectAsync(Stream stream)
    {
        using var collected = new MemoryStream();
        await stream.CopyToAsync(collected);
        return collected.ToArray();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    /// <summary>How a program ended, and what it said.</summary>
    internal sealed record Outcome(int ExitCode, byte[] Output, string Error)
    {
        public string Text => System.Text.Encoding.UTF8.GetString(Output);
    }
}
