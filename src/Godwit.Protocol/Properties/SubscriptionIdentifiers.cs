namespace Godwit.Protocol;

/// <summary>The Subscription Identifiers of a PUBLISH from a server (section 3.3.2.3.8), read in place.</summary>
public readonly ref struct SubscriptionIdentifiers
{
    private readonly ReadOnlySpan<byte> _raw;

    internal SubscriptionIdentifiers(ReadOnlySpan<byte> raw, int count)
    {
        _raw = count == 0 ? default : raw;
        Count = count;
    }

    /// <summary>Number of identifiers; one subscription may be there more than once.</summary>
    public int Count { get; }

    /// <summary>Enumerates in the order of the packet.</summary>
    public SubscriptionIdentifierEnumerator GetEnumerator() => new(_raw);
}
