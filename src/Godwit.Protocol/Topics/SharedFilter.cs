namespace Godwit.Protocol;

/// <summary>Filters of shared subscriptions, <c>$share/{ShareName}/{filter}</c> (5.0 section 4.8.2).</summary>
public static class SharedFilter
{
    /// <summary>The bytes with which every shared filter begins ([MQTT-4.8.2-1]).</summary>
    public static ReadOnlySpan<byte> Prefix => "$share/"u8;

    /// <summary>True if the filter claims to be shared, valid or not.</summary>
    /// <param name="filter">The filter as received.</param>
    public static bool IsShared(ReadOnlySpan<byte> filter) => filter.StartsWith(Prefix);

    /// <summary>Splits a filter as received into share name and topic filter.</summary>
    /// <param name="filter">The filter as received, valid UTF-8.</param>
    /// <param name="shareName">The name, when Valid; otherwise empty.</param>
    /// <param name="topicFilter">What to match topics against, when Valid; the whole filter when NotShared; otherwise empty.</param>
    /// <returns>Invalid for a share name that is empty or holds <c>+</c> or <c>#</c>, and for a missing or empty filter after it.</returns>
    public static SharedFilterKind TryParse(ReadOnlySpan<byte> filter, out ReadOnlySpan<byte> shareName, out ReadOnlySpan<byte> topicFilter)
    {
        shareName = default;
        topicFilter = default;
        if (!IsShared(filter))
        {
            topicFilter = filter;
            return SharedFilterKind.NotShared;
        }

        var rest = filter[Prefix.Length..];
        var nameLength = rest.IndexOf((byte)'/');
        if (nameLength <= 0 || nameLength == rest.Length - 1 || TopicFilter.HasWildcards(rest[..nameLength])) // [MQTT-4.8.2-1] [MQTT-4.8.2-2]
        {
            return SharedFilterKind.Invalid;
        }

        shareName = rest[..nameLength];
        topicFilter = rest[(nameLength + 1)..];
        return SharedFilterKind.Valid;
    }
}
