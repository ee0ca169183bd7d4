using Godwit.Engine.Subscriptions;
using Godwit.Protocol;

namespace Godwit.Engine.SharedGroups;

/// <summary>
/// One session's membership in a shared group. Made on the session's loop, which afterwards touches only the immutable part;
/// the standing is kept by the group's loop.
/// </summary>
internal sealed class GroupMember(SharedGroup group, Subscription subscription, int shard)
{
    public SharedGroup Group { get; } = group;

    public Subscription Subscription { get; } = subscription;

    /// <summary>The loop of the member's session.</summary>
    public int Shard { get; } = shard;

    // From here on the group's loop only.
    public bool IsOnline { get; set; }

    public bool HasLeft { get; set; }

    public QualityOfService MaximumQoS { get; set; }

    /// <summary>Messages that the member has and has not finished.</summary>
    public int InFlight { get; set; }
}
