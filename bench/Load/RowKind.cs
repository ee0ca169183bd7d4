namespace Godwit.Load;

internal enum RowKind
{
    /// <summary>Publisher i to subscriber i.</summary>
    Pairs,

    /// <summary>One publisher to all subscribers.</summary>
    FanOut,

    /// <summary>All publishers to one subscriber.</summary>
    FanIn,

    /// <summary>Connections with one subscription each and no traffic.</summary>
    Idle,

    /// <summary>Connections only.</summary>
    Storm,
}
