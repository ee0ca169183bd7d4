using System.Buffers;
using Godwit.Protocol;

namespace Godwit.Client.Sessions;

/// <summary>
/// Unsettled publications, found by packet identifier: first those with a PUBREC, in the order of the PUBRECs ([MQTT-4.6.0-4]), then the others
/// in the order in which they were sent ([MQTT-4.6.0-1]).
/// </summary>
internal sealed class OutboundStore
{
    // Small packets have arrays of one size, kept here: the shared pool holds but a few of a size, and many are out at a time.
    private const int SmallLength = 256;
    private const int SmallCountMax = 1024;

    private readonly Stack<byte[]> _small = [];
    private readonly Dictionary<ushort, OutboundPublish> _byIdentifier = [];
    private OutboundPublish? _last;

    // Those that are released stand in front, in the order of their PUBRECs: so their PUBRELs are repeated in that order.
    private OutboundPublish? _lastReleased;
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

    /// <summary>PUBREC has come: the PUBLISH will not be sent again, but its PUBREL may be.</summary>
    public void Release(OutboundPublish publish)
    {
        publish.IsReleased = true;
        ReleasePacket(publish);
        if (publish.Previous != _lastReleased)
        {
            Unlink(publish);
            publish.Previous = _lastReleased;
            publish.Next = _lastReleased is null ? First : _lastReleased.Next;
            publish.Next!.Previous = publish; // something stood before it that is not released
            if (_lastReleased is null)
            {
                First = publish;
            }
            else
            {
                _lastReleased.Next = publish;
            }
        }

        _lastReleased = publish;
    }

    public void Remove(OutboundPublish publish)
    {
        _byIdentifier.Remove(publish.PacketIdentifier);
        if (publish == _lastReleased)
        {
            _lastReleased = publish.Previous;
        }

        Unlink(publish);
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

    private void Unlink(OutboundPublish publish)
    {
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
    }

    /// <summary>Gives the packet's array back, once it can no longer be sent, or keeps it for the next packet.</summary>
    private void ReleasePacket(OutboundPublish publish)
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
}
