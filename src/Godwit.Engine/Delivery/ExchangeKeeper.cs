using System.Runtime.CompilerServices;
using Godwit.Engine.Connections;
using Godwit.Engine.Journals;
using Godwit.Engine.Observation;
using Godwit.Engine.Sessions;
using Godwit.Engine.SharedGroups;
using Godwit.Protocol;

namespace Godwit.Engine.Delivery;

/// <summary>
/// The sender's half of QoS 1 and 2 (§4.3.2, §4.3.3): what the client's PUBACK, PUBREC and PUBCOMP do to the messages that
/// are on their way to it.
/// </summary>
internal sealed class ExchangeKeeper(Shard shard)
{
    public void HandlePubAck(Connection connection, ushort packetIdentifier, ReasonCode reason)
    {
        var session = connection.Session!;
        ref var exchange = ref Find(session, packetIdentifier);
        if (Unsafe.IsNullRef(ref exchange) || exchange.QoS != QualityOfService.AtLeastOnce || !exchange.SentHere)
        {
            shard.Counters.UnknownAcknowledgements++;
            return;
        }

        // A failing code settles the message as well [MQTT-4.4.0-2]; a shared group discards it [MQTT-4.8.2-6].
        CountRefusal(in exchange, reason);
        Complete(session, ref exchange);
    }

    public void HandlePubRec(Connection connection, ushort packetIdentifier, ReasonCode reason)
    {
        var session = connection.Session!;
        ref var exchange = ref Find(session, packetIdentifier);
        if (Unsafe.IsNullRef(ref exchange) || exchange.QoS != QualityOfService.ExactlyOnce || !exchange.SentHere)
        {
            shard.Counters.UnknownAcknowledgements++;
            if (!reason.IsFailure())
            {
                // Lets the client finish what we know nothing of (§4.3.3).
                Answer(connection, packetIdentifier, ReasonCode.PacketIdentifierNotFound, 0);
            }

            return;
        }

        if (reason.IsFailure())
        {
            CountRefusal(in exchange, reason);
            Complete(session, ref exchange);
            return;
        }

        long ticket = 0;
        if (!exchange.Released)
        {
            exchange.Released = true;
            exchange.Message?.Release(shard.Messages);
            exchange.Message = null;
            if (session.IsDurable)
            {
                // Durable before PUBREL leaves: after a crash the PUBLISH may not be sent again [MQTT-4.3.3-6].
                DropOwnRecord(session, ref exchange);
                shard.Progress.Touch(session);
                ticket = shard.Commits.DurableTicket;
            }
        }

        Answer(connection, packetIdentifier, ReasonCode.Success, ticket); // [MQTT-4.3.3-4]
    }

    public void HandlePubComp(Connection connection, ushort packetIdentifier)
    {
        var session = connection.Session!;
        ref var exchange = ref Find(session, packetIdentifier);
        if (Unsafe.IsNullRef(ref exchange) || !exchange.Released)
        {
            shard.Counters.UnknownAcknowledgements++;
            return;
        }

        Complete(session, ref exchange);
    }

    /// <summary>The exchange is over: its packet identifier is free again and the window has room.</summary>
    public void Complete(Session session, ref OutboundExchange exchange)
    {
        if (exchange.SentHere && session.Connection is { } connection)
        {
            connection.SendQuotaUsed--;
        }

        if (exchange.Member is { } member)
        {
            shard.Groups.Settle(member, exchange.Index, Settlement.Done);
        }

        Forget(session, ref exchange);
        if (session.HasWork)
        {
            shard.Feed.Queue(session);
        }
    }

    /// <summary>
    /// The connection is gone. What shared groups handed over at QoS 1 goes back to them; a QoS 2 message that was sent stays
    /// with this session, to be completed on its next connection or to end with it ([MQTT-4.8.2-4], [MQTT-4.8.2-5]).
    /// </summary>
    public void HandleDisconnected(Session session)
    {
        if (session.SharedPending is { } pending)
        {
            while (pending.TryDequeue(out var delivery))
            {
                shard.Groups.Settle(delivery.Member, delivery.Index, Settlement.Returned);
                delivery.Message.Release(shard.Messages);
            }
        }

        if (session.Outbound is not { Count: > 0 } outbound)
        {
            return;
        }

        foreach (ushort identifier in outbound.InOrder())
        {
            ref var exchange = ref outbound.Find(identifier);
            exchange.SentHere = false;
            if (exchange.Member is not { } member)
            {
                continue;
            }

            if (exchange.QoS == QualityOfService.AtLeastOnce)
            {
                shard.Groups.Settle(member, exchange.Index, Settlement.Returned);
                Forget(session, ref exchange);
            }
            else
            {
                shard.Groups.Settle(member, exchange.Index, Settlement.Done);
                exchange.Member = null;
            }
        }
    }

