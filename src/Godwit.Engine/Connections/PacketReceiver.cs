using Godwit.Engine.Observation;
using Godwit.Protocol;

namespace Godwit.Engine.Connections;

/// <summary>
/// Cuts what arrives into packets and gives each to its handler. Packets are read in place; only one that has not arrived
/// whole is carried over to the next receive.
/// </summary>
internal sealed class PacketReceiver(Shard shard)
{
    public static DecodeLeniency LeniencyOf(Connection connection) =>
        connection.Listener.Lenient ? DecodeLeniency.All : DecodeLeniency.None;

    public static void CountTolerated(Shard shard, DecodeLeniency tolerated)
    {
        if (tolerated != DecodeLeniency.None)
        {
            shard.Counters.CountTolerated(ToleratedFault.PacketForm);
        }
    }

    public void Receive(Connection connection, ReadOnlySpan<byte> input, long now)
    {
        if (connection.HoldsInput)
        {
            connection.Carry.Append(input, shard.Buffers);
            shard.Connections.Pause(connection); // once is enough: the rest can wait where it is
            return;
        }

        if (connection.Carry.Count > 0 && !FinishCarried(connection, ref input, now))
        {
            return;
        }

        while (!input.IsEmpty && connection.IsOpen)
        {
            var status = ReadFrame(connection, input, out var header, out var fault);
            if (status == FrameStatus.Invalid)
            {
                Reject(connection, in fault, now);
                return;
            }

            if (status == FrameStatus.Incomplete)
            {
                break;
            }

            Dispatch(connection, in header, input.Slice(header.HeaderLength, header.RemainingLength), now);
            if (MustStop(connection))
            {
                break;
            }

            input = input[header.TotalLength..];
            if (connection.HoldsInput)
            {
                break;
            }
        }

        if (connection.IsOpen || connection.Phase == ConnectionPhase.HandingOver)
        {
            connection.Carry.Append(input, shard.Buffers);
        }
    }

    // Completes the packet whose beginning was carried over. False when there is nothing more to do with the input.
    private bool FinishCarried(Connection connection, ref ReadOnlySpan<byte> input, long now)
    {
        while (true)
        {
            ref var carry = ref connection.Carry;
            var status = ReadFrame(connection, carry.Span, out var header, out var fault);
            if (status == FrameStatus.Invalid)
            {
                Reject(connection, in fault, now);
                return false;
            }

            if (status == FrameStatus.Complete)
            {
                Dispatch(connection, in header, carry.Span.Slice(header.HeaderLength, header.RemainingLength), now);
                if (MustStop(connection))
                {
                    carry.Append(input, shard.Buffers);
                    return false;
                }

                carry.Clear(shard.Buffers);
                if (connection.HoldsInput)
                {
                    carry.Append(input, shard.Buffers);
                    return false;
                }

                return true;
            }

            if (input.IsEmpty)
            {
                return false;
            }

            // As much as the packet still needs; a byte at a time while its length is not known.
            int missing = header.HasHeader ? header.TotalLength - carry.Count : 1;
            int taken = Math.Min(missing, input.Length);
            carry.Append(input[..taken], shard.Buffers);
            input = input[taken..];
        }
    }

    // The packet that was dispatched stays in the input: it will be read again, there or then.
    private static bool MustStop(Connection connection) =>
        connection.Phase == ConnectionPhase.HandingOver || connection.AwaitsDecision;

    private FrameStatus ReadFrame(Connection connection, ReadOnlySpan<byte> bytes, out FrameHeader header, out ProtocolFault fault) =>
        Frame.TryRead(bytes, shard.Options.MaximumPacketSize, connection.Version, LeniencyOf(connection), out header, out fault);

    private void Reject(Connection connection, in ProtocolFault fault, long now)
    {
        if (connection.Phase == ConnectionPhase.AwaitingConnect)
        {
            // Whatever this is, it is no CONNECT: no CONNACK either.
            shard.Connections.CloseSilently(connection, in fault, now);
        }
        else
        {
            shard.Connections.Fault(connection, in fault, now);
        }
    }

    private void Dispatch(Connection connection, in FrameHeader header, ReadOnlySpan<byte> body, long now)
    {
        connection.LastPacketAt = now;
        if (connection.Phase == ConnectionPhase.AwaitingConnect)
        {
            if (header.Type == PacketType.Connect)
            {
                shard.Connects.Handle(connection, body, now);
            }
            else
            {
                // [MQTT-3.1.0-1]
                var early = new ProtocolFault(ReasonCode.ProtocolError, "MQTT-3.1.0-1", "the first packet is not CONNECT");
                shard.Connections.CloseSilently(connection, in early, now);
            }

            return;
        }

        switch (header.Type)
        {
            case PacketType.Publish:
                shard.PublishHandler.Handle(connection, header.Flags, body, now);
                break;
            case PacketType.PubAck or PacketType.PubRec or PacketType.PubRel or PacketType.PubComp:
                HandleAcknowledgement(connection, header.Type, body, now);
                break;
            case PacketType.Subscribe:
                shard.SubscribeHandler.HandleSubscribe(connection, body, now);
                break;
            case PacketType.Unsubscribe:
                shard.SubscribeHandler.HandleUnsubscribe(connection, body, now);
                break;
            case PacketType.PingReq:
                HandlePing(connection, body, now);
                break;
            case PacketType.Disconnect:
                HandleDisconnect(connection, body, now);
                break;
            case PacketType.Auth:
                HandleAuth(connection, body, now);
                break;
            case PacketType.Connect:
                // [MQTT-3.1.0-2]
                shard.Connections.Fault(connection, new ProtocolFault(ReasonCode.ProtocolError, "MQTT-3.1.0-2", "a second CONNECT"), now);
                break;
            default:
                shard.Connections.Fault(
                    connection, new ProtocolFault(ReasonCode.ProtocolError, "MQTT-4.13.1-1", "a packet that only a server sends"), now);
                break;
        }
    }

