using System.Buffers;
using Godwit.Protocol;

namespace Godwit.Client.Sessions;

/// <summary>Unsettled publications, found by packet identifier and kept in the order in which they were sent ([MQTT-4.6.0-1]).</summary>
internal sealed class OutboundStore
{
    // Small packets have arrays of one size, kept here: the shared pool holds but a few of a size, and many are out at a time.
    private const int SmallLength = 256;
    private const int SmallCountMax = 1024;

    private readonly Stack<byte[]> _small = [];
    private readonly Dictionary<ushort, OutboundPublish> _byIdentifier = [];
    private OutboundPublish? _last;
    private OutboundPublish? _spare;

    public int Count => _byIdentifier.Count;

    public OutboundPublish? First { get; private set; }

    public bool Contains(ushort packetIdentifier) => _byIdentifier.ContainsKey(packetIdentifier);

    public OutboundPublish? Find(ushort packetIdentifier) => _byIdentifier.GetValueOrDefault(packetIdentifier);

    /// <summary>Adds a publication behind all others, with an array of <paramref name="packetLength"/> bytes for its packet.</summary>
    public OutboundPublish Add(ushort packetIdentifier, QualityOfService qos, int packetLength)
    {
        var publish = _spare ?? new OutboundPublish();
        _spare = publish.Next;
        publish.Next = null;
        publish.PacketIdentifier = packetIdentifier;
        publish.QoS = qos;
        publish.Packet = packetLength > SmallLength ? ArrayPool<byte>.Shared.Rent(packetLength) : _small.TryPop(out var small) ? small : new byte[SmallLength];
        publish.PacketLength = packetLength;
        publish.Previous = _last;
        if (_last is null)
        {
            First = publish;
        }
        else
        {
            _last.Next = publish;
        }

        _last = publish;
        _byIdentifier.Add(packetIdentifier, publish);
        return publish;
    }

    /// <summary>Gives the packet's array back, once it can no longer be sent, or keeps it for the next packet.</summary>
    public void ReleasePacket(OutboundPublish publish)
    {
        if (publish.Packet is { } packet)
        {
            publish.Packet = null;
            if (packet.Length > SmallLength)
            {
                ArrayPool<byte>.Shared.Return(packet);
            }
            else if (_small.Count < SmallCountMax)
            {
                _small.Push(packet);
            }
        }
    }

    public void Remove(OutboundPublish publish)
    {
        _byIdentifier.Remove(publish.PacketIdentifier);
        if (publish.Previous is null)
        {
            First = publish.Next;
        }
        else
        {
            publish.Previous.Next = publish.Next;
        }

        if (publish.Next is null)
        {
            _last = publish.Previous;
        }
        else
        {
            publish.Next.Previous = publish.Previous;
        }

        ReleasePacket(publish);
        publish.Command = null;
        publish.IsReleased = false;
        publish.IsOnWire = false;
        publish.Previous = null;
        publish.Next = _spare;
        _spare = publish;
    }

    public void Clear()
    {
        while (First is { } publish)
        {
            Remove(publish);
        }
    }
}
