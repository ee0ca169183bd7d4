namespace Godwit.Engine.Retained;

/// <summary>
/// Decides, for a filter and the topic a sorted walk stands on, whether it matches and where the next possible match lies.
/// A wildcard filter thus reads little more than what it matches, however many topics there are.
/// </summary>
internal static class RetainedWalk
{
    /// <summary>
    /// For <see cref="WalkVerdict.Leap"/>: the next possible match is at or above the topic's first <paramref name="keep"/>
    /// bytes followed by <paramref name="next"/>.
    /// </summary>
    public static WalkVerdict Judge(ReadOnlySpan<byte> filter, ReadOnlySpan<byte> topic, out int keep, out ReadOnlySpan<byte> next)
    {
        keep = 0;
        next = default;

        // A wildcard at the first level hides topics that begin with $ [MQTT-4.7.2-1]: leap behind all of them.
        if (topic[0] == (byte)'$' && filter[0] is ((byte)'+' or (byte)'#'))
        {
            next = "%"u8;
            return WalkVerdict.Leap;
        }

        int afterLastPlus = -1;
        int filterAt = 0, topicAt = 0;
        while (true)
        {
            int filterEnd = LevelEnd(filter, filterAt);
            var filterLevel = filter[filterAt..filterEnd];
            if (filterLevel is [(byte)'#'])
            {
                return WalkVerdict.Match;
            }

            int topicEnd = LevelEnd(topic, topicAt);
            if (filterLevel is [(byte)'+'])
            {
                afterLastPlus = topicEnd;
            }
            else
            {
                var topicLevel = topic[topicAt..topicEnd];
                if (!filterLevel.SequenceEqual(topicLevel))
                {
                    // Levels hold no '/', so the order of bytes is the order of topics here.
                    if (topicLevel.SequenceCompareTo(filterLevel) < 0)
                    {
                        keep = topicAt;
                        next = filterLevel;
                        return WalkVerdict.Leap;
                    }

                    return LeapBehind(afterLastPlus, out keep, out next);
                }
            }

            bool filterLast = filterEnd == filter.Length;
            bool topicLast = topicEnd == topic.Length;
            if (topicLast)
            {
                if (filterLast || filter[filterEnd..] is [(byte)'/', (byte)'#'])
                {
                    return WalkVerdict.Match;
                }

                return WalkVerdict.Ahead;
            }

            if (filterLast)
            {
                // The topic goes deeper than the filter: leap over the whole subtree.
                return LeapBehind(afterLastPlus, out keep, out next);
            }

            filterAt = filterEnd + 1;
            topicAt = topicEnd + 1;
        }
    }

    // Behind every topic that shares these first bytes as whole levels: '/' sorts lowest, so U+0001 is behind the subtree.
    private static WalkVerdict LeapBehind(int end, out int keep, out ReadOnlySpan<byte> next)
    {
        keep = end;
        next = "\u0001"u8;
        return end < 0 ? WalkVerdict.Done : WalkVerdict.Leap;
    }

    private static int LevelEnd(ReadOnlySpan<byte> text, int start)
    {
        int separator = text[start..].IndexOf((byte)'/');
        return separator < 0 ? text.Length : start + separator;
    }
}
