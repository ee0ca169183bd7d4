using Godwit.Engine.Access;
using Godwit.Engine.Delivery;
using Godwit.Engine.Journals;
using Godwit.Engine.Messages;
using Godwit.Engine.Observation;
using Godwit.Engine.Sessions;
using Godwit.Protocol;

namespace Godwit.Engine.Connections;

/// <summary>PUBLISH from a client, and the receiver's half of QoS 2: PUBREL (§3.3, §4.3).</summary>
internal sealed class PublishHandler(Shard shard)
{
    private byte[] _properties = new byte[256];

    public void Handle(Connection connection, byte flags, ReadOnlySpan<byte> body, long now)
    {
        if (!PublishPacket.TryDecode(
            body, flags, connection.Version, PacketSender.Client, PacketReceiver.LeniencyOf(connection), out var packet, out var fault))
        {
            shard.Connections.Fault(connection, in fault, now);
            return;
        }

        var session = connection.Session!;
        if (!TryResolveTopic(connection, in packet, out var topic, now))
        {
            return;
        }

        if (packet.QoS == QualityOfService.ExactlyOnce && session.Inbound is { } inbound && inbound.Contains(packet.PacketIdentifier))
        {
            // Sent again before its PUBREL: acknowledged again, passed on once [MQTT-4.3.3-10].
            Count(in packet);
            Answer(connection, PacketType.PubRec, packet.PacketIdentifier, ReasonCode.Success, 0);
            return;
        }

        var publication = new Publication
        {
            Topic = topic,
            Properties = Forwardable(packet.Properties),
            Payload = packet.Payload,
            QoS = packet.QoS,
            Retain = packet.Retain,
            ExpiresAt = ExpiryOf(packet.Properties.MessageExpiryInterval, now),
            Publisher = session.ClientIdentifier,
            TopicHash = shard.Subscriptions.HashOf(topic),
        };
        bool isAllowed = shard.HasAllowedLevels(topic);
        var decision = isAllowed
            ? shard.PacketGate.DecidePublish(connection, in publication, packet.Properties.MessageExpiryInterval)
            : AccessDecision.Allowed;
        if (connection.AwaitsDecision)
        {
            return;
        }

        Count(in packet);
        if (!TryTakeQuota(connection, packet.QoS, now))
        {
            return;
        }

        if (connection.HasWithheld && packet.QoS != QualityOfService.AtMostOnce)
        {
            // There may be room again, and the connection about to end: what it sent before this comes again on the next one, and
            // so does this, behind it (§4.6).
            publication.Message?.Release(shard.Messages);
            return;
        }

        var outcome = default(RouteOutcome);
        var reason = isAllowed
            ? Publish(session, ref publication, decision, out outcome, now)
            : ReasonCode.TopicNameInvalid;
        publication.Message?.Release(shard.Messages);
        shard.IsUnderPressure |= outcome.AwaitsCommit && shard.IsStoreBusy;
        if (shard.IsUnderPressure)
        {
            shard.Connections.PauseUnderPressure(connection);
        }

        if (reason.IsFailure() && connection.Version != ProtocolVersion.Mqtt5)
        {
            if (outcome.StoreIsFull)
            {
                // Not acknowledged: the client sends it again on its next connection, which it is asked for when there is room.
                shard.Connections.Withhold(connection);
                return;
            }

            // Earlier versions cannot refuse a publish. What the client may not send is acknowledged and dropped (3.1.1
            // [MQTT-3.3.5-2]); what the broker could not take must not look as if it had, so the connection ends.
            if (reason != ReasonCode.NotAuthorized)
            {
                shard.Connections.Disconnect(connection, reason, DisconnectCause.ProtocolViolation, now);
                return;
            }

            reason = ReasonCode.Success;
        }

        if (packet.QoS != QualityOfService.AtMostOnce)
        {
            Acknowledge(connection, in packet, reason, outcome);
        }
    }

    public void HandlePubRel(Connection connection, ushort packetIdentifier)
    {
        var session = connection.Session!;
        if (session.Inbound is null || !session.Inbound.Remove(packetIdentifier))
        {
            shard.Counters.UnknownAcknowledgements++;
            Answer(connection, PacketType.PubComp, packetIdentifier, ReasonCode.PacketIdentifierNotFound, 0);
            return;
        }

        long ticket = 0;
        if (session.IsDurable)
        {
            shard.Progress.Touch(session);
            ticket = shard.Commits.DurableTicket;
        }

        Answer(connection, PacketType.PubComp, packetIdentifier, ReasonCode.Success, ticket); // [MQTT-4.3.3-11]
    }

    private static long ExpiryOf(uint? seconds, long now) => seconds is { } interval ? now + (interval * 1000L) : long.MaxValue;

