using System.Globalization;

namespace Godwit.Crash;

/// <summary>
/// What one subscriber, or all members of one shared group, have to receive and have received. Checks at each message what can be told then.
/// </summary>
internal sealed class Receiver(Ledger ledger, string name, bool isGroup, bool isLate, params (string Filter, int QoS)[] filters)
{
    private const int LostShownMax = 20;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Reception> _receptions = [];

    internal string Name => name;

    /// <summary>The filters without what makes them shared.</summary>
    internal (string Filter, int QoS)[] Filters => filters;

    internal string GroupName => isGroup ? name : "";

    internal long Count { get; private set; }

    internal long Duplicates { get; private set; }

    /// <summary>It is there from the start, or has subscribed since.</summary>
    internal bool IsInUse { get; private set; } = !isLate;

    /// <summary>Where the filters match, messages from the number given here on have to come; earlier ones may.</summary>
    internal void BeginNow()
    {
        lock (_gate)
        {
            IsInUse = true;
            foreach (var topic in ledger.Topics)
            {
                if (QoSOf(topic) > 0)
                {
                    ReceptionOf(topic).Begin = topic.SentCount;
                }
            }
        }
    }

    internal void Receive(string by, string topicName, ReadOnlySpan<char> text, int qos, bool isRetained)
    {
        int bar = text.IndexOf('|');
        var end = bar < 0 ? [] : text[(bar + 1)..];
        int secondBar = end.IndexOf('|');
        if (secondBar >= 0)
        {
            end = end[..secondBar];
        }

        if (bar < 0 || !text[..bar].SequenceEqual(topicName) || !int.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            || ledger.Find(topicName) is not { } topic)
        {
            ledger.Violate($"{by} received on {topicName} what nobody has published: {text[..Math.Min(text.Length, 80)]}");
            return;
        }

        if (isRetained)
        {
            return; // a value from before the subscription
        }

        int granted = QoSOf(topic);
        if (qos != granted)
        {
            ledger.Violate($"{by} received {topicName} #{number} at QoS {qos} in place of {granted}");
        }

        lock (_gate)
        {
            Count++;
            var reception = ReceptionOf(topic);
            int now = ledger.Now;
            if (reception.At[number] >= 0)
            {
                Duplicates++;
                if (granted == 2)
                {
                    ledger.Violate($"twice: {by} received again at {Ledger.Time(now)} {Describe(topic, number, reception)}");
                }

                return;
            }

            reception.At[number] = now;
            reception.Distinct++;
            if (number < reception.Highest && !isGroup)
            {
                ledger.Violate($"order: {by} received behind #{reception.Highest} {Describe(topic, number, reception)}");
            }

            reception.Highest = Math.Max(reception.Highest, number);
        }
    }

    /// <summary>How many messages that have to come have not.</summary>
    internal long CountMissing()
    {
        long missing = 0;
        if (!IsInUse)
        {
            return missing; // a late one that has been too late
        }

        lock (_gate)
        {
            foreach (var topic in ledger.Topics)
            {
                if (QoSOf(topic) == 0)
                {
                    continue;
                }

                var reception = ReceptionOf(topic);
                int sent = topic.SentCount;
                if (reception.Begin == 0)
                {
                    missing += sent - reception.Distinct;
                    continue;
                }

                for (int number = reception.Begin; number < sent; number++)
                {
                    missing += reception.At[number] < 0 ? 1 : 0;
                }
            }
        }

        return missing;
    }

    /// <summary>Judges once everything is settled and nothing comes any more.</summary>
    internal void Judge()
    {
        if (!IsInUse)
        {
            return;
        }

        lock (_gate)
        {
            foreach (var topic in ledger.Topics)
            {
                if (QoSOf(topic) == 0)
                {
                    continue;
                }

                var reception = ReceptionOf(topic);
                int sent = topic.SentCount;
                int lost = 0;
                for (int number = reception.Begin; number < sent; number++)
                {
                    if (reception.At[number] < 0 && lost++ < LostShownMax)
                    {
                        ledger.Violate($"lost: {name} never received {Describe(topic, number, reception)}");
                    }
                }

                if (lost > LostShownMax)
                {
                    ledger.Violate($"lost: and {lost - LostShownMax} more of {topic.Name} for {name}", lost - LostShownMax);
                }

                if (reception.At.Count > sent)
                {
                    ledger.Violate($"{name} received {topic.Name} #{reception.At.Count - 1}, but only {sent} were sent");
                }
            }
        }
    }

    private static bool Matches(string filter, string topic)
    {
        string[] levels = filter.Split('/');
        string[] names = topic.Split('/');
        for (int i = 0; i < levels.Length; i++)
        {
            if (levels[i] == "#")
            {
                return true;
            }

            if (i >= names.Length || (levels[i] != "+" && levels[i] != names[i]))
            {
                return false;
            }
        }

        return levels.Length == names.Length;
    }

    // At which QoS a topic's messages are delivered; 0 when no filter matches.
    private int QoSOf(PublishedTopic topic)
    {
        var reception = ReceptionOf(topic);
        if (reception.QoS < 0)
        {
            int highest = 0;
            foreach (var (filter, qos) in filters)
            {
                highest = Matches(filter, topic.Name) ? Math.Max(highest, qos) : highest;
            }

            reception.QoS = Math.Min(highest, topic.QoS);
        }

        return reception.QoS;
    }

    private Reception ReceptionOf(PublishedTopic topic)
    {
        lock (_gate)
        {
            if (!_receptions.TryGetValue(topic.Name, out var reception))
            {
                _receptions.Add(topic.Name, reception = new Reception());
            }

            return reception;
        }
    }

    private string Describe(PublishedTopic topic, int number, Reception reception)
    {
        var (sentAt, settledAt) = topic.HistoryOf(number);
        int receivedAt = reception.At[number];
        string received = receivedAt < 0 ? "" : $", received at {Ledger.Time(receivedAt)}";
        return $"{topic.Name} #{number}: sent at {Ledger.Time(sentAt)}, acknowledged {(settledAt < 0 ? "not yet" : $"at {Ledger.Time(settledAt)}")}{received}. Broker: {ledger.EventsAround(sentAt, receivedAt < 0 ? settledAt : receivedAt)}";
    }

    private sealed class Reception
    {
        internal Times At { get; } = new();

        internal int Begin { get; set; }

        internal int Distinct { get; set; }

        internal int Highest { get; set; } = -1;

        internal int QoS { get; set; } = -1;
    }
}
