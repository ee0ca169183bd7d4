using Godwit.Engine.Access;
using Godwit.Engine.Connections;
using Godwit.Engine.Journals;
using Godwit.Engine.Observation;
using Godwit.Protocol;

namespace Godwit.Engine.Tests;

/// <summary>A broker without threads, sockets or clock: every shard takes its turn until nothing moves any more.</summary>
internal sealed class World : IShardWaker, IHomeSelector, IEntropySource, IOutputFlusher
{
    private readonly List<Peer> _peers = [];
    private int _nextHome;
    private ulong _entropy = 0x5EED;

    public World(EngineOptions? options = null, IStore? store = null, IAccessPolicy? access = null)
    {
        Core = new BrokerCore(options ?? new EngineOptions(), new EnginePorts
        {
            Waker = this,
            HomeSelector = this,
            Entropy = this,
            Store = store ?? new MemoryStore(),
            Access = access ?? OpenPolicy.Instance,
        });
        for (int i = 0; i < Core.ShardCount; i++)
        {
            Core.GetShard(i).Flusher = this;
        }
    }

    public BrokerCore Core { get; }

    public long Now { get; private set; } = 1_000_000;

    /// <summary>Turns of all shards in which something moved.</summary>
    public int TurnCount { get; private set; }

    public static World WithShards(int count) => new(new EngineOptions { Shards = count });

    public Peer Open(ProtocolVersion version = ProtocolVersion.Mqtt5, bool lenient = false, ListenerProfile? profile = null)
    {
        var peer = new Peer(this, version);
        peer.Connection = Core.GetShard(0).Open(profile ?? new ListenerProfile("test", lenient), "192.0.2.1", peer, Now);
        _peers.Add(peer);
        return peer;
    }

    /// <summary>A connected peer; its CONNACK is already taken.</summary>
    public Peer Connect(string id, ProtocolVersion version = ProtocolVersion.Mqtt5, bool clean = true, uint? expiry = null)
    {
        var peer = Open(version);
        peer.SendConnect(id, clean, expiry);
        peer.ConnAck = peer.Take(PacketType.ConnAck);
        Assert.Equal(ReasonCode.Success, peer.ConnAck.Reason);
        return peer;
    }

    public long Dropped(DropReason reason)
    {
        long sum = 0;
        for (int i = 0; i < Core.ShardCount; i++)
        {
            sum += Core.GetShard(i).Counters.Dropped(reason);
        }

        return sum;
    }

    public void Advance(double seconds)
    {
        long target = Now + (long)(seconds * 1000);
        while (true)
        {
            Settle();
            long next = long.MaxValue;
            for (int i = 0; i < Core.ShardCount; i++)
            {
                next = Math.Min(next, Core.GetShard(i).NextDeadline);
            }

            if (next > target)
            {
                break;
            }

            Now = Math.Max(Now, next);
        }

        Now = target;
        Settle();
    }

    /// <summary>Turns of all shards until nothing is left to do at this moment.</summary>
    public void Settle()
    {
        for (int idle = 0; idle < 2;)
        {
            bool moved = false;
            for (int i = 0; i < Core.ShardCount; i++)
            {
                moved |= Turn(Core.GetShard(i));
            }

            idle = moved ? 0 : idle + 1;
        }
    }

    public void Wake(int shard)
    {
    }

    public void Flush(Connection connection)
    {
        var peer = (Peer)connection.Transport!;
        var shard = Core.GetShard(connection.OwnerIndex);
        int count = peer.StopsReading ? 0 : connection.PendingOutput.Length;
        if (count > 0)
        {
            peer.Accept(connection.PendingOutput);
        }

        shard.OutputSent(connection, count, Now);
    }

    public int ChooseHome(int acceptingShard) => _nextHome++ % Core.ShardCount;

    public ulong NextUInt64() => _entropy = (_entropy * 6364136223846793005) + 1442695040888963407;

    private bool Turn(Shard shard)
    {
        bool moved = !shard.TryPrepareSleep() || shard.NextDeadline <= Now;
        shard.Awoken();
        shard.BeginTurn(Now);
        while (shard.TryTakeAdopted(out var adopted))
        {
            moved = true;
            shard.Adopt(adopted, Now);
        }

        foreach (var peer in _peers)
        {
            if (peer.Connection.OwnerIndex == shard.Index)
            {
                moved |= peer.Deliver(shard);
            }
        }

        shard.EndTurn(Now);
        while (shard.TryTakeAttention(out var connection))
        {
            moved = true;
            Attend(shard, connection);
        }

        TurnCount += moved ? 1 : 0;
        return moved;
    }

    private void Attend(Shard shard, Connection connection)
    {
        if (connection.HandoverTarget >= 0)
        {
            shard.CompleteHandover(connection);
            return;
        }

        var peer = (Peer)connection.Transport!;
        peer.WasReadPaused |= connection.ReadPaused;
        if (!peer.StopsReading && !connection.PendingOutput.IsEmpty)
        {
            int count = connection.PendingOutput.Length;
            peer.Accept(connection.PendingOutput);
            shard.OutputSent(connection, count, Now);
        }
        else if (!connection.PendingOutput.IsEmpty)
        {
            shard.OutputSent(connection, 0, Now);
        }

        if (connection.CloseNow || (connection.CloseWhenFlushed && connection.PendingOutput.IsEmpty))
        {
            peer.IsClosed = true;
            shard.TransportClosed(connection, reset: false, Now);
        }
    }
}