    private void Count(scoped in PublishPacket packet)
    {
        shard.Counters.PublishReceived++;
        PacketReceiver.CountTolerated(shard, packet.Tolerated);
    }

    private ReasonCode Publish(Session session, scoped ref Publication publication, AccessDecision decision, out RouteOutcome outcome, long now)
    {
        outcome = default;
        if (decision.Reason.IsFailure() || ReferenceEquals(decision, AccessDecision.Discarded))
        {
            shard.Counters.PublishRefused++;
            return decision.Reason;
        }

        if (decision.Change is { } change)
        {
            // The depth of the walk through the index is bounded, whoever chose the topic.
            if (!shard.HasAllowedLevels(change.Topic))
            {
                shard.Counters.PublishRefused++;
                return ReasonCode.TopicNameInvalid;
            }

            publication = shard.ApplyChange(change, session.ClientIdentifier, ExpiryOf(change.MessageExpiryInterval, now));
        }

        return shard.Publish(ref publication, now, out outcome);
    }

    private bool TryResolveTopic(Connection connection, scoped in PublishPacket packet, out ReadOnlySpan<byte> topic, long now)
    {
        topic = packet.Topic;
        int alias = packet.Properties.TopicAlias;
        if (alias == 0)
        {
            return true;
        }

        var aliases = connection.InboundAliases ??= new InboundTopicAliases(shard.Options.TopicAliasMaximum);
        if (!aliases.IsInRange(alias))
        {
            shard.Connections.Fault(
                connection, new ProtocolFault(ReasonCode.TopicAliasInvalid, "MQTT-3.3.2-9", "Topic Alias above the Topic Alias Maximum"), now);
            return false;
        }

        if (!topic.IsEmpty)
        {
            aliases.Set(alias, topic);
            return true;
        }

        topic = aliases.Find(alias);
        if (topic.IsEmpty)
        {
            shard.Connections.Fault(
                connection, new ProtocolFault(ReasonCode.ProtocolError, "MQTT-4.13.1-1", "Topic Alias that was never defined"), now);
            return false;
        }

        return true;
    }

    private bool TryTakeQuota(Connection connection, QualityOfService qos, long now)
    {
        if (qos == QualityOfService.AtMostOnce)
        {
            return true;
        }

        // Only 5.0 clients know of a Receive Maximum [MQTT-3.3.4-7]; what others may leave open is bounded by the number
        // of packet identifiers.
        if (connection.ReceiveQuotaUsed >= shard.Options.ReceiveMaximum && connection.Version == ProtocolVersion.Mqtt5)
        {
            if (!connection.Listener.Lenient)
            {
                shard.Connections.Fault(
                    connection,
                    new ProtocolFault(ReasonCode.ReceiveMaximumExceeded, "MQTT-3.3.4-7", "more unfinished QoS 1 and 2 publications than the Receive Maximum"),
                    now);
                return false;
            }

            shard.Counters.CountTolerated(ToleratedFault.ReceiveMaximum);
        }

        connection.ReceiveQuotaUsed++;
        return true;
    }

    private ReadOnlySpan<byte> Forwardable(scoped in PublishProperties properties)
    {
        // Reused from packet to packet: the publication is copied before the next one is decoded.
        if (properties.ForwardableLength > _properties.Length)
        {
            _properties = new byte[properties.ForwardableLength * 2];
        }

        return _properties.AsSpan(0, properties.CopyForwardable(_properties));
    }

    private void Acknowledge(Connection connection, scoped in PublishPacket packet, ReasonCode reason, RouteOutcome outcome)
    {
        var session = connection.Session!;
        long ticket = outcome.AwaitsCommit ? shard.Commits.Ticket : 0;
        if (packet.QoS == QualityOfService.AtLeastOnce)
        {
            Answer(connection, PacketType.PubAck, packet.PacketIdentifier, reason, ticket); // [MQTT-4.3.2-4]
            return;
        }

        if (!reason.IsFailure())
        {
            (session.Inbound ??= new InboundIdentifiers()).Add(packet.PacketIdentifier);
            if (session.IsDurable)
            {
                // In the same batch as the message: after a crash both are there or neither.
                shard.Progress.Touch(session);
                ticket = Math.Max(ticket, shard.Commits.DurableTicket);
            }
        }

        Answer(connection, PacketType.PubRec, packet.PacketIdentifier, reason, ticket); // [MQTT-4.3.3-8]
    }

    private void Answer(Connection connection, PacketType type, ushort packetIdentifier, ReasonCode reason, long ticket) =>
        shard.Commits.Answer(connection, new PendingAcknowledgement(ticket, type, reason, packetIdentifier, null));
}
