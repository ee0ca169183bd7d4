namespace Godwit.Broker.Hooks;

/// <summary>
/// Hears of connections, in the order in which things happened, one event at a time, on a thread of the pool. Events that come
/// faster than they are heard wait; beyond 65,536 the newest are lost, counted and logged.
/// </summary>
public interface IConnectionObserver
{
    /// <summary>A client is connected.</summary>
    ValueTask ConnectedAsync(ClientConnected connected, CancellationToken cancellation);

    /// <summary>A client is no longer connected.</summary>
    ValueTask DisconnectedAsync(ClientDisconnected disconnected, CancellationToken cancellation);
}
