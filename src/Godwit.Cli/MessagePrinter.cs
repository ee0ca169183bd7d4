using System.Text;
using Godwit.Client;

namespace Godwit.Cli;

/// <summary>Writes messages to standard output, byte for byte, and lets each go at once: the next program in the pipe waits for it.</summary>
internal sealed class MessagePrinter(Stream output, bool withTopic, bool withLineEnd)
{
    private static readonly byte[] Space = " "u8.ToArray();
    private static readonly byte[] LineEnd = "\n"u8.ToArray();

    public async Task PrintAsync(MqttMessage message, CancellationToken cancellation)
    {
        if (withTopic)
        {
            await output.WriteAsync(Encoding.UTF8.GetBytes(message.Topic), cancellation);
            await output.WriteAsync(Space, cancellation);
        }

        await output.WriteAsync(message.Payload, cancellation);
        if (withLineEnd)
        {
            await output.WriteAsync(LineEnd, cancellation);
        }

        await output.FlushAsync(cancellation);
    }
}
