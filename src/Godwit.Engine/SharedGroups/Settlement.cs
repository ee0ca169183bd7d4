namespace Godwit.Engine.SharedGroups;

/// <summary>How a member finished with a message of its group.</summary>
internal enum Settlement : byte
{
    /// <summary>Acknowledged, refused, or now the session's own affair: the group is done with it ([MQTT-4.8.2-4] to -6).</summary>
    Done,

    /// <summary>Not delivered: another member gets it.</summary>
    Returned,
}
