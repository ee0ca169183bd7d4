using System.Globalization;

namespace Godwit.Load;

/// <summary>Parents and children as /proc shows them.</summary>
public static class ProcessTree
{
    /// <summary>A process and all its descendants, the process itself first.</summary>
    public static IReadOnlyList<int> Of(int processId)
    {
        var children = new Dictionary<int, List<int>>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && TryGetParent(id, out var parent))
            {
                if (!children.TryGetValue(parent, out var list))
                {
                    children[parent] = list = [];
                }

                list.Add(id);
            }
        }

        var tree = new List<int> { processId };
        for (var index = 0; index < tree.Count; index++)
        {
            if (children.TryGetValue(tree[index], out var list))
            {
                tree.AddRange(list);
            }
        }

        return tree;
    }

    private static bool TryGetParent(int processId, out int parent)
    {
        parent = 0;
        try
        {
            // "pid (name) state ppid ...": the name may hold blanks and brackets, so count from the last bracket.
            var text = File.ReadAllText($"/proc/{processId}/stat");
            var fields = text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields.Length > 1 && int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out parent);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
