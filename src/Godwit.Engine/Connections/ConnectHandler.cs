using System.Text;
using Godwit.Engine.Access;
using Godwit.Engine.Messages;
using Godwit.Engine.Observation;
using Godwit.Engine.Sessions;
using Godwit.Protocol;

namespace Godwit.Engine.Connections;

/// <summary>CONNECT and CONNACK (§3.1, §3.2): finds the home loop, decides, takes over, makes or resumes the session.</summary>
internal sealed class ConnectHandler(Shard shard)
{
    private const ushort MaximumKeepAlive = ushort.MaxValue;

    public void Handle(Connection connection, ReadOnlySpan<byte> body, long now)
    {
        if (!ConnectPacket.TryDecode(body, PacketReceiver.LeniencyOf(connection), out var connect, out var fault))
        {
            connection.Version = connect.Version == 0 ? ProtocolVersion.Mqtt5 : connect.Version;
            Refuse(connection, fault, now);
            return;
        }

        connection.Version = connect.Version;
        connection.ConnectNumber = connection.ConnectNumber == 0 ? shard.Core.NextConnectNumber() : connection.ConnectNumber;
        if (!TryIdentify(connection, in connect, now))
        {
            return;
        }

        byte[]? assigned = connection.AssignedClientIdentifier;
        var clientIdentifier = assigned ?? connect.ClientIdentifier;
        int home = HomeOf(connection, clientIdentifier);
        if (home != shard.Index)
        {
            // The session lives, or will live, on another loop: move there with everything read so far, this packet included.
            shard.Connections.BeginHandover(connection, home);
            return;
        }

        if (connect.HasWill && !shard.HasAllowedLevels(connect.WillTopic))
        {
            Refuse(connection, ReasonCode.TopicNameInvalid, now);
            return;
        }

        var decision = shard.PacketGate.DecideConnect(connection, in connect, clientIdentifier);
        if (connection.AwaitsDecision)
        {
            return;
        }

        if (decision.Reason.IsFailure())
        {
            Refuse(connection, decision.Reason, now);
            return;
        }

        if (connect.HasWill && decision.Change is { } change && !shard.HasAllowedLevels(change.Topic))
        {
            Refuse(connection, ReasonCode.TopicNameInvalid, now);
            return;
        }

        Accept(connection, in connect, clientIdentifier, assigned, decision, now);
    }

    /// <summary>CONNACK is written: from here on messages may follow it.</summary>
    public void HandleAccepted(Connection connection, long now)
    {
        if (connection.Phase == ConnectionPhase.AwaitingCommit)
        {
            connection.Phase = ConnectionPhase.Connected;
            shard.Sessions.HandleOnline(connection.Session!, now);
            if (connection.Carry.Count > 0 || connection.ReadPaused)
            {
                shard.Connections.ReceiveLater(connection);
            }
        }
    }

    public void Refuse(Connection connection, in ProtocolFault fault, long now)
    {
        shard.Counters.ProtocolViolations++;
        shard.Core.Ports.Observer.ProtocolViolated(connection, in fault);
        Refuse(connection, fault.Reason, now);
    }

    private void Refuse(Connection connection, ReasonCode reason, long now)
    {
        // 3.1.1 has return codes for few refusals; for the rest the connection is closed without CONNACK [MQTT-3.2.2-6].
        if (connection.Version == ProtocolVersion.Mqtt5 || reason.TryGetConnectReturnCode(out _))
        {
            Write(connection, new ConnAckPacket { Reason = reason });
        }

        shard.Connections.Close(connection, DisconnectCause.Refused, reason, now);
    }

    private void Write(Connection connection, scoped in ConnAckPacket packet)
    {
        int length = packet.GetEncodedLength(connection.Version);
        var destination = connection.Output.Reserve(length, shard.Buffers);
        connection.Output.Commit(packet.Encode(destination, connection.Version));
        shard.CallAttention(connection);
    }

    private bool TryIdentify(Connection connection, scoped in ConnectPacket connect, long now)
    {
        if (connect.ClientIdentifier.IsEmpty && connection.AssignedClientIdentifier is null)
        {
            // 3.1 has no empty identifier; 3.1.1 allows it with Clean Session only [MQTT-3.1.3-8].
            if (connect.Version == ProtocolVersion.Mqtt31 || (connect.Version == ProtocolVersion.Mqtt311 && !connect.CleanStart))
            {
                Refuse(connection, ReasonCode.ClientIdentifierNotValid, now);
                return false;
            }

            var entropy = shard.Core.Ports.Entropy;
            connection.AssignedClientIdentifier = Encoding.ASCII.GetBytes($"godwit-{entropy.NextUInt64():x16}{entropy.NextUInt64():x16}");
        }

        if (connect.HasAuthenticationMethod)
        {
            // No authentication method is known yet [MQTT-4.12.0-1].
            Refuse(connection, ReasonCode.BadAuthenticationMethod, now);
            return false;
        }

        return true;
    }