    private void HandleAcknowledgement(Connection connection, PacketType type, ReadOnlySpan<byte> body, long now)
    {
        // The short form without properties is by far the most common: two bytes of identifier and, in 5.0, a reason code.
        var leniency = LeniencyOf(connection);
        ProtocolFault fault;
        switch (type)
        {
            case PacketType.PubAck when PubAckPacket.TryDecode(body, connection.Version, leniency, out var packet, out fault):
                CountTolerated(shard, packet.Tolerated);
                shard.Exchanges.HandlePubAck(connection, packet.PacketIdentifier, packet.Reason);
                return;
            case PacketType.PubRec when PubRecPacket.TryDecode(body, connection.Version, leniency, out var packet, out fault):
                CountTolerated(shard, packet.Tolerated);
                shard.Exchanges.HandlePubRec(connection, packet.PacketIdentifier, packet.Reason);
                return;
            case PacketType.PubRel when PubRelPacket.TryDecode(body, connection.Version, leniency, out var packet, out fault):
                CountTolerated(shard, packet.Tolerated);
                shard.PublishHandler.HandlePubRel(connection, packet.PacketIdentifier);
                return;
            case PacketType.PubComp when PubCompPacket.TryDecode(body, connection.Version, leniency, out var packet, out fault):
                CountTolerated(shard, packet.Tolerated);
                shard.Exchanges.HandlePubComp(connection, packet.PacketIdentifier);
                return;
            default:
                break;
        }

        _ = DecodeFault(type, body, connection.Version, leniency, out fault);
        shard.Connections.Fault(connection, in fault, now);
    }

    private static bool DecodeFault(PacketType type, ReadOnlySpan<byte> body, ProtocolVersion version, DecodeLeniency leniency, out ProtocolFault fault) => type switch
    {
        PacketType.PubAck => PubAckPacket.TryDecode(body, version, leniency, out _, out fault),
        PacketType.PubRec => PubRecPacket.TryDecode(body, version, leniency, out _, out fault),
        PacketType.PubRel => PubRelPacket.TryDecode(body, version, leniency, out _, out fault),
        _ => PubCompPacket.TryDecode(body, version, leniency, out _, out fault),
    };

    private void HandlePing(Connection connection, ReadOnlySpan<byte> body, long now)
    {
        if (!PingReqPacket.TryDecode(body, connection.Version, out var fault))
        {
            shard.Connections.Fault(connection, in fault, now);
            return;
        }

        shard.Answers.WritePingResponse(connection); // [MQTT-3.12.4-1]
    }

    private void HandleDisconnect(Connection connection, ReadOnlySpan<byte> body, long now)
    {
        if (!DisconnectPacket.TryDecode(body, connection.Version, PacketSender.Client, LeniencyOf(connection), out var packet, out var fault))
        {
            shard.Connections.Fault(connection, in fault, now);
            return;
        }

        CountTolerated(shard, packet.Tolerated);
        var session = connection.Session!;
        if (packet.SessionExpiryInterval is { } expiry)
        {
            if (session.ExpirySeconds == 0 && expiry > 0)
            {
                // A session that was to end with its connection cannot be kept after all (§3.14.2.2.2).
                shard.Connections.Fault(
                    connection, new ProtocolFault(ReasonCode.ProtocolError, "MQTT-4.13.1-1", "Session Expiry Interval raised from 0 at DISCONNECT"), now);
                return;
            }

            session.ExpirySeconds = Math.Min(expiry, shard.Options.SessionExpirySecondsMax);
        }

        // Only 0x00 deletes the will [MQTT-3.14.4-3]; 0x04 and the failures leave it to be published.
        bool keepWill = packet.Reason != ReasonCode.Success;
        shard.Connections.CloseAtClientsWish(connection, packet.Reason, keepWill, now);
    }

    private void HandleAuth(Connection connection, ReadOnlySpan<byte> body, long now)
    {
        if (connection.Version != ProtocolVersion.Mqtt5)
        {
            shard.Connections.Fault(connection, new ProtocolFault(ReasonCode.ProtocolError, "MQTT-4.8.0-1", "a packet type that this version does not have"), now);
            return;
        }

        if (!AuthPacket.TryDecode(body, LeniencyOf(connection), out _, out var fault))
        {
            shard.Connections.Fault(connection, in fault, now);
            return;
        }

        // CONNECT named no Authentication Method, so the client sends no AUTH [MQTT-4.12.0-7].
        shard.Connections.Fault(connection, new ProtocolFault(ReasonCode.ProtocolError, "MQTT-4.12.0-7", "AUTH without an Authentication Method in CONNECT"), now);
    }
}
