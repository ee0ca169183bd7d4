using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Engine.Mailboxes;
using Godwit.Engine.Messages;
using Godwit.Engine.Observation;
using Godwit.Engine.Subscriptions;
using Godwit.Protocol;

namespace Godwit.Engine.SharedGroups;

/// <summary>
/// The shared groups that live on one loop: hands their messages to members, on this loop directly and on others by mail,
/// and takes back what a lost member did not finish.
/// </summary>
internal sealed class GroupKeeper(Shard shard)
{
    private readonly Queue<SharedGroup> _queue = new();

    public bool HasQueued => _queue.Count > 0;

    /// <summary>Finds or makes the group, under the index's write lock, and counts a new member in.</summary>
    public SharedGroup JoinLocked(FilterEntry entry, ReadOnlySpan<byte> name)
    {
        foreach (var known in entry.Groups)
        {
            if (name.SequenceEqual(known.Name))
            {
                known.MemberCount++;
                return known;
            }
        }

        var group = new SharedGroup(this, name.ToArray(), entry, shard.Index) { MemberCount = 1 };
        byte[] key = [.. SharedFilter.Prefix, .. name, (byte)'/', .. entry.Filter];
        group.Journal = shard.Core.CreateJournal(JournalKind.Group, key, group);
        group.Cursor = new Cursor(group.Journal, 0, subscription: null);
        entry.AddGroup(group);
        return group;
    }

    /// <summary>A group that has survived a restart. It is kept for a while even if no member has.</summary>
    public void Restore(Journal journal, ReadOnlySpan<long> settled, long now)
    {
        if (SharedFilter.TryParse(journal.Key, out var name, out var filter) != SharedFilterKind.Valid)
        {
            return;
        }

        lock (shard.Subscriptions.WriteLock)
        {
            var entry = shard.Subscriptions.GetOrAdd(filter);
            foreach (var known in entry.Groups)
            {
                if (name.SequenceEqual(known.Name))
                {
                    return;
                }
            }

            var group = new SharedGroup(this, name.ToArray(), entry, shard.Index) { Journal = journal };
            journal.Owner = group;
            group.RestoreAt(journal.First, settled);
            group.Cursor = new Cursor(journal, group.LowWater, subscription: null);
            entry.AddGroup(group);
            shard.Deadlines.Set(group, now + shard.Options.SharedGroupKeepMilliseconds);
        }
    }

    /// <summary>A member that has survived a restart, and whose client is away. Before any loop runs.</summary>
    public static void AddRestored(GroupMember member)
    {
        var group = member.Group;
        member.MaximumQoS = member.Subscription.Options.MaximumQoS;
        group.Members.Add(member);
        group.CancelEnd();
    }

    /// <summary>Tells the group, wherever it lives, of a change to a member whose session lives here.</summary>
    public void Tell(GroupMember member, MemberChange change, long now)
    {
        var group = member.Group;
        var qos = member.Subscription.Options.MaximumQoS;
        if (group.Home == shard.Index)
        {
            HandleMember(member, change, qos, now);
        }
        else
        {
            shard.Outboxes.Add(group.Home, new MailItem { Kind = MailKind.GroupMember, Subject = member, QoS = qos, Value = (long)change });
        }
    }

    public void HandleMember(GroupMember member, MemberChange change, QualityOfService qos, long now)
    {
        var group = member.Group;
        switch (change)
        {
            case MemberChange.Joined:
                member.MaximumQoS = qos;
                if (!group.Members.Contains(member))
                {
                    member.IsOnline = true;
                    group.Members.Add(member);
                }

                shard.Deadlines.Cancel(group);
                break;
            case MemberChange.CameOnline:
                member.IsOnline = true;
                break;
            case MemberChange.WentOffline:
                member.IsOnline = false;
                break;
            case MemberChange.Left:
                member.IsOnline = false;
                member.HasLeft = true;
                int place = group.Members.IndexOf(member);
                if (place >= 0)
                {
                    group.Members.RemoveAt(place);
                    group.LastChosen -= group.LastChosen >= place ? 1 : 0;
                }

                if (group.MemberCount == 0 && group.Members.Count == 0)
                {
                    // All workers may be restarting: keep what is queued for a while.
                    shard.Deadlines.Set(group, now + shard.Options.SharedGroupKeepMilliseconds);
                }

                break;
        }

        Queue(group);
    }

    /// <summary>Tells the group, wherever it lives, that a member whose session lives here is done with a message.</summary>
    public void Settle(GroupMember member, long index, Settlement settlement)
    {
        var group = member.Group;
        if (settlement == Settlement.Done)
        {
            // Here and not on the group's loop: with the session's own progress, in one batch.
            WriteSettled(group, index);
        }

        if (group.Home == shard.Index)
        {
            HandleSettled(member, index, settlement);
        }
        else
        {
            shard.Outboxes.Add(group.Home, new MailItem { Kind = MailKind.GroupSettled, Subject = member, Value = (index << 1) | (long)settlement });
        }
    }

    /// <summary>Writes down that the group is done with a message.</summary>
    public void WriteSettled(SharedGroup group, long index)
    {
        if (shard.Commits.IsPersistent && !group.HasEnded)
        {
            shard.Commits.Open.Add(new StoreOperation { Kind = StoreOperationKind.Settle, Journal = group.Journal, Index = index });
        }
    }

