namespace Godwit.Client.Sessions;

/// <summary>Topic Aliases from client to server (section 3.3.2.3.4). They end with the connection ([MQTT-3.3.2-7]).</summary>
internal sealed class OutgoingAliases
{
    private readonly Dictionary<ushort, string> _topics = [];
    private readonly Dictionary<string, ushort> _aliases = [];
    private readonly int _automaticMax;
    private int _last;

    /// <param name="serverMaximum">Topic Alias Maximum of the CONNACK.</param>
    /// <param name="automaticMax">Highest alias that this table gives on its own.</param>
    public OutgoingAliases(ushort serverMaximum, ushort automaticMax)
    {
        Maximum = serverMaximum; // [MQTT-3.2.2-17] [MQTT-3.2.2-18]
        _automaticMax = Math.Min(serverMaximum, automaticMax);
    }

    public ushort Maximum { get; }

    /// <summary>The alias for a publication to <paramref name="topic"/>, or 0.</summary>
    /// <param name="topic">The topic name.</param>
    /// <param name="wanted">An alias that the caller chose, or 0.</param>
    /// <param name="isKnown">The server knows the alias for this topic already: the name can be left out.</param>
    public ushort Choose(string topic, ushort wanted, out bool isKnown)
    {
        isKnown = false;
        if (wanted != 0)
        {
            isKnown = _topics.TryGetValue(wanted, out var present) && present == topic;
            return wanted;
        }

        if (_automaticMax == 0)
        {
            return 0;
        }

        if (_aliases.TryGetValue(topic, out var alias))
        {
            isKnown = true;
            return alias;
        }

        while (_last < _automaticMax)
        {
            if (!_topics.ContainsKey((ushort)(_last + 1)))
            {
                return (ushort)(_last + 1);
            }

            _last++;
        }

        return 0;
    }

    /// <summary>Records that the server has been told.</summary>
    public void Set(ushort alias, string topic)
    {
        if (_topics.TryGetValue(alias, out var former) && _aliases.TryGetValue(former, out var formerAlias) && formerAlias == alias)
        {
            _aliases.Remove(former);
        }

        _topics[alias] = topic;
        _aliases[topic] = alias;
    }
}
