using System.Buffers;
using Godwit.Client;
using Microsoft.Win32.SafeHandles;

namespace Godwit.Cli.Output;

/// <summary>
/// Writes messages to standard output, byte for byte. They are gathered while more are at hand, and written before anything is waited for:
/// the next program in the pipe waits for them.
/// </summary>
internal sealed class MessagePrinter(MessageFormat format, bool withLineEnd) : IDisposable
{
    private const int GatheredMax = 64 * 1024;
    private readonly Stream _output = Open();
    private readonly ArrayBufferWriter<byte> _gathered = new();

    /// <summary>Adds a message, and writes what was gathered if that is much.</summary>
    public void Print(MqttMessage message)
    {
        var before = _gathered.WrittenCount;
        if (!format.TryWrite(message, DateTimeOffset.Now, _gathered))
        {
            CommandErrors.Write($"The payload is not valid JSON on topic {message.Topic}.", null);
            Truncate(before);
            return;
        }

        if (withLineEnd)
        {
            _gathered.Write("\n"u8);
        }

        if (_gathered.WrittenCount >= GatheredMax)
        {
            Flush();
        }
    }

    /// <summary>Writes what was gathered.</summary>
    /// <exception cref="BrokenPipeException">Nobody reads the output any more.</exception>
    public void Flush()
    {
        if (_gathered.WrittenCount == 0)
        {
            return;
        }

        try
        {
            _output.Write(_gathered.WrittenSpan);
            _output.Flush();
        }
        catch (IOException exception)
        {
            throw new BrokenPipeException(exception);
        }

        _gathered.ResetWrittenCount();
    }

    public void Dispose() => _output.Dispose();

    private void Truncate(int length)
    {
        var kept = _gathered.WrittenSpan[..length].ToArray();
        _gathered.ResetWrittenCount();
        _gathered.Write(kept);
    }

    // The console's stream swallows the error of a pipe that nobody reads, and the command would never end. A file stream
    // tells it, but would not move the offset that a file has in common with the shell: so pipes alone get one.
    private static Stream Open()
    {
        if (!OperatingSystem.IsWindows() && Console.IsOutputRedirected)
        {
            var stream = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            if (!stream.CanSeek)
            {
                return stream;
            }

            stream.Dispose();
        }

        return Console.OpenStandardOutput();
    }
}
