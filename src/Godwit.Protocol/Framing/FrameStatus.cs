namespace Godwit.Protocol;

/// <summary>Outcome of reading something that may not have arrived in full.</summary>
public enum FrameStatus : byte
{
    /// <summary>All of it is there.</summary>
    Complete = 0,

    /// <summary>Well-formed so far, but bytes are missing.</summary>
    Incomplete = 1,

    /// <summary>No further bytes can make it valid.</summary>
    Invalid = 2,
}
