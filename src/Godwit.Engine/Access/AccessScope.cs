namespace Godwit.Engine.Access;

/// <summary>The questions that an access policy wants to be asked. What it does not name is allowed and costs nothing.</summary>
[Flags]
public enum AccessScope : byte
{
    /// <summary>Nothing is asked.</summary>
    None = 0,

    /// <summary>May this client connect, with this will?</summary>
    Connect = 1,

    /// <summary>May this client publish this message?</summary>
    Publish = 2,

    /// <summary>May this client subscribe to these filters?</summary>
    Subscribe = 4,

    /// <summary>May this client be sent this message?</summary>
    Receive = 8,
}
