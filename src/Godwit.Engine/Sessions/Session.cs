using Godwit.Engine.Connections;
using Godwit.Engine.Journals;
using Godwit.Engine.Retained;
using Godwit.Engine.SharedGroups;
using Godwit.Engine.Subscriptions;
using Godwit.Engine.Timing;

namespace Godwit.Engine.Sessions;

/// <summary>
/// What the broker keeps for one Client Identifier (§4.1): subscriptions, cursors, what is on its way in either direction,
/// and the will. Lives on one loop from its making to its end; the connection comes and goes.
/// </summary>
internal sealed class Session : DeadlineTimer
{
    private readonly SessionKeeper _keeper;

    public Session(SessionKeeper keeper, long number, int home, byte[] clientIdentifier, bool isDurable)
    {
        _keeper = keeper;
        Number = number;
        Home = home;
        ClientIdentifier = clientIdentifier;
        IsDurable = isDurable;
    }

    /// <summary>Index of the shard that owns the session. The only member that other loops may read, with <see cref="ClientIdentifier"/>.</summary>
    public int Home { get; }

    public byte[] ClientIdentifier { get; }

    /// <summary>Never used again, so that the store can tell a session from a later one of the same client.</summary>
    public long Number { get; }

    /// <summary>True when the session outlives its connections: its QoS 1 and 2 messages go through shared journals. Decided when the session is made.</summary>
    public bool IsDurable { get; }

    /// <summary>The process's own: nobody is told of its coming and going.</summary>
    public bool IsTrusted { get; init; }

    /// <summary>The connection in use, or null while the client is away.</summary>
    public Connection? Connection { get; set; }

    /// <summary>True when messages may be sent: connected, and CONNACK has been written.</summary>
    public bool IsOnline => Connection is { Phase: ConnectionPhase.Connected };

    public bool HasEnded { get; set; }

    /// <summary>The store knows the session: always when it is durable, else for its will.</summary>
    public bool IsStored { get; set; }

    /// <summary>The store has a will of it.</summary>
    public bool HasStoredWill { get; set; }

    /// <summary>Stands in the list of sessions whose progress is written with this turn.</summary>
    public bool IsTouched { get; set; }

    /// <summary>Has read so many journals that each cursor is written by itself.</summary>
    public bool IsWide { get; set; }

    /// <summary>Session Expiry Interval in seconds (§3.1.2.11.2).</summary>
    public uint ExpirySeconds { get; set; }

    /// <summary>When the session ends, while the client is away.</summary>
    public long ExpiresAt { get; set; } = long.MaxValue;

    public Will? Will { get; set; }

    /// <summary>When the will is published, while the client is away and a will waits.</summary>
    public long WillDueAt { get; set; } = long.MaxValue;

    public SubscriptionTable Subscriptions { get; } = new();

    /// <summary>Messages on their way to the client; null until the first.</summary>
    public OutboundWindow? Outbound { get; set; }

    /// <summary>QoS 2 messages taken over from the client that await PUBREL; null until the first.</summary>
    public InboundIdentifiers? Inbound { get; set; }

    /// <summary>Where the session reads: one cursor per journal.</summary>
    public List<Cursor>? Cursors { get; set; }

    /// <summary>The session's own journal, where its overflow policy needs one.</summary>
    public Cursor? PrivateCursor { get; set; }

    /// <summary>
    /// SUBSCRIBEs whose places in the journals are not known yet: until they are committed nothing is read, from no journal,
    /// since a message that lies in several is read from all at once.
    /// </summary>
    public int ChangesPending { get; set; }

    /// <summary>Retained messages still to be sent for new subscriptions.</summary>
    public List<RetainedReplay>? Replays { get; set; }

    /// <summary>Messages that shared groups have handed over and that wait for room in the window; bounded by the groups' credit.</summary>
    public Queue<SharedDelivery>? SharedPending { get; set; }

    /// <summary>Packet identifiers to send again after a reconnect, in order; null when that is done.</summary>
    public ushort[]? Resending { get; set; }

    public int ResendingAt { get; set; }

    /// <summary>True while a transient session reads journals instead of being fed directly.</summary>
    public bool IsLagging { get; set; }

    /// <summary>Stands in the shard's list of sessions to feed.</summary>
    public bool IsFeedQueued { get; set; }

    /// <summary>Mark of the publish that is being routed, and the session's place among its targets.</summary>
    public ulong RouteMark { get; set; }

    public int RouteTarget { get; set; }

    /// <summary>Subscriptions at QoS 0 with an identifier: only then has a reader of journals to look for further identifiers.</summary>
    public int QoS0Identifiers { get; set; }

    /// <summary>True when <see cref="Delivery.SessionFeed"/> has something to do.</summary>
    public bool HasWork =>
        IsLagging || Resending is not null || SharedPending is { Count: > 0 } || Replays is { Count: > 0 } || HasUnread;

    public bool HasUnread
    {
        get
        {
            if (Cursors is not null)
            {
                foreach (var cursor in Cursors)
                {
                    if (cursor.HasMore)
                    {
                        return true;
                    }
                }
            }

            return false;
        }
    }

    /// <summary>Messages that wait in the journals for this session.</summary>
    public long QueuedMessages
    {
        get
        {
            long sum = 0;
            if (Cursors is not null)
            {
                foreach (var cursor in Cursors)
                {
                    sum += cursor.Lag;
                }
            }

            return sum;
        }
    }

    internal override void OnDeadline(long now) => _keeper.HandleDeadline(this, now);
}
