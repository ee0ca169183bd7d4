namespace Godwit.Engine.Retained;

/// <summary>What a walk over sorted topics does with the one it stands on.</summary>
internal enum WalkVerdict : byte
{
    /// <summary>The topic matches the filter.</summary>
    Match,

    /// <summary>It does not; the next topic may.</summary>
    Ahead,

    /// <summary>It does not, and nothing below a later topic can: seek there.</summary>
    Leap,

    /// <summary>Nothing further can match.</summary>
    Done,
}
