using Godwit.Engine;
using Godwit.Engine.Connections;
using Godwit.Engine.Durability;
using Godwit.Engine.Journals;
using Godwit.Storage.RocksDb.Tables;

namespace Godwit.Simulation;

/// <summary>The engine with its loops as a seed schedules them: each turn happens some milliseconds after there is a reason for it.</summary>
internal sealed class SimulatedBroker : IShardWaker, IHomeSelector, IEntropySource, IOutputFlusher
{
    private static readonly ListenerProfile Profile = new("simulated");

    private readonly Plan _plan;
    private readonly Agenda _agenda;
    private readonly Chance _chance;
    private readonly Chance _entropy;
    private readonly List<Link>[] _links;
    private readonly List<Link> _accepted = [];
    private readonly bool[] _isScheduled;
    private readonly long[] _frozenUntil;
    private readonly List<(Link Link, bool Reset)> _endings = [];
    private SimulatedClock _clock;
    private DurableStore? _store;
    private CrashPoint? _awaited;
    private int _life;
    private bool _isInTurn;

    public SimulatedBroker(Plan plan, Agenda agenda, Chance chance)
    {
        _plan = plan;
        _agenda = agenda;
        _chance = chance;
        _entropy = chance.Fork();
        int count = plan.Options.Shards;
        _links = [.. Enumerable.Range(0, count).Select(_ => new List<Link>())];
        _isScheduled = new bool[count];
        _frozenUntil = new long[count];
        _clock = new SimulatedClock(agenda, 0, 0);
        Space = new DiskSpace(agenda)
        {
            Relieved = () =>
            {
                if (!IsDown)
                {
                    ((ICommitSink)Core!).Relieved();
                }
            },
        };
        Core = NewCore();
        Core.Restore(Now);
        ScheduleAll();
    }

    public BrokerCore Core { get; private set; }

    public int ShardCount => _links.Length;

    /// <summary>The broker has died and has not been started again.</summary>
    public bool IsDown { get; private set; }

    /// <summary>Milliseconds by which the time of day was set back so far.</summary>
    public long SetBackBy { get; private set; }

    /// <summary>The room on the disk.</summary>
    public DiskSpace Space { get; }

    /// <summary>What outlives the broker, in a durable run.</summary>
    public MemoryDisk Disk { get; } = new();

    /// <summary>Told when the broker dies, while its disk is still as it was.</summary>
    public Action Dying { get; set; } = () => { };

    private long Now => _clock.Now;

    /// <summary>The broker dies at the next point of this kind, or a while later wherever it stands.</summary>
    public void CrashAt(CrashPoint point)
    {
        if (IsDown)
        {
            return;
        }

        if (point == CrashPoint.Anywhere)
        {
            Crash();
            return;
        }

        int life = _life;
        _awaited = point;
        _agenda.After(500, () =>
        {
            if (life == _life && !IsDown)
            {
                Crash();
            }
        });
    }

    /// <summary>The broker dies now, with everything that is not on its disk.</summary>
    public void Crash()
    {
        _awaited = null;
        IsDown = true;
        _life++;
        Dying();
        _store?.Die();
        Array.ForEach(_links, links => links.Clear());
        _endings.Clear();
        foreach (var link in _accepted)
        {
            if (!link.IsOverForBroker)
            {
                link.EndForBroker();
                link.Closed();
            }
        }

        _accepted.Clear();
    }

    /// <summary>The broker starts again on the same disk; the time of day may have been set back meanwhile.</summary>
    public RestoreSummary Restart(long setBackBy)
    {
        SetBackBy += setBackBy;
        _clock = new SimulatedClock(_agenda, _chance.Pick(0, -_agenda.Now, 7_777_777), SetBackBy);
        IsDown = false;
        Array.Clear(_isScheduled);
        Array.Clear(_frozenUntil);
        Core = NewCore();
        return Core.Restore(Now);
    }

    /// <summary>The loops of a new life start.</summary>
    public void ScheduleAll()
    {
        for (int i = 0; i < ShardCount; i++)
        {
            Core.GetShard(i).Flusher = this;
            Schedule(i); // a loop that has never slept is woken by nobody
        }
    }

    private BrokerCore NewCore()
    {
        int life = _life;
        _store = _plan.Store.IsDurable ? new DurableStore(_plan.Store, Disk, Space, _clock, _agenda, _chance.Fork(), point => Passes(point, life)) : null;
        return new BrokerCore(_plan.Options, new EnginePorts
        {
            Waker = this,
            HomeSelector = this,
            Entropy = this,
            Store = (IStore?)_store ?? new SlowStore(_plan.Store, Space, _agenda, _chance.Fork()),
        });
    }

    // False when the broker has died just here.
    private bool Passes(CrashPoint point, int life)
    {
        if (life != _life)
        {
            return false;
        }

        if (_awaited != point || !_chance.Percent(50))
        {
            return true;
        }

        Crash();
        return _isInTurn ? throw new BrokerDiedException() : false;
    }

    /// <summary>A client connects: the first loop accepts.</summary>
    public Link Accept(int capacity)
    {
        var link = new Link(_agenda, _chance.Fork(), this) { Capacity = capacity };
        link.Connection = Core.GetShard(0).Open(Profile, "192.0.2.1", link, Now);
        _links[0].Add(link);
        _accepted.Add(link);
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
            At(at, () => Turn(shard));
        }
    }

    private void Turn(int index)
    {
        if (_frozenUntil[index] > _agenda.Now)
        {
            At(_frozenUntil[index], () => Turn(index));
            return;
        }

        _isInTurn = true;
        try
        {
            RunTurn(index);
        }
        catch (BrokerDiedException)
        {
            // What the turn had in hand is gone with the broker.
        }
        finally
        {
            _isInTurn = false;
        }
    }

    private void At(long time, Action action)
    {
        int life = _life;
        _agenda.At(time, () =>
        {
            if (life == _life)
            {
                action();
            }
        });
    }

    private void RunTurn(int index)
    {
        _isScheduled[index] = false;
        var shard = Core.GetShard(index);
        long now = Now;
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
        Passes(CrashPoint.BeforeSend, _life);
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
                At(_clock.OnAgenda(deadline), () => Schedule(index));
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
        shard.OutputSent(link.Connection, sent, Now);
        Passes(CrashPoint.AfterSend, _life);
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

        shard.TransportClosed(link.Connection, reset, Now);
        link.CloseByBroker();
        Schedule(shard.Index); // what the end has caused is done in a turn of its own
    }
}
