using System.Collections.Concurrent;

namespace Godwit.Engine.Sessions;

/// <summary>
/// Every session of the broker by Client Identifier, so that each loop can find out on which loop one lives. Only the home
/// loop adds, removes or touches a session; others read <see cref="Session.Home"/> and nothing else.
/// </summary>
internal sealed class SessionDirectory(ulong seed)
{
    private readonly ConcurrentDictionary<byte[], Session> _sessions = new(new ByteArrayComparer(seed));
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public Session? Find(ReadOnlySpan<byte> clientIdentifier) =>
        _sessions.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(clientIdentifier, out var session) ? session : null;

    /// <summary>False when another loop was first with the same identifier.</summary>
    public bool TryAdd(Session session)
    {
        if (!_sessions.TryAdd(session.ClientIdentifier, session))
        {
            return false;
        }

        Interlocked.Increment(ref _count);
        return true;
    }

    public void Remove(Session session)
    {
        if (_sessions.TryRemove(new KeyValuePair<byte[], Session>(session.ClientIdentifier, session)))
        {
            Interlocked.Decrement(ref _count);
        }
    }
}
