namespace Godwit.Engine.Connections;

/// <summary>Topic Aliases that a client has defined on this connection (§3.3.2.3.4); gone with it ([MQTT-3.3.2-7]).</summary>
internal sealed class InboundTopicAliases(int maximum)
{
    private byte[]?[] _topics = [];

    public bool IsInRange(int alias) => alias >= 1 && alias <= maximum;

    /// <summary>Defines or redefines an alias; the array is kept as it is while the client repeats the same topic.</summary>
    public void Set(int alias, ReadOnlySpan<byte> topic)
    {
        if (alias > _topics.Length)
        {
            Array.Resize(ref _topics, Math.Min(maximum, Math.Max(alias, _topics.Length * 2)));
        }

        if (!topic.SequenceEqual(_topics[alias - 1]) || _topics[alias - 1] is null)
        {
            _topics[alias - 1] = topic.ToArray();
        }
    }

    public ReadOnlySpan<byte> Find(int alias) => alias <= _topics.Length ? _topics[alias - 1] : default;
}
