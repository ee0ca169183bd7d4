using Godwit.Conformance.Wire;
using Godwit.Engine;
using Godwit.Engine.Journals;
using Godwit.Engine.Sessions;
using Godwit.Engine.SharedGroups;

namespace Godwit.Simulation;

/// <summary>Everything that a seed decides beforehand: the broker, the clients and what they and the network do.</summary>
internal sealed class Plan
{
    private static readonly string[] Topics = ["a", "a/b", "a/b/c", "b", "b/x", "$sys/x"];
    private static readonly string[] Filters = ["a", "a/b", "a/+", "a/#", "+/b", "#", "+", "b/#", "$sys/#", "a/b/c"];
    private static readonly string[] Groups = ["$share/g/a/#", "$share/g/b", "$share/h/a/b"];

    private Plan(ulong seed, EngineOptions options, StorePlan store, ClientPlan[] clients, PlannedEvent[] events, long end)
    {
        Seed = seed;
        Options = options;
        Store = store;
        Clients = clients;
        Events = events;
        End = end;
    }

    public ulong Seed { get; }

    public EngineOptions Options { get; }

    public StorePlan Store { get; }

    public IReadOnlyList<ClientPlan> Clients { get; }

    public IReadOnlyList<PlannedEvent> Events { get; }

    /// <summary>When the faults end and everything may settle.</summary>
    public long End { get; }

    public static Plan From(ulong seed)
    {
        var chance = new Chance(seed);
        var options = new EngineOptions
        {
            Shards = chance.Between(1, 4),
            OutboundInflightMaximum = chance.Pick(1, 3, 20, 256),
            ReceiveMaximum = chance.Pick(1, 4, 1024),
            TopicAliasMaximum = chance.Pick(0, 2, 64),
            OutboundTopicAliasMaximum = chance.Pick(0, 1, 64),
            SharedGroupMemberCredit = chance.Pick(1, 4, 64),
            SharedGroupStrategy = chance.Pick(Enum.GetValues<SharedGroupStrategy>()),
            MailboxItemsMax = chance.Pick(1024, 65_536),
        };
        options = WithAges(options, new Chance(seed ^ 0xA6E));
        var store = new StorePlan(chance.Pick(0, 5, 40, 400), chance.Pick(0, 0, 20, 60));
        var clients = new ClientPlan[chance.Between(3, 7)];
        for (int i = 0; i < clients.Length; i++)
        {
            clients[i] = NewClient(i, chance);
        }

        var topics = Some(Topics, chance);
        var filters = Some(Filters, chance);
        long end = chance.Between(5_000, 40_000);
        var events = new List<PlannedEvent>();
        int count = chance.Between(20, 160);
        bool hasFaults = chance.Percent(80);
        bool hasExpiry = chance.Percent(25);
        for (int i = 0; i < clients.Length; i++)
        {
            events.Add(new PlannedEvent(0, chance.Below(500), PlannedAction.Connect, i) { CleanStart = true });
            if (chance.Percent(70))
            {
                events.Add(NewSubscribe(chance.Between(500, 1500), i, filters, chance));
            }
        }

        for (int i = 0; i < count; i++)
        {
            events.Add(NewEvent(chance.Between(1_000, (int)end), chance.Below(clients.Length), topics, filters, hasFaults, hasExpiry, chance));
        }

        bool isPressed = seed % 5 == 0;
        if (seed % 2 == 0)
        {
            store = MakeDurable(store, clients, events, (int)end, isPressed, new Chance(seed ^ 0xD15C));
        }

        if (store.IsDurable)
        {
            AddGroupCrash(clients, events, (int)end, new Chance(seed ^ 0x6A0));
        }

        if (isPressed)
        {
            (options, store) = AddPressure(options, store, clients, events, (int)end, new Chance(seed ^ 0xF011));
            options = store.HasSmallQueues && new Chance(seed ^ 0x1A7E57).Percent(30) ? options with { QueueOverflow = QueueOverflow.KeepLatest } : options;
        }

        var ordered = events.OrderBy(each => each.At).Select((each, index) => each with { Index = index });
        return new Plan(seed, options, store, clients, [.. ordered], end);
    }

    /// <summary>The same world in which only these events happen.</summary>
    public Plan With(IEnumerable<PlannedEvent> events) => new(Seed, Options, Store, [.. Clients], [.. events], End);

    /// <summary>Retained messages of a topic have one writer, so that the model knows their order.</summary>
    public bool MayRetain(int client, string topic) => StableHash(topic) % Clients.Count == client;

