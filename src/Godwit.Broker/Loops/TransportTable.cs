namespace Godwit.Broker.Loops;

/// <summary>
/// The sockets of a loop by slot. A key names slot and generation, so that an event for a socket that has just been
/// closed does not reach the one that took its slot.
/// </summary>
internal sealed class TransportTable
{
    private const int NoFree = -1;

    private Entry[] _entries = new Entry[64];
    private int _used;
    private int _firstFree = NoFree;

    public int Count { get; private set; }

    /// <summary>Puts a transport in and answers its key: the generation in the upper, the slot in the lower half.</summary>
    public ulong Add(Transport transport)
    {
        int slot = _firstFree;
        if (slot != NoFree)
        {
            _firstFree = _entries[slot].NextFree;
        }
        else
        {
            if (_used == _entries.Length)
            {
                Array.Resize(ref _entries, _used * 2);
            }

            slot = _used++;
        }

        ref var entry = ref _entries[slot];
        entry.Transport = transport;
        transport.Slot = slot;
        Count++;
        return KeyOf(slot, entry.Generation);
    }

    /// <summary>The key of a transport that is in.</summary>
    public ulong KeyOf(Transport transport) => KeyOf(transport.Slot, _entries[transport.Slot].Generation);

    /// <summary>The transport with this key, null when it has left.</summary>
    public Transport? Find(ulong key)
    {
        uint slot = (uint)key;
        if (slot >= (uint)_used)
        {
            return null;
        }

        ref var entry = ref _entries[slot];
        return entry.Generation == (uint)(key >> 32) ? entry.Transport : null;
    }

    public void Remove(Transport transport)
    {
        ref var entry = ref _entries[transport.Slot];
        entry.Transport = null;
        entry.Generation++;
        entry.NextFree = _firstFree;
        _firstFree = transport.Slot;
        transport.Slot = Transport.NoSlot;
        Count--;
    }

    /// <summary>All that are in, as a copy: the caller may remove while it walks.</summary>
    public Transport[] ToArray()
    {
        var all = new Transport[Count];
        int next = 0;
        for (int i = 0; i < _used; i++)
        {
            if (_entries[i].Transport is { } transport)
            {
                all[next++] = transport;
            }
        }

        return all;
    }

    private static ulong KeyOf(int slot, uint generation) => ((ulong)generation << 32) | (uint)slot;

    private struct Entry
    {
        public Transport? Transport;
        public uint Generation;
        public int NextFree;
    }
}
