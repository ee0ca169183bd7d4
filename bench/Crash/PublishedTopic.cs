namespace Godwit.Crash;

/// <summary>What was published to a topic, which has one publisher and one QoS: messages numbered from 0.</summary>
internal sealed class PublishedTopic(string name, int qos, bool isRetained)
{
    private readonly Lock _gate = new();
    private readonly Times _sentAt = new();
    private readonly Times _settledAt = new();
    private int _lastSettled = -1;

    internal string Name => name;

    internal int QoS => qos;

    internal bool IsRetained => isRetained;

    internal int SentCount
    {
        get
        {
            lock (_gate)
            {
                return _sentAt.Count;
            }
        }
    }

    /// <summary>The highest number that is known to be acknowledged, or -1.</summary>
    internal int LastSettled
    {
        get
        {
            lock (_gate)
            {
                return _lastSettled;
            }
        }
    }

    /// <summary>Gives out the number of the next message.</summary>
    internal int Send(int now)
    {
        lock (_gate)
        {
            int number = _sentAt.Count;
            _sentAt[number] = now;
            return number;
        }
    }

    internal void Settle(int number, int now)
    {
        lock (_gate)
        {
            if (_settledAt[number] < 0)
            {
                _settledAt[number] = now;
            }

            _lastSettled = Math.Max(_lastSettled, number);
        }
    }

    internal (int SentAt, int SettledAt) HistoryOf(int number)
    {
        lock (_gate)
        {
            return (_sentAt[number], _settledAt[number]);
        }
    }
}
