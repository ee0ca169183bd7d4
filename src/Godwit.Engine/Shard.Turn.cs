using Godwit.Engine.Access;
using Godwit.Engine.Connections;
using Godwit.Engine.Journals;
using Godwit.Engine.Mailboxes;
using Godwit.Engine.Messages;
using Godwit.Engine.Observation;
using Godwit.Engine.Sessions;
using Godwit.Engine.SharedGroups;
using Godwit.Engine.Subscriptions;
using Godwit.Protocol;

namespace Godwit.Engine;

/// <content>What the driver calls, in the order of a turn.</content>
public sealed partial class Shard
{
    // Filters that one message from another loop has matched, gathered from consecutive notes.
    private readonly MatchList _mailed = new();
    private long _now;

    /// <summary>The wait is over.</summary>
    public void Awoken() => Core.MailboxOf(Index).Awoken();

    /// <summary>Reads the mail of the other loops. Before any read of a socket, so that what was acknowledged elsewhere has effect here.</summary>
    public void BeginTurn(long now)
    {
        _now = now;
        var mail = Core.MailboxOf(Index).Take();
        foreach (ref var item in mail.Span)
        {
            HandleMail(ref item, now);
        }

        mail.Clear();
    }

    /// <summary>A new accepted connection.</summary>
    public Connection Open(ListenerProfile listener, string remoteAddress, object? transport, long now) =>
        Connections.Open(listener, remoteAddress, transport, now);

    /// <summary>Bytes have arrived. They are consumed or copied before this returns.</summary>
    public void Receive(Connection connection, ReadOnlySpan<byte> bytes, long now)
    {
        Counters.BytesReceived += bytes.Length;
        if (connection.IsOpen)
        {
            Receiver.Receive(connection, bytes, now);
        }
    }

    /// <summary>The transport is closed, by the peer or by the driver. The connection is not used any more after this.</summary>
    public void TransportClosed(Connection connection, bool reset, long now) => Connections.HandleTransportClosed(connection, reset, now);

    /// <summary>Fires what is due, commits this turn's writes, feeds whoever has room, and hands the mail over.</summary>
    public void EndTurn(long now)
    {
        _now = now;

        // Behind the reads: after a pause of the whole process nobody is sent away whose signs of life were waiting to be read.
        Deadlines.Fire(now);

        Feed.BeginTurn();

        // Feeding writes cursors, committing feeds readers: a few rounds until nothing is left to do at once.
        while (Feed.HasQueued || Groups.HasQueued || Commits.HasWrites || Connections.HasHeld || _ending.Count > 0)
        {
            Connections.ReceiveHeld(now);
            Groups.Run(now);
            Feed.Run(now);
            EndOverflowed(now);
            if (Commits.HasWrites)
            {
                Commits.Submit(now);
            }
            else if (Feed.HasQueued && !Connections.HasHeld)
            {
                // Only walks over retained messages queue themselves again: they go on in the next turn.
                break;
            }
        }

        Outboxes.HandOver();
        if (IsUnderPressure && Outboxes.IsRelieved() && !IsStoreBusy)
        {
            IsUnderPressure = false;
            Connections.ResumePaused(now);
        }
    }

    /// <summary>The next connection that needs something from the driver.</summary>
    public bool TryTakeAttention(out Connection connection)
    {
        while (_attention.TryDequeue(out connection!))
        {
            connection.IsInAttention = false;
            if (!connection.IsGone)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary><paramref name="count"/> bytes of <see cref="Connection.PendingOutput"/> were taken by the transport; 0 when it would block.</summary>
    public void OutputSent(Connection connection, int count, long now) => Connections.HandleOutputSent(connection, count, now);

    /// <summary>The next connection that another loop has handed to this one: register its transport here, then call <see cref="Adopt"/>.</summary>
    public bool TryTakeAdopted(out Connection connection) => _adopted.TryDequeue(out connection!);

    /// <summary>The transport is registered: goes on with the bytes that came along.</summary>
    public void Adopt(Connection connection, long now) => Connections.Adopt(connection, now);

    /// <summary>The transport no longer belongs to this loop: the connection is mailed to <see cref="Connection.HandoverTarget"/>.</summary>
    public void CompleteHandover(Connection connection) => Connections.CompleteHandover(connection);

    /// <summary>False: there is mail, do not wait. True: the next sender wakes this loop.</summary>
    public bool TryPrepareSleep() => Outboxes.IsEmpty && Core.MailboxOf(Index).TryPrepareSleep();

    /// <summary>The broker shuts down: sends 5.0 clients away with 0x8B and closes all.</summary>
    public void BeginDrain(long now)
    {
        _draining = true;
        Connections.CloseAll(now);
    }

    private void EndOverflowed(long now)
    {
        foreach (var session in _ending)
        {
            if (session.HasEnded)
            {
                continue;
            }

            session.ExpirySeconds = 0;
            if (session.Connection is { } connection)
            {
                Connections.Disconnect(connection, ReasonCode.QuotaExceeded, DisconnectCause.QueueOverflow, now);
            }
            else
            {
                Sessions.End(session, now);
            }
        }

        _ending.Clear();
    }

    private void HandleAnswer(AccessQuestion question, AccessDecision decision, long now)
    {
        var connection = question.Connection;
        if (!question.IsOpen || connection.IsGone)
        {
            return;
        }

        if (question.Kind == AccessQuestionKind.Packet)
        {
            PacketGate.HandleAnswer(connection, question, decision, now);
        }
        else
        {
            ReceiveGate.HandleAnswer(connection, question, decision, now);
        }
    }

    private void HandleMail(ref MailItem item, long now)
    {
        switch (item.Kind)
        {
            case MailKind.Deliver:
                _mailed.Add((FilterEntry)item.Subject!);
                if (!item.Continues)
                {
                    var publication = item.Message!.AsPublication();
                    Router.DeliverHere(ref publication, _mailed.Span, now);
                    _mailed.Clear();
                }

                break;
            case MailKind.JournalAdvanced when item.Subject is FilterEntry entry:
                Feed.QueueReaders(entry);
                break;
            case MailKind.JournalAdvanced:
                Feed.Queue((Session)item.Subject!);
                break;
            case MailKind.GroupPublish:
                var forGroup = item.Message!.AsPublication();
                Groups.PublishAtMostOnce((SharedGroup)item.Subject!, ref forGroup, now);
                break;
            case MailKind.GroupAdvanced:
                Groups.Queue((SharedGroup)item.Subject!);
                break;
            case MailKind.GroupDeliver:
                Feed.AcceptShared((GroupMember)item.Subject!, item.Value, item.Message!, item.QoS, now);
                break;
            case MailKind.GroupSettled:
                Groups.HandleSettled((GroupMember)item.Subject!, item.Value >> 1, (Settlement)(item.Value & 1));
                break;
            case MailKind.GroupMember:
                Groups.HandleMember((GroupMember)item.Subject!, (MemberChange)item.Value, item.QoS, now);
                break;
            case MailKind.Handover:
                _adopted.Enqueue((Connection)item.Subject!);
                break;
            case MailKind.BatchCommitted:
                Commits.HandleCommitted((StoreBatch)item.Subject!, now);
                break;
            case MailKind.AccessAnswered:
                HandleAnswer((AccessQuestion)item.Subject!, (AccessDecision)item.Member!, now);
                break;
            case MailKind.StoreRelieved:
                Connections.EndWithheld(now);
                break;
            case MailKind.ReadReady:
                Feed.HandleReadReady((Journal)item.Subject!);
                break;
        }

        item.Message?.Release(Messages);
    }
}
