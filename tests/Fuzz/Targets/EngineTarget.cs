using Godwit.Fuzz.Engine;
using Godwit.Protocol;

namespace Godwit.Fuzz.Targets;

/// <summary>
/// Whole connections against the engine. The first byte of the input chooses the broker's options, then come steps: bits 0
/// to 2 of the operation say what happens, bit 7 to which of two connections.
/// </summary>
internal sealed class EngineTarget(int peers) : IFuzzTarget
{
    private const int Send = 0;
    private const int SendBytewise = 2;
    private const int Queue = 3;
    private const int Close = 4;
    private const int Pass = 5;
    private const int StopReading = 6;
    private const int TakeSome = 7;
    private const int Second = 0x80;

    private const int InputLengthMax = 4096;
    private const int ConnectionsMax = 24;

    public string Name { get; } = peers == 1 ? "engine-1" : "engine-2";

    public void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        var broker = new FuzzedBroker(peers == 1 ? (byte)(input[0] & ~2) : input[0]);
        var connections = new FuzzedPeer?[peers];
        int opened = 0;
        var script = new ScriptReader(input[1..Math.Min(input.Length, InputLengthMax)]);
        while (script.MoveNext())
        {
            ref var peer = ref connections[script.Operation >> 7 & (peers - 1)];
            if (peer is null || peer.IsClosed)
            {
                if (++opened > ConnectionsMax)
                {
                    break;
                }

                peer = broker.Open();
            }

            Do(broker, peer, ref script);
        }

        broker.Finish();
    }

    public IEnumerable<byte[]> Seeds()
    {
        foreach (var version in (ProtocolVersion[])[ProtocolVersion.Mqtt31, ProtocolVersion.Mqtt311, ProtocolVersion.Mqtt5])
        {
            byte[] connect = Vectors.Valid(version, PacketSender.Client, PacketType.Connect).First();
            foreach (var vector in Vectors.Of(version, PacketSender.Client).Where(vector => vector.Bytes.Length < 200))
            {
                bool isConnect = vector.Bytes[0] >> 4 == (int)PacketType.Connect;
                yield return new ScriptWriter(0).Send(Send, isConnect ? [] : connect).Send(Send, vector.Bytes).ToArray();
            }

            foreach (byte[] scenario in Scenarios(version, connect))
            {
                yield return scenario;
            }
        }
    }

    private static void Do(FuzzedBroker broker, FuzzedPeer peer, ref ScriptReader script)
    {
        switch (script.Operation & 7)
        {
            case SendBytewise:
                foreach (byte one in script.TakeBytes())
                {
                    peer.Send([one]);
                    broker.Settle();
                }

                break;
            case Queue:
                peer.Send(script.TakeBytes());
                break;
            case Close:
                peer.WantsClose = (script.Number & 1) == 0;
                peer.WantsReset = (script.Number & 1) != 0;
                broker.Settle();
                break;
            case Pass:
                broker.Advance((long)script.Number << (script.Operation >> 2 & 0x0E)); // up to 255 s or so
                break;
            case StopReading:
                peer.StopsReading = (script.Number & 1) != 0;
                if (!peer.StopsReading)
                {
                    broker.TakeSome(peer, int.MaxValue);
                }

                broker.Settle();
                break;
            case TakeSome:
                broker.TakeSome(peer, script.Number);
                broker.Settle();
                break;
            default:
                peer.Send(script.TakeBytes());
                broker.Settle();
                break;
        }
    }

    private IEnumerable<byte[]> Scenarios(ProtocolVersion version, byte[] connect)
    {
        byte[] Only(PacketType type) =>
            [.. Vectors.Valid(version, PacketSender.Client, type).Where(bytes => bytes.Length < 64).SelectMany(bytes => bytes)];

        bool is5 = version == ProtocolVersion.Mqtt5;
        int second = peers == 2 ? Second : 0;
        byte[] none = is5 ? [0] : [];
        byte[] Subscribe(string filter, byte qos)
        {
            byte[] name = System.Text.Encoding.UTF8.GetBytes(filter);
            return [0x82, (byte)(5 + none.Length + name.Length), 0, 9, .. none, 0, (byte)name.Length, .. name, qos];
        }

        byte[] Publish(int qos, int id, bool retain = false) =>
            [(byte)(0x30 | qos << 1 | (retain ? 1 : 0)), (byte)(3 + (qos > 0 ? 2 : 0) + none.Length + 2), 0, 1, (byte)'t', .. qos > 0 ? (byte[])[0, (byte)id] : [], .. none, (byte)'h', (byte)'i'];

        // Everything of one kind after another, then the answers of a client to what comes back.
        yield return new ScriptWriter(0)
            .Send(Send, connect).Send(Send, Only(PacketType.Subscribe)).Send(Send, Only(PacketType.Publish))
            .Send(Send, Only(PacketType.PubAck)).Send(Send, Only(PacketType.PubRec)).Send(Send, Only(PacketType.PubRel))
            .Send(Send, Only(PacketType.PubComp)).Send(Send, Only(PacketType.Unsubscribe)).Send(Send, [0xC0, 0]).Send(Send, [0xE0, 0]).ToArray();

        for (byte options = 0; options < 64; options += 9)
        {
            yield return new ScriptWriter((byte)(options | 2))
                .Send(Send, connect)
                .Send(Send, Subscribe("t", 2)).Send(Send, Subscribe("#", 1)).Send(Send, Subscribe("$share/g/+", 2))
                .Send(second, ClientOf(version, "c2", clean: false))
                .Send(second, Subscribe("$share/g/+", 2)).Send(second, Subscribe("t", 1))
                .Send(second, Publish(0, 0, retain: true)).Send(second, Publish(1, 1)).Send(second, Publish(2, 2))
                .Send(second, [0x62, 2, 0, 2])
                .Send(Send, [0x40, 2, 0, 1]).Send(Send, [0x50, 2, 0, 2]).Send(Send, [0x70, 2, 0, 2])
                .Step(second | Close, 1).Send(Send, Publish(1, 3)).Send(Send, Publish(2, 4))
                .Send(second, ClientOf(version, "c2", clean: false))
                .Send(Send, [0xC0, 0]).Step(Pass, 200).Step(Pass | 0x38, 100)
                .ToArray();
        }

        // A reader that stops, and a taken over session.
        yield return new ScriptWriter(2)
            .Send(Send, connect).Send(Send, Subscribe("t", 1)).Step(StopReading, 1)
            .Send(Queue, Publish(1, 1)).Send(Queue, Publish(1, 2)).Send(Queue, Publish(1, 3)).Send(Send, Publish(0, 0))
            .Step(TakeSome, 7).Send(second, connect).Step(Pass | 0x38, 60).Step(StopReading, 0).Send(SendBytewise, Subscribe("a/b", 0))
            .ToArray();
    }

    private static byte[] ClientOf(ProtocolVersion version, string id, bool clean)
    {
        byte[] name = System.Text.Encoding.UTF8.GetBytes(id);
        var packet = new ConnectPacket { Version = version, CleanStart = clean, ClientIdentifier = name, RequestProblemInformation = true };
        if (version == ProtocolVersion.Mqtt5)
        {
            packet.SessionExpiryInterval = 100;
            packet.TopicAliasMaximum = 2;
        }

        byte[] bytes = new byte[packet.GetEncodedLength()];
        packet.Encode(bytes);
        return bytes;
    }
}