    private int HomeOf(Connection connection, ReadOnlySpan<byte> clientIdentifier)
    {
        if (shard.Core.Directory.Find(clientIdentifier) is { } session)
        {
            return session.Home;
        }

        if (connection.HomeChosen || shard.Core.ShardCount == 1)
        {
            return shard.Index;
        }

        connection.HomeChosen = true;
        return shard.Core.Ports.HomeSelector.ChooseHome(shard.Index);
    }

    private void Accept(
        Connection connection, scoped in ConnectPacket connect, ReadOnlySpan<byte> clientIdentifier, byte[]? assigned, AccessDecision decision, long now)
    {
        var (expiry, expiryIsLowered) = ExpiryOf(in connect);
        bool present = false;
        bool endsStored = false;
        var session = shard.Core.Directory.Find(clientIdentifier);
        if (session?.Connection is { } other && other.ConnectNumber > connection.ConnectNumber)
        {
            // Its own loop was slow: a CONNECT that came later has been accepted already, and the client has moved on to that.
            shard.Connections.Close(connection, DisconnectCause.TakenOver, ReasonCode.SessionTakenOver, now);
            return;
        }

        if (session is not null)
        {
            bool wasStored = session.IsStored;
            session = TakeOver(session, connect.CleanStart, now);
            present = session is not null;
            endsStored = wasStored && !present;
        }

        if (session is null)
        {
            if (shard.Core.SessionCount >= shard.Options.SessionsMax)
            {
                Refuse(connection, ReasonCode.QuotaExceeded, now);
                return;
            }

            session = shard.Sessions.TryCreate(clientIdentifier, expiry, connection.Listener.Trusted);
            if (session is null)
            {
                // Another loop made the session in this very moment, or has just ended it: look again there, or here.
                connection.HomeChosen = true;
                int home = shard.Core.Directory.Find(clientIdentifier)?.Home ?? shard.Index;
                shard.Connections.BeginHandover(connection, home);
                return;
            }
        }

        PacketReceiver.CountTolerated(shard, connect.Tolerated);
        connection.PacketQuestion?.TakeAnswer();
        ApplyTerms(connection, in connect);
        connection.Phase = ConnectionPhase.AwaitingCommit;
        connection.LastPacketAt = now;
        shard.Sessions.Attach(session, connection, expiry, WillOf(in connect, decision, session));
        var keepAlive = SetKeepAlive(connection, connect.KeepAlive);
        shard.Connections.SetDeadline(connection, now);

        var answer = new ConnAckPacket
        {
            // [MQTT-3.2.2-2], [MQTT-3.2.2-3]; 3.1 has no such flag.
            SessionPresent = present && connect.Version != ProtocolVersion.Mqtt31,
            Reason = ReasonCode.Success,
            ReceiveMaximum = shard.Options.ReceiveMaximum == ushort.MaxValue ? null : (ushort)shard.Options.ReceiveMaximum,
            MaximumPacketSize = (uint)shard.Options.MaximumPacketSize,
            TopicAliasMaximum = (ushort)shard.Options.TopicAliasMaximum,
            SessionExpiryInterval = expiryIsLowered ? expiry : null,
            ServerKeepAlive = keepAlive,
        };
        if (assigned is not null)
        {
            answer.AssignedClientIdentifier = assigned; // [MQTT-3.2.2-16]
        }

        // Also the end of the session before: the client is told that nothing of it is left.
        Send(connection, in answer, awaitsCommit: session.IsStored || endsStored, now);
        if (!connection.Listener.Trusted)
        {
            shard.Core.Ports.Observer.ClientConnected(connection, present);
        }
    }

