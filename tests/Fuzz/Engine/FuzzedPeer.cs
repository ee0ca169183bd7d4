using Godwit.Engine.Connections;
using Godwit.Protocol;

namespace Godwit.Fuzz.Engine;

/// <summary>The far end of one connection to the engine: keeps what was sent, checks what comes back.</summary>
internal sealed class FuzzedPeer(bool isLenient, int packetSizeMax)
{
    private readonly List<byte> _outgoing = [];
    private bool _isJudged;

    public Connection Connection { get; set; } = null!;

    /// <summary>What the engine was given, as it must be read.</summary>
    public PacketJudge Given { get; } = new(PacketSender.Client, packetSizeMax)
    {
        Leniency = isLenient ? DecodeLeniency.All : DecodeLeniency.None,
    };

    /// <summary>What the engine has answered.</summary>
    public PacketJudge Answered { get; } = new(PacketSender.Server, Frame.PacketSizeMax);

    public bool IsClosed { get; set; }

    /// <summary>The peer takes nothing: bytes stay in the engine's output.</summary>
    public bool StopsReading { get; set; }

    /// <summary>The peer wants to close.</summary>
    public bool WantsClose { get; set; }

    /// <summary>The peer breaks the connection.</summary>
    public bool WantsReset { get; set; }

    public bool HasOutgoing => _outgoing.Count > 0;

    public void Send(ReadOnlySpan<byte> bytes) => _outgoing.AddRange(bytes);

    public byte[] TakeOutgoing()
    {
        byte[] bytes = [.. _outgoing];
        _outgoing.Clear();
        Given.Read(bytes);
        return bytes;
    }

    /// <summary>The engine must close on this: a fault, a first packet other than CONNECT, a second CONNECT, DISCONNECT, what only servers send.</summary>
    public string? WhyToClose()
    {
        if (Given.Fault is { } fault)
        {
            return fault.Detail;
        }

        var types = Given.Types;
        for (int i = 0; i < types.Count; i++)
        {
            bool isConnect = types[i] == PacketType.Connect;
            if (isConnect != (i == 0)
                || types[i] is PacketType.Disconnect or PacketType.ConnAck or PacketType.SubAck or PacketType.UnsubAck or PacketType.PingResp)
            {
                return types[i].ToString();
            }
        }

        return null;
    }

    /// <summary>Bytes have left the engine.</summary>
    public void Accept(ReadOnlySpan<byte> bytes)
    {
        int before = Answered.Types.Count;
        Answered.Version = Connection.Version;
        Answered.Read(bytes);
        Oracle.That(Answered.Fault is null, $"the engine sends a packet that no client may take: {Answered.Fault?.Detail}");
        if (Answered.Types.Count == before)
        {
            return;
        }

        if (!_isJudged)
        {
            _isJudged = true;
            Oracle.That(Answered.Types[0] is PacketType.ConnAck, $"the engine's first packet is {Answered.Types[0]}");
        }

        for (int i = Math.Max(before, 1); i < Answered.Types.Count; i++)
        {
            Oracle.That(Answered.Types[i] != PacketType.ConnAck, "the engine sends a second CONNACK");
            Oracle.That(Answered.Types[i - 1] != PacketType.Disconnect, "the engine goes on after its DISCONNECT");
        }
    }
}
