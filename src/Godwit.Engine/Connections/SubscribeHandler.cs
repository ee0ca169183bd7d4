using Godwit.Protocol;

namespace Godwit.Engine.Connections;

/// <summary>SUBSCRIBE and UNSUBSCRIBE (§3.8 to §3.11): one reason code per filter, in their order.</summary>
internal sealed class SubscribeHandler(Shard shard)
{
    private byte[] _reasons = new byte[64];

    public void HandleSubscribe(Connection connection, ReadOnlySpan<byte> body, long now)
    {
        if (!SubscribePacket.TryDecode(body, connection.Version, PacketReceiver.LeniencyOf(connection), out var packet, out var fault))
        {
            shard.Connections.Fault(connection, in fault, now);
            return;
        }

        var decision = shard.PacketGate.DecideSubscribe(connection, in packet);
        if (connection.AwaitsDecision)
        {
            return;
        }

        PacketReceiver.CountTolerated(shard, packet.Tolerated);
        var reasons = Reasons(packet.Count);
        int count = 0;
        foreach (var item in packet)
        {
            var grant = decision.Reason.IsFailure() ? decision.Reason : decision.Grants?[count] ?? ReasonCode.GrantedQoS2;
            var reason = Subscribe(connection, in item, packet.SubscriptionIdentifier, grant, now);

            // Earlier versions know one failure (3.1.1 [MQTT-3.9.3-2]).
            reasons[count++] = reason.IsFailure() && connection.Version != ProtocolVersion.Mqtt5 ? (byte)0x80 : (byte)reason;
        }

        var answer = new SubAckPacket { PacketIdentifier = packet.PacketIdentifier, ReasonCodes = reasons };
        byte[] encoded = new byte[answer.GetEncodedLength(connection.Version)];
        answer.Encode(encoded, connection.Version);
        Answer(connection, PacketType.SubAck, packet.PacketIdentifier, encoded);
    }

    public void HandleUnsubscribe(Connection connection, ReadOnlySpan<byte> body, long now)
    {
        if (!UnsubscribePacket.TryDecode(body, connection.Version, PacketReceiver.LeniencyOf(connection), out var packet, out var fault))
        {
            shard.Connections.Fault(connection, in fault, now);
            return;
        }

        PacketReceiver.CountTolerated(shard, packet.Tolerated);
        var reasons = Reasons(packet.Count);
        int count = 0;
        foreach (var filter in packet)
        {
            bool existed = shard.SubscriptionKeeper.Unsubscribe(connection.Session!, filter, now);
            reasons[count++] = (byte)(existed ? ReasonCode.Success : ReasonCode.NoSubscriptionExisted);
        }

        var answer = new UnsubAckPacket { PacketIdentifier = packet.PacketIdentifier, ReasonCodes = reasons };
        byte[] encoded = new byte[answer.GetEncodedLength(connection.Version)];
        answer.Encode(encoded, connection.Version);
        Answer(connection, PacketType.UnsubAck, packet.PacketIdentifier, encoded);
    }

    private ReasonCode Subscribe(Connection connection, scoped in SubscribeItem item, uint identifier, ReasonCode grant, long now)
    {
        var session = connection.Session!;
        var filter = item.Filter;
        switch (SharedFilter.TryParse(item.Filter, out var shareName, out var inner))
        {
            case SharedFilterKind.Invalid:
                return ReasonCode.TopicFilterInvalid;
            case SharedFilterKind.Valid:
                filter = inner;
                break;
            default:
                shareName = default;
                break;
        }

        if (!TopicFilter.Check(filter, connection.Version, out _) || !shard.HasAllowedLevels(filter))
        {
            return ReasonCode.TopicFilterInvalid;
        }

        if (session.Subscriptions.Count >= shard.Options.SubscriptionsPerSessionMax && session.Subscriptions.Find(item.Filter) is null)
        {
            return ReasonCode.QuotaExceeded;
        }

        if (grant.IsFailure())
        {
            return grant;
        }

        // A bridge of an earlier version asks by a bit of its CONNECT for what 5.0 has options for.
        const byte NoLocalAndRetainAsPublished = 0b1100;
        var options = connection.IsBridge && shareName.IsEmpty
            ? new SubscriptionOptions((byte)(item.Options.Value | NoLocalAndRetainAsPublished))
            : item.Options;
        if (grant < (ReasonCode)options.MaximumQoS)
        {
            options = new SubscriptionOptions((QualityOfService)grant, options.NoLocal, options.RetainAsPublished, options.RetainHandling);
        }

        shard.SubscriptionKeeper.Subscribe(session, item.Filter, shareName, filter, options, identifier, now);
        return (ReasonCode)options.MaximumQoS; // [MQTT-3.8.4-8]
    }

    private Span<byte> Reasons(int count)
    {
        if (count > _reasons.Length)
        {
            _reasons = new byte[count * 2];
        }

        return _reasons.AsSpan(0, count);
    }

    private void Answer(Connection connection, PacketType type, ushort packetIdentifier, byte[] encoded)
    {
        // Subscriptions of a persistent session are durable before the client hears of them.
        long ticket = connection.Session!.IsDurable ? shard.Commits.LatestTicket : 0;
        shard.Commits.Answer(connection, new PendingAcknowledgement(ticket, type, ReasonCode.Success, packetIdentifier, encoded));
    }
}
