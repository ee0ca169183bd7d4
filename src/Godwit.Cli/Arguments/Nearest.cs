namespace Godwit.Cli.Arguments;

/// <summary>Finds what somebody may have meant.</summary>
internal static class Nearest
{
    /// <summary>The candidate with the fewest changes of a character, or null if none is near: more than a third of the word differs.</summary>
    public static string? Find(string word, IEnumerable<string> candidates)
    {
        string? best = null;
        var least = Math.Max(1, word.Length / 3) + 1;
        foreach (var candidate in candidates)
        {
            if (Distance(word, candidate) is var distance && distance < least)
            {
                (best, least) = (candidate, distance);
            }
        }

        return best;
    }

    // Insertions, deletions, replacements, and two neighbours swapped.
    private static int Distance(string left, string right)
    {
        var rows = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            for (var j = 0; j <= right.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i, j] = i + j;
                    continue;
                }

                var cost = left[i - 1] == right[j - 1] ? 0 : 1;
                var least = Math.Min(rows[i - 1, j - 1] + cost, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    least = Math.Min(least, rows[i - 2, j - 2] + 1);
                }

                rows[i, j] = least;
            }
        }

        return rows[left.Length, right.Length];
    }
}
