namespace Godwit.Load;

/// <summary>Who sends what to whom.</summary>
public enum ScenarioKind
{
    /// <summary>Publisher i to subscriber i.</summary>
    Pairs,

    /// <summary>Every publisher to every subscriber; meant for many publishers and few subscribers.</summary>
    FanIn,

    /// <summary>Every publisher to every subscriber; meant for few publishers and many subscribers.</summary>
    FanOut,

    /// <summary>Every publisher to one shared subscription, whose members the subscribers are: each message goes to one of them.</summary>
    Shared,

    /// <summary>Connections that come all at once, leave, and come again.</summary>
    Storm,

    /// <summary>Connections with one subscription each and no messages.</summary>
    Idle,
}
