using Godwit.Engine.Connections;
using Godwit.Protocol;

namespace Godwit.Engine.Observation;

/// <summary>Hears what operators want to know. Called on the owning loop; must return quickly and must not call back into the engine.</summary>
public interface IEngineObserver
{
    /// <summary>A client is connected: CONNACK 0x00 is on its way.</summary>
    void ClientConnected(Connection connection, bool sessionPresent);

    /// <summary>A connection whose CONNECT had been accepted ended.</summary>
    void ClientDisconnected(Connection connection, DisconnectCause cause, ReasonCode reason);

    /// <summary>A connection ended before a CONNECT was accepted.</summary>
    void ConnectionRefused(Connection connection, DisconnectCause cause, ReasonCode reason);

    /// <summary>A client broke the protocol; the connection is being closed.</summary>
    void ProtocolViolated(Connection connection, in ProtocolFault fault);

    /// <summary>A session was made; its client's <see cref="ClientConnected"/> follows.</summary>
    void SessionStarted(ReadOnlySpan<byte> clientIdentifier);

    /// <summary>A session and all that waited for it is gone.</summary>
    void SessionEnded(ReadOnlySpan<byte> clientIdentifier, long queuedMessages);
}
