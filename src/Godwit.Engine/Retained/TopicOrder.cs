namespace Godwit.Engine.Retained;

/// <summary>
/// Order of topic names by level: bytes compared with <c>/</c> below every other byte (U+0000 cannot occur), so that all
/// topics under one prefix lie next to each other and a walk can leap over what cannot match.
/// </summary>
internal static class TopicOrder
{
    public static int Compare(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        int common = left.CommonPrefixLength(right);
        if (common == left.Length || common == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }

        return Weight(left[common]) - Weight(right[common]);
    }

    private static int Weight(byte value) => value == (byte)'/' ? 0 : value;
}