    public void HandleSettled(GroupMember member, long index, Settlement settlement)
    {
        var group = member.Group;
        if (!group.HasEnded && group.TrySettle(index, member, settlement))
        {
            Trim(group);
            Queue(group);
        }
    }

    /// <summary>QoS 0 for a group that lives here: to one connected member, or to nobody.</summary>
    public void PublishAtMostOnce(SharedGroup group, scoped ref Publication publication, long now)
    {
        // QoS 0 needs no credit: it is not acknowledged.
        var member = MemberChooser.Choose(group, shard.Options.SharedGroupStrategy, publication.TopicHash, int.MaxValue);
        if (member is null)
        {
            shard.Counters.CountDrop(DropReason.NoMemberOnline);
        }
        else if (member.Shard == shard.Index)
        {
            shard.Feed.DeliverShared(member, ref publication, now);
        }
        else
        {
            shard.Outboxes.AddMessage(
                member.Shard, MailKind.GroupDeliver, publication.Materialize(shard.Messages), member, QualityOfService.AtMostOnce);
        }
    }

    public void Queue(SharedGroup group)
    {
        if (!group.IsQueued)
        {
            group.IsQueued = true;
            _queue.Enqueue(group);
        }
    }

    /// <summary>Hands out what can be handed out.</summary>
    public void Run(long now)
    {
        while (_queue.TryDequeue(out var group))
        {
            group.IsQueued = false;
            if (!group.HasEnded)
            {
                Dispatch(group, now);
            }
        }
    }

    public void CancelEnd(SharedGroup group) => shard.Deadlines.Cancel(group);

    public void HandleDeadline(SharedGroup group, long now)
    {
        if (group.HasEnded)
        {
            return;
        }

        lock (shard.Subscriptions.WriteLock)
        {
            if (group.MemberCount > 0)
            {
                return;
            }

            group.HasEnded = true;
            group.Entry.RemoveGroup(group);
            shard.Subscriptions.RemoveIfUnused(group.Entry);
        }

        long first = Math.Max(group.LowWater, group.Journal.First);
        if (group.NextIndex < first)
        {
            shard.CountGivenUp(group.Journal, group.NextIndex, first);
        }

        shard.Counters.CountDrop(DropReason.GroupEnded, group.Journal.Horizon - first);
        group.Cursor.Leave();
        shard.Commits.Open.Add(new StoreOperation { Kind = StoreOperationKind.JournalEnd, Journal = group.Journal });
    }

    private void Dispatch(SharedGroup group, long now)
    {
        while (group.Members.Count > 0)
        {
            long index = group.FirstReturned();
            if (index < 0)
            {
                if (group.Span >= shard.Options.SharedGroupOutstandingMax)
                {
                    break;
                }

                index = group.NextIndex;
            }

            var status = shard.Core.Ports.Store.TryRead(group.Journal, index, shard.Index, out var record);
            if (status == ReadStatus.GivenUp)
            {
                HandleGivenUp(group, index);
                continue;
            }

            if (status == ReadStatus.Pending)
            {
                shard.Feed.AwaitRead(group.Journal, group);
                break;
            }

            if (status != ReadStatus.Ready)
            {
                break;
            }

            bool handedOut = TryHandOut(group, index, record.Message, now);
            record.Message.Release(shard.Messages);
            if (!handedOut)
            {
                break;
            }
        }

        Trim(group);
    }

    private bool TryHandOut(SharedGroup group, long index, Message message, long now)
    {
        if (message.ExpiresAt <= now)
        {
            shard.Counters.CountDrop(DropReason.Expired);
            WriteSettled(group, index);
            group.Skip(index);
            return true;
        }

        var options = shard.Options;
        var member = MemberChooser.Choose(group, options.SharedGroupStrategy, message.TopicHash, options.SharedGroupMemberCredit);
        if (member is null)
        {
            return false;
        }

        // At most the QoS granted to this member [MQTT-4.8.2-3].
        var qos = member.MaximumQoS < message.QoS ? member.MaximumQoS : message.QoS;
        if (qos == QualityOfService.AtMostOnce)
        {
            WriteSettled(group, index);
            group.Skip(index);
        }
        else
        {
            group.HandOut(index, member);
        }

        if (member.Shard == shard.Index)
        {
            shard.Feed.AcceptShared(member, index, message, qos, now);
        }
        else
        {
            shard.Outboxes.AddMessage(member.Shard, MailKind.GroupDeliver, message, member, qos, value: index);
        }

        return true;
    }

    private void HandleGivenUp(SharedGroup group, long index)
    {
        if (index < group.NextIndex)
        {
            // It had been handed out and came back, and the journal has given it up since.
            shard.CountGivenUp(group.Journal, index, index + 1);
            group.Skip(index);
            return;
        }

        long first = group.Journal.First;
        shard.CountGivenUp(group.Journal, index, first);
        group.SkipTo(first);
    }

    private void Trim(SharedGroup group)
    {
        if (group.Cursor.Position == group.LowWater)
        {
            return;
        }

        long floor = group.Cursor.MoveTo(group.LowWater);
        ProgressKeeper.Trim(group.Journal, floor, shard.Commits.Open);
    }
}
