using System.Globalization;

namespace Godwit.Engine.Journals;

/// <summary>
/// Counts what waits in all queues of a store together, and says when that is too much. Changed by whoever commits, one at a time;
/// read from any thread.
/// </summary>
/// <param name="messagesMax">Messages, at least 1; <see cref="long.MaxValue"/>: no limit.</param>
/// <param name="bytesMax">Bytes of topics, properties and payloads, at least 1; <see cref="long.MaxValue"/>: no limit.</param>
public sealed class QueueTotals(long messagesMax, long bytesMax)
{
    private long _messages;
    private long _bytes;
    private volatile bool _isFull;

    /// <summary>Messages that wait; one that waits in several queues counts in each.</summary>
    public long Messages => Volatile.Read(ref _messages);

    /// <summary>Bytes of their topics, properties and payloads.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>A limit was reached, and less than an eighth of it is free again.</summary>
    public bool IsFull => _isFull;

    /// <summary>So much was appended, or, below zero, so much has gone.</summary>
    public void Add(long messages, long bytes)
    {
        Volatile.Write(ref _messages, _messages + messages);
        Volatile.Write(ref _bytes, _bytes + bytes);
    }

    /// <summary>Compares with the limits; true when <see cref="IsFull"/> has changed.</summary>
    public bool Look()
    {
        bool isFull = _isFull
            ? _messages > Again(messagesMax) || _bytes > Again(bytesMax)
            : _messages >= messagesMax || _bytes >= bytesMax;
        bool hasChanged = isFull != _isFull;
        _isFull = isFull;
        return hasChanged;
    }

    /// <summary>How much waits and what follows from it, as a sentence for operators.</summary>
    public string Describe()
    {
        if (!_isFull)
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"{Messages} messages of {Bytes} bytes wait in all queues together: messages that have to be kept are taken again.");
        }

        bool isByMessages = Messages > Again(messagesMax);
        var (what, limit) = isByMessages ? ("Limits:AllQueuesMessagesMax", messagesMax) : ("Limits:AllQueuesBytesMax", bytesMax);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Messages} messages of {Bytes} bytes wait in all queues together, and {what} is {limit}: messages that have to be kept are refused until an eighth of that is free. Let clients that are away come back or end their sessions, let messages wait for a shorter time (Limits:QueuedAgeMax), or raise the limit.");
    }

    // From there on down there is room again.
    private static long Again(long max) => max - Math.Max(1, max / 8);
}
