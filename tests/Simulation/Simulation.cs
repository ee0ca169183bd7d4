using Godwit.Conformance.Wire;

namespace Godwit.Simulation;

/// <summary>One run: a plan, the broker, the clients, and the model that judges.</summary>
internal sealed class Simulation
{
    private const long SettleTime = 120_000;
    private const long RetainedTime = 10_000;
    private const int WatcherIndex = 1000;

    private readonly Plan _plan;
    private readonly SimulatedClient[] _clients;
    private readonly SimulatedClient _watcher;

    private Simulation(Plan plan, bool isTraced)
    {
        _plan = plan;
        Chance = new Chance(plan.Seed ^ 0x5EED);
        Agenda = new Agenda();
        Trace = new Trace(Agenda, isTraced);
        Model = new Model(plan, Agenda);
        Broker = new SimulatedBroker(plan, Agenda, Chance.Fork());
        _clients = [.. plan.Clients.Select((client, index) => new SimulatedClient(index, client, this))];
        _watcher = NewWatcher("watcher", WatcherIndex, (topic, payload) => Model.WillSeen(payload));
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
        Agenda.At(400, () => _watcher.Subscribe($"{ModelWill.Root}/#", 2, 0));
        foreach (var planned in _plan.Events)
        {
            Agenda.At(planned.At, () => Do(planned));
        }

        Agenda.RunUntil(_plan.End);

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
        Model.Check(retained);
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
            case PlannedAction.FreezeLoop:
                Broker.Freeze(planned.Client % Broker.ShardCount, planned.Duration);
                break;
            default:
                throw new InvalidOperationException($"{planned.Action}");
        }
    }

    // A stranger breaks the protocol: it is sent away within the time that a CONNECT may take.
    private void Attack(int variant)
    {
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

    private SimulatedClient NewWatcher(string id, int index, Action<string, string> received) =>
        new(index, new ClientPlan(id, MqttVersion.V50, IsPersistent: false, 0, 0, 65_535, 0, ClientPlan.NoWill, 0), this) { Watch = received };

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
        foreach (var client in _clients)
        {
            var last = NewWatcher(client.Plan.Id, WatcherIndex + 100 + client.Index, (_, _) => { });
            last.Connect(cleanStart: true);
            Agenda.RunUntil(Agenda.Now + RetainedTime);
            last.Disconnect(withWill: false);
        }

        _watcher.Disconnect(withWill: false);
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
    }
}
