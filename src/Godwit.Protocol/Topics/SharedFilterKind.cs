namespace Godwit.Protocol;

/// <summary>What <see cref="SharedFilter.TryParse"/> found.</summary>
public enum SharedFilterKind : byte
{
    /// <summary>The filter does not begin with <c>$share/</c>: an ordinary subscription.</summary>
    NotShared = 0,

    /// <summary>A share name and a topic filter. The topic filter's wildcards are still to be checked.</summary>
    Valid = 1,

    /// <summary>It begins with <c>$share/</c> but breaks [MQTT-4.8.2-1] or [MQTT-4.8.2-2].</summary>
    Invalid = 2,
}
