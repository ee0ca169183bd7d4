namespace Godwit.Engine.Access;

/// <summary>What goes on when the answer comes.</summary>
internal enum AccessQuestionKind : byte
{
    /// <summary>The packet at the front of the input, read again with the answer.</summary>
    Packet,

    /// <summary>The first QoS 0 message that waits beside the journals.</summary>
    Live,

    /// <summary>The next message of the session's journals, groups or retained replay.</summary>
    Queued,
}
