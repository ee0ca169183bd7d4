namespace Godwit.Broker.Hooks;

/// <summary>What a client wants to do.</summary>
[Flags]
public enum AccessAction
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Publish to a topic, by PUBLISH or as its will.</summary>
    Publish = 1,

    /// <summary>Subscribe to a filter.</summary>
    Subscribe = 2,

    /// <summary>Be sent a message. Asked for every delivery, so only where wanted.</summary>
    Receive = 4,
}
