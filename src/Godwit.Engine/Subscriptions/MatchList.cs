namespace Godwit.Engine.Subscriptions;

/// <summary>The filters that match one topic: a list that a loop reuses from publish to publish.</summary>
internal sealed class MatchList
{
    private FilterEntry[] _entries = new FilterEntry[16];

    public int Count { get; private set; }

    public ReadOnlySpan<FilterEntry> Span => _entries.AsSpan(0, Count);

    public void Add(FilterEntry entry)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Count * 2);
        }

        _entries[Count++] = entry;
    }

    public void Clear() => Count = 0;
}
