using System.Buffers.Binary;
using Godwit.Engine;
using Godwit.Engine.Connections;
using Godwit.Engine.Journals;
using Godwit.Engine.Sessions;
using Godwit.Engine.SharedGroups;
using Godwit.Protocol;

namespace Godwit.Fuzz.Engine;

/// <summary>
/// A broker without threads, sockets or clock, with limits so narrow that short inputs reach them; and a bystander, who
/// must notice nothing of what the others do.
/// </summary>
internal sealed class FuzzedBroker : IShardWaker, IHomeSelector, IEntropySource, IOutputFlusher
{
    private const int PacketSizeMax = 1024;
    private const int OutputBytesMax = 2048;

    // Answers to what was read before reading was paused: one step holds at most 255 bytes, a hand-over some steps.
    private const int AnswerBytesMax = 4096;

    private const int RoundsMax = 20_000;

    private readonly List<FuzzedPeer> _peers = [];
    private readonly ListenerProfile _listener;
    private readonly FuzzedPeer _bystander;
    private int _nextHome;
    private ulong _entropy = 0x5EED;

    /// <param name="options">Bits: 0 lenient listener, 1 two shards, 2 and 3 overflow policy, 4 and 5 strategy of shared groups.</param>
    public FuzzedBroker(byte options)
    {
        _listener = new ListenerProfile("fuzzed", Lenient: (options & 1) != 0);
        Core = new BrokerCore(
            new EngineOptions
            {
                Shards = (options & 2) != 0 ? 2 : 1,
                MaximumPacketSize = PacketSizeMax,
                ReceiveMaximum = 4,
                TopicAliasMaximum = 4,
                OutboundTopicAliasMaximum = 2,
                OutboundInflightMaximum = 4,
                OutputBufferBytesMax = OutputBytesMax,
                SessionsMax = 6,
                SubscriptionsPerSessionMax = 8,
                TopicLevelsMax = 8,
                QueuedMessagesMax = 8,
                SharedGroupQueuedMessagesMax = 8,
                QueuedBytesMax = 2048,
                QueueOverflow = (QueueOverflow)((options >> 2) % 3),
                RetainedMessagesMax = 8,
                RetainedBytesMax = 4096,
                SharedGroupStrategy = (SharedGroupStrategy)(options >> 4 & 3),
                SharedGroupOutstandingMax = 4,
                SharedGroupMemberCredit = 2,
                MailboxItemsMax = 16,
            },
            new EnginePorts { Waker = this, HomeSelector = this, Entropy = this, Store = new MemoryStore() });
        for (int i = 0; i < Core.ShardCount; i++)
        {
            Core.GetShard(i).Flusher = this;
        }

        _bystander = Open();
        _bystander.Send(BystanderConnect());
        _bystander.Send([0x82, 0x0F, 0, 1, 0, 0, 9, .. "bystander"u8, 0]);
        Settle();
        Oracle.That(_bystander.Answered.Types is [PacketType.ConnAck, PacketType.SubAck], "the bystander cannot connect");
    }

    public BrokerCore Core { get; }

    public long Now { get; private set; } = 1_000_000;

    public FuzzedPeer Open()
    {
        var peer = new FuzzedPeer(_listener.Lenient, PacketSizeMax);
        peer.Connection = Core.GetShard(0).Open(_listener, "192.0.2.1", peer, Now);
        _peers.Add(peer);
        return peer;
    }

    /// <summary>Turns of all shards until nothing is left to do at this moment; then what must hold between turns.</summary>
    public void Settle()
    {
        int rounds = 0;
        for (int idle = 0; idle < 2;)
        {
            bool moved = false;
            for (int i = 0; i < Core.ShardCount; i++)
            {
                moved |= Turn(Core.GetShard(i));
            }

            idle = moved ? 0 : idle + 1;
            Oracle.That(++rounds < RoundsMax, "the engine does not come to rest");
        }

        foreach (var peer in _peers)
        {
            Check(peer);
        }

        _peers.RemoveAll(peer => peer.IsClosed);
    }

    public void Advance(long milliseconds)
    {
        long target = Now + milliseconds;
        for (int rounds = 0; ; rounds++)
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

            Oracle.That(rounds < RoundsMax, "deadlines without end");
            Now = Math.Max(Now, next);
        }

