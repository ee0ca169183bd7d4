namespace Godwit.Storage.RocksDb.Committing;

/// <summary>What a shared group is done with: everything below a mark, and single indexes above it.</summary>
internal sealed class SettledSet(long lowWater)
{
    private readonly SortedSet<long> _above = [];

    public long LowWater { get; private set; } = lowWater;

    /// <summary>Differs from what is written.</summary>
    public bool IsDirty { get; set; }

    /// <summary>Stands in the list of those to be written with this commit.</summary>
    public bool IsNoted { get; set; }

    public IReadOnlyCollection<long> Above => _above;

    public void Settle(long index)
    {
        if (index < LowWater || !_above.Add(index))
        {
            return;
        }

        IsDirty = true;
        Advance();
    }

    public void RaiseTo(long floor)
    {
        if (floor <= LowWater)
        {
            return;
        }

        LowWater = floor;
        IsDirty = true;
        while (_above.Count > 0 && _above.Min < floor)
        {
            _above.Remove(_above.Min);
        }

        Advance();
    }

    private void Advance()
    {
        while (_above.Remove(LowWater))
        {
            LowWater++;
        }
    }
}
