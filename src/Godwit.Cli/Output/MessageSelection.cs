using System.Text;
using Godwit.Client;
using Godwit.Protocol;

namespace Godwit.Cli.Output;

/// <summary>Which messages are printed, when it is enough, and what is done about retained ones.</summary>
internal sealed class MessageSelection
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _clearedTopics = [];
    private readonly Queue<Task> _clearing = new();
    private readonly byte[][] _leftOut;
    private int _left;

    /// <param name="client">Clears retained messages.</param>
    /// <param name="printer">Gets the messages.</param>
    /// <param name="leftOut">Filters of topics that are not handled at all.</param>
    /// <param name="count">Messages to print, or null for no end.</param>
    public MessageSelection(MqttClient client, MessagePrinter printer, IEnumerable<string> leftOut, int? count)
    {
        Client = client;
        Printer = printer;
        _leftOut = [.. leftOut.Select(Encoding.UTF8.GetBytes)];
        _left = count ?? -1;
    }

    /// <summary>Retained messages are not printed.</summary>
    public bool LeavesOutRetained { get; init; }

    /// <summary>Only retained messages are printed; the first other one ends it.</summary>
    public bool IsRetainedOnly { get; init; }

    /// <summary>Retained messages are cleared at the broker.</summary>
    public bool RemovesRetained { get; init; }

    private MqttClient Client { get; }

    private MessagePrinter Printer { get; }

    /// <summary>Prints a message if it is wanted.</summary>
    /// <returns>False when it is enough.</returns>
    public bool Handle(MqttMessage message)
    {
        lock (_lock)
        {
            if (_left == 0)
            {
                return false;
            }

            if (IsLeftOut(message) || IsEcho(message))
            {
                return true;
            }

            if (IsRetainedOnly && !message.Retain)
            {
                _left = 0;
                return false;
            }

            if (RemovesRetained && message.Retain)
            {
                Clear(message.Topic);
            }

            if (LeavesOutRetained && message.Retain)
            {
                return true;
            }

            Printer.Print(message);
            return _left < 0 || --_left > 0;
        }
    }

    /// <summary>To be called before anything is waited for.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            Printer.Flush();
        }
    }

    /// <summary>Waits until the broker has cleared what it was asked to.</summary>
    public async Task SettleAsync()
    {
        while (_clearing.TryDequeue(out var clearing))
        {
            await clearing;
        }
    }

    private bool IsLeftOut(MqttMessage message)
    {
        if (_leftOut.Length == 0)
        {
            return false;
        }

        var topic = Encoding.UTF8.GetBytes(message.Topic);
        return Array.Exists(_leftOut, filter => TopicFilter.Matches(filter, topic));
    }

    // What clears a retained message comes back to its subscribers as a message of its own, which is none of anybody's.
    private bool IsEcho(MqttMessage message) => RemovesRetained && !message.Retain && message.Payload.IsEmpty && _clearedTopics.Contains(message.Topic);

    private void Clear(string topic)
    {
        while (_clearing.TryPeek(out var oldest) && oldest.IsCompletedSuccessfully)
        {
            _clearing.Dequeue();
        }

        _clearedTopics.Add(topic);
        _clearing.Enqueue(Client.PublishAsync(topic, ReadOnlyMemory<byte>.Empty, QualityOfService.AtLeastOnce, retain: true).AsTask());
    }
}
