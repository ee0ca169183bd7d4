using Godwit.Engine.Journals;
using Godwit.Engine.SharedGroups;

namespace Godwit.Engine.Subscriptions;

/// <summary>
/// One distinct Topic Filter and everything that hangs on it. Shared by all loops: what a publisher on any loop has to know
/// (which loops have subscribers, which journals and groups take a copy) is here and is replaced, never changed in place;
/// the subscribers themselves stand in one <see cref="LocalSubscribers"/> per loop, which that loop alone reads and writes.
/// </summary>
internal sealed class FilterEntry(byte[] filter, ulong hash, bool hasWildcards)
{
    // A LocalSubscribers while one loop has subscribers, a LocalSubscribers[] while several have: most filters have one.
    private volatile object? _locals;
    private volatile SharedGroup[] _groups = [];
    private volatile Journal[] _journals = [];

    /// <summary>The Topic Filter, without any <c>$share/NAME/</c>.</summary>
    public byte[] Filter { get; } = filter;

    public ulong Hash { get; } = hash;

    public bool HasWildcards { get; } = hasWildcards;

    /// <summary>The groups of <c>$share/NAME/FILTER</c> subscriptions.</summary>
    public SharedGroup[] Groups => _groups;

    /// <summary>Where a QoS 1 or 2 publish that matches is appended before it is acknowledged: the journal that persistent sessions share, or their private ones.</summary>
    public Journal[] Journals => _journals;

    /// <summary>True when nobody is left: the entry may leave the index.</summary>
    public bool IsUnused => _locals is null && _groups.Length == 0 && _journals.Length == 0;

    /// <summary>True when a subscription of any kind is there.</summary>
    public bool HasSubscribers => _locals is not null || _journals.Length > 0 || HasGroupMembers();

    /// <summary>The subscribers of <paramref name="shard"/>, or null.</summary>
    public LocalSubscribers? LocalsOf(int shard)
    {
        object? current = _locals;
        switch (current)
        {
            case null:
                return null;
            case LocalSubscribers only:
                return only.Shard == shard ? only : null;
            default:
                foreach (var locals in (LocalSubscribers[])current)
                {
                    if (locals.Shard == shard)
                    {
                        return locals;
                    }
                }

                return null;
        }
    }

    /// <summary>One bit per shard that has subscribers.</summary>
    public ulong ShardMask()
    {
        object? current = _locals;
        switch (current)
        {
            case null:
                return 0;
            case LocalSubscribers only:
                return 1UL << only.Shard;
            default:
                ulong mask = 0;
                foreach (var locals in (LocalSubscribers[])current)
                {
                    mask |= 1UL << locals.Shard;
                }

                return mask;
        }
    }

    // The methods below are called under the index's write lock.
    internal LocalSubscribers GetOrAddLocals(int shard)
    {
        if (LocalsOf(shard) is { } known)
        {
            return known;
        }

        var added = new LocalSubscribers(shard);
        _locals = _locals switch
        {
            null => added,
            LocalSubscribers only => new[] { only, added },
            var many => (LocalSubscribers[])[.. (LocalSubscribers[])many, added],
        };
        return added;
    }

    internal void RemoveLocals(LocalSubscribers locals)
    {
        if (_locals is LocalSubscribers[] many)
        {
            var left = Array.FindAll(many, other => !ReferenceEquals(other, locals));
            _locals = left.Length == 1 ? left[0] : left;
        }
        else if (ReferenceEquals(_locals, locals))
        {
            _locals = null;
        }
    }

    internal void AddGroup(SharedGroup group) => _groups = [.. _groups, group];

    internal void RemoveGroup(SharedGroup group) => _groups = Array.FindAll(_groups, other => !ReferenceEquals(other, group));

    internal void AddJournal(Journal journal) => _journals = [.. _journals, journal];

    internal void RemoveJournal(Journal journal) => _journals = Array.FindAll(_journals, other => !ReferenceEquals(other, journal));

    private bool HasGroupMembers()
    {
        foreach (var group in _groups)
        {
            if (group.MemberCount > 0)
            {
                return true;
            }
        }

        return false;
    }
}
