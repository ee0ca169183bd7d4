using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Godwit.Testing;

namespace Godwit.Samples.Tests;

/// <summary>
/// A program that the test has started, with all its output as lines. It leads a process group of its own, so that what it starts ends with it:
/// asked by SIGINT as with Ctrl-C, or killed.
/// </summary>
internal sealed partial class ProgramRun : IAsyncDisposable
{
    private const int SignalInterrupt = 2;
    private const int SignalKill = 9;

    private readonly Process _process;
    private readonly string _what;
    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];
    private readonly Task _reading;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ProgramRun(Process process, string what)
    {
        _process = process;
        _what = what;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>What it has printed so far, to standard output and standard error.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate)
            {
                return [.. _lines];
            }
        }
    }

    public static ProgramRun Start(string program, params IReadOnlyList<string> arguments)
    {
        // setsid becomes the program; a test runner that ignores SIGINT must not make the program do so.
        var start = new ProcessStartInfo("setsid", ["env", "--default-signal=INT", program, .. arguments])
        {
            WorkingDirectory = File.Exists(program) ? Path.GetDirectoryName(program) : RepositoryFiles.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // What "dotnet test" tells its own children is not for a "dotnet run" of a user; nor are servers to stay behind.
        foreach (var inherited in start.Environment.Keys.Where(IsOfTheTestRun).ToArray())
        {
            start.Environment.Remove(inherited);
        }

        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return new ProgramRun(process, string.Join(' ', [program, .. arguments]));
    }

    /// <summary>Waits for a line, long enough for a "dotnet run" that has to build; those after the first <paramref name="skip"/> count.</summary>
    public async Task<string> WaitForLineAsync(Func<string, bool> isWanted, int skip = 0) =>
        await TryWaitForLineAsync(isWanted, TimeLimits.Script, skip) ?? throw new InvalidOperationException($"Its output lacks a line. {this}");

    /// <summary>The line, or null if it has not come in that time or the program has ended without it.</summary>
    public async Task<string?> TryWaitForLineAsync(Func<string, bool> isWanted, TimeSpan time, int skip = 0)
    {
        var startedAt = Stopwatch.GetTimestamp();
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_lines.Skip(skip).FirstOrDefault(isWanted) is { } line)
                {
                    return line;
                }

                changed = _changed.Task;
            }

            var rest = time - Stopwatch.GetElapsedTime(startedAt);
            if (rest <= TimeSpan.Zero || _reading.IsCompleted)
            {
                return null;
            }

            await Task.WhenAny(changed, _reading, Task.Delay(rest));
        }
    }

    /// <summary>Waits for its end by itself.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync()
    {
        try
        {
            await Task.WhenAll(_process.WaitForExitAsync(), _reading).WaitAsync(TimeLimits.Script);
            return _process.ExitCode;
        }
        catch (TimeoutException)
        {
            throw new InvalidOperationException($"It did not end. {this}");
        }
    }

    /// <summary>Ctrl-C.</summary>
    public void Interrupt() => Assert.Equal(0, Kill(-_process.Id, SignalInterrupt));

    public override string ToString()
    {
        var text = new StringBuilder(_what).Append(" printed:");
        foreach (var line in Lines)
        {
            text.AppendLine().Append("  ").Append(line);
        }

        return text.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _ = Kill(-_process.Id, SignalKill);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static bool IsOfTheTestRun(string name) =>
        name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("GODWIT__", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("TESTINGPLATFORM", StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("DOTNET_CLI_TEST", StringComparison.OrdinalIgnoreCase);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            TaskCompletionSource changed;
            lock (_gate)
            {
                _lines.Add(line);
                changed = _changed;
                _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            changed.SetResult();
        }
    }
}
