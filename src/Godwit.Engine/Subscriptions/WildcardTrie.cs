using Godwit.Engine.Messages;
using Godwit.Protocol;

namespace Godwit.Engine.Subscriptions;

/// <summary>
/// Filters with wildcards, one node per level. A publish walks the levels of its topic and looks at most at two nodes per
/// node it stands on: the one named like the level, and <c>+</c>. Readers take no lock; see <see cref="LevelTable"/>.
/// </summary>
internal sealed class WildcardTrie(ulong seed)
{
    private readonly Node _root = new([], 0, parent: null);

    public bool IsEmpty => _root.IsLeaf;

    public void Match(ReadOnlySpan<byte> topic, MatchList matches)
    {
        if (IsEmpty)
        {
            return;
        }

        // A filter that begins with a wildcard matches no topic that begins with $ [MQTT-4.7.2-1].
        bool hidden = topic.Length > 0 && topic[0] == (byte)'$';
        Match(_root, topic, matches, hidden);
    }

    public FilterEntry? Find(ReadOnlySpan<byte> filter)
    {
        var node = _root;
        while (true)
        {
            bool last = !TakeLevel(ref filter, out var level);
            if (last && level is [(byte)'#'])
            {
                return node.Below;
            }

            node = level is [(byte)'+'] ? node.Plus : node.Children.Find(level, TopicHash.Compute(level, seed));
            if (node is null || last)
            {
                return node?.Here;
            }
        }
    }

    public void Add(FilterEntry entry)
    {
        var node = _root;
        ReadOnlySpan<byte> filter = entry.Filter;
        while (true)
        {
            bool last = !TakeLevel(ref filter, out var level);
            if (last && level is [(byte)'#'])
            {
                node.Below = entry;
                return;
            }

            node = GetOrAddChild(node, level);
            if (last)
            {
                node.Here = entry;
                return;
            }
        }
    }

    public void Remove(FilterEntry entry)
    {
        var node = _root;
        ReadOnlySpan<byte> filter = entry.Filter;
        while (true)
        {
            bool last = !TakeLevel(ref filter, out var level);
            if (last && level is [(byte)'#'])
            {
                node.Below = null;
                break;
            }

            node = (level is [(byte)'+'] ? node.Plus : node.Children.Find(level, TopicHash.Compute(level, seed)))!;
            if (last)
            {
                node.Here = null;
                break;
            }
        }

        Prune(node);
    }

    private static void Prune(Node node)
    {
        while (node.Parent is { } parent && node is { Here: null, Below: null } && node.IsLeaf)
        {
            if (ReferenceEquals(parent.Plus, node))
            {
                parent.Plus = null;
            }
            else
            {
                parent.Children = parent.Children.Without(node);
            }

            node = parent;
        }
    }

    // Splits off the first level; false when it was the last one.
    private static bool TakeLevel(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> level)
    {
        int separator = rest.IndexOf((byte)'/');
        if (separator < 0)
        {
            level = rest;
            return false;
        }

        level = rest[..separator];
        rest = rest[(separator + 1)..];
        return true;
    }

    private Node GetOrAddChild(Node parent, ReadOnlySpan<byte> level)
    {
        if (level is [(byte)'+'])
        {
            return parent.Plus ??= new Node([(byte)'+'], 0, parent);
        }

        ulong hash = TopicHash.Compute(level, seed);
        if (parent.Children.Find(level, hash) is { } known)
        {
            return known;
        }

        var added = new Node(level.ToArray(), hash, parent);
        parent.Children = parent.Children.With(added);
        return added;
    }

    // Depth is bounded by the levels of the topic, which the publish handler has checked against TopicLevelsMax.
    private void Match(Node node, ReadOnlySpan<byte> rest, MatchList matches, bool hidden)
    {
        bool last = !TakeLevel(ref rest, out var level);
        if (!hidden && node.Below is { } below)
        {
            matches.Add(below);
        }

        if (node.Children.Find(level, TopicHash.Compute(level, seed)) is { } named)
        {
            Step(named, rest, last, matches);
        }

        if (!hidden && node.Plus is { } plus)
        {
            Step(plus, rest, last, matches);
        }
    }

    private void Step(Node node, ReadOnlySpan<byte> rest, bool last, MatchList matches)
    {
        if (!last)
        {
            Match(node, rest, matches, hidden: false);
            return;
        }

        if (node.Here is { } here)
        {
            matches.Add(here);
        }

        // "a/#" also matches "a": # stands for the parent level too (§4.7.1.2).
        if (node.Below is { } below)
        {
            matches.Add(below);
        }
    }

    /// <summary>One level of a filter. Fields are replaced by single reference writes, so that readers need no lock.</summary>
    internal sealed class Node(byte[] level, ulong hash, Node? parent)
    {
        private volatile LevelTable _children = LevelTable.Empty;
        private volatile Node? _plus;
        private volatile FilterEntry? _here;
        private volatile FilterEntry? _below;

        public byte[] Level { get; } = level;

        public ulong Hash { get; } = hash;

        public Node? Parent { get; } = parent;

        public LevelTable Children
        {
            get => _children;
            set => _children = value;
        }

        public Node? Plus
        {
            get => _plus;
            set => _plus = value;
        }

        /// <summary>The filter that ends at this level.</summary>
        public FilterEntry? Here
        {
            get => _here;
            set => _here = value;
        }

        /// <summary>The filter that goes on with <c>#</c>.</summary>
        public FilterEntry? Below
        {
            get => _below;
            set => _below = value;
        }

        public bool IsLeaf => _plus is null && _children.Count == 0 && _below is null;
    }
}
