using Godwit.Engine.Journals;
using Godwit.Engine.Sessions;
using Godwit.Engine.SharedGroups;
using Godwit.Protocol;

namespace Godwit.Engine.Subscriptions;

/// <summary>One session's subscription to one Topic Filter, or its membership in a shared group. Owned by the session's loop.</summary>
internal sealed class Subscription(Session session, FilterEntry entry, byte[] requestedFilter)
{
    public Session Session { get; } = session;

    public FilterEntry Entry { get; } = entry;

    /// <summary>The filter as the client wrote it, with <c>$share/NAME/</c> where it had one.</summary>
    public byte[] RequestedFilter { get; } = requestedFilter;

    /// <summary>Null for a shared subscription: then the group delivers.</summary>
    public LocalSubscribers? Locals { get; set; }

    /// <summary>Place in <see cref="Locals"/>.</summary>
    public int LocalIndex { get; set; }

    public SubscriptionOptions Options { get; set; }

    /// <summary>Subscription Identifier, 0 for none (§3.8.2.1.2).</summary>
    public uint Identifier { get; set; }

    /// <summary>The group, for a shared subscription while it lasts.</summary>
    public SharedGroup? Group { get; set; }

    /// <summary>The membership, for a shared subscription.</summary>
    public GroupMember? Member { get; set; }

    /// <summary>Where the session reads this filter's journal: always in a persistent session at QoS 1 or 2, else only while it lags.</summary>
    public Cursor? Cursor { get; set; }

    /// <summary>State of the retained messages when the subscription was made: what is newer comes as a live message.</summary>
    public long RetainFence { get; set; }

    /// <summary>After a restart: the first record for which the options hold; −1 where that is not known.</summary>
    public long RestoredSince { get; init; } = -1;

    /// <summary>Options that hold for what was queued before a later SUBSCRIBE replaced them ([MQTT-3.8.4-4]); null mostly.</summary>
    public EarlierOptions? Earlier { get; set; }

    /// <summary>The options as of a record's index in this filter's journal.</summary>
    public (SubscriptionOptions Options, uint Identifier) AsOf(long index)
    {
        for (var earlier = Earlier; earlier is not null; earlier = earlier.Next)
        {
            if (index < earlier.EndIndex)
            {
                return (earlier.Options, earlier.Identifier);
            }
        }

        return (Options, Identifier);
    }
}
