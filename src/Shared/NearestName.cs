namespace Godwit;

/// <summary>
/// Finds what somebody meant who misspelt a name. This file is compiled into the broker, for its settings, and into the
/// command-line tool, which does not reference the broker.
/// </summary>
internal static class NearestName
{
    /// <summary>
    /// The candidate with the fewest changes, or null if none is near: more than a third of the name differs. A name without
    /// its section, or in the wrong one (<c>Section:Name</c>), counts as one change.
    /// </summary>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        string? best = null;
        int least = Math.Max(1, LastPart(name).Length / 3) + 1;
        foreach (string candidate in candidates)
        {
            int distance = Math.Min(Distance(name, candidate), 1 + Distance(LastPart(name), LastPart(candidate)));
            if (distance < least)
            {
                (best, least) = (candidate, distance);
            }
        }

        return best;
    }

    private static string LastPart(string path) => path[(path.LastIndexOf(':') + 1)..];

    // Insertions, deletions, replacements, and two neighbours swapped; case makes no difference.
    private static int Distance(string left, string right)
    {
        int[,] rows = new int[left.Length + 1, right.Length + 1];
        for (int i = 0; i <= left.Length; i++)
        {
            for (int j = 0; j <= right.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    rows[i, j] = i + j;
                    continue;
                }

                int replaced = rows[i - 1, j - 1] + (AreSame(left[i - 1], right[j - 1]) ? 0 : 1);
                int least = Math.Min(replaced, Math.Min(rows[i - 1, j], rows[i, j - 1]) + 1);
                if (i > 1 && j > 1 && AreSame(left[i - 1], right[j - 2]) && AreSame(left[i - 2], right[j - 1]))
                {
                    least = Math.Min(least, rows[i - 2, j - 2] + 1);
                }

                rows[i, j] = least;
            }
        }

        return rows[left.Length, right.Length];
    }

    private static bool AreSame(char left, char right) => char.ToUpperInvariant(left) == char.ToUpperInvariant(right);
}
