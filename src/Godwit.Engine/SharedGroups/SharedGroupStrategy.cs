namespace Godwit.Engine.SharedGroups;

/// <summary>How a shared subscription picks the member that gets a message (§4.8.2 leaves it to the server).</summary>
public enum SharedGroupStrategy : byte
{
    /// <summary>Members in turn.</summary>
    RoundRobin,

    /// <summary>The member with the fewest unacknowledged messages.</summary>
    LeastInFlight,

    /// <summary>The same member until it has no room or leaves.</summary>
    Sticky,

    /// <summary>The member that the topic's hash points at, so that one topic stays with one member while membership lasts.</summary>
    HashByTopic,
}
