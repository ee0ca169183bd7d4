using Godwit.Conformance.Wire;
using Godwit.Engine.Observation;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Simulation;

/// <summary>One run: a plan, the broker, the clients, and the model that judges.</summary>
internal sealed class Simulation
{
    private const long SettleTime = 120_000;
    private const long RetainedTime = 10_000;

    // In a durable run the watcher's subscription is durable before anything happens.
    private const long WatcherTime = 2_000;
    private const int WatcherIndex = 1000;

    private readonly Plan _plan;
    private readonly SimulatedClient[] _clients;
    private readonly SimulatedClient _watcher;
    private readonly List<SimulatedClient> _returning = [];
    private PlannedEvent? _crash;

    private Simulation(Plan plan, bool isTraced)
    {
        _plan = plan;
        Chance = new Chance(plan.Seed ^ 0x5EED);
        Agenda = new Agenda();
        Trace = new Trace(Agenda, isTraced);
        Broker = new SimulatedBroker(plan, Agenda, Chance.Fork());
        Model = new Model(plan, Agenda, Broker.Space);
        Broker.Dying = HandleDying;
        _clients = [.. plan.Clients.Select((client, index) => new SimulatedClient(index, client, this))];
        _watcher = NewWatcher("watcher", WatcherIndex, (topic, payload) => Model.WillSeen(payload), isPersistent: plan.Store.IsDurable);
    }

    public Agenda Agenda { get; }

    public Chance Chance { get; }

    public Trace Trace { get; }

    public Model Model { get; }

    public SimulatedBroker Broker { get; }

    /// <summary>Runs a plan; null when the broker did everything right, else what it did wrong.</summary>
    public static Failure? Run(Plan plan, bool isTraced = false)
    {
        Simulation? run = null;
        try
        {
            run = new Simulation(plan, isTraced);
            run.Run();
            return null;
        }
#pragma warning disable CA1031 // Whatever the broker trips over is what the run is for.
        catch (Exception error)
#pragma warning restore CA1031
        {
            string what = error is ViolationException ? error.Message : error.ToString();
            return new Failure(what, run?.Trace.Lines ?? []);
        }
    }

    private void Run()
    {
        _watcher.Connect(cleanStart: true);
        long begin = _plan.Store.IsDurable ? WatcherTime : 0;
        Agenda.At(Math.Max(400, begin - 1_000), () => _watcher.Subscribe($"{ModelWill.Root}/#", 2, 0));
        foreach (var planned in _plan.Events)
        {
            Agenda.At(begin + planned.At, () => Do(planned));
        }

        Agenda.RunUntil(begin + _plan.End);
        Agenda.RunUntil(Agenda.Now + 600); // whoever is to die has died
        while (Broker.IsDown)
        {
            Agenda.RunUntil(Agenda.Now + 1_000);
        }

        // From here on nothing breaks any more. Whoever has a session returns for what waits for it.
        for (int i = 0; i < 3; i++)
        {
            foreach (var client in _clients)
            {
                if (!client.IsConnected && client.Session is not null && client.Plan.IsPersistent)
                {
                    client.Cut();
                    client.Connect(cleanStart: false);
                }
            }

            Agenda.RunUntil(Agenda.Now + (SettleTime / 3));
        }

        foreach (var client in _clients)
        {
            if (client.IsConnected && !client.IsSettled)
            {
                throw new ViolationException($"{client} waits for answers that do not come");
            }
        }

        var retained = ReadRetained();
        Model.Check(retained, CountQueueFullDrops());
        TearDown(retained.Keys);
    }

    private void Do(PlannedEvent planned)
    {
        var client = _clients[planned.Client];
        switch (planned.Action)
        {
            case PlannedAction.Connect:
                client.Connect(planned.CleanStart);
                break;
            case PlannedAction.Disconnect:
                client.Disconnect(withWill: false);
                break;
            case PlannedAction.DisconnectWithWill:
                client.Disconnect(withWill: true);
                break;
            case PlannedAction.Cut:
                client.Cut();
                break;
            case PlannedAction.Silence:
                client.Silence(planned.Duration);
                break;
            case PlannedAction.Stall:
                client.Stall(planned.Duration);
                break;
            case PlannedAction.Publish:
                for (int i = 0; i < planned.Variant; i++)
                {
                    client.Publish(planned.Topic, planned.QoS, planned.Retain && _plan.MayRetain(planned.Client, planned.Topic), planned.IsEmpty, planned.Expiry);
                }

                break;
            case PlannedAction.Subscribe:
                client.Subscribe(planned.Topic, planned.QoS, planned.Options);
                break;
            case PlannedAction.Unsubscribe:
                client.Unsubscribe(planned.Topic);
                break;
            case PlannedAction.Attack:
                Attack(planned.Variant);
                break;
            case PlannedAction.FillDisk:
                Trace.Write($"DISK FULL for {planned.Duration} ms{(planned.Variant > 0 ? ", refuses writes" : "")}");
                Broker.Space.Fill(planned.Duration, planned.Variant > 0);
                break;
            case PlannedAction.Crash when !Broker.IsDown && _crash is null:
                _crash = planned;
                Broker.CrashAt(planned.Point);
                break;
            case PlannedAction.Crash:
                break;
            case PlannedAction.FreezeLoop:
                Broker.Freeze(planned.Client % Broker.ShardCount, planned.Duration);
                break;
            default:
                throw new InvalidOperationException($"{planned.Action}");
        }
    }

