namespace Godwit.Simulation;

/// <summary>How a connection of a simulated client ended.</summary>
internal enum ConnectionEnd
{
    /// <summary>DISCONNECT 0x00.</summary>
    Disconnected,

    /// <summary>DISCONNECT 0x04.</summary>
    DisconnectedWithWill,

    /// <summary>Torn; the broker learns of it soon.</summary>
    Cut,

    /// <summary>Nothing gets through; the broker learns of it by the keep-alive.</summary>
    Silent,

    /// <summary>By a newer connection of the same client.</summary>
    TakenOver,

    /// <summary>The broker sent the client away: its disk had been full, or the session's queue overflowed.</summary>
    SentAway,

    /// <summary>The broker died.</summary>
    Crashed,
}
