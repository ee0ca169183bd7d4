namespace Godwit.Engine.Subscriptions;

/// <summary>
/// The matches of topics that come again and again, one cache per loop. What it answers was found after the latest change of
/// the index, so that it is right from the SUBACK and UNSUBACK on; a change of what hangs on a filter shows in its entry.
/// </summary>
/// <remarks>
/// A topic is remembered when it comes for the second time: those that come once cost one comparison, and what a publisher
/// can fill is bounded. Without wildcards in the broker the look-up in the index is as cheap as one here, so it is made there.
/// </remarks>
internal sealed class MatchCache(SubscriptionIndex index)
{
    private const int SlotCount = 4096;
    private const int TopicLengthMax = 256;
    private const int MatchesMax = 16;

    private readonly MatchList _found = new();
    private Slot[]? _slots;

    /// <summary>The filters that match <paramref name="topic"/>, each once. Valid until the next call.</summary>
    public ReadOnlySpan<FilterEntry> Match(ReadOnlySpan<byte> topic, ulong hash)
    {
        if (!index.HasWildcards)
        {
            return Find(topic, hash);
        }

        ref var slot = ref (_slots ??= new Slot[SlotCount])[(int)hash & (SlotCount - 1)];
        if (slot.Hash != hash)
        {
            slot.Hash = hash;
            slot.Change = Slot.Nothing;
            return Find(topic, hash);
        }

        // Before the look-up: what changes meanwhile makes the answer an old one.
        long change = index.ChangeCount;
        if (slot.Change == change && topic.SequenceEqual(slot.Topic.AsSpan(0, slot.TopicLength)))
        {
            return slot.Matches.AsSpan(0, slot.MatchCount);
        }

        var found = Find(topic, hash);
        slot.Change = topic.Length <= TopicLengthMax && found.Length <= MatchesMax ? change : Slot.Nothing;
        if (slot.Change != Slot.Nothing)
        {
            slot.Keep(topic, found);
        }

        return found;
    }

    private ReadOnlySpan<FilterEntry> Find(ReadOnlySpan<byte> topic, ulong hash)
    {
        _found.Clear();
        index.Match(topic, hash, _found);
        return _found.Span;
    }

    private struct Slot
    {
        /// <summary>As <see cref="Change"/>: only the hash is known, of a topic that came once.</summary>
        public const long Nothing = -1;

        public ulong Hash;

        /// <summary><see cref="SubscriptionIndex.ChangeCount"/> from before the look-up.</summary>
        public long Change;
        public byte[]? Topic;
        public int TopicLength;
        public FilterEntry[]? Matches;
        public int MatchCount;

        public void Keep(ReadOnlySpan<byte> topic, ReadOnlySpan<FilterEntry> matches)
        {
            if (Topic is null || Topic.Length < topic.Length)
            {
                Topic = new byte[topic.Length];
            }

            if (Matches is null || Matches.Length < matches.Length)
            {
                Matches = new FilterEntry[matches.Length];
            }

            topic.CopyTo(Topic);
            TopicLength = topic.Length;
            Array.Clear(Matches);
            matches.CopyTo(Matches);
            MatchCount = matches.Length;
        }
    }
}
