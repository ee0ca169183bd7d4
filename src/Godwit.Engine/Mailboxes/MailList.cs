namespace Godwit.Engine.Mailboxes;

/// <summary>A list of notes that is filled, handed over and used again.</summary>
internal sealed class MailList
{
    private const int KeptCapacity = 4096;

    private MailItem[] _items = new MailItem[16];

    public int Count { get; private set; }

    public Span<MailItem> Span => _items.AsSpan(0, Count);

    public void Add(in MailItem item)
    {
        if (Count == _items.Length)
        {
            Array.Resize(ref _items, Count * 2);
        }

        _items[Count++] = item;
    }

    public void AddRange(ReadOnlySpan<MailItem> items)
    {
        int needed = Count + items.Length;
        if (needed > _items.Length)
        {
            Array.Resize(ref _items, Math.Max(needed, _items.Length * 2));
        }

        items.CopyTo(_items.AsSpan(Count));
        Count = needed;
    }

    public void Clear()
    {
        if (_items.Length > KeptCapacity && Count < _items.Length / 8)
        {
            _items = new MailItem[KeptCapacity];
        }
        else
        {
            Array.Clear(_items, 0, Count);
        }

        Count = 0;
    }
}
