using Godwit.Protocol;

namespace Godwit.Fuzz;

/// <summary>Reads a stream of bytes beside the one for whom it is meant, and says what he must have made of it.</summary>
internal sealed class PacketJudge(PacketSender sender, int packetSizeMax)
{
    private readonly PacketRoundTrip _roundTrip = new();
    private readonly List<byte> _waiting = [];

    /// <summary>The version of the connection: of the first CONNECT seen, 5.0 until then.</summary>
    public ProtocolVersion Version { get; set; } = ProtocolVersion.Mqtt5;

    public DecodeLeniency Leniency { get; init; }

    /// <summary>The first thing wrong with the stream. Nothing after it is looked at.</summary>
    public ProtocolFault? Fault { get; private set; }

    /// <summary>The types of the packets so far.</summary>
    public List<PacketType> Types { get; } = [];

    /// <summary>Bytes of a packet that is not complete.</summary>
    public int WaitingCount => _waiting.Count;

    public void Read(ReadOnlySpan<byte> bytes)
    {
        if (Fault is not null)
        {
            return;
        }

        _waiting.AddRange(bytes);
        byte[] all = [.. _waiting];
        int start = 0;
        while (Fault is null)
        {
            var status = Frame.TryRead(all.AsSpan(start), packetSizeMax, Version, Leniency, out var header, out var fault);
            if (status == FrameStatus.Incomplete)
            {
                break;
            }

            if (status == FrameStatus.Invalid)
            {
                Fault = fault;
                break;
            }

            var version = Version;
            if (!_roundTrip.TryRun(header, all.AsSpan(start + header.HeaderLength, header.RemainingLength), ref version, sender, Leniency, out fault))
            {
                Fault = fault;
                break;
            }

            Version = version;
            Types.Add(header.Type);
            start += header.TotalLength;
        }

        _waiting.RemoveRange(0, start);
    }
}
