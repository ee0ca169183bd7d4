using Godwit.Engine.Journals;
using Godwit.Engine.Subscriptions;
using Godwit.Engine.Timing;

namespace Godwit.Engine.SharedGroups;

/// <summary>
/// One shared subscription, <c>$share/NAME/FILTER</c> (§4.8.2): the group owns the queue, its members only borrow from it.
/// </summary>
/// <remarks>
/// The journal is read once. What lies below <see cref="LowWater"/> is settled; between there and <see cref="NextIndex"/>
/// each message is with a member, settled, or waiting to be handed out again; from there on nothing has been handed out. The
/// span is bounded, and dispatch pauses at the bound. Lives on one loop; other loops see only <see cref="Journal"/>,
/// <see cref="Home"/> and <see cref="MemberCount"/>.
/// </remarks>
internal sealed class SharedGroup : DeadlineTimer
{
    private readonly GroupKeeper _keeper;
    private int _memberCount;
    private Slot[] _slots = new Slot[16];

    public SharedGroup(GroupKeeper keeper, byte[] name, FilterEntry entry, int home)
    {
        _keeper = keeper;
        Name = name;
        Entry = entry;
        Home = home;
    }

    private enum SlotState : byte
    {
        Settled,
        WithMember,
        Returned,
    }

    public byte[] Name { get; }

    public FilterEntry Entry { get; }

    /// <summary>Index of the shard that keeps the group: that of its first member.</summary>
    public int Home { get; }

    public Journal Journal { get; set; } = null!;

    /// <summary>Members, connected or not. Changed under the index's write lock, read from any loop.</summary>
    public int MemberCount
    {
        get => Volatile.Read(ref _memberCount);
        set => Volatile.Write(ref _memberCount, value);
    }

    // From here on the home loop only.
    public List<GroupMember> Members { get; } = [];

    public Cursor Cursor { get; set; } = null!;

    /// <summary>The member that the strategy chose last.</summary>
    public int LastChosen { get; set; } = -1;

    public bool IsQueued { get; set; }

    public bool HasEnded { get; set; }

    /// <summary>Everything below is settled.</summary>
    public long LowWater { get; private set; }

    public long NextIndex { get; private set; }

    public int ReturnedCount { get; private set; }

    public int Span => (int)(NextIndex - LowWater);

    internal override void OnDeadline(long now) => _keeper.HandleDeadline(this, now);

    /// <summary>Members have joined before the group's time was over.</summary>
    public void CancelEnd() => _keeper.CancelEnd(this);

    /// <summary>After a restart: what is not settled, up to the last that is, waits to be handed out again.</summary>
    public void RestoreAt(long first, ReadOnlySpan<long> settled)
    {
        LowWater = NextIndex = first;
        foreach (long index in settled)
        {
            while (NextIndex <= index)
            {
                Include(NextIndex);
                SlotOf(NextIndex - 1).State = SlotState.Returned;
                ReturnedCount++;
            }

            if (index >= LowWater)
            {
                Skip(index);
            }
        }
    }

    /// <summary>The lowest message that came back, or −1.</summary>
    public long FirstReturned()
    {
        if (ReturnedCount > 0)
        {
            for (long index = LowWater; index < NextIndex; index++)
            {
                if (SlotOf(index).State == SlotState.Returned)
                {
                    return index;
                }
            }
        }

        return -1;
    }

    /// <summary>The message is with <paramref name="member"/> now.</summary>
    public void HandOut(long index, GroupMember member)
    {
        Include(index);
        ref var slot = ref SlotOf(index);
        ReturnedCount -= slot.State == SlotState.Returned ? 1 : 0;
        slot = new Slot { State = SlotState.WithMember, Member = member };
        member.InFlight++;
    }

    /// <summary>False when the message was not with this member: an answer that came too late.</summary>
    public bool TrySettle(long index, GroupMember member, Settlement settlement)
    {
        if (index < LowWater || index >= NextIndex)
        {
            return false;
        }

        ref var slot = ref SlotOf(index);
        if (!ReferenceEquals(slot.Member, member))
        {
            return false;
        }

        member.InFlight--;
        slot.Member = null;
        if (settlement == Settlement.Returned)
        {
            slot.State = SlotState.Returned;
            ReturnedCount++;
        }
        else
        {
            slot.State = SlotState.Settled;
            Advance();
        }

        return true;
    }

    /// <summary>The message is given up without a member.</summary>
    public void Skip(long index)
    {
        Include(index);
        ref var slot = ref SlotOf(index);
        ReturnedCount -= slot.State == SlotState.Returned ? 1 : 0;
        slot = default;
        Advance();
    }

    /// <summary>Records below <paramref name="first"/> were given up by the journal's limits before they were handed out.</summary>
    public void SkipTo(long first)
    {
        if (Span == 0)
        {
            LowWater = NextIndex = first;
            return;
        }

        while (NextIndex < first)
        {
            Skip(NextIndex);
        }
    }

    private void Include(long index)
    {
        if (index < NextIndex)
        {
            return;
        }

        Invariant.That(index == NextIndex, "a shared group skipped a message");
        if (Span == _slots.Length)
        {
            var larger = new Slot[_slots.Length * 2];
            for (long kept = LowWater; kept < NextIndex; kept++)
            {
                larger[kept & (larger.Length - 1)] = SlotOf(kept);
            }

            _slots = larger;
        }

        NextIndex++;
        SlotOf(index) = default;
    }

    private void Advance()
    {
        while (LowWater < NextIndex && SlotOf(LowWater).State == SlotState.Settled)
        {
            LowWater++;
        }
    }

    private ref Slot SlotOf(long index) => ref _slots[index & (_slots.Length - 1)];

    private struct Slot
    {
        public SlotState State;
        public GroupMember? Member;
    }
}