    private static int StableHash(string topic) => topic.Aggregate(17, (hash, letter) => ((hash * 31) + letter) & 0x7FFFFFFF);

    private static ClientPlan NewClient(int index, Chance chance)
    {
        var version = chance.Percent(60) ? MqttVersion.V50 : MqttVersion.V311;
        bool isPersistent = chance.Percent(60);
        uint expiry = !isPersistent ? 0 : version == MqttVersion.V50 ? chance.Pick(uint.MaxValue, 3600u, 5u) : uint.MaxValue;
        return new ClientPlan(
            $"c{index}",
            version,
            isPersistent,
            expiry,
            chance.Percent(50) ? 0 : chance.Between(2, 10),
            chance.Pick(1, 2, 30, 65_535),
            chance.Pick(0, 1, 10),
            chance.Percent(40) ? version == MqttVersion.V50 ? chance.Pick(0, 2, 6) : 0 : ClientPlan.NoWill,
            chance.Below(3))
        {
            AckDelayMax = chance.Pick(0, 0, 20, 400),
        };
    }

    private static PlannedEvent NewEvent(int at, int client, string[] topics, string[] filters, bool hasFaults, bool hasExpiry, Chance chance)
    {
        int dice = chance.Below(100);
        var (action, isFault) = dice switch
        {
            < 55 => (PlannedAction.Publish, false),
            < 65 => (PlannedAction.Subscribe, false),
            < 69 => (PlannedAction.Unsubscribe, false),
            < 79 => (PlannedAction.Connect, false),
            < 83 => (PlannedAction.Disconnect, false),
            < 85 => (PlannedAction.DisconnectWithWill, false),
            < 91 => (PlannedAction.Cut, true),
            < 93 => (PlannedAction.Silence, true),
            < 95 => (PlannedAction.Stall, true),
            < 97 => (PlannedAction.Attack, true),
            _ => (PlannedAction.FreezeLoop, true),
        };
        if (isFault && !hasFaults)
        {
            action = PlannedAction.Publish;
        }

        return action switch
        {
            PlannedAction.Subscribe => NewSubscribe(at, client, filters, chance),
            PlannedAction.Unsubscribe => new PlannedEvent(0, at, action, client) { Topic = chance.Percent(80) ? chance.Pick<string>(filters) : chance.Pick<string>(Groups) },
            PlannedAction.Publish => new PlannedEvent(0, at, action, client)
            {
                Topic = chance.Pick<string>(topics),
                QoS = chance.Below(3),
                Retain = chance.Percent(20),
                IsEmpty = chance.Percent(4),
                Expiry = hasExpiry && chance.Percent(50) ? chance.Pick(1, 3, 10, 600) : 0, // the last outlives every run
                Variant = chance.Between(1, 4), // messages in a row
            },
            PlannedAction.Connect => new PlannedEvent(0, at, action, client) { CleanStart = chance.Percent(15) },
            _ => new PlannedEvent(0, at, action, client) { Duration = chance.Between(10, 3_000), Variant = chance.Below(8) },
        };
    }

    private static PlannedEvent NewSubscribe(int at, int client, string[] filters, Chance chance) => new(0, at, PlannedAction.Subscribe, client)
    {
        Topic = chance.Percent(80) ? chance.Pick<string>(filters) : chance.Pick<string>(Groups),
        QoS = chance.Below(3),
        Options = chance.Pick(0, 0, 0, 0x04, 0x08, 0x10, 0x20, 0x0C),
    };

    private static StorePlan MakeDurable(StorePlan store, ClientPlan[] clients, List<PlannedEvent> events, int end, bool isPressed, Chance chance)
    {
        for (int i = 0; i < clients.Length && !isPressed; i++)
        {
            // At QoS 2 a will is published once, however often the broker dies.
            clients[i] = clients[i] with { WillQoS = 2 };
        }

        foreach (var first in events.FindAll(each => each.Action == PlannedAction.Subscribe && chance.Percent(15)))
        {
            // Asked for, asked for otherwise, and taken back before the first can be committed.
            long again = first.At + chance.Between(100, 2_000);
            events.Add(first with { At = again, QoS = chance.Between(1, 2), Options = first.Options ^ 0x08 });
            events.Add(new PlannedEvent(0, again + chance.Between(0, 60), PlannedAction.Unsubscribe, first.Client) { Topic = first.Topic });
        }

        for (int count = chance.Between(1, chance.Pick(4, 12)); count > 0; count--)
        {
            // Mostly when something is going on.
            int at = chance.Percent(80) ? (int)chance.Pick<PlannedEvent>(events).At + chance.Between(0, 200) : chance.Between(1_000, end);
            var crash = NewCrash(Math.Max(at, 1_000), chance);
            events.Add(crash);
            if (chance.Percent(30))
            {
                events.Add(NewCrash((int)crash.At + crash.Duration + chance.Between(0, chance.Pick(300, 6_000)), chance));
            }
        }

        return store with
        {
            IsDurable = true,
            CommitDelayMax = chance.Pick(0, 40, 200, 200),
            Level = chance.Percent(60) ? DurabilityLevel.Fsync : DurabilityLevel.Os,
            TailBytesMax = chance.Pick(0, 400, 4_000, 1_000_000),
            ChunkBytesMax = chance.Pick(1_000, 10_000, 1_000_000),
        };
    }

