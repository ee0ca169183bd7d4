namespace Godwit.Broker.Hooks;

/// <summary>Hears of sessions, as <see cref="IConnectionObserver"/> does of connections.</summary>
public interface ISessionObserver
{
    /// <summary>A session was made; <see cref="IConnectionObserver.ConnectedAsync"/> of its client follows.</summary>
    ValueTask StartedAsync(SessionStarted started, CancellationToken cancellation);

    /// <summary>A session ended, with all that waited for it.</summary>
    ValueTask EndedAsync(SessionEnded ended, CancellationToken cancellation);
}
