using Godwit.Engine.Connections;
using Godwit.Protocol;

namespace Godwit.Engine.Observation;

/// <summary>Hears nothing.</summary>
public sealed class SilentObserver : IEngineObserver
{
    /// <summary>The one instance.</summary>
    public static readonly SilentObserver Instance = new();

    private SilentObserver()
    {
    }

    /// <inheritdoc/>
    public void ClientConnected(Connection connection, bool sessionPresent)
    {
    }

    /// <inheritdoc/>
    public void ClientDisconnected(Connection connection, DisconnectCause cause, ReasonCode reason)
    {
    }

    /// <inheritdoc/>
    public void ConnectionRefused(Connection connection, DisconnectCause cause, ReasonCode reason)
    {
    }

    /// <inheritdoc/>
    public void ProtocolViolated(Connection connection, in ProtocolFault fault)
    {
    }

    /// <inheritdoc/>
    public void SessionStarted(ReadOnlySpan<byte> clientIdentifier)
    {
    }

    /// <inheritdoc/>
    public void SessionEnded(ReadOnlySpan<byte> clientIdentifier, long queuedMessages)
    {
    }
}
