using Godwit.Engine.Subscriptions;

namespace Godwit.Engine.Sessions;

/// <summary>A session's subscriptions by the filter the client wrote: a small array, with a dictionary beside it only from some length on.</summary>
internal sealed class SubscriptionTable
{
    private const int SearchedMax = 16;

    private Subscription[] _items = [];
    private Dictionary<byte[], int>? _places;

    public int Count { get; private set; }

    public ReadOnlySpan<Subscription> Span => _items.AsSpan(0, Count);

    public Subscription? Find(ReadOnlySpan<byte> filter)
    {
        int place = PlaceOf(filter);
        return place < 0 ? null : _items[place];
    }

    public void Add(Subscription subscription)
    {
        if (Count == _items.Length)
        {
            Array.Resize(ref _items, Math.Max(1, Count * 2));
        }

        _items[Count] = subscription;
        _places?.Add(subscription.RequestedFilter, Count);
        Count++;
        if (_places is null && Count > SearchedMax)
        {
            _places = new Dictionary<byte[], int>(ByteArrayComparer.Instance);
            for (int i = 0; i < Count; i++)
            {
                _places.Add(_items[i].RequestedFilter, i);
            }
        }
    }

    public void Remove(Subscription subscription)
    {
        int place = PlaceOf(subscription.RequestedFilter);
        _places?.Remove(subscription.RequestedFilter);
        Count--;
        var last = _items[Count];
        _items[Count] = null!;
        if (place != Count)
        {
            _items[place] = last;
            if (_places is not null)
            {
                _places[last.RequestedFilter] = place;
            }
        }
    }

    private int PlaceOf(ReadOnlySpan<byte> filter)
    {
        if (_places is not null)
        {
            return _places.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(filter, out int place) ? place : -1;
        }

        for (int i = 0; i < Count; i++)
        {
            if (filter.SequenceEqual(_items[i].RequestedFilter))
            {
                return i;
            }
        }

        return -1;
    }
}
