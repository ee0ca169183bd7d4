using System.Runtime.CompilerServices;

namespace Godwit.Engine.Sessions;

/// <summary>
/// Packet identifiers that the broker gave out to one client and what they stand for ([MQTT-2.2.1-4]). A table at most half
/// full in which an identifier's place follows from its low bits; an identifier whose place is taken is passed over, so a
/// look-up is one comparison.
/// </summary>
internal sealed class OutboundWindow
{
    private OutboundExchange[] _slots = new OutboundExchange[8];
    private ushort _last;
    private uint _order;

    public int Count { get; private set; }

    /// <summary>The packet identifier that was given out last; 0 before the first.</summary>
    public ushort LastGiven
    {
        get => _last;
        set => _last = value;
    }

    /// <summary>All places, taken or free.</summary>
    public ReadOnlySpan<OutboundExchange> Slots => _slots;

    /// <summary>A free slot with a new packet identifier. The caller fills in the rest.</summary>
    public ref OutboundExchange Add()
    {
        if ((Count + 1) * 2 > _slots.Length && _slots.Length < 65_536)
        {
            Grow();
        }

        Invariant.That(Count < _slots.Length - 1, "packet identifiers exhausted");
        while (true)
        {
            // 1 to 65,535, never 0 [MQTT-2.2.1-4].
            _last = _last == ushort.MaxValue ? (ushort)1 : (ushort)(_last + 1);
            ref var slot = ref _slots[_last & (_slots.Length - 1)];
            if (slot.PacketIdentifier == 0)
            {
                slot = default;
                slot.PacketIdentifier = _last;
                slot.Order = _order++;
                Count++;
                return ref slot;
            }
        }
    }

    /// <summary>The slot of a packet identifier that was in use before a restart; null reference when it is in use already. The caller fills in the rest.</summary>
    public ref OutboundExchange Restore(ushort packetIdentifier)
    {
        if (packetIdentifier == 0 || !Unsafe.IsNullRef(ref Find(packetIdentifier)))
        {
            return ref Unsafe.NullRef<OutboundExchange>();
        }

        while ((Count + 1) * 2 > _slots.Length || _slots[packetIdentifier & (_slots.Length - 1)].PacketIdentifier != 0)
        {
            Grow();
        }

        ref var slot = ref _slots[packetIdentifier & (_slots.Length - 1)];
        slot = default;
        slot.PacketIdentifier = packetIdentifier;
        slot.Order = _order++;
        Count++;
        return ref slot;
    }

    /// <summary>The exchange of <paramref name="packetIdentifier"/>, or a null reference.</summary>
    public ref OutboundExchange Find(ushort packetIdentifier)
    {
        ref var slot = ref _slots[packetIdentifier & (_slots.Length - 1)];
        if (slot.PacketIdentifier == packetIdentifier)
        {
            return ref slot;
        }

        return ref Unsafe.NullRef<OutboundExchange>();
    }

    public void Remove(ref OutboundExchange exchange)
    {
        exchange = default;
        Count--;
    }

    /// <summary>The packet identifiers in use, in the order in which they were first sent.</summary>
    public ushort[] InOrder()
    {
        var identifiers = new ushort[Count];
        var orders = new uint[Count];
        int found = 0;
        uint oldest = _order - (uint)int.MaxValue;
        foreach (ref var slot in _slots.AsSpan())
        {
            if (slot.PacketIdentifier != 0)
            {
                identifiers[found] = slot.PacketIdentifier;
                orders[found++] = slot.Order - oldest;
            }
        }

        Array.Sort(orders, identifiers);
        return identifiers;
    }

    private void Grow()
    {
        var larger = new OutboundExchange[_slots.Length * 2];
        foreach (ref var slot in _slots.AsSpan())
        {
            if (slot.PacketIdentifier != 0)
            {
                larger[slot.PacketIdentifier & (larger.Length - 1)] = slot;
            }
        }

        _slots = larger;
    }
}
