namespace Godwit.Client.Sessions;

/// <summary>What became of a publication when it was handed to the session.</summary>
internal enum PublishStatus
{
    /// <summary>QoS 0: its packet is in the output; nothing more will be heard of it.</summary>
    Done,

    /// <summary>It is on its way or waits to be; the sink hears the outcome.</summary>
    Pending,

    /// <summary>It may not be sent to this server, or not at all.</summary>
    Rejected,
}
