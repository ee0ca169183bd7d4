namespace Godwit.Load;

/// <summary>What a run is doing.</summary>
public enum LoadPhase
{
    /// <summary>Connections are opened.</summary>
    Connecting,

    /// <summary>Load as in the measured interval, which does not count.</summary>
    WarmingUp,

    /// <summary>What is done now counts.</summary>
    Measuring,

    /// <summary>Nothing is sent any more, what is on its way arrives.</summary>
    Draining,
}
