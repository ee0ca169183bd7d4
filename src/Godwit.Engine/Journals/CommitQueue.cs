using Godwit.Engine.Connections;
using Godwit.Engine.Mailboxes;
using Godwit.Engine.Observation;
using Godwit.Engine.Sessions;
using Godwit.Engine.SharedGroups;
using Godwit.Engine.Subscriptions;

namespace Godwit.Engine.Journals;

/// <summary>
/// The writes of one loop on their way to the store, and what waits for them: answers leave, and readers of the journals
/// are fed, only when the batch is committed.
/// </summary>
internal sealed class CommitQueue(Shard shard, IStore store)
{
    private readonly Stack<StoreBatch> _spare = new();
    private readonly List<Connection> _awaiting = [];
    private readonly Queue<HeldPublish> _held = new();
    private StoreBatch _open = new(shard.Index) { Ticket = 1 };
    private long _committed;

    /// <summary>The batch that takes this turn's writes.</summary>
    public StoreBatch Open => _open;

    public bool HasWrites => _open.Count > 0 || _open.IsAwaited || shard.Progress.HasTouched;

    /// <summary>False when nothing survives the process, so that only journals need the store.</summary>
    public bool IsPersistent { get; } = store.Level != DurabilityLevel.Memory;

    /// <summary>The ticket of the open batch: an answer that carries it leaves when the batch is committed.</summary>
    public long Ticket => _open.Ticket;

    /// <summary>The ticket that an answer has to wait for when it speaks of durable state that was changed just now; 0 when nothing survives anyway.</summary>
    public long DurableTicket => IsPersistent ? _open.Ticket : 0;

    /// <summary>The ticket after which everything written so far is committed: that of the open batch if it has writes, else of the one before.</summary>
    public long LatestTicket => HasWrites ? _open.Ticket : _open.Ticket - 1;

    public void Submit(long now)
    {
        shard.Progress.WriteTo(_open);
        var batch = _open;
        if (batch.Count == 0 && !batch.IsAwaited)
        {
            return;
        }

        _open = _spare.TryPop(out var spare) ? spare : new StoreBatch(shard.Index);
        _open.Ticket = batch.Ticket + 1;
        batch.SubmittedAt = now;
        if (store.Submit(batch))
        {
            HandleCommitted(batch, now);
        }
    }

    public void HandleCommitted(StoreBatch batch, long now)
    {
        Invariant.That(batch.Ticket == _committed + 1, "batches of a shard were committed out of order");
        _committed = batch.Ticket;
        shard.QueueSweeper.Arm(store.NextSweepAt);
        ReleaseAnswers(now);
        SendHeld(now);
        ActOn(batch);
        batch.Reset(shard.Messages);
        _spare.Push(batch);
    }

    /// <summary>Retained messages have changed, and the open batch brings the store the changes.</summary>
    public void SyncRetained()
    {
        if (IsPersistent && !_open.SyncsRetained)
        {
            _open.SyncsRetained = true;
            _open.Add(new StoreOperation { Kind = StoreOperationKind.RetainedSync });
        }
    }

    /// <summary>Sends the answer at once, or in its turn when it or an earlier one waits for the store.</summary>
    public void Answer(Connection connection, in PendingAcknowledgement answer)
    {
        if (answer.Ticket <= _committed && connection.Acknowledgements.Count == 0)
        {
            shard.Answers.Write(connection, in answer);
            return;
        }

        if (connection.Acknowledgements.Count == 0)
        {
            _awaiting.Add(connection);
        }

        connection.Acknowledgements.Enqueue(in answer);
        _open.IsAwaited |= answer.Ticket == _open.Ticket;
    }

    /// <summary>
    /// The message goes out when its packet identifier is committed with the open batch: a QoS 2 message that was sent under an
    /// identifier which a crash makes the broker forget would be sent again under another, and arrive twice ([MQTT-4.3.3-2]).
    /// </summary>
    public void Hold(Connection connection, ushort packetIdentifier, uint[]? identifiers)
    {
        _open.IsAwaited = true;
        _held.Enqueue(new HeldPublish(_open.Ticket, connection, packetIdentifier, identifiers));
    }

    private void ReleaseAnswers(long now)
    {
        int kept = 0;
        for (int i = 0; i < _awaiting.Count; i++)
        {
            var connection = _awaiting[i];
            while (connection.IsOpen && connection.Acknowledgements.TryDequeue(_committed, out var answer))
            {
                shard.Answers.Write(connection, in answer);
                shard.Answers.HandleReleased(connection, in answer, now);
            }

            if (connection.IsOpen && connection.Acknowledgements.Count > 0)
            {
                _awaiting[kept++] = connection;
            }
        }

        _awaiting.RemoveRange(kept, _awaiting.Count - kept);
    }

    private void SendHeld(long now)
    {
        while (_held.TryPeek(out var held) && held.Ticket <= _committed)
        {
            _held.Dequeue();
            if (held.Connection.IsOpen && held.Connection.Session is { } session)
            {
                shard.Feed.SendHeld(session, held.Connection, held.PacketIdentifier, held.Identifiers, now);
            }
        }
    }

    private void ActOn(StoreBatch batch)
    {
        Journal? announced = null;
        foreach (ref var operation in batch.Operations)
        {
            if (operation.Kind != StoreOperationKind.Append)
            {
                if (operation.Change is { } change)
                {
                    shard.Queues.Settle(change, operation.Index);
                }

                continue;
            }

            if (operation.Index < 0)
            {
                shard.Counters.CountDrop(DropReason.QueueFull, operation.Index == StoreOperation.Rejected ? 1 : 0);
                continue;
            }

            if (ReferenceEquals(operation.Journal, announced))
            {
                continue;
            }

            announced = operation.Journal!;
            Announce(announced);
        }
    }

    private void Announce(Journal journal)
    {
        switch (journal.Owner)
        {
            case FilterEntry entry:
                for (ulong mask = entry.ShardMask(); mask != 0; mask &= mask - 1)
                {
                    int target = System.Numerics.BitOperations.TrailingZeroCount(mask);
                    if (target == shard.Index)
                    {
                        shard.Feed.QueueReaders(entry);
                    }
                    else
                    {
                        shard.Outboxes.Add(target, new MailItem { Kind = MailKind.JournalAdvanced, Subject = entry });
                    }
                }

                break;
            case Session session when session.Home == shard.Index:
                shard.Feed.Queue(session);
                break;
            case Session session:
                shard.Outboxes.Add(session.Home, new MailItem { Kind = MailKind.JournalAdvanced, Subject = session });
                break;
            case SharedGroup group when group.Home == shard.Index:
                shard.Groups.Queue(group);
                break;
            case SharedGroup group:
                shard.Outboxes.Add(group.Home, new MailItem { Kind = MailKind.GroupAdvanced, Subject = group });
                break;
        }
    }

    private readonly record struct HeldPublish(long Ticket, Connection Connection, ushort PacketIdentifier, uint[]? Identifiers);
}
