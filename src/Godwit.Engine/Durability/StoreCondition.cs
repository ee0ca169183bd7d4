namespace Godwit.Engine.Durability;

/// <summary>How much a store can take at the moment.</summary>
public enum StoreCondition : byte
{
    /// <summary>All is well.</summary>
    Ready,

    /// <summary>So much waits to be committed that whoever publishes into it should be read more slowly.</summary>
    Busy,

    /// <summary>There is no room for messages: what needs the store is refused. Small changes of state are still taken.</summary>
    Full,
}
