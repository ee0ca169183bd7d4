namespace Godwit.Engine.Sessions;

/// <summary>What a session does with the message for which its queue has no room.</summary>
public enum QueueOverflow : byte
{
    /// <summary>The oldest waiting message makes room.</summary>
    DropOldest,

    /// <summary>The arriving message is dropped.</summary>
    DropNewest,

    /// <summary>The session ends: a connected 5.0 client gets DISCONNECT 0x97 (Quota exceeded).</summary>
    Disconnect,

    /// <summary>
    /// Of each topic the latest message alone waits, whether there is room or not; when there is none, the topic that was
    /// published to longest ago makes room.
    /// </summary>
    KeepLatest,
}
