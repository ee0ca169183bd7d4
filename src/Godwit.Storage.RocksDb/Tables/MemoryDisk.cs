using System.Collections.Immutable;

namespace Godwit.Storage.RocksDb.Tables;

/// <summary>
/// What is left when <see cref="MemoryTables"/> are gone: the disk of tests and of the simulator. It remembers every state
/// since the last synced commit, so that a crash can lose as much of it as a real disk may: log records are written in
/// order and each is whole or absent, so what survives is the synced state and a prefix of the commits after it.
/// </summary>
internal sealed class MemoryDisk
{
    private readonly Lock _lock = new();
    private readonly List<ImmutableSortedSet<MemoryRecord>[]> _unsynced = [];
    private ImmutableSortedSet<MemoryRecord>[] _synced;
    private MemoryTables? _user;

    /// <summary>An empty disk.</summary>
    public MemoryDisk()
    {
        _synced = new ImmutableSortedSet<MemoryRecord>[TableNames.Count];
        Array.Fill(_synced, ImmutableSortedSet.Create<MemoryRecord>(MemoryRecord.ByKey));
    }

    /// <summary>How many commits a loss of power would lose: those after the last one that was synced.</summary>
    public int UnsyncedCommits
    {
        get
        {
            lock (_lock)
            {
                return _unsynced.Count;
            }
        }
    }

    /// <summary>Records in a table, in the newest state.</summary>
    public int CountOf(Table table)
    {
        lock (_lock)
        {
            return (_unsynced.Count > 0 ? _unsynced[^1] : _synced)[(int)table].Count;
        }
    }

    /// <summary>While set, every commit fails with this fault and changes nothing.</summary>
    public StoreFault? Refusal { get; set; }

    /// <summary>
    /// The process dies: the tables that are open now fail from here on, and the disk keeps the synced state and the first
    /// <paramref name="keptCommits"/> commits after it. 0 loses all that was not synced; <see cref="UnsyncedCommits"/> is a
    /// crash of the process alone; one less is a torn last record.
    /// </summary>
    public void Crash(int keptCommits)
    {
        lock (_lock)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(keptCommits);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(keptCommits, _unsynced.Count);
            if (keptCommits > 0)
            {
                _synced = _unsynced[keptCommits - 1];
            }

            _unsynced.Clear();
            _user?.Die();
            _user = null;
        }
    }

    /// <summary>The newest state; at most one user at a time.</summary>
    internal ImmutableSortedSet<MemoryRecord>[] Attach(MemoryTables user)
    {
        lock (_lock)
        {
            if (_user is not null)
            {
                throw new StoreException("Other tables are open on this disk.", StoreFault.Locked);
            }

            _user = user;
            return _unsynced.Count > 0 ? _unsynced[^1] : _synced;
        }
    }

    internal void Detach(MemoryTables user)
    {
        lock (_lock)
        {
            if (_user == user)
            {
                _user = null;
            }
        }
    }

    internal void Written(ImmutableSortedSet<MemoryRecord>[] state, WriteGuarantee guarantee)
    {
        lock (_lock)
        {
            if (guarantee == WriteGuarantee.Fsync)
            {
                _synced = state;
                _unsynced.Clear();
            }
            else
            {
                _unsynced.Add(state);
            }
        }
    }
}
