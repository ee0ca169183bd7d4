using Godwit.Engine.Messages;
using Godwit.Protocol;

namespace Godwit.Engine.Subscriptions;

/// <summary>
/// All Topic Filters of the broker. Reads take no lock and see either the old or the new state of a filter; writers are
/// serialised by one lock. Filters without wildcards are found by one hash lookup, those with wildcards by a walk over the
/// levels of the topic: neither grows with the number of subscriptions that do not match.
/// </summary>
internal sealed class SubscriptionIndex(ulong seed)
{
    private readonly ExactTable _exact = new();
    private readonly WildcardTrie _wildcards = new(seed);
    private long _changeCount;

    /// <summary>Serialises writers. Taken for a few microseconds per SUBSCRIBE and UNSUBSCRIBE, never by a publish.</summary>
    public Lock WriteLock { get; } = new();

    /// <summary>Grows with each filter that comes or goes, after the index shows it: what was found at the same count is still true.</summary>
    public long ChangeCount => Volatile.Read(ref _changeCount);

    /// <summary>Some filter has wildcards.</summary>
    public bool HasWildcards => !_wildcards.IsEmpty;

    /// <summary>Distinct filters.</summary>
    public int Count { get; private set; }

    public ulong HashOf(ReadOnlySpan<byte> topic) => TopicHash.Compute(topic, seed);

    /// <summary>Adds to <paramref name="matches"/> each filter that matches <paramref name="topic"/>, each once.</summary>
    public void Match(ReadOnlySpan<byte> topic, ulong hash, MatchList matches)
    {
        if (_exact.Find(topic, hash) is { } entry)
        {
            matches.Add(entry);
        }

        _wildcards.Match(topic, matches);
    }

    public FilterEntry? Find(ReadOnlySpan<byte> filter) =>
        TopicFilter.HasWildcards(filter) ? _wildcards.Find(filter) : _exact.Find(filter, HashOf(filter));

    /// <summary>Under <see cref="WriteLock"/>.</summary>
    public FilterEntry GetOrAdd(ReadOnlySpan<byte> filter)
    {
        if (Find(filter) is { } known)
        {
            return known;
        }

        bool hasWildcards = TopicFilter.HasWildcards(filter);
        var added = new FilterEntry(filter.ToArray(), HashOf(filter), hasWildcards);
        if (hasWildcards)
        {
            _wildcards.Add(added);
        }
        else
        {
            _exact.Add(added);
        }

        Count++;
        Volatile.Write(ref _changeCount, _changeCount + 1);
        return added;
    }

    /// <summary>Under <see cref="WriteLock"/>.</summary>
    public void RemoveIfUnused(FilterEntry entry)
    {
        if (!entry.IsUnused || !ReferenceEquals(Find(entry.Filter), entry))
        {
            return;
        }

        if (entry.HasWildcards)
        {
            _wildcards.Remove(entry);
        }
        else
        {
            _exact.Remove(entry);
        }

        Count--;
        Volatile.Write(ref _changeCount, _changeCount + 1);
    }
}
