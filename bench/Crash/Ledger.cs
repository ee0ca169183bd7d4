using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Godwit.Crash;

/// <summary>All that was published and received, and what was wrong with it.</summary>
internal sealed class Ledger
{
    private const int TextsMax = 200;
    private const int EventsAroundMax = 12;

    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly Dictionary<string, PublishedTopic> _topics = [];
    private readonly Dictionary<string, Receiver> _receivers = [];
    private readonly ConcurrentQueue<string> _texts = new();
    private readonly List<(int At, string What)> _events = [];
    private readonly Lock _gate = new();
    private long _violations;

    /// <summary>Milliseconds since the test began.</summary>
    internal int Now => (int)Stopwatch.GetElapsedTime(_began).TotalMilliseconds;

    internal IReadOnlyCollection<PublishedTopic> Topics => _topics.Values;

    internal IReadOnlyCollection<Receiver> Receivers => _receivers.Values;

    internal long Violations => Interlocked.Read(ref _violations);

    internal IEnumerable<string> Texts => _texts;

    internal long Published => _topics.Values.Sum(topic => (long)topic.SentCount);

    internal long Delivered => _receivers.Values.Sum(receiver => receiver.Count);

    internal long Duplicates => _receivers.Values.Sum(receiver => receiver.Duplicates);

    internal static string Time(int milliseconds) => string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000.0:0.000} s");

    /// <summary>Before anything runs.</summary>
    internal PublishedTopic Add(PublishedTopic topic)
    {
        _topics.Add(topic.Name, topic);
        return topic;
    }

    /// <summary>Before anything runs.</summary>
    internal Receiver Add(Receiver receiver)
    {
        _receivers.Add(receiver.Name, receiver);
        return receiver;
    }

    internal PublishedTopic? Find(string topic) => _topics.GetValueOrDefault(topic);

    internal void Violate(string text, long count = 1)
    {
        Interlocked.Add(ref _violations, count);
        if (_texts.Count < TextsMax)
        {
            _texts.Enqueue(text);
        }
    }

    internal void NoteEvent(string what)
    {
        lock (_gate)
        {
            _events.Add((Now, what));
        }
    }

    /// <summary>What happened to the broker from shortly before one moment to shortly after another.</summary>
    internal string EventsAround(int from, int to)
    {
        const int Margin = 1000;
        to = to < 0 ? from + (5 * Margin) : to;
        lock (_gate)
        {
            return string.Join(", ", _events.Where(one => one.At >= from - Margin && one.At <= to + Margin).Take(EventsAroundMax).Select(one => $"{one.What} {Time(one.At)}"));
        }
    }
}
