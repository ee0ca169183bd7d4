using Godwit.Conformance.Wire;

namespace Godwit.Simulation;

/// <summary>Cuts what a client receives into packets.</summary>
internal sealed class PacketCutter
{
    private readonly List<byte> _pending = [];

    public void Clear() => _pending.Clear();

    public List<ReceivedPacket> Cut(MqttVersion version, byte[] bytes)
    {
        _pending.AddRange(bytes);
        List<ReceivedPacket> packets = [];
        while (TryCut(version) is { } packet)
        {
            packets.Add(packet);
        }

        return packets;
    }

    private ReceivedPacket? TryCut(MqttVersion version)
    {
        int length = 0;
        for (int i = 1; i <= 4 && i < _pending.Count; i++)
        {
            length |= (_pending[i] & 0x7F) << (7 * (i - 1));
            if ((_pending[i] & 0x80) != 0)
            {
                continue;
            }

            int total = i + 1 + length;
            if (_pending.Count < total)
            {
                return null;
            }

            var packet = ReceivedPacket.Parse(version, _pending[0], [.. _pending.GetRange(i + 1, length)]);
            _pending.RemoveRange(0, total);
            return packet;
        }

        return null;
    }
}
