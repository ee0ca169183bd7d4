using Godwit.Engine.Journals;

namespace Godwit.Engine.Subscriptions;

/// <summary>
/// The subscribers of one filter on one loop. Owned by that loop. Those with a connection stand in front, so that a publish
/// costs nothing for the others, however many they are: what they are to get is in their journals.
/// </summary>
internal sealed class LocalSubscribers(int shard)
{
    private Subscription? _single;
    private Subscription[]? _many;
    private int _presentCount;

    public int Shard { get; } = shard;

    public int Count { get; private set; }

    /// <summary>Where messages wait for transient sessions of this loop that lag; null while nobody does.</summary>
    public Journal? LagJournal { get; set; }

    /// <summary>The subscriptions whose sessions have a connection.</summary>
    public ReadOnlySpan<Subscription> Present => _many is null
        ? new ReadOnlySpan<Subscription>(in _single!)[.._presentCount]
        : _many.AsSpan(0, _presentCount);

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
        SetPresent(subscription, subscription.Session.Connection is not null);
    }

    /// <summary>The session's connection has come or gone.</summary>
    public void SetPresent(Subscription subscription, bool present)
    {
        if (present == subscription.LocalIndex < _presentCount)
        {
            return;
        }

        int place = present ? _presentCount++ : --_presentCount;
        if (_many is not null)
        {
            var other = _many[place];
            Put(other, subscription.LocalIndex);
            Put(subscription, place);
        }
    }

    public void Remove(Subscription subscription)
    {
        SetPresent(subscription, present: false);
        Count--;
        if (_many is null)
        {
            _single = null;
            return;
        }

        Put(_many[Count], subscription.LocalIndex);
        _many[Count] = null!;
        if (_many.Length > 16 && Count < _many.Length / 4)
        {
            Array.Resize(ref _many, _many.Length / 2);
        }
    }

    private void Put(Subscription subscription, int place)
    {
        _many![place] = subscription;
        subscription.LocalIndex = place;
    }
}
