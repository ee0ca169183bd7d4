namespace Godwit.Protocol;

/// <summary>Rules of Topic Filters (section 4.7). Works on the bytes as they are: no normalisation ([MQTT-4.7.3-4]).</summary>
public static class TopicFilter
{
    /// <summary>Checks length and the places of <c>+</c> and <c>#</c>. UTF-8 is checked by the packet decoders.</summary>
    /// <param name="filter">A filter without the <c>$share/name/</c> part: see <see cref="SharedFilter"/>.</param>
    /// <param name="fault">0x8F with the 5.0 statement, when false.</param>
    public static bool Check(ReadOnlySpan<byte> filter, out ProtocolFault fault) => Check(filter, ProtocolVersion.Mqtt5, out fault);

    /// <summary>Checks length and the places of <c>+</c> and <c>#</c>. UTF-8 is checked by the packet decoders.</summary>
    /// <param name="filter">A filter without the <c>$share/name/</c> part: see <see cref="SharedFilter"/>.</param>
    /// <param name="version">Decides the numbering of the statement.</param>
    /// <param name="fault">0x8F with the statement, when false.</param>
    public static bool Check(ReadOnlySpan<byte> filter, ProtocolVersion version, out ProtocolFault fault)
    {
        fault = default;
        if (filter.IsEmpty) // [MQTT-4.7.3-1]
        {
            fault = Fault.Of(ReasonCode.TopicFilterInvalid, version, "MQTT-4.7.3-1", "MQTT-4.7.3-1", "empty topic filter");
            return false;
        }

        if (filter.Length > Utf8Rules.LengthMax) // [MQTT-4.7.3-3]
        {
            fault = Fault.Of(ReasonCode.TopicFilterInvalid, version, "MQTT-4.7.3-3", "MQTT-4.7.3-3", "topic filter over 65,535 bytes");
            return false;
        }

        var rest = filter;
        var start = 0;
        while (true)
        {
            var found = rest.IndexOfAny((byte)'+', (byte)'#');
            if (found < 0)
            {
                return true;
            }

            var index = start + found;
            var beginsLevel = index == 0 || filter[index - 1] == (byte)'/';
            var isLast = index == filter.Length - 1;
            if (filter[index] == (byte)'#')
            {
                if (!beginsLevel || !isLast) // [MQTT-4.7.1-1]
                {
                    fault = Fault.Of(ReasonCode.TopicFilterInvalid, version, "MQTT-4.7.1-1", "MQTT-4.7.1-2", "# is not the whole last level");
                    return false;
                }
            }
            else if (!beginsLevel || !(isLast || filter[index + 1] == (byte)'/')) // [MQTT-4.7.1-2]
            {
                fault = Fault.Of(ReasonCode.TopicFilterInvalid, version, "MQTT-4.7.1-2", "MQTT-4.7.1-3", "+ is not a whole level");
                return false;
            }

            start = index + 1;
            rest = filter[start..];
        }
    }

    /// <summary>True if the filter holds <c>+</c> or <c>#</c>.</summary>
    /// <param name="filter">A filter without the <c>$share/name/</c> part.</param>
    public static bool HasWildcards(ReadOnlySpan<byte> filter) => filter.IndexOfAny((byte)'+', (byte)'#') >= 0;

    /// <summary>True if a message of <paramref name="topic"/> belongs to a subscription of <paramref name="filter"/>.</summary>
    /// <param name="filter">A filter that passed <see cref="Check(ReadOnlySpan{byte}, out ProtocolFault)"/>.</param>
    /// <param name="topic">A valid topic name.</param>
    public static bool Matches(ReadOnlySpan<byte> filter, ReadOnlySpan<byte> topic)
    {
        if (filter.IsEmpty || topic.IsEmpty)
        {
            return false;
        }

        if (topic[0] == (byte)'$' && filter[0] is (byte)'+' or (byte)'#') // [MQTT-4.7.2-1]
        {
            return false;
        }

        while (true)
        {
            var filterEnd = filter.IndexOf((byte)'/');
            var filterLevel = filterEnd < 0 ? filter : filter[..filterEnd];
            if (filterLevel.Length == 1 && filterLevel[0] == (byte)'#')
            {
                return true;
            }

            var topicEnd = topic.IndexOf((byte)'/');
            var topicLevel = topicEnd < 0 ? topic : topic[..topicEnd];
            if (!(filterLevel.Length == 1 && filterLevel[0] == (byte)'+') && !filterLevel.SequenceEqual(topicLevel))
            {
                return false;
            }

            if (filterEnd < 0)
            {
                return topicEnd < 0;
            }

            filter = filter[(filterEnd + 1)..];
            if (topicEnd < 0)
            {
                return filter.Length == 1 && filter[0] == (byte)'#'; // "sport/#" includes "sport": section 4.7.1.2
            }

            topic = topic[(topicEnd + 1)..];
        }
    }
}
