using Godwit.Engine.Sessions;
using Godwit.Engine.SharedGroups;

namespace Godwit.Engine;

/// <summary>Limits and features of a broker. Every limit has a bound; each default states its reason.</summary>
public sealed record EngineOptions
{
    /// <summary>The value of a limit that is not there.</summary>
    public const uint Unlimited = uint.MaxValue;

    /// <summary>Number of event loops, 1 to 64: each has one shard that owns its connections and sessions.</summary>
    public int Shards { get; init; } = 1;

    /// <summary>Largest packet accepted, in bytes with fixed header, 128 to 268,435,460 (§2.1.4). Default 1 MiB: camera snapshots and device lists of home automation fit, memory per half-received packet stays small.</summary>
    public int MaximumPacketSize { get; init; } = 1024 * 1024;

    /// <summary>Unfinished QoS 1 and 2 publications accepted from one client at a time, 1 to 65,535 (§3.2.2.3.3). Default 1,024: a window that fills a fast link without letting one client hold much state.</summary>
    public int ReceiveMaximum { get; init; } = 1024;

    /// <summary>Topic Aliases a client may use towards the broker, 0 to 65,535 (§3.2.2.3.8). Default 64: each costs one kept topic name per connection.</summary>
    public int TopicAliasMaximum { get; init; } = 64;

    /// <summary>Topic Aliases the broker uses towards a client that allows them, 0 to 65,535. Default 64, for the same reason.</summary>
    public int OutboundTopicAliasMaximum { get; init; } = 64;

    /// <summary>Unfinished QoS 1 and 2 publications sent to one client at a time, 1 to 65,535; the client's own Receive Maximum lowers it. Default 256: enough for a wide-area link, few enough for a small device.</summary>
    public int OutboundInflightMaximum { get; init; } = 256;

    /// <summary>Unsent bytes of one connection above which QoS 0 is dropped, QoS 1 and 2 wait in their journal, and reading from that client pauses. Default 256 KiB: about one round trip of a fast link.</summary>
    public int OutputBufferBytesMax { get; init; } = 256 * 1024;

    /// <summary>Time from accepting a connection to its CONNECT, in milliseconds. Default 10,000.</summary>
    public long ConnectTimeoutMilliseconds { get; init; } = 10_000;

    /// <summary>Time a connection may refuse to take any of the bytes waiting for it, in milliseconds, before it is closed. Default 60,000.</summary>
    public long OutputStallMilliseconds { get; init; } = 60_000;

    /// <summary>Largest keep-alive a client may ask for, in seconds, 1 to 65,535; 5.0 clients that ask for more (or for none, when it is below 65,535) get it as Server Keep Alive (§3.2.2.3.14). Default 65,535: no override.</summary>
    public int KeepAliveSecondsMax { get; init; } = ushort.MaxValue;

    /// <summary>Longest Session Expiry Interval granted, in seconds; <see cref="uint.MaxValue"/> means sessions may stay for ever (§3.1.2.11.2).</summary>
    public uint SessionExpirySecondsMax { get; init; } = uint.MaxValue;

    /// <summary>Sessions in all, connected or not. Default 1,000,000; a CONNECT beyond is refused with 0x97.</summary>
    public int SessionsMax { get; init; } = 1_000_000;

    /// <summary>Subscriptions of one session. Default 10,000; beyond, SUBACK says 0x97.</summary>
    public int SubscriptionsPerSessionMax { get; init; } = 10_000;

    /// <summary>Levels of a topic name or filter. Default 128: bounds the walk of one publish.</summary>
    public int TopicLevelsMax { get; init; } = 128;

    /// <summary>Messages that wait for one session in one journal. Default 10,000.</summary>
    public int QueuedMessagesMax { get; init; } = 10_000;

    /// <summary>Bytes (topic, properties, payload) that wait for one session in one journal. Default 16 MiB.</summary>
    public long QueuedBytesMax { get; init; } = 16 * 1024 * 1024;

    /// <summary>How long a message waits for one session in one journal, in seconds, at least 1; <see cref="Unlimited"/> (the default): until the session takes it or ends, as its client was promised.</summary>
    public uint QueuedAgeSecondsMax { get; init; } = Unlimited;

    /// <summary>
    /// Messages that wait in all queues of the store together, at least 1; one that waits in several counts in each. At the limit QoS 1
    /// and 2 publishes that would have to be kept are refused, until an eighth of it is free again. Default <see cref="long.MaxValue"/>,
    /// no limit: what a message takes differs too much for a number that would fit all.
    /// </summary>
    public long AllQueuesMessagesMax { get; init; } = long.MaxValue;

    /// <summary>
    /// Bytes (topic, properties, payload) that wait in all queues of the store together, at least 1,024; likewise. Default
    /// <see cref="long.MaxValue"/>, no limit: a store on disk is bounded by the space that is left free there, and the queues of one
    /// session and of one group are bounded anyway.
    /// </summary>
    public long AllQueuesBytesMax { get; init; } = long.MaxValue;

    /// <summary>What happens when a session's queue is full.</summary>
    public QueueOverflow QueueOverflow { get; init; } = QueueOverflow.DropOldest;

    /// <summary>How long after a restart the wills of clients that were connected wait for them to come back, in milliseconds. Default 10,000: whoever is alive has reconnected by then.</summary>
    public long WillGraceMilliseconds { get; init; } = 10_000;

    /// <summary>Retained messages in all. Default 1,000,000; a retained publish to a new topic beyond is refused with 0x97.</summary>
    public int RetainedMessagesMax { get; init; } = 1_000_000;

    /// <summary>Bytes of retained messages in all. Default 1 GiB.</summary>
    public long RetainedBytesMax { get; init; } = 1024L * 1024 * 1024;

    /// <summary>How a shared subscription picks the member for the next message.</summary>
    public SharedGroupStrategy SharedGroupStrategy { get; init; } = SharedGroupStrategy.RoundRobin;

    /// <summary>Messages of one shared group that are with its members at a time. Default 4,096; dispatch pauses there.</summary>
    public int SharedGroupOutstandingMax { get; init; } = 4096;

    /// <summary>Messages that wait in one shared group. Default 100,000: a work queue is shared by many, and may fill while its workers restart.</summary>
    public int SharedGroupQueuedMessagesMax { get; init; } = 100_000;

    /// <summary>Bytes (topic, properties, payload) that wait in one shared group. Default 128 MiB.</summary>
    public long SharedGroupQueuedBytesMax { get; init; } = 128L * 1024 * 1024;

    /// <summary>How long a message waits in a shared group, in seconds, at least 1; <see cref="Unlimited"/> (the default): as long as the group is there, as for a session.</summary>
    public uint SharedGroupQueuedAgeSecondsMax { get; init; } = Unlimited;

    /// <summary>Messages handed to one member of a shared group ahead of its acknowledgements. Default 64: small, so that a slow worker does not hoard work.</summary>
    public int SharedGroupMemberCredit { get; init; } = 64;

    /// <summary>How long a shared group that lost its last member keeps what is queued, in milliseconds. Default 30,000: all workers of a deployment may restart at once.</summary>
    public long SharedGroupKeepMilliseconds { get; init; } = 30_000;

    /// <summary>Items waiting in the mailbox from one loop to another. Default 65,536: QoS 0 that does not fit is dropped, publishers of the rest are read more slowly.</summary>
    public int MailboxItemsMax { get; init; } = 65_536;

    /// <summary>Places in journals that a session keeps in one record of the store, at most; of a session with more each has a record of its own. Default 64: what changes in a turn stays small to write.</summary>
    internal int CursorsPerRecordMax { get; init; } = 64;
}
