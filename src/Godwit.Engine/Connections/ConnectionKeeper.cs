using Godwit.Engine.Mailboxes;
using Godwit.Engine.Observation;
using Godwit.Protocol;

namespace Godwit.Engine.Connections;

/// <summary>The life of this loop's connections: opening, moving between loops, deadlines, pauses and every way to end.</summary>
internal sealed class ConnectionKeeper(Shard shard)
{
    private readonly List<Connection> _paused = [];
    private readonly List<Connection> _withheld = [];
    private readonly Queue<Connection> _held = new();
    private Connection? _first;

    public Connection Open(ListenerProfile listener, string remoteAddress, object? transport, long now)
    {
        var connection = new Connection(shard, listener, remoteAddress, transport) { LastPacketAt = now };
        Link(connection);
        shard.Deadlines.Set(connection, now + shard.Options.ConnectTimeoutMilliseconds);
        return connection;
    }

    public void BeginHandover(Connection connection, int target)
    {
        connection.Phase = ConnectionPhase.HandingOver;
        connection.HandoverTarget = target;
        shard.CallAttention(connection);
    }

    public void CompleteHandover(Connection connection)
    {
        int target = connection.HandoverTarget;
        connection.HandoverTarget = -1;
        shard.Deadlines.Cancel(connection);
        Unlink(connection);
        connection.Owner = shard.Core.GetShard(target);
        shard.Outboxes.Add(target, new MailItem { Kind = MailKind.Handover, Subject = connection });
    }

    public void Adopt(Connection connection, long now)
    {
        Link(connection);
        connection.Phase = ConnectionPhase.AwaitingConnect;
        shard.Deadlines.Set(connection, now + shard.Options.ConnectTimeoutMilliseconds);

        // What came along begins with the CONNECT, and whole packets may follow it.
        ReceiveCarried(connection, now);
    }

    /// <summary>What was held back behind CONNACK is read before the turn ends.</summary>
    public void ReceiveLater(Connection connection) => _held.Enqueue(connection);

    /// <summary>Some connection holds input that may be read now.</summary>
    public bool HasHeld => _held.Count > 0;

    /// <summary>Reads what was held back.</summary>
    public void ReceiveHeld(long now)
    {
        while (_held.TryDequeue(out var connection))
        {
            if (connection.IsOpen)
            {
                Release(connection, now);
            }
        }
    }

    /// <summary>The input goes on where it stopped.</summary>
    public void Release(Connection connection, long now)
    {
        TryResume(connection, now);
        ReceiveCarried(connection, now);
        if (connection is { PeerHasClosed: true, HoldsInput: false })
        {
            HandleTransportClosed(connection, reset: false, now);
        }
    }

    /// <summary>Reads again what stayed at the front of the input, and goes on.</summary>
    public void ReceiveCarried(Connection connection, long now)
    {
        if (connection.Carry.Detach(out int count) is { } carried)
        {
            shard.Receiver.Receive(connection, carried.AsSpan(0, count), now);
            shard.Buffers.Return(carried);
        }
    }

    public void HandleTransportClosed(Connection connection, bool reset, long now)
    {
        if (connection.IsGone)
        {
            return;
        }

        if (!reset && (connection is { AwaitsDecision: true, Phase: ConnectionPhase.Connected }
            || (connection.Phase == ConnectionPhase.AwaitingCommit && connection.Carry.Count > 0)))
        {
            // What it sent before it left still counts, DISCONNECT included.
            connection.PeerHasClosed = true;
            return;
        }

        connection.PeerHasClosed = false;
        var cause = reset ? DisconnectCause.TransportError : DisconnectCause.PeerClosed;
        Close(connection, cause, ReasonCode.UnspecifiedError, now);
        connection.IsGone = true;
        shard.Deadlines.Cancel(connection);
        connection.Output.Clear(shard.Buffers);
        connection.Carry.Clear(shard.Buffers);
        shard.ReceiveGate.Forget(connection);
        Unlink(connection);
    }

    /// <summary>The client broke the protocol: says so where the version allows, and closes ([MQTT-4.13.1-1]).</summary>
    public void Fault(Connection connection, in ProtocolFault fault, long now)
    {
        shard.Counters.ProtocolViolations++;
        shard.Core.Ports.Observer.ProtocolViolated(connection, in fault);
        Disconnect(connection, fault.Reason, DisconnectCause.ProtocolViolation, now);
    }

