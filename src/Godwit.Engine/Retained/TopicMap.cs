using Godwit.Engine.Messages;

namespace Godwit.Engine.Retained;

/// <summary>
/// Messages sorted by topic in the order of <see cref="TopicOrder"/>: a list of runs of at most 256 messages, split when full
/// and removed when empty. A million topics make some 6,000 runs; a look-up costs two binary searches.
/// </summary>
internal sealed class TopicMap
{
    private const int RunCapacity = 256;

    private readonly List<Run> _runs = [];

    public int Count { get; private set; }

    public Message? Find(ReadOnlySpan<byte> topic)
    {
        if (Count == 0)
        {
            return null;
        }

        var run = _runs[RunOf(topic)];
        int place = run.PlaceOf(topic);
        return place < run.Count && run[place].Topic.SequenceEqual(topic) ? run[place] : null;
    }

    /// <summary>Puts the message in its topic's place; answers the one that was there.</summary>
    public Message? Set(Message message)
    {
        if (_runs.Count == 0)
        {
            _runs.Add(new Run());
        }

        int index = RunOf(message.Topic);
        var run = _runs[index];
        int place = run.PlaceOf(message.Topic);
        if (place < run.Count && run[place].Topic.SequenceEqual(message.Topic))
        {
            var before = run[place];
            run[place] = message;
            return before;
        }

        if (run.Count == RunCapacity)
        {
            var upper = run.SplitUpperHalf();
            _runs.Insert(index + 1, upper);
            if (place > run.Count)
            {
                place -= run.Count;
                run = upper;
            }
        }

        run.Insert(place, message);
        Count++;
        return null;
    }

    public Message? Remove(ReadOnlySpan<byte> topic)
    {
        if (Count == 0)
        {
            return null;
        }

        int index = RunOf(topic);
        var run = _runs[index];
        int place = run.PlaceOf(topic);
        if (place >= run.Count || !run[place].Topic.SequenceEqual(topic))
        {
            return null;
        }

        var removed = run[place];
        run.RemoveAt(place);
        if (run.Count == 0)
        {
            _runs.RemoveAt(index);
        }

        Count--;
        return removed;
    }

    /// <summary>The first message whose topic is at or (<paramref name="above"/>) strictly above <paramref name="topic"/>.</summary>
    public Message? Seek(ReadOnlySpan<byte> topic, bool above)
    {
        if (Count == 0)
        {
            return null;
        }

        int index = RunOf(topic);
        var run = _runs[index];
        int place = run.PlaceOf(topic);
        if (above && place < run.Count && run[place].Topic.SequenceEqual(topic))
        {
            place++;
        }

        if (place < run.Count)
        {
            return run[place];
        }

        return index + 1 < _runs.Count ? _runs[index + 1][0] : null;
    }

    // The last run that begins at or below the topic, else the first.
    private int RunOf(ReadOnlySpan<byte> topic)
    {
        int low = 0, high = _runs.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_runs[middle].Count > 0 && TopicOrder.Compare(_runs[middle][0].Topic, topic) <= 0)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    private sealed class Run
    {
        private Message[] _messages = new Message[8];

        public int Count { get; private set; }

        public Message this[int place]
        {
            get => _messages[place];
            set => _messages[place] = value;
        }

        // The place of the first message at or above the topic.
        public int PlaceOf(ReadOnlySpan<byte> topic)
        {
            int low = 0, high = Count;
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (TopicOrder.Compare(_messages[middle].Topic, topic) < 0)
                {
                    low = middle + 1;
                }
                else
                {
                    high = middle;
                }
            }

            return low;
        }

        public void Insert(int place, Message message)
        {
            if (Count == _messages.Length)
            {
                Array.Resize(ref _messages, Math.Min(RunCapacity, Count * 2));
            }

            Array.Copy(_messages, place, _messages, place + 1, Count - place);
            _messages[place] = message;
            Count++;
        }

        public void RemoveAt(int place)
        {
            Count--;
            Array.Copy(_messages, place + 1, _messages, place, Count - place);
            _messages[Count] = null!;
        }

        public Run SplitUpperHalf()
        {
            var upper = new Run { _messages = new Message[RunCapacity] };
            int kept = Count / 2;
            upper.Count = Count - kept;
            Array.Copy(_messages, kept, upper._messages, 0, upper.Count);
            Array.Clear(_messages, kept, upper.Count);
            Count = kept;
            return upper;
        }
    }
}
