using Godwit.Engine;
using Godwit.Engine.Connections;

namespace Godwit.Simulation;

/// <summary>The engine with its loops as a seed schedules them: each turn happens some milliseconds after there is a reason for it.</summary>
internal sealed class SimulatedBroker : IShardWaker, IHomeSelector, IEntropySource, IOutputFlusher
{
    private static readonly ListenerProfile Profile = new("simulated");

    private readonly Agenda _agenda;
    private readonly Chance _chance;
    private readonly Chance _entropy;
    private readonly List<Link>[] _links;
    private readonly bool[] _isScheduled;
    private readonly long[] _frozenUntil;
    private readonly List<(Link Link, bool Reset)> _endings = [];

    public SimulatedBroker(Plan plan, Agenda agenda, Chance chance)
    {
        _agenda = agenda;
        _chance = chance;
        _entropy = chance.Fork();
        int count = plan.Options.Shards;
        _links = [.. Enumerable.Range(0, count).Select(_ => new List<Link>())];
        _isScheduled = new bool[count];
        _frozenUntil = new long[count];
        Core = new BrokerCore(plan.Options, new EnginePorts
        {
            Waker = this,
            HomeSelector = this,
            Entropy = this,
            Store = new SlowStore(plan.Store, agenda, chance.Fork()),
        });
        for (int i = 0; i < count; i++)
        {
            Core.GetShard(i).Flusher = this;
            Schedule(i); // a loop that has never slept is woken by nobody
        }
    }

    public BrokerCore Core { get; }

    public int ShardCount => _links.Length;

    /// <summary>A client connects: the first loop accepts.</summary>
    public Link Accept(int capacity)
    {
        var link = new Link(_agenda, _chance.Fork(), this) { Capacity = capacity };
        link.Connection = Core.GetShard(0).Open(Profile, "192.0.2.1", link, _agenda.Now);
        _links[0].Add(link);
        Schedule(0);
        return link;
    }

    /// <summary>The link has something for its loop.</summary>
    public void ScheduleFor(Link link)
    {
        for (int shard = 0; shard < _links.Length; shard++)
        {
            if (_links[shard].Contains(link))
            {
                Schedule(shard);
            }
        }
    }

    /// <summary>The network tells the broker that the connection is broken.</summary>
    public void Reset(Link link)
    {
        if (!link.IsOverForBroker)
        {
            _endings.Add((link, true));
            ScheduleFor(link);
        }
    }

    public void Freeze(int shard, long milliseconds) => _frozenUntil[shard] = _agenda.Now + milliseconds;

    public void Wake(int shard) => Schedule(shard);

    public int ChooseHome(int acceptingShard) => _entropy.Below(_links.Length);

    public ulong NextUInt64() => _entropy.Next64();

    public void Flush(Connection connection)
    {
        var link = (Link)connection.Transport!;
        if (!link.IsWriteBlocked)
        {
            Send(Core.GetShard(OwnerOf(link)), link);
        }
    }

    private int OwnerOf(Link link) => Array.FindIndex(_links, links => links.Contains(link));

    private void Schedule(int shard)
    {
        if (!_isScheduled[shard])
        {
            _isScheduled[shard] = true;
            long at = Math.Max(_agenda.Now + (_chance.Percent(70) ? 0 : _chance.Between(1, 8)), _frozenUntil[shard]);
            _agenda.At(at, () => Turn(shard));
        }
    }

    private void Turn(int index)
    {
        if (_frozenUntil[index] > _agenda.Now)
        {
            _agenda.At(_frozenUntil[index], () => Turn(index));
            return;
        }

        _isScheduled[index] = false;
        var shard = Core.GetShard(index);
        long now = _agenda.Now;
        shard.Awoken();
        shard.BeginTurn(now);
        foreach (var link in _links[index].ToArray())
        {
            Read(shard, link, now);
        }

        while (shard.TryTakeAdopted(out var adopted))
        {
            _links[index].Add((Link)adopted.Transport!);
            shard.Adopt(adopted, now);
        }

        shard.EndTurn(now);
        while (shard.TryTakeAttention(out var connection))
        {
            Attend(shard, connection);
        }

        foreach (var (link, reset) in _endings.ToArray())
        {
            if (_links[index].Contains(link))
            {
                _endings.Remove((link, reset));
                End(shard, link, reset);
            }
        }

        if (!shard.TryPrepareSleep())
        {
            Schedule(index);
        }
        else if (shard.NextDeadline is var deadline and not long.MaxValue)
        {
            if (deadline <= now)
            {
                Schedule(index);
            }
            else
            {
                _agenda.At(deadline, () => Schedule(index));
            }
        }
    }

    private void Read(Shard shard, Link link, long now)
    {
        if (link.IsOverForBroker)
        {
            return;
        }

        if (link.HasInput && !link.Connection.ReadPaused)
        {
            shard.Receive(link.Connection, link.TakeInput(), now);
        }

        if (link.IsEndVisible && !link.HasInput && !_endings.Exists(each => each.Link == link))
        {
            _endings.Add((link, false));
        }

        if (link.IsWriteBlocked && link.Room > 0)
        {
            link.IsWriteBlocked = false;
            shard.OutputSent(link.Connection, 0, now);
            Attend(shard, link.Connection);
        }
    }

    private void Attend(Shard shard, Connection connection)
    {
        var link = (Link)connection.Transport!;
        if (link.IsOverForBroker)
        {
            return;
        }

        if (connection.HandoverTarget >= 0)
        {
            _links[shard.Index].Remove(link);
            shard.CompleteHandover(connection);
            return;
        }

        if (connection.CloseNow)
        {
            End(shard, link, reset: false);
            return;
        }

        if (!connection.PendingOutput.IsEmpty && !link.IsWriteBlocked)
        {
            Send(shard, link);
        }

        if (connection.CloseWhenFlushed && connection.PendingOutput.IsEmpty)
        {
            End(shard, link, reset: false);
        }
        else if (link.HasInput && !connection.ReadPaused)
        {
            Schedule(shard.Index); // reading was resumed
        }
    }

    private void Send(Shard shard, Link link)
    {
        var pending = link.Connection.PendingOutput;
        int sent = link.SendDown(pending);
        link.IsWriteBlocked = sent < pending.Length;
        shard.OutputSent(link.Connection, sent, _agenda.Now);
    }

    private void End(Shard shard, Link link, bool reset)
    {
        if (link.IsOverForBroker)
        {
            return;
        }

        _links[shard.Index].Remove(link);
        if (reset || link.HasClientClosed)
        {
            link.EndForBroker();
        }

        shard.TransportClosed(link.Connection, reset, _agenda.Now);
        link.CloseByBroker();
        Schedule(shard.Index); // what the end has caused is done in a turn of its own
    }
}