    private void Send(Connection connection, scoped in ConnAckPacket answer, bool awaitsCommit, long now)
    {
        int length = answer.GetEncodedLength(connection.Version);
        if (!awaitsCommit)
        {
            Write(connection, in answer);
            HandleAccepted(connection, now);
            return;
        }

        // The session, and its will, are durable before the client hears of it.
        byte[] encoded = new byte[length];
        answer.Encode(encoded, connection.Version);
        shard.Commits.Answer(
            connection, new PendingAcknowledgement(shard.Commits.Ticket, PacketType.ConnAck, ReasonCode.Success, 0, encoded));
    }

    // The session to go on with, or null when a new one has to be made. Its connection, if any, is sent away first [MQTT-3.1.4-3].
    private Session? TakeOver(Session session, bool cleanStart, long now)
    {
        if (session.Connection is { } older)
        {
            shard.Connections.Disconnect(older, ReasonCode.SessionTakenOver, DisconnectCause.TakenOver, now);
        }

        if (session.HasEnded)
        {
            return null;
        }

        bool overflowed = shard.Options.QueueOverflow == QueueOverflow.Disconnect && HasLostMessages(session);
        if (cleanStart || session.ExpiresAt <= now || overflowed)
        {
            shard.Sessions.End(session, now); // [MQTT-3.1.2-4]
            return null;
        }

        return session; // [MQTT-3.1.2-5]
    }

    private static bool HasLostMessages(Session session)
    {
        foreach (var cursor in session.Cursors ?? [])
        {
            if (cursor.HasLostForLackOfRoom)
            {
                return true;
            }
        }

        return false;
    }

    private (uint Expiry, bool IsLowered) ExpiryOf(scoped in ConnectPacket connect)
    {
        // Clean Session 0 of earlier versions is a session without end (§3.1.2.11.2).
        uint wanted = connect.Version == ProtocolVersion.Mqtt5
            ? connect.SessionExpiryInterval ?? 0
            : connect.CleanStart ? 0 : uint.MaxValue;
        uint granted = Math.Min(wanted, shard.Options.SessionExpirySecondsMax);
        return (granted, granted != wanted);
    }

    private void ApplyTerms(Connection connection, scoped in ConnectPacket connect)
    {
        connection.IsBridge = connect.IsBridge;
        connection.ClientMaximumPacketSize = connect.MaximumPacketSize ?? long.MaxValue;
        connection.SendQuota = Math.Min(connect.ReceiveMaximum ?? ushort.MaxValue, shard.Options.OutboundInflightMaximum);
        int aliases = Math.Min((int)connect.TopicAliasMaximum, shard.Options.OutboundTopicAliasMaximum);
        connection.OutboundAliases = aliases > 0 ? new OutboundTopicAliases(aliases) : null; // [MQTT-3.1.2-26], [MQTT-3.1.2-27]
    }

    private ushort? SetKeepAlive(Connection connection, ushort wanted)
    {
        int limit = shard.Options.KeepAliveSecondsMax;
        bool tooLong = limit < MaximumKeepAlive && (wanted == 0 || wanted > limit);

        // Only 5.0 can be told of another value [MQTT-3.2.2-21]; earlier versions keep their own.
        ushort? server = tooLong && connection.Version == ProtocolVersion.Mqtt5 ? (ushort)limit : null;
        int seconds = server ?? wanted;
        connection.KeepAliveMilliseconds = seconds * 1500L; // [MQTT-3.1.2-22]
        return server;
    }

    private Will? WillOf(scoped in ConnectPacket connect, AccessDecision decision, Session session)
    {
        if (!connect.HasWill || ReferenceEquals(decision, AccessDecision.Discarded))
        {
            return null;
        }

        var properties = connect.WillProperties;
        long delay = properties.WillDelayInterval * 1000L;
        if (decision.Change is { } change)
        {
            var changed = shard.ApplyChange(change, session.ClientIdentifier, long.MaxValue);
            return new Will(MessagePool.Keep(in changed), delay, change.MessageExpiryInterval);
        }

        Span<byte> forwardable = properties.ForwardableLength <= 1024
            ? stackalloc byte[properties.ForwardableLength]
            : new byte[properties.ForwardableLength];
        properties.CopyForwardable(forwardable);
        var publication = new Publication
        {
            Topic = connect.WillTopic,
            Properties = forwardable,
            Payload = connect.WillPayload,
            QoS = connect.WillQoS,
            Retain = connect.WillRetain,
            ExpiresAt = long.MaxValue,
            Publisher = session.ClientIdentifier,
            TopicHash = shard.Subscriptions.HashOf(connect.WillTopic),
        };
        return new Will(MessagePool.Keep(in publication), delay, properties.MessageExpiryInterval);
    }
}