    private void HandleDying()
    {
        Trace.Write($"CRASH at {_crash!.Point}");
        foreach (var client in (SimulatedClient[])[_watcher, .. _clients])
        {
            if (client.EndByCrash() && !_returning.Contains(client))
            {
                _returning.Add(client);
            }
        }

        Model.BrokerDied();
        Agenda.After(_crash.Duration, Restart);
    }

    private void Restart()
    {
        var crash = _crash!;
        for (int i = 0; i < crash.Variant; i++)
        {
            Broker.Restart(0);
            Trace.Write($"CRASH before the first turn");
            Broker.Dying = () => { };
            Broker.Crash();
            Broker.Dying = HandleDying;
        }

        var summary = Broker.Restart(crash.SetBackBy);
        _crash = null;
        Trace.Write($"RESTART {summary}");
        Model.BrokerRestarted(Broker.SetBackBy, _plan.Options.WillGraceMilliseconds);
        Broker.ScheduleAll();
        foreach (var client in _returning)
        {
            if (client == _watcher || Chance.Percent(75))
            {
                Agenda.After(Chance.Between(0, client == _watcher ? 50 : 3_000), () => Return(client));
            }
        }
    }

    private void Return(SimulatedClient client)
    {
        if (!Broker.IsDown && _returning.Remove(client) && !client.IsConnecting)
        {
            client.Connect(cleanStart: false);
        }
    }

    // A stranger breaks the protocol: it is sent away within the time that a CONNECT may take.
    private void Attack(int variant)
    {
        if (Broker.IsDown)
        {
            return;
        }

        var link = Broker.Accept(64 * 1024);
        bool isClosed = false;
        link.Closed = () => isClosed = true;
        link.Send(Stranger.Attack(variant));
        Agenda.After(20_000, () =>
        {
            if (!isClosed)
            {
                throw new ViolationException($"a stranger broke the protocol (variant {variant}) and was not sent away");
            }
        });
    }

    private SimulatedClient NewWatcher(string id, int index, Action<string, string> received, bool isPersistent = false) =>
        new(index, new ClientPlan(id, MqttVersion.V50, isPersistent, isPersistent ? uint.MaxValue : 0, 0, 65_535, 0, ClientPlan.NoWill, 0), this) { Watch = received };

    private Dictionary<string, string> ReadRetained()
    {
        var retained = new Dictionary<string, string>();
        foreach (string filter in (string[])["#", "$sys/#"])
        {
            var reader = NewWatcher($"reader{filter.Length}", WatcherIndex + filter.Length, (topic, payload) =>
            {
                if (!retained.TryAdd(topic, payload))
                {
                    throw new ViolationException($"the retained message of {topic} came twice");
                }
            });
            reader.Connect(cleanStart: true);
            Agenda.RunUntil(Agenda.Now + RetainedTime);
            reader.Subscribe(filter, 0, 0);
            Agenda.RunUntil(Agenda.Now + RetainedTime);
            reader.Disconnect(withWill: false);
        }

        return retained;
    }

    private long CountQueueFullDrops() => Enumerable.Range(0, Broker.ShardCount).Sum(shard => Broker.Core.GetShard(shard).Counters.Dropped(DropReason.QueueFull) + Broker.Core.GetShard(shard).Counters.Dropped(DropReason.Superseded));

    /// <summary>Everybody goes for good: nothing may be left over.</summary>
    private void TearDown(IEnumerable<string> retainedTopics)
    {
        foreach (string topic in retainedTopics)
        {
            _watcher.Publish(topic, 1, retain: true, isEmpty: true, expiry: 0);
        }

        foreach (var client in _clients)
        {
            client.Disconnect(withWill: false);
        }

        Agenda.RunUntil(Agenda.Now + RetainedTime);
        _watcher.Disconnect(withWill: false);
        foreach (var client in (SimulatedClient[])[.. _clients, _watcher])
        {
            var last = NewWatcher(client.Plan.Id, WatcherIndex + 100 + client.Index, (_, _) => { });
            last.Connect(cleanStart: true);
            Agenda.RunUntil(Agenda.Now + RetainedTime);
            last.Disconnect(withWill: false);
        }

        Agenda.RunUntil(Agenda.Now + (long)TimeSpan.FromHours(2).TotalMilliseconds);
        long connections = 0;
        long subscriptions = 0;
        for (int i = 0; i < Broker.ShardCount; i++)
        {
            connections += Broker.Core.GetShard(i).Counters.ConnectionsOpen;
            subscriptions += Broker.Core.GetShard(i).Counters.Subscriptions;
        }

        var left = (connections, Broker.Core.SessionCount, subscriptions, Broker.Core.FilterCount, Broker.Core.RetainedCount);
        if (left != (0, 0, 0, 0, 0))
        {
            throw new ViolationException($"left over at the end: connections {left.connections}, sessions {left.SessionCount}, subscriptions {left.subscriptions}, filters {left.FilterCount}, retained {left.RetainedCount}");
        }

        if (_plan.Store.IsDurable)
        {
            CheckDisk();
        }
    }

    // A last restart, and a moment for what it gives up.
    private void CheckDisk()
    {
        _returning.Clear();
        _crash = new PlannedEvent(-1, Agenda.Now, PlannedAction.Crash, 0);
        Broker.Crash();
        Agenda.RunUntil(Agenda.Now + SettleTime);
        foreach (var table in Enum.GetValues<Table>())
        {
            if (table != Table.Meta && Broker.Disk.CountOf(table) is > 0 and var count)
            {
                throw new ViolationException($"left over on the disk at the end: {count} records in {table}");
            }
        }
    }
}
