namespace Godwit.Protocol;

/// <summary>
/// Builds the payload of a SUBSCRIBE (filters with options) or of an UNSUBSCRIBE (filters alone). A destination that is
/// too small and filters over 65,535 bytes are the caller's bug and throw.
/// </summary>
public ref struct TopicFilterWriter
{
    private readonly Span<byte> _destination;
    private int _length;

    /// <summary>Writes into <paramref name="destination"/> from its start.</summary>
    /// <param name="destination">Room for 2 bytes and the filter each, for SUBSCRIBE 3 bytes and the filter each.</param>
    public TopicFilterWriter(Span<byte> destination)
    {
        _destination = destination;
        _length = 0;
    }

    /// <summary>The payload so far.</summary>
    public readonly ReadOnlySpan<byte> Written => _destination[.._length];

    /// <summary>Adds a filter with options, for SUBSCRIBE.</summary>
    /// <param name="filter">UTF-8.</param>
    /// <param name="options">The options.</param>
    public void Add(scoped ReadOnlySpan<byte> filter, SubscriptionOptions options)
    {
        Add(filter);
        _destination[_length++] = options.Value;
    }

    /// <summary>Adds a filter, for UNSUBSCRIBE.</summary>
    /// <param name="filter">UTF-8.</param>
    public void Add(scoped ReadOnlySpan<byte> filter)
    {
        var writer = new PacketWriter(_destination[_length..]);
        writer.WriteData(filter);
        _length += writer.Length;
    }
}
