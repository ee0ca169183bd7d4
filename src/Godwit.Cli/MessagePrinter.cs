using System.Buffers;
using System.Text;
using Godwit.Client;
using Microsoft.Win32.SafeHandles;

namespace Godwit.Cli;

/// <summary>
/// Writes messages to standard output, byte for byte, each by one write and at once: the next program in the pipe waits for it.
/// </summary>
internal sealed class MessagePrinter : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Stream _output = Open();
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly bool _withTopic;
    private readonly bool _withLineEnd;
    private readonly bool _skipsRetained;
    private int _left;

    /// <param name="withTopic">The topic and a space go before the payload.</param>
    /// <param name="withLineEnd">A line feed goes after it.</param>
    /// <param name="skipsRetained">Retained messages are not printed.</param>
    /// <param name="count">Messages to print, or null for no end.</param>
    public MessagePrinter(bool withTopic, bool withLineEnd, bool skipsRetained, int? count)
    {
        _withTopic = withTopic;
        _withLineEnd = withLineEnd;
        _skipsRetained = skipsRetained;
        _left = count ?? -1;
    }

    /// <summary>Prints a message.</summary>
    /// <returns>False once the last one is printed.</returns>
    public bool Print(MqttMessage message)
    {
        lock (_lock)
        {
            if (_left == 0)
            {
                return false;
            }

            if (message.Retain && _skipsRetained)
            {
                return true;
            }

            _line.ResetWrittenCount();
            if (_withTopic)
            {
                Encoding.UTF8.GetBytes(message.Topic, _line);
                _line.Write(" "u8);
            }

            _line.Write(message.Payload.Span);
            if (_withLineEnd)
            {
                _line.Write("\n"u8);
            }

            try
            {
                _output.Write(_line.WrittenSpan);
                _output.Flush();
            }
            catch (IOException exception)
            {
                throw new BrokenPipeException(exception);
            }

            return _left < 0 || --_left > 0;
        }
    }

    public void Dispose() => _output.Dispose();

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
