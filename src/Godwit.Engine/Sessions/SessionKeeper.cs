using Godwit.Engine.Connections;
using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Engine.Messages;
using Godwit.Engine.Observation;
using Godwit.Engine.SharedGroups;

namespace Godwit.Engine.Sessions;

/// <summary>Makes, resumes and ends the sessions of one loop, and publishes their wills (§3.1.2.5, §4.1).</summary>
internal sealed class SessionKeeper(Shard shard)
{
    /// <summary>A new session here; null when another loop made one with the same Client Identifier first.</summary>
    public Session? TryCreate(ReadOnlySpan<byte> clientIdentifier, uint expirySeconds, bool isTrusted)
    {
        var session = new Session(this, shard.Core.NextSessionNumber(), shard.Index, clientIdentifier.ToArray(), isDurable: expirySeconds > 0) { IsTrusted = isTrusted };
        if (!shard.Core.Directory.TryAdd(session))
        {
            return null;
        }

        shard.Counters.Sessions++;
        shard.Queues.OpenPrivate(session);
        if (!isTrusted)
        {
            shard.Core.Ports.Observer.SessionStarted(clientIdentifier);
        }

        return session;
    }

    /// <summary>A session that has survived a restart, without its parts.</summary>
    public Session Restore(StoredSession stored)
    {
        var session = new Session(this, stored.Number, shard.Index, stored.ClientIdentifier, stored.IsDurable)
        {
            ExpirySeconds = stored.ExpirySeconds,
            IsStored = true,
        };
        shard.Core.Directory.TryAdd(session);
        shard.Counters.Sessions++;
        return session;
    }

    /// <summary>A restored session turns out to be an older one of a client that has a later one: before anything of it was restored.</summary>
    public void Discard(Session session)
    {
        session.HasEnded = true;
        shard.Core.Directory.Remove(session);
        shard.Core.GetShard(session.Home).Counters.Sessions--;
        shard.Commits.Open.Add(new StoreOperation { Kind = StoreOperationKind.SessionEnd, Session = session.Number });
    }

    /// <summary>Everything of the session is there again. Its client has been away for so long already, and has a moment to come back before its will is published.</summary>
    public void SetRestoredDeadlines(Session session, long awayMilliseconds, bool wasConnected, long now)
    {
        if (wasConnected)
        {
            // Away from now on, also for the next restart: else a broker that restarts often would keep the session for ever.
            WriteSession(session, isConnected: false);
        }

        if (session.Will is { } will)
        {
            session.WillDueAt = now + Math.Max(will.DelayMilliseconds - awayMilliseconds, shard.Options.WillGraceMilliseconds);
        }

        session.ExpiresAt = session.ExpirySeconds switch
        {
            uint.MaxValue => long.MaxValue,
            _ when !session.IsDurable => session.Will is null ? now : session.WillDueAt,
            var seconds => now + Math.Max(0, (seconds * 1000L) - awayMilliseconds),
        };
        SetDeadline(session);
    }

    public void Attach(Session session, Connection connection, uint expirySeconds, Will? will)
    {
        shard.Deadlines.Cancel(session);
        session.Connection = connection;
        SetPresent(session, present: true);
        session.ExpirySeconds = expirySeconds;
        session.ExpiresAt = long.MaxValue;

        // A reconnect before the Will Delay Interval is over: the old will is not published [MQTT-3.1.3-9].
        session.Will = will;
        session.WillDueAt = long.MaxValue;
        connection.Session = session;
        WriteSession(session, isConnected: true);
        WriteWill(session);
        if (session.Outbound is { Count: > 0 } outbound)
        {
            session.Resending = outbound.InOrder();
            session.ResendingAt = 0;
        }
    }

    /// <summary>CONNACK is out: the session may be sent messages.</summary>
    public void HandleOnline(Session session, long now)
    {
        TellGroups(session, MemberChange.CameOnline, now);
        if (session.HasWork)
        {
            shard.Feed.Queue(session);
        }
    }

    /// <summary>The connection of a session ended. <paramref name="keepWill"/>: false after DISCONNECT 0x00 ([MQTT-3.14.4-3]).</summary>
    public void Detach(Session session, bool keepWill, long now)
    {
        session.Connection = null;
        session.Resending = null;
        TellGroups(session, MemberChange.WentOffline, now);
        shard.Exchanges.HandleDisconnected(session);
        shard.Queues.ForgetHeads(session);
        if (!keepWill)
        {
            ForgetWill(session);
        }

        if (session.ExpirySeconds == 0)
        {
            End(session, now);
            return;
        }

        SetPresent(session, present: false);
        if (session.Will is { DelayMilliseconds: 0 })
        {
            PublishWill(session, now);
        }
        else if (session.Will is { } delayed)
        {
            session.WillDueAt = now + delayed.DelayMilliseconds;
        }

        session.ExpiresAt = session.ExpirySeconds == uint.MaxValue ? long.MaxValue : now + (session.ExpirySeconds * 1000L);
        WriteSession(session, isConnected: false);
        SetDeadline(session);
    }

