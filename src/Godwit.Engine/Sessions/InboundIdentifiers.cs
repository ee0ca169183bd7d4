using Godwit.Engine.Journals;

namespace Godwit.Engine.Sessions;

/// <summary>
/// Packet identifiers of QoS 2 messages that were taken over from a client and await PUBREL (§4.3.3). Kept apart from the
/// identifiers that the broker gives out: the two directions share no numbers. A set with linear probing.
/// </summary>
internal sealed class InboundIdentifiers
{
    private ushort[] _slots = new ushort[8];

    public int Count { get; private set; }

    public bool Contains(ushort packetIdentifier)
    {
        int mask = _slots.Length - 1;
        for (int slot = packetIdentifier & mask; _slots[slot] != 0; slot = (slot + 1) & mask)
        {
            if (_slots[slot] == packetIdentifier)
            {
                return true;
            }
        }

        return false;
    }

    public void Add(ushort packetIdentifier)
    {
        if ((Count + 1) * 2 > _slots.Length)
        {
            var before = _slots;
            _slots = new ushort[before.Length * 2];
            foreach (ushort known in before)
            {
                if (known != 0)
                {
                    Insert(known);
                }
            }
        }

        Insert(packetIdentifier);
        Count++;
    }

    public bool Remove(ushort packetIdentifier)
    {
        int mask = _slots.Length - 1;
        int slot = packetIdentifier & mask;
        while (_slots[slot] != packetIdentifier)
        {
            if (_slots[slot] == 0)
            {
                return false;
            }

            slot = (slot + 1) & mask;
        }

        // Close the gap, so that no probe stops short of an identifier behind it.
        int gap = slot;
        for (int next = (gap + 1) & mask; _slots[next] != 0; next = (next + 1) & mask)
        {
            int home = _slots[next] & mask;
            if (((next - home) & mask) >= ((next - gap) & mask))
            {
                _slots[gap] = _slots[next];
                gap = next;
            }
        }

        _slots[gap] = 0;
        Count--;
        return true;
    }

    /// <summary>Adds them all to the progress that is being written.</summary>
    public void CopyTo(StoreBatch batch)
    {
        foreach (ushort known in _slots)
        {
            if (known != 0)
            {
                batch.AddInbound(known);
            }
        }
    }

    private void Insert(ushort packetIdentifier)
    {
        int mask = _slots.Length - 1;
        int slot = packetIdentifier & mask;
        while (_slots[slot] != 0)
        {
            slot = (slot + 1) & mask;
        }

        _slots[slot] = packetIdentifier;
    }
}
