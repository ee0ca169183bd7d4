using System.Runtime.CompilerServices;
using System.Text;
using Godwit.Engine;
using Godwit.Engine.Connections;
using Godwit.Engine.Journals;
using Godwit.Protocol;

namespace Godwit.Micro;

/// <summary>An engine whose driver is a loop in the same thread: what goes in are bytes, what comes out is counted and forgotten.</summary>
internal sealed class BareBroker : IShardWaker, IHomeSelector, IEntropySource, IOutputFlusher
{
    private readonly ListenerProfile _profile = new("micro");
    private ulong _entropy = 42;

    public BareBroker(EngineOptions options)
    {
        Core = new BrokerCore(options, new EnginePorts { Waker = this, HomeSelector = this, Entropy = this, Store = new MemoryStore() });
        Shard = Core.GetShard(0);
        Shard.Flusher = this;
    }

    public BrokerCore Core { get; }

    public Shard Shard { get; }

    public long BytesOut { get; private set; }

    /// <summary>A connection that has not said anything yet. What is written to it is counted in <see cref="Connection.Transport"/> too, where that is a <see cref="StrongBox{T}"/> of a long.</summary>
    public Connection Open() => Shard.Open(_profile, "micro", null, 1);

    public Connection Connect(string id, ProtocolVersion version = ProtocolVersion.Mqtt311)
    {
        var connection = Open();
        var packet = new ConnectPacket { Version = version, CleanStart = true, ClientIdentifier = Encoding.UTF8.GetBytes(id), RequestProblemInformation = true };
        byte[] bytes = new byte[packet.GetEncodedLength()];
        packet.Encode(bytes);
        Send(connection, bytes);
        return connection;
    }

    public void Subscribe(Connection connection, string filter, int qos)
    {
        byte[] name = Encoding.UTF8.GetBytes(filter);
        Send(connection, [0x82, (byte)(5 + name.Length), 0, 1, 0, (byte)name.Length, .. name, (byte)qos]);
    }

    public static byte[] Publish(string topic, int payload, int qos)
    {
        var packet = new PublishPacket
        {
            Topic = Encoding.UTF8.GetBytes(topic),
            Payload = new byte[payload],
            QoS = (QualityOfService)qos,
            PacketIdentifier = (ushort)qos,
        };
        byte[] bytes = new byte[packet.GetEncodedLength(ProtocolVersion.Mqtt311)];
        packet.Encode(bytes, ProtocolVersion.Mqtt311);
        return bytes;
    }

    public void Send(Connection connection, ReadOnlySpan<byte> bytes)
    {
        BeginTurn();
        Receive(connection, bytes);
        EndTurn();
    }

    public void BeginTurn() => Shard.BeginTurn(1);

    /// <summary>Between <see cref="BeginTurn"/> and <see cref="EndTurn"/>.</summary>
    public void Receive(Connection connection, ReadOnlySpan<byte> bytes) => Shard.Receive(connection, bytes, 1);

    /// <summary>A turn in which nothing arrives.</summary>
    public void Turn()
    {
        Shard.BeginTurn(1);
        EndTurn();
    }

    /// <summary>A turn in which the peer closes its connection.</summary>
    public void Close(Connection connection)
    {
        Shard.BeginTurn(1);
        Shard.TransportClosed(connection, reset: false, 1);
        EndTurn();
    }

    /// <summary>The peer takes everything at once.</summary>
    public void Flush(Connection connection)
    {
        int count = connection.PendingOutput.Length;
        BytesOut += count;
        if (connection.Transport is StrongBox<long> tally)
        {
            tally.Value += count;
        }

        Shard.OutputSent(connection, count, 1);
    }

    public void EndTurn()
    {
        Shard.EndTurn(1);
        while (Shard.TryTakeAttention(out var connection))
        {
            Flush(connection);
            if (connection.CloseNow || connection.CloseWhenFlushed)
            {
                Shard.TransportClosed(connection, reset: false, 1);
            }
        }
    }

    public void Wake(int shard)
    {
    }

    public int ChooseHome(int acceptingShard) => 0;

    public ulong NextUInt64() => _entropy = (_entropy * 6364136223846793005) + 1442695040888963407;
}