    /// <summary>The message is to survive a restart, and no journal keeps it for this session.</summary>
    public void GiveOwnRecord(Session session, ref OutboundExchange exchange)
    {
        if (exchange.HasOwnRecord || !shard.Commits.IsPersistent || exchange.Message is not { } message)
        {
            return;
        }

        exchange.HasOwnRecord = true;
        message.AddReference();
        shard.Commits.Open.Add(new StoreOperation
        {
            Kind = StoreOperationKind.OutboundPut,
            Session = session.Number,
            PacketIdentifier = exchange.PacketIdentifier,
            Message = message,
        });
    }

    /// <summary>The session reads the journal no longer; what is on its way from there is completed all the same [MQTT-3.10.4-3].</summary>
    public void HandleDetached(Session session, Journal journal)
    {
        if (!shard.Commits.IsPersistent || session.HasEnded || session.Outbound is not { Count: > 0 } outbound)
        {
            return;
        }

        foreach (ushort identifier in outbound.InOrder())
        {
            ref var exchange = ref outbound.Find(identifier);
            if (exchange.IsInJournal && ReferenceEquals(exchange.Journal, journal))
            {
                GiveOwnRecord(session, ref exchange);
            }
        }
    }

    /// <summary>The member leaves its group: what it was handed and has not been sent goes back.</summary>
    public void ReturnPending(Session session, GroupMember member)
    {
        if (session.SharedPending is not { } pending)
        {
            return;
        }

        for (int count = pending.Count; count > 0; count--)
        {
            var delivery = pending.Dequeue();
            if (!ReferenceEquals(delivery.Member, member))
            {
                pending.Enqueue(delivery);
                continue;
            }

            shard.Groups.Settle(delivery.Member, delivery.Index, Settlement.Returned);
            delivery.Message.Release(shard.Messages);
        }
    }

    /// <summary>Lets go of everything that was on its way.</summary>
    public void Clear(Session session)
    {
        if (session.Outbound is { Count: > 0 } outbound)
        {
            foreach (ushort identifier in outbound.InOrder())
            {
                Forget(session, ref outbound.Find(identifier));
            }
        }
    }

    private static ref OutboundExchange Find(Session session, ushort packetIdentifier)
    {
        if (session.Outbound is { } outbound)
        {
            return ref outbound.Find(packetIdentifier);
        }

        return ref Unsafe.NullRef<OutboundExchange>();
    }

    private void Forget(Session session, ref OutboundExchange exchange)
    {
        exchange.Message?.Release(shard.Messages);
        DropOwnRecord(session, ref exchange);
        shard.Progress.Touch(session);
        session.Outbound!.Remove(ref exchange);
    }

    private void DropOwnRecord(Session session, ref OutboundExchange exchange)
    {
        if (exchange.HasOwnRecord && !session.HasEnded)
        {
            shard.Commits.Open.Add(new StoreOperation
            {
                Kind = StoreOperationKind.OutboundEnd,
                Session = session.Number,
                PacketIdentifier = exchange.PacketIdentifier,
            });
        }

        exchange.HasOwnRecord = false;
    }

    private void CountRefusal(in OutboundExchange exchange, ReasonCode reason)
    {
        if (reason.IsFailure() && exchange.Member is not null)
        {
            shard.Counters.CountDrop(DropReason.RefusedByClient);
        }
    }

    private void Answer(Connection connection, ushort packetIdentifier, ReasonCode reason, long ticket) =>
        shard.Commits.Answer(connection, new PendingAcknowledgement(ticket, PacketType.PubRel, reason, packetIdentifier, null));
}
