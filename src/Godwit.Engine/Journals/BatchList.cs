namespace Godwit.Engine.Journals;

/// <summary>A list that is filled and emptied over and over and keeps its room.</summary>
internal struct BatchList<T>
{
    private T[]? _items;

    public int Count { get; private set; }

    public readonly Span<T> Span => _items.AsSpan(0, Count);

    public void Add(in T item)
    {
        if (_items is null || Count == _items.Length)
        {
            Array.Resize(ref _items, Math.Max(8, Count * 2));
        }

        _items[Count++] = item;
    }

    public void Clear()
    {
        Span.Clear();
        Count = 0;
    }
}