    public void HandleDeadline(Session session, long now)
    {
        if (session.WillDueAt <= now)
        {
            PublishWill(session, now);
        }

        if (session.ExpiresAt <= now)
        {
            End(session, now);
        }
        else
        {
            SetDeadline(session);
        }
    }

    /// <summary>The session and everything of it goes; a will that still waits is published ([MQTT-3.1.2-8]).</summary>
    public void End(Session session, long now)
    {
        Invariant.That(session.Connection is null, "a session ended under its connection");
        if (session.HasEnded)
        {
            return;
        }

        session.HasEnded = true;
        shard.Deadlines.Cancel(session);
        long queued = session.QueuedMessages;
        if (queued > 0)
        {
            shard.Counters.CountDrop(DropReason.SessionEnded, queued);
        }

        while (session.Subscriptions.Count > 0)
        {
            shard.SubscriptionKeeper.Remove(session, session.Subscriptions.Span[^1], now);
        }

        shard.Queues.Close(session);
        shard.Exchanges.Clear(session);
        PublishWill(session, now);
        if (session.IsStored)
        {
            shard.Commits.Open.Add(new StoreOperation { Kind = StoreOperationKind.SessionEnd, Session = session.Number });
        }

        shard.Core.Directory.Remove(session);
        shard.Counters.Sessions--;
        if (!session.IsTrusted)
        {
            shard.Core.Ports.Observer.SessionEnded(session.ClientIdentifier, queued);
        }
    }

    private static void SetPresent(Session session, bool present)
    {
        foreach (var subscription in session.Subscriptions.Span)
        {
            subscription.Locals?.SetPresent(subscription, present);
        }
    }

    private void PublishWill(Session session, long now)
    {
        session.WillDueAt = long.MaxValue;
        if (session.Will is not { } will)
        {
            return;
        }

        // Published once, then gone from the session [MQTT-3.1.2-10]; in one batch, so that a crash neither doubles nor loses it.
        ForgetWill(session);

        var publication = will.Message.AsPublication();
        publication.Message = null;
        publication.ExpiresAt = will.ExpirySeconds is { } seconds ? now + (seconds * 1000L) : long.MaxValue;
        shard.PublishTaken(ref publication, now, out _);
        publication.Message?.Release(shard.Messages);
    }

    private void TellGroups(Session session, MemberChange change, long now)
    {
        foreach (var subscription in session.Subscriptions.Span)
        {
            if (subscription.Member is { } member)
            {
                shard.Groups.Tell(member, change, now);
            }
        }
    }

    private void SetDeadline(Session session)
    {
        long deadline = Math.Min(session.WillDueAt, session.ExpiresAt);
        if (deadline != long.MaxValue)
        {
            shard.Deadlines.Set(session, deadline);
        }
    }

    private void WriteSession(Session session, bool isConnected)
    {
        // A session that ends with its connection is written for its will alone: that has to be published after a restart.
        if (!shard.Commits.IsPersistent || !(session.IsDurable || session.IsStored || session.Will is not null))
        {
            return;
        }

        session.IsStored = true;
        shard.Commits.Open.Add(new StoreOperation
        {
            Kind = StoreOperationKind.SessionPut,
            Session = session.Number,
            State = new StoredSession(session.Number, session.ClientIdentifier, session.ExpirySeconds, session.IsDurable, isConnected),
        });
    }

    private void WriteWill(Session session)
    {
        if (session.Will is not { } will)
        {
            if (session.HasStoredWill)
            {
                ForgetWill(session);
            }

            return;
        }

        if (!shard.Commits.IsPersistent)
        {
            return;
        }

        session.HasStoredWill = true;
        will.Message.AddReference();
        shard.Commits.Open.Add(new StoreOperation
        {
            Kind = StoreOperationKind.WillPut,
            Session = session.Number,
            Message = will.Message,
            Value = will.DelayMilliseconds,
            Index = will.ExpirySeconds ?? -1L,
        });
    }

    private void ForgetWill(Session session)
    {
        session.Will = null;
        if (session.HasStoredWill)
        {
            session.HasStoredWill = false;
            shard.Commits.Open.Add(new StoreOperation { Kind = StoreOperationKind.WillEnd, Session = session.Number });
        }
    }
}
