namespace Godwit.Simulation;

/// <summary>What a plan can ask of a client or of the world around it.</summary>
internal enum PlannedAction
{
    /// <summary>Connect, or take over from the connection that the client still has.</summary>
    Connect,

    /// <summary>DISCONNECT and close.</summary>
    Disconnect,

    /// <summary>DISCONNECT with the wish that the will be published (5.0), else as <see cref="Cut"/>.</summary>
    DisconnectWithWill,

    /// <summary>The connection is torn, perhaps in the middle of a packet.</summary>
    Cut,

    /// <summary>The network swallows everything from now on and tells nobody.</summary>
    Silence,

    /// <summary>The client reads nothing for a while.</summary>
    Stall,

    Publish,

    Subscribe,

    Unsubscribe,

    /// <summary>A stranger sends bytes that break the protocol.</summary>
    Attack,

    /// <summary>A loop is not scheduled for a while.</summary>
    FreezeLoop,

    /// <summary>The disk has no room for a while.</summary>
    FillDisk,

    /// <summary>The broker dies, and starts again some time later.</summary>
    Crash,
}