        Now = target;
        Settle();
    }

    /// <summary>The bystander is served as ever, and everything ends when the broker is shut down.</summary>
    public void Finish()
    {
        Settle();
        Oracle.That(!_bystander.IsClosed, "the bystander was disconnected");
        _bystander.Answered.Types.Clear();
        _bystander.Send([0x30, 0x0D, 0, 9, .. "bystander"u8, 0, (byte)'x']);
        _bystander.Send([0xC0, 0x00]);
        Settle();
        Oracle.That(
            _bystander.Answered.Types is [PacketType.Publish, PacketType.PingResp] or [PacketType.PingResp, PacketType.Publish],
            $"the bystander got {string.Join(", ", _bystander.Answered.Types)}");

        foreach (var peer in _peers)
        {
            peer.StopsReading = false;
            TakeSome(peer, int.MaxValue);
        }

        Settle();
        for (int i = 0; i < Core.ShardCount; i++)
        {
            Core.GetShard(i).BeginDrain(Now);
        }

        Settle();
        for (int i = 0; i < Core.ShardCount; i++)
        {
            Oracle.That(Core.GetShard(i).IsDrained, "connections are left after the broker was shut down");
        }
    }

    public void Wake(int shard)
    {
    }

    public void Flush(Connection connection) => SendTo(Core.GetShard(connection.OwnerIndex), connection, int.MaxValue);

    /// <summary>The peer takes so many of the bytes that wait for it.</summary>
    public void TakeSome(FuzzedPeer peer, int count)
    {
        if (!peer.IsClosed && peer.Connection.HandoverTarget < 0)
        {
            var shard = Core.GetShard(peer.Connection.OwnerIndex);
            SendTo(shard, peer.Connection, count, isForced: true);
            CloseWhereAsked(shard, peer.Connection);
        }
    }

    public int ChooseHome(int acceptingShard) => _nextHome++ % Core.ShardCount;

    public ulong NextUInt64() => _entropy = (_entropy * 6364136223846793005) + 1442695040888963407;

    private static byte[] BystanderConnect()
    {
        byte[] connect =
        [
            0x10, 0, 0, 4, .. "MQTT"u8, 5, 2, 0, 0, 0, 0, 0, .. "bystander-4b1d7a90c35e"u8,
        ];
        connect[1] = (byte)(connect.Length - 2);
        BinaryPrimitives.WriteUInt16BigEndian(connect.AsSpan(13), (ushort)(connect.Length - 15));
        return connect;
    }

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
            if (!peer.IsClosed && peer.Connection.OwnerIndex == shard.Index && peer.Connection.HandoverTarget < 0)
            {
                moved |= Deliver(shard, peer);
            }
        }

        shard.EndTurn(Now);
        while (shard.TryTakeAttention(out var connection))
        {
            moved = true;
            Attend(shard, connection);
        }

        return moved;
    }

    private bool Deliver(Shard shard, FuzzedPeer peer)
    {
        bool moved = false;
        var connection = peer.Connection;
        if (peer.HasOutgoing && !connection.ReadPaused)
        {
            shard.Receive(connection, peer.TakeOutgoing(), Now);
            moved = true;
        }

        if (peer.WantsReset || (peer.WantsClose && !peer.HasOutgoing))
        {
            peer.IsClosed = true;
            shard.TransportClosed(connection, peer.WantsReset, Now);
            moved = true;
        }

        return moved;
    }

    private void Attend(Shard shard, Connection connection)
    {
        if (connection.HandoverTarget >= 0)
        {
            shard.CompleteHandover(connection);
            return;
        }

        SendTo(shard, connection, int.MaxValue);
        CloseWhereAsked(shard, connection);
    }

    private void CloseWhereAsked(Shard shard, Connection connection)
    {
        if (connection.CloseNow || (connection.CloseWhenFlushed && connection.PendingOutput.IsEmpty))
        {
            ((FuzzedPeer)connection.Transport!).IsClosed = true;
            shard.TransportClosed(connection, reset: false, Now);
        }
    }

    private void SendTo(Shard shard, Connection connection, int count, bool isForced = false)
    {
        var peer = (FuzzedPeer)connection.Transport!;
        CheckOutput(connection);
        if (connection.PendingOutput.IsEmpty)
        {
            return;
        }

        int sent = peer.StopsReading && !isForced ? 0 : Math.Min(count, connection.PendingOutput.Length);
        peer.Accept(connection.PendingOutput[..sent]);
        shard.OutputSent(connection, sent, Now);
    }

    private static void CheckOutput(Connection connection) => Oracle.That(
        connection.PendingOutput.Length <= OutputBytesMax + PacketSizeMax + AnswerBytesMax, $"{connection.PendingOutput.Length} bytes wait for one connection");

    private static void Check(FuzzedPeer peer)
    {
        if (peer.IsClosed)
        {
            return;
        }

        var connection = peer.Connection;
        CheckOutput(connection);
        Oracle.That(connection.Carry.Count <= PacketSizeMax, $"{connection.Carry.Count} bytes of one packet are kept");
        Oracle.That(connection.SendQuotaUsed >= 0 && connection.SendQuotaUsed <= connection.SendQuota, "more messages in flight than the client allows");
        Oracle.That(connection.ReceiveQuotaUsed is >= 0 and <= 4, "more messages accepted than the Receive Maximum");
        if (!connection.CloseNow && !connection.CloseWhenFlushed && peer.WhyToClose() is { } why)
        {
            Oracle.Fail($"the connection stays open after {why}");
        }
    }
}
