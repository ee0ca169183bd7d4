using Godwit.Engine.Journals;

namespace Godwit.Engine.Subscriptions;

/// <summary>The subscribers of one filter on one loop. Owned by that loop.</summary>
internal sealed class LocalSubscribers(int shard)
{
    private Subscription? _single;
    private Subscription[]? _many;

    public int Shard { get; } = shard;

    public int Count { get; private set; }

    /// <summary>Where messages wait for transient sessions of this loop that lag; null while nobody does.</summary>
    public Journal? LagJournal { get; set; }

    public ReadOnlySpan<Subscription> Span => _many is null
        ? new ReadOnlySpan<Subscription>(in _single!)[..Count]
        : _many.AsSpan(0, Count);

    public void Add(Subscription subscription)
    {
        if (Count == 0 && _many is null)
        {
            _single = subscription;
        }
        else
        {
            _many ??= [_single!, null!, null!, null!];
            _single = null;
            if (Count == _many.Length)
            {
                Array.Resize(ref _many, Count * 2);
            }

            _many[Count] = subscription;
        }

        subscription.LocalIndex = Count++;
    }

    public void Remove(Subscription subscription)
    {
        Count--;
        if (_many is null)
        {
            _single = null;
            return;
        }

        var last = _many[Count];
        _many[subscription.LocalIndex] = last;
        last.LocalIndex = subscription.LocalIndex;
        _many[Count] = null!;
        if (_many.Length > 16 && Count < _many.Length / 4)
        {
            Array.Resize(ref _many, _many.Length / 2);
        }
    }
}
