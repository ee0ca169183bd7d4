using Godwit.Engine.Messages;
using Godwit.Protocol;

namespace Godwit.Engine.Mailboxes;

/// <summary>What one loop has for the others: collected during a turn, handed over at its end, one post per target.</summary>
internal sealed class Outboxes(BrokerCore core, int self)
{
    private readonly MailList[] _staged = CreateLists(core.ShardCount);
    private ulong _dirty;

    public bool IsEmpty => _dirty == 0;

    /// <summary>True when what waits for <paramref name="target"/> has reached the bound.</summary>
    public bool IsFull(int target) =>
        _staged[target].Count + core.MailboxOf(target).Count >= core.Options.MailboxItemsMax;

    /// <summary>True when every target has taken most of what waited.</summary>
    public bool IsRelieved()
    {
        for (int target = 0; target < _staged.Length; target++)
        {
            if (target != self && core.MailboxOf(target).Count > core.Options.MailboxItemsMax / 2)
            {
                return false;
            }
        }

        return true;
    }

    public void Add(int target, in MailItem item)
    {
        _staged[target].Add(in item);
        _dirty |= 1UL << target;
    }

    /// <summary>A note that carries a message: takes a reference of its own.</summary>
    public void AddMessage(int target, MailKind kind, Message message, object subject, QualityOfService qos = default, object? member = null, long value = 0)
    {
        message.AddReference();
        Add(target, new MailItem { Kind = kind, Message = message, Subject = subject, QoS = qos, Member = member, Value = value });
    }

    public void HandOver()
    {
        while (_dirty != 0)
        {
            int target = System.Numerics.BitOperations.TrailingZeroCount(_dirty);
            _dirty &= _dirty - 1;
            var staged = _staged[target];
            if (core.MailboxOf(target).Post(staged.Span))
            {
                core.Ports.Waker.Wake(target);
            }

            staged.Clear();
        }
    }

    private static MailList[] CreateLists(int count)
    {
        var lists = new MailList[count];
        for (int i = 0; i < count; i++)
        {
            lists[i] = new MailList();
        }

        return lists;
    }
}
