using System.Text;
using Godwit.Engine;
using Godwit.Engine.Connections;
using Godwit.Engine.Journals;
using Godwit.Protocol;

namespace Godwit.Micro;

/// <summary>An engine whose driver is a loop in the same thread: what goes in are bytes, what comes out is counted and forgotten.</summary>
internal sealed class BareBroker : IShardWaker, IHomeSelector, IEntropySource
{
    private ulong _entropy = 42;

    public BareBroker(EngineOptions options)
    {
        Core = new BrokerCore(options, new EnginePorts { Waker = this, HomeSelector = this, Entropy = this, Store = new MemoryStore() });
        Shard = Core.GetShard(0);
    }

    public BrokerCore Core { get; }

    public Shard Shard { get; }

    public long BytesOut { get; private set; }

    public Connection Connect(string id, ProtocolVersion version = ProtocolVersion.Mqtt311)
    {
        var connection = Shard.Open(new ListenerProfile("micro"), "micro", null, 1);
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
        Shard.BeginTurn(1);
        Shard.Receive(connection, bytes, 1);
        Shard.EndTurn(1);
        Flush();
    }

    public void Flush()
    {
        while (Shard.TryTakeAttention(out var connection))
        {
            int count = connection.PendingOutput.Length;
            BytesOut += count;
            Shard.OutputSent(connection, count, 1);
        }
    }

    public void Wake(int shard)
    {
    }

    public int ChooseHome(int acceptingShard) => 0;

    public ulong NextUInt64() => _entropy = (_entropy * 6364136223846793005) + 1442695040888963407;
}