    /// <summary>Closes before a CONNECT was accepted, without a word.</summary>
    public void CloseSilently(Connection connection, in ProtocolFault fault, long now)
    {
        shard.Counters.ProtocolViolations++;
        shard.Core.Ports.Observer.ProtocolViolated(connection, in fault);
        Close(connection, DisconnectCause.ProtocolViolation, fault.Reason, now);
    }

    /// <summary>Ends the connection from our side; a 5.0 client that has its CONNACK hears why.</summary>
    public void Disconnect(Connection connection, ReasonCode reason, DisconnectCause cause, long now)
    {
        // Only after a CONNACK 0x00 [MQTT-3.14.0-1], and not in versions where DISCONNECT is the client's alone.
        if (connection.Phase == ConnectionPhase.Connected && connection.Version == ProtocolVersion.Mqtt5)
        {
            var packet = new DisconnectPacket { Reason = reason };
            int length = packet.GetEncodedLength(connection.Version);
            var destination = connection.Output.Reserve(length, shard.Buffers);
            connection.Output.Commit(packet.Encode(destination, connection.Version));
        }

        Close(connection, cause, reason, now);
    }

    /// <summary>The client sent DISCONNECT.</summary>
    public void CloseAtClientsWish(Connection connection, ReasonCode reason, bool keepWill, long now) =>
        End(connection, DisconnectCause.ClientDisconnected, reason, keepWill, now);

    public void Close(Connection connection, DisconnectCause cause, ReasonCode reason, long now) =>
        End(connection, cause, reason, keepWill: true, now);

    /// <summary>Closes every connection: 5.0 clients hear 0x8B.</summary>
    public void CloseAll(long now)
    {
        for (var connection = _first; connection is not null;)
        {
            var next = connection.Next;
            Disconnect(connection, ReasonCode.ServerShuttingDown, DisconnectCause.ServerShutdown, now);
            connection = next;
        }
    }

    public void SetDeadline(Connection connection, long now)
    {
        long deadline = long.MaxValue;
        if (connection.KeepAliveMilliseconds > 0)
        {
            deadline = connection.LastPacketAt + connection.KeepAliveMilliseconds;
        }

        if (connection.StalledSince != long.MaxValue && !connection.Listener.Trusted)
        {
            deadline = Math.Min(deadline, connection.StalledSince + shard.Options.OutputStallMilliseconds);
        }

        if (deadline == long.MaxValue)
        {
            shard.Deadlines.Cancel(connection);
        }
        else
        {
            shard.Deadlines.Set(connection, Math.Max(deadline, now + 1));
        }
    }

    public void HandleDeadline(Connection connection, long now)
    {
        if (connection.Phase is ConnectionPhase.AwaitingConnect)
        {
            Close(connection, DisconnectCause.ConnectTimeout, ReasonCode.UnspecifiedError, now);
            return;
        }

        if (connection.Phase is ConnectionPhase.HandingOver or ConnectionPhase.Closing)
        {
            return;
        }

        if (now - shard.Options.OutputStallMilliseconds >= connection.StalledSince && !connection.Listener.Trusted)
        {
            Close(connection, DisconnectCause.OutputStalled, ReasonCode.UnspecifiedError, now);
            connection.CloseNow = true;
            return;
        }

        // While we do not read, silence is ours: the clock of the keep-alive stands still.
        if (connection.ReadPaused)
        {
            connection.LastPacketAt = now;
        }

        if (connection.KeepAliveMilliseconds > 0 && now - connection.LastPacketAt >= connection.KeepAliveMilliseconds)
        {
            Disconnect(connection, ReasonCode.KeepAliveTimeout, DisconnectCause.KeepAliveTimeout, now); // [MQTT-3.1.2-22]
            return;
        }

        SetDeadline(connection, now);
    }