    // A crash while a group's messages of QoS 2 are on their way to its members.
    private static void AddGroupCrash(ClientPlan[] clients, List<PlannedEvent> events, int end, Chance chance)
    {
        if (!chance.Percent(25))
        {
            return;
        }

        int at = chance.Between(3_000, end);
        string group = chance.Pick<string>(Groups);
        int member = chance.Below(clients.Length);
        events.Add(new PlannedEvent(0, at - 1_500, PlannedAction.Connect, member));
        events.Add(new PlannedEvent(0, at - 1_000, PlannedAction.Subscribe, member) { Topic = group, QoS = 2 });
        events.Add(new PlannedEvent(0, at, PlannedAction.Publish, chance.Below(clients.Length)) { Topic = group[(group.IndexOf('/', "$share/".Length) + 1)..].Replace("#", "b", StringComparison.Ordinal), QoS = 2, Variant = 4 });
        events.Add(NewCrash(at + chance.Between(20, 700), chance));
    }

    // Full queues, a full disk, and sessions that read more journals than fit into one record.
    private static (EngineOptions Options, StorePlan Store) AddPressure(
        EngineOptions options, StorePlan store, ClientPlan[] clients, List<PlannedEvent> events, int end, Chance chance)
    {
        if (chance.Percent(50))
        {
            options = options with { CursorsPerRecordMax = chance.Pick(0, 1, 2) };
        }

        if (chance.Percent(50))
        {
            options = options with { QueuedMessagesMax = chance.Pick(2, 3, 5, 8), QueueOverflow = chance.Pick(QueueOverflow.DropOldest, QueueOverflow.DropNewest, QueueOverflow.Disconnect) };
            store = store with { HasSmallQueues = true };
            for (int i = 0; i < clients.Length; i++)
            {
                // The end of an overflowing session, of which its client does not know, publishes its will; and the watcher's queue
                // overflows like any other.
                clients[i] = clients[i] with { WillDelay = ClientPlan.NoWill };
            }
        }

        for (int count = chance.Percent(50) ? chance.Between(1, 3) : 0; count > 0; count--)
        {
            bool refusesWrites = store.IsDurable && chance.Percent(40);
            events.Add(new PlannedEvent(0, chance.Between(1_000, end), PlannedAction.FillDisk, 0)
            {
                Duration = chance.Between(50, refusesWrites ? 2_000 : 8_000),
                Variant = refusesWrites ? 1 : 0,
            });
        }

        return (options, store);
    }

    private static PlannedEvent NewCrash(int at, Chance chance) => new(0, at, PlannedAction.Crash, 0)
    {
        Point = chance.Pick(Enum.GetValues<CrashPoint>()),
        Duration = chance.Percent(12) ? 20_000 : chance.Pick(0, 10, 300, 300, 2_000),
        SetBackBy = chance.Percent(15) ? chance.Between(1, 60_000) : 0,
        Variant = chance.Percent(15) ? chance.Between(1, 2) : 0,
    };

    // A tenth each: short, for what is given up, and longer than any run, for what is not.
    private static EngineOptions WithAges(EngineOptions options, Chance chance) => options with
    {
        QueuedAgeSecondsMax = chance.Percent(20) ? chance.Pick(2u, 10u, 600u, 600u) : EngineOptions.Unlimited,
        SharedGroupQueuedAgeSecondsMax = chance.Percent(20) ? chance.Pick(2u, 10u, 600u, 600u) : EngineOptions.Unlimited,
    };

    private static string[] Some(string[] all, Chance chance)
    {
        var some = all.Where(_ => chance.Percent(60)).ToArray();
        return some.Length > 0 ? some : [all[chance.Below(all.Length)]];
    }
}
