namespace Godwit.Engine.SharedGroups;

/// <summary>What happened to a member of a shared group.</summary>
internal enum MemberChange : byte
{
    /// <summary>It subscribed, or subscribed again with other options.</summary>
    Joined,

    /// <summary>Its client connected.</summary>
    CameOnline,

    /// <summary>Its client disconnected.</summary>
    WentOffline,

    /// <summary>It unsubscribed, or its session ended.</summary>
    Left,
}