    public void HandleOutputSent(Connection connection, int count, long now)
    {
        shard.Counters.BytesSent += count;
        if (count > 0)
        {
            connection.Output.Consume(count, shard.Buffers);
        }

        int left = connection.Output.Count;
        if (left == 0)
        {
            connection.StalledSince = long.MaxValue;
        }
        else if (count > 0 || connection.StalledSince == long.MaxValue)
        {
            bool first = connection.StalledSince == long.MaxValue;
            connection.StalledSince = now;
            if (first && connection.IsOpen)
            {
                SetDeadline(connection, now);
            }
        }

        if (!connection.IsOpen)
        {
            return;
        }

        int limit = shard.Options.OutputBufferBytesMax;
        if (left > limit)
        {
            Pause(connection);
        }
        else if (left <= limit / 2)
        {
            TryResume(connection, now);

            if (connection.Session is { } session && session.HasWork)
            {
                shard.Feed.Queue(session);
            }
        }
    }

    /// <summary>What the client publishes cannot be passed on fast enough: read it later.</summary>
    public void PauseUnderPressure(Connection connection)
    {
        if (!connection.IsPausedForMail)
        {
            connection.IsPausedForMail = true;
            Pause(connection);
            _paused.Add(connection);
        }
    }

    /// <summary>The store had no room for what the client published, and its version of the protocol cannot be told: it hears nothing until there is room.</summary>
    public void Withhold(Connection connection)
    {
        if (!connection.HasWithheld)
        {
            connection.HasWithheld = true;
            _withheld.Add(connection);
        }
    }

    /// <summary>The store has room again: who waits for an acknowledgement in vain is sent away, to come back and send again.</summary>
    public void EndWithheld(long now)
    {
        foreach (var connection in _withheld)
        {
            if (connection.IsOpen)
            {
                Close(connection, DisconnectCause.StoreWasFull, ReasonCode.QuotaExceeded, now);
            }
        }

        _withheld.Clear();
    }

    /// <summary>There is room again.</summary>
    public void ResumePaused(long now)
    {
        foreach (var connection in _paused)
        {
            connection.IsPausedForMail = false;
            TryResume(connection, now);
        }

        _paused.Clear();
    }

    /// <summary>Reads again from the client, unless there is still a reason not to.</summary>
    public void TryResume(Connection connection, long now)
    {
        if (connection is { ReadPaused: true, IsPausedForMail: false, HoldsInput: false, IsOpen: true }
            && connection.Output.Count <= shard.Options.OutputBufferBytesMax)
        {
            connection.ReadPaused = false;
            connection.LastPacketAt = now;
            shard.CallAttention(connection);
        }
    }

    public void Pause(Connection connection)
    {
        if (!connection.ReadPaused)
        {
            connection.ReadPaused = true;
            shard.CallAttention(connection);
        }
    }

    private void End(Connection connection, DisconnectCause cause, ReasonCode reason, bool keepWill, long now)
    {
        if (connection.Phase == ConnectionPhase.Closing)
        {
            return;
        }

        bool wasAccepted = connection.Phase is ConnectionPhase.AwaitingCommit or ConnectionPhase.Connected;
        connection.Phase = ConnectionPhase.Closing;
        connection.CloseWhenFlushed = true;
        connection.CloseCause = cause;
        connection.CloseReason = reason;
        shard.Deadlines.Cancel(connection);
        shard.CallAttention(connection);
        var observer = shard.Core.Ports.Observer;
        if (connection.Listener.Trusted)
        {
            // The process itself: nobody has to be told.
        }
        else if (wasAccepted)
        {
            observer.ClientDisconnected(connection, cause, reason);
        }
        else
        {
            observer.ConnectionRefused(connection, cause, reason);
        }

        if (connection.Session is { } session && ReferenceEquals(session.Connection, connection))
        {
            shard.Sessions.Detach(session, keepWill, now);
        }

        if (connection.PeerHasClosed)
        {
            // Its driver has let go of it already.
            HandleTransportClosed(connection, reset: true, now);
        }
    }

    private void Link(Connection connection)
    {
        connection.Next = _first;
        connection.Previous = null;
        if (_first is not null)
        {
            _first.Previous = connection;
        }

        _first = connection;
        shard.Counters.ConnectionsOpen++;
        shard.Counters.ConnectionsOpened++;
    }

    private void Unlink(Connection connection)
    {
        if (connection.Previous is null)
        {
            _first = connection.Next;
        }
        else
        {
            connection.Previous.Next = connection.Next;
        }

        if (connection.Next is not null)
        {
            connection.Next.Previous = connection.Previous;
        }

        connection.Next = connection.Previous = null;
        shard.Counters.ConnectionsOpen--;
    }
}
