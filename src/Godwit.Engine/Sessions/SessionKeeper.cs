using Godwit.Engine.Connections;
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
        var session = new Session(this, shard.Index, clientIdentifier.ToArray(), isDurable: expirySeconds > 0) { IsTrusted = isTrusted };
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

    public void Attach(Session session, Connection connection, uint expirySeconds, Will? will)
    {
        shard.Deadlines.Cancel(session);
        session.Connection = connection;
        session.ExpirySeconds = expirySeconds;
        session.ExpiresAt = long.MaxValue;

        // A reconnect before the Will Delay Interval is over: the old will is not published [MQTT-3.1.3-9].
        session.Will = will;
        session.WillDueAt = long.MaxValue;
        connection.Session = session;
        WriteSession(session);
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
        if (!keepWill)
        {
            session.Will = null;
        }

        if (session.ExpirySeconds == 0)
        {
            End(session, now);
            return;
        }

        if (session.Will is { DelayMilliseconds: 0 })
        {
            PublishWill(session, now);
        }
        else if (session.Will is { } delayed)
        {
            session.WillDueAt = now + delayed.DelayMilliseconds;
        }

        session.ExpiresAt = session.ExpirySeconds == uint.MaxValue ? long.MaxValue : now + (session.ExpirySeconds * 1000L);
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
        if (session.IsDurable)
        {
            shard.Commits.Open.Add(new StoreOperation { Kind = StoreOperationKind.SessionDelete, Client = session.ClientIdentifier });
        }

        PublishWill(session, now);
        shard.Core.Directory.Remove(session);
        shard.Counters.Sessions--;
        if (!session.IsTrusted)
        {
            shard.Core.Ports.Observer.SessionEnded(session.ClientIdentifier, queued);
        }
    }

    private void PublishWill(Session session, long now)
    {
        session.WillDueAt = long.MaxValue;
        if (session.Will is not { } will)
        {
            return;
        }

        // Published once, then gone from the session [MQTT-3.1.2-10].
        session.Will = null;
        if (session.IsDurable)
        {
            shard.Commits.Open.Add(new StoreOperation { Kind = StoreOperationKind.WillDelete, Client = session.ClientIdentifier });
        }

        var publication = will.Message.AsPublication();
        publication.Message = null;
        publication.ExpiresAt = will.ExpirySeconds is { } seconds ? now + (seconds * 1000L) : long.MaxValue;
        shard.Publish(ref publication, now, out _);
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

    private void WriteSession(Session session)
    {
        if (!session.IsDurable)
        {
            return;
        }

        shard.Commits.Open.Add(new StoreOperation
        {
            Kind = StoreOperationKind.SessionPut,
            Client = session.ClientIdentifier,
            Value = session.ExpirySeconds,
        });
        if (session.Will is { } will)
        {
            will.Message.AddReference();
            shard.Commits.Open.Add(new StoreOperation
            {
                Kind = StoreOperationKind.WillPut,
                Client = session.ClientIdentifier,
                Message = will.Message,
                Value = will.DelayMilliseconds,
            });
        }
    }
}
