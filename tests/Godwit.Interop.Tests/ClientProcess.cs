using System.Diagnostics;
using System.Text;

namespace Godwit.Interop.Tests;

/// <summary>A foreign client in a process of its own; its lines are read one by one.</summary>
internal sealed class ClientProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _seen = new();
    private readonly Task<string> _errors;

    private ClientProcess(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Standard input of the client.</summary>
    public StreamWriter Input => _process.StandardInput;

    /// <summary>Starts a program; the error names the package to install when it is not there.</summary>
    public static ClientProcess Start(string file, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        try
        {
            return new ClientProcess(Process.Start(start)!);
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new MqttExpectationException($"{file} cannot be started ({error.Message}): ./test.sh installs it", error);
        }
    }

    /// <summary>The next line of output.</summary>
    /// <returns>Null at the end of the output.</returns>
    public async Task<string?> ReadLineAsync(TimeSpan limit)
    {
        using var expired = new CancellationTokenSource(limit);
        try
        {
            var line = await _process.StandardOutput.ReadLineAsync(expired.Token);
            _seen.AppendLine(line);
            return line;
        }
        catch (OperationCanceledException)
        {
            throw new MqttExpectationException($"{Name} printed no further line within {limit}. So far:{Environment.NewLine}{_seen}");
        }
    }

    /// <summary>Reads lines until one contains the text.</summary>
    public async Task<string> ReadUntilAsync(string text)
    {
        while (await ReadLineAsync(TimeLimits.Event) is { } line)
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new MqttExpectationException($"{Name} ended before it printed \"{text}\". It printed:{Environment.NewLine}{_seen}{await _errors}");
    }

    /// <summary>Waits for the end of the client, which must be a success.</summary>
    public async Task ExpectSuccessAsync()
    {
        using var expired = new CancellationTokenSource(TimeLimits.Event);
        try
        {
            await _process.WaitForExitAsync(expired.Token);
        }
        catch (OperationCanceledException)
        {
            throw new MqttExpectationException($"{Name} did not end within {TimeLimits.Event}");
        }

        if (_process.ExitCode != 0)
        {
            throw new MqttExpectationException($"{Name} ended with exit code {_process.ExitCode}: {await _errors}");
        }
    }

    /// <summary>Standard error after the end of the client.</summary>
    public Task<string> ReadErrorsAsync() => _errors;

    /// <summary>Kills the client as a crash does; its connection breaks without DISCONNECT.</summary>
    public void Kill() => _process.Kill();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private string Name => $"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)}";
}
