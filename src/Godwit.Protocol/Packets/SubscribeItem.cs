namespace Godwit.Protocol;

/// <summary>One topic filter of a SUBSCRIBE with its options.</summary>
public readonly ref struct SubscribeItem
{
    internal SubscribeItem(ReadOnlySpan<byte> filter, SubscriptionOptions options)
    {
        Filter = filter;
        Options = options;
    }

    /// <summary>
    /// The filter as received: valid UTF-8 and not empty, but its wildcards are unchecked
    /// (<see cref="SharedFilter.TryParse"/>, then <see cref="TopicFilter.Check(ReadOnlySpan{byte}, out ProtocolFault)"/>).
    /// </summary>
    public ReadOnlySpan<byte> Filter { get; }

    /// <summary>The options. From a 3.1 or 3.1.1 client only the QoS is other than 0.</summary>
    public SubscriptionOptions Options { get; }
}
