namespace Godwit.Broker.Options;

/// <summary>Finds what somebody meant who misspelt a name.</summary>
internal static class NearestName
{
    /// <summary>The candidate with the fewest changes of single letters, if they are few for its length; names without their section count too.</summary>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        string? best = null;
        int bestDistance = int.MaxValue;
        foreach (string candidate in candidates)
        {
            int distance = Math.Min(Distance(name, candidate), 1 + Distance(LastPart(name), LastPart(candidate)));
            if (distance < bestDistance)
            {
                best = candidate;
                bestDistance = distance;
            }
        }

        return best is not null && bestDistance <= Math.Max(2, LastPart(best).Length / 3) ? best : null;
    }

    private static string LastPart(string path) => path[(path.LastIndexOf(':') + 1)..];

    /// <summary>Edit distance (insert, delete, replace), ignoring case.</summary>
    private static int Distance(string left, string right)
    {
        int[] row = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int above = row[j];
                int replaced = diagonal + (char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]) ? 0 : 1);
                row[j] = Math.Min(replaced, Math.Min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }

        return row[^1];
    }
}
