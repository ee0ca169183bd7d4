namespace Godwit.Engine.Observation;

/// <summary>Why a message was not delivered. Every drop in the broker has one of these and a counter.</summary>
public enum DropReason : byte
{
    /// <summary>The session's queue was full and the overflow policy chose this message.</summary>
    QueueFull,

    /// <summary>A later message of its topic came while this one waited, and the session's queue keeps the latest of each topic.</summary>
    Superseded,

    /// <summary>QoS 0 for a connection whose output buffer was full.</summary>
    SlowConsumer,

    /// <summary>QoS 0 for another loop whose mailbox was full.</summary>
    MailboxFull,

    /// <summary>The Message Expiry Interval ran out first (§3.3.2.3.3).</summary>
    Expired,

    /// <summary>Larger than the client's Maximum Packet Size ([MQTT-3.1.2-25]).</summary>
    TooLargeForClient,

    /// <summary>The access policy did not let this client receive the topic.</summary>
    NotAuthorized,

    /// <summary>The access policy withheld this message from this client for another reason.</summary>
    Intercepted,

    /// <summary>QoS 0 behind a late answer of the access policy, beyond what may wait for it.</summary>
    DecisionBacklog,

    /// <summary>QoS 0 for a shared group without a connected member.</summary>
    NoMemberOnline,

    /// <summary>A shared group's member refused it with a reason code of 0x80 or above ([MQTT-4.8.2-6]).</summary>
    RefusedByClient,

    /// <summary>The session ended with the message still waiting.</summary>
    SessionEnded,

    /// <summary>The shared group ended with the message still waiting.</summary>
    GroupEnded,

    /// <summary>It had waited for longer than the queue allows.</summary>
    TooOld,
}
