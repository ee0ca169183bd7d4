using Godwit.Fuzz.Client;
using Godwit.Protocol;

namespace Godwit.Fuzz.Targets;

/// <summary>
/// The client's session against a server that sends anything. The first byte of the input chooses the client's options, then
/// come steps: bits 0 to 2 of the operation say what happens.
/// </summary>
internal sealed class ClientTarget(ProtocolVersion version) : IFuzzTarget
{
    private const int Arrive = 0;
    private const int ArriveBytewise = 2;
    private const int Publish = 3;
    private const int Request = 4;
    private const int Take = 5;
    private const int Pass = 6;
    private const int Write = 7;

    private const int InputLengthMax = 4096;

    private static readonly string[] Topics = ["t", "a/b", "$x", "+"];

    public string Name { get; } = $"client-{FuzzTargets.NameOf(version)}";

    public void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        var client = new FuzzedClient(version, input[0]);
        var script = new ScriptReader(input[1..Math.Min(input.Length, InputLengthMax)]);
        while (script.MoveNext())
        {
            Do(client, ref script);
        }

        client.Finish();
    }

    public IEnumerable<byte[]> Seeds()
    {
        byte[] connAck = Vectors.Valid(version, PacketSender.Server, PacketType.ConnAck).First();
        foreach (var vector in Vectors.Of(version, PacketSender.Server).Where(vector => vector.Bytes.Length < 200))
        {
            bool isConnAck = vector.Bytes[0] >> 4 == (int)PacketType.ConnAck;
            yield return Ready().Send(Arrive, isConnAck ? [] : connAck).Send(Arrive, vector.Bytes).ToArray();
        }

        byte[] none = version == ProtocolVersion.Mqtt5 ? [0] : [];
        byte[] subAck = [0x90, (byte)(3 + none.Length), 0, 1, .. none, 1];
        byte[] unsubAck = version == ProtocolVersion.Mqtt5 ? [0xB0, 4, 0, 2, 0, 0] : [0xB0, 2, 0, 2];
        byte[] publish1 = [0x32, (byte)(5 + none.Length), 0, 1, (byte)'t', 0, 5, .. none];
        byte[] publish2 = [0x34, (byte)(5 + none.Length), 0, 1, (byte)'t', 0, 6, .. none];
        for (byte options = 0; options < 32; options++)
        {
            yield return new ScriptWriter(options)
                .Send(Arrive, connAck)
                .Step(Request | 8, 0).Send(Arrive, subAck).Step(Request, 0).Send(Arrive, unsubAck)
                .Step(Publish, 0).Step(Publish | 8, 0).Step(Publish | 16, 0).Step(Publish | 8, 1).Step(Publish | 16, 1)
                .Send(Arrive, [0x40, 2, 0, 3]).Send(Arrive, [0x50, 2, 0, 4]).Send(ArriveBytewise, [0x70, 2, 0, 4])
                .Send(Arrive, publish1).Send(Arrive, publish2).Step(Take).Step(Take).Send(Arrive, [0x62, 2, 0, 6])
                .Step(Pass | 0x38, 1).Send(Arrive, [0xD0, 0])
                .Step(Write | 8).Send(Arrive, Vectors.Valid(version, PacketSender.Server, PacketType.ConnAck).Skip(1).First())
                .Send(Arrive, publish2).Step(Pass | 0x38, 9).Step(Write | 16)
                .ToArray();
        }

        ScriptWriter Ready() => new(1);
    }

    private static void Do(FuzzedClient client, ref ScriptReader script)
    {
        int more = script.Operation >> 3;
        switch (script.Operation & 7)
        {
            case ArriveBytewise:
                foreach (byte one in script.TakeBytes())
                {
                    client.Receive([one]);
                }

                break;
            case Publish:
                client.Publish(Topics[script.Number & 3], (QualityOfService)((more & 3) % 3), (more & 4) != 0, (more & 8) != 0 ? script.Number * 8 : script.Number);
                break;
            case Request:
                client.Request((more & 1) != 0, Topics[..(1 + (script.Number & 3))]);
                break;
            case Take:
                client.TakeOldest();
                break;
            case Pass:
                client.Advance((long)script.Number << (more & 0x0F));
                break;
            case Write when (more & 1) != 0:
                client.Resume();
                break;
            case Write when (more & 2) != 0:
                client.Disconnect();
                break;
            case Write:
                client.TakeOutput();
                break;
            default:
                client.Receive(script.TakeBytes());
                break;
        }
    }
}
