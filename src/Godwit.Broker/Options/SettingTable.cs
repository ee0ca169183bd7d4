using Godwit.Engine;
using static Godwit.Broker.Options.SettingKinds;

namespace Godwit.Broker.Options;

/// <summary>All settings with one value; the list <c>Listen</c> is read by <see cref="BrokerSettings"/>.</summary>
internal static class SettingTable
{
    private const int CountMax = 100_000_000;
    private const long SizeMax = 1L << 40;
    private const long TotalMax = 1_000_000_000_000;
    private const long AgeMax = uint.MaxValue - 1L;
    private const long Day = 86_400_000;

    public static readonly Setting[] All =
    [
        new("Loops", "auto", $"a whole number from 1 to {BrokerCore.ShardsMax}, or auto", "Number of event loops, each a thread that owns its connections; auto: one per core.")
        {
            Parse = ParseLoops,
            Check = options => options.Loops is >= 1 and <= BrokerCore.ShardsMax ? null : SettingText.FormatCount(options.Loops),
        },
        Name("LoopPlacement", o => o.Placement, (o, v) => o with { Placement = v }, "On which loop a new session lives: fill uses the next loop only when those before it are busy."),
        Name("Io", o => o.Io, (o, v) => o with { Io = v }, "How the loops talk to the network; auto: epoll on Linux, sockets elsewhere."),
        Name("Durability", o => o.Durability, (o, v) => o with { Durability = v }, "What an acknowledged message survives: memory nothing, os a crash of the process, fsync loss of power as well. godwit-server starts with fsync."),
        Folder("Data", o => o.DataDirectory, (o, v) => o with { DataDirectory = v }, "Directory of the store, for durability os and fsync; made when it is not there."),
        Size("Limits:FreeSpaceMin", 1 << 20, SizeMax, o => o.FreeSpaceMin, (o, v) => o with { FreeSpaceMin = v }, "Space on its disk that the store leaves free; below it messages that would have to be stored are refused."),

        Count("Limits:ConnectionsMax", 1, 10_000_000, o => o.Accept.ConnectionsMax, (o, v) => o with { Accept = o.Accept with { ConnectionsMax = (int)v } }, "Connections in all; beyond, a connection is closed when it is accepted."),
        CountOrUnlimited("Limits:ConnectionsPerAddressMax", 1, 10_000_000, AcceptLimits.Unlimited, o => o.Accept.ConnectionsPerAddressMax, (o, v) => o with { Accept = o.Accept with { ConnectionsPerAddressMax = (int)v } }, "Connections of one address (IPv6: of one /64 network)."),
        Duration("Limits:ConnectTimeout", 100, 600_000, o => o.Engine.ConnectTimeoutMilliseconds, (o, v) => With(o, e => e with { ConnectTimeoutMilliseconds = v }), "Time from accepting a connection to its CONNECT."),
        Duration("Limits:OutputStallTimeout", 1000, Day, o => o.Engine.OutputStallMilliseconds, (o, v) => With(o, e => e with { OutputStallMilliseconds = v }), "Time a client may take none of the bytes waiting for it before it is closed."),
        Duration("Limits:DrainTimeout", 0, 600_000, o => o.DrainTimeoutMilliseconds, (o, v) => o with { DrainTimeoutMilliseconds = v }, "Time in which a stopping broker takes leave of its clients."),
        Size("Limits:MaximumPacketSize", 128, 268_435_460, o => o.Engine.MaximumPacketSize, (o, v) => With(o, e => e with { MaximumPacketSize = (int)v }), "Largest packet accepted, with its fixed header."),
        Count("Limits:ReceiveMaximum", 1, 65_535, o => o.Engine.ReceiveMaximum, (o, v) => With(o, e => e with { ReceiveMaximum = (int)v }), "Unfinished QoS 1 and 2 publications accepted from one client."),
        Count("Limits:OutboundInflightMaximum", 1, 65_535, o => o.Engine.OutboundInflightMaximum, (o, v) => With(o, e => e with { OutboundInflightMaximum = (int)v }), "Unfinished QoS 1 and 2 publications sent to one client; its own Receive Maximum lowers it."),
        Count("Limits:TopicAliasMaximum", 0, 65_535, o => o.Engine.TopicAliasMaximum, (o, v) => With(o, e => e with { TopicAliasMaximum = (int)v }), "Topic Aliases a client may use towards the broker."),
        Count("Limits:OutboundTopicAliasMaximum", 0, 65_535, o => o.Engine.OutboundTopicAliasMaximum, (o, v) => With(o, e => e with { OutboundTopicAliasMaximum = (int)v }), "Topic Aliases the broker uses towards a client that allows them."),
        Size("Limits:OutputBufferBytesMax", 4096, 1 << 30, o => o.Engine.OutputBufferBytesMax, (o, v) => With(o, e => e with { OutputBufferBytesMax = (int)v }), "Unsent bytes of one connection above which QoS 0 is dropped and the rest waits."),
        Seconds("Limits:KeepAliveMax", 1, 65_535, null, o => o.Engine.KeepAliveSecondsMax, (o, v) => With(o, e => e with { KeepAliveSecondsMax = (int)v }), "Largest keep-alive a 5.0 client gets; one that asks for more is told this one."),
        Seconds("Limits:SessionExpiryMax", 0, uint.MaxValue - 1L, uint.MaxValue, o => o.Engine.SessionExpirySecondsMax, (o, v) => With(o, e => e with { SessionExpirySecondsMax = (uint)v }), "Longest time a session is kept after its client has gone."),
        Duration("Limits:WillGrace", 0, Day, o => o.Engine.WillGraceMilliseconds, (o, v) => With(o, e => e with { WillGraceMilliseconds = v }), "How long after a restart the wills of clients that were connected wait for them to come back."),
        Count("Limits:SessionsMax", 1, CountMax, o => o.Engine.SessionsMax, (o, v) => With(o, e => e with { SessionsMax = (int)v }), "Sessions in all, connected or not."),
        Count("Limits:SubscriptionsPerSessionMax", 1, CountMax, o => o.Engine.SubscriptionsPerSessionMax, (o, v) => With(o, e => e with { SubscriptionsPerSessionMax = (int)v }), "Subscriptions of one session."),
        Count("Limits:TopicLevelsMax", 1, 1000, o => o.Engine.TopicLevelsMax, (o, v) => With(o, e => e with { TopicLevelsMax = (int)v }), "Levels of a topic name or filter."),
        Count("Limits:QueuedMessagesMax", 1, CountMax, o => o.Engine.QueuedMessagesMax, (o, v) => With(o, e => e with { QueuedMessagesMax = (int)v }), "Messages that wait for one session in one journal."),
        Size("Limits:QueuedBytesMax", 1024, SizeMax, o => o.Engine.QueuedBytesMax, (o, v) => With(o, e => e with { QueuedBytesMax = v }), "Bytes that wait for one session in one journal."),
        Seconds("Limits:QueuedAgeMax", 1, AgeMax, EngineOptions.Unlimited, o => o.Engine.QueuedAgeSecondsMax, (o, v) => With(o, e => e with { QueuedAgeSecondsMax = (uint)v }), "How long a message waits for one session in one journal before it is dropped."),
        CountOrUnlimited("Limits:AllQueuesMessagesMax", 1, TotalMax, long.MaxValue, o => o.Engine.AllQueuesMessagesMax, (o, v) => With(o, e => e with { AllQueuesMessagesMax = v }), "Messages that wait in all journals together; at the limit those that would have to be kept are refused."),
        SizeOrUnlimited("Limits:AllQueuesBytesMax", 1024, SizeMax, long.MaxValue, o => o.Engine.AllQueuesBytesMax, (o, v) => With(o, e => e with { AllQueuesBytesMax = v }), "Bytes that wait in all journals together; at the limit messages that would have to be kept are refused."),
        Count("Limits:RetainedMessagesMax", 0, CountMax, o => o.Engine.RetainedMessagesMax, (o, v) => With(o, e => e with { RetainedMessagesMax = (int)v }), "Retained messages in all."),
        Size("Limits:RetainedBytesMax", 0, SizeMax, o => o.Engine.RetainedBytesMax, (o, v) => With(o, e => e with { RetainedBytesMax = v }), "Bytes of retained messages in all."),
        Count("Limits:SharedGroupOutstandingMax", 1, CountMax, o => o.Engine.SharedGroupOutstandingMax, (o, v) => With(o, e => e with { SharedGroupOutstandingMax = (int)v }), "Messages of one shared group that are with its members at a time."),
        Count("Limits:SharedGroupQueuedMessagesMax", 1, CountMax, o => o.Engine.SharedGroupQueuedMessagesMax, (o, v) => With(o, e => e with { SharedGroupQueuedMessagesMax = (int)v }), "Messages that wait in one shared group."),
        Size("Limits:SharedGroupQueuedBytesMax", 1024, SizeMax, o => o.Engine.SharedGroupQueuedBytesMax, (o, v) => With(o, e => e with { SharedGroupQueuedBytesMax = v }), "Bytes that wait in one shared group."),
        Seconds("Limits:SharedGroupQueuedAgeMax", 1, AgeMax, EngineOptions.Unlimited, o => o.Engine.SharedGroupQueuedAgeSecondsMax, (o, v) => With(o, e => e with { SharedGroupQueuedAgeSecondsMax = (uint)v }), "How long a message waits in one shared group before it is dropped."),
        Count("Limits:SharedGroupMemberCredit", 1, 65_535, o => o.Engine.SharedGroupMemberCredit, (o, v) => With(o, e => e with { SharedGroupMemberCredit = (int)v }), "Messages handed to one member of a shared group ahead of its acknowledgements."),
        Duration("Limits:SharedGroupKeep", 0, 30 * Day, o => o.Engine.SharedGroupKeepMilliseconds, (o, v) => With(o, e => e with { SharedGroupKeepMilliseconds = v }), "How long a shared group that lost its last member keeps what is queued."),
        Count("Limits:MailboxItemsMax", 1024, CountMax, o => o.Engine.MailboxItemsMax, (o, v) => With(o, e => e with { MailboxItemsMax = (int)v }), "Items waiting in the mailbox from one loop to another."),

        Name("Features:QueueOverflow", o => o.Engine.QueueOverflow, (o, v) => With(o, e => e with { QueueOverflow = v }), "What a session does with a message for which its queue has no room."),
        Name("Features:SharedGroupStrategy", o => o.Engine.SharedGroupStrategy, (o, v) => With(o, e => e with { SharedGroupStrategy = v }), "How a shared subscription picks the member for the next message."),
    ];

    private static BrokerOptions With(BrokerOptions options, Func<EngineOptions, EngineOptions> change) =>
        options with { Engine = change(options.Engine) };

    private static BrokerOptions? ParseLoops(BrokerOptions options, string text)
    {
        if (string.Equals(text, "auto", StringComparison.OrdinalIgnoreCase))
        {
            return options with { Loops = new BrokerOptions().Loops };
        }

        return SettingText.TryParseCount(text, out long loops) && loops is >= 1 and <= BrokerCore.ShardsMax
            ? options with { Loops = (int)loops }
            : null;
    }
}
