using Godwit.Conformance.Wire;

namespace Godwit.Simulation;

/// <summary>What a simulated client receives: QoS 2 is taken once, acknowledgements leave in their order, aliases stand for what they were given for.</summary>
internal sealed class IncomingMessages(SimulatedClient client, Simulation world, Chance chance)
{
    private readonly HashSet<int> _incoming = [];
    private readonly Dictionary<int, string> _aliases = [];
    private int _unacknowledged;
    private long _ackAt;

    /// <summary>A connection begins.</summary>
    public void Resume(bool sessionPresent)
    {
        _unacknowledged = 0;
        if (!sessionPresent)
        {
            _incoming.Clear();
        }
    }

    /// <summary>The connection is over, and with it what aliases stood for.</summary>
    public void ForgetAliases() => _aliases.Clear();

    public void HandlePublish(ReceivedPacket packet)
    {
        string topic = Resolve(packet);
        if (packet.QoS > 0 && ++_unacknowledged > client.Plan.ReceiveMaximum && client.IsV5)
        {
            throw new ViolationException($"{client} has {_unacknowledged} unacknowledged messages, its Receive Maximum is {client.Plan.ReceiveMaximum}");
        }

        bool isNew = packet.QoS != 2 || _incoming.Add(packet.PacketIdentifier);
        if (isNew && client.Watch is not null)
        {
            client.Watch(topic, packet.Text);
        }
        else if (isNew)
        {
            world.Model.Delivered(client, client.Session!, packet, topic);
        }

        if (packet.QoS == 1)
        {
            Acknowledge(Packet.Ack(PacketType.PubAck, packet.PacketIdentifier), isLast: true);
        }
        else if (packet.QoS == 2)
        {
            Acknowledge(Packet.Ack(PacketType.PubRec, packet.PacketIdentifier), isLast: false);
        }
    }

    public void HandlePubRel(ReceivedPacket packet)
    {
        _incoming.Remove(packet.PacketIdentifier);
        Acknowledge(Packet.Ack(PacketType.PubComp, packet.PacketIdentifier), isLast: true);
    }

    private string Resolve(ReceivedPacket packet)
    {
        int alias = (int)packet.Number(PropertyId.TopicAlias, 0);
        if (alias == 0)
        {
            return packet.Topic;
        }

        if (alias > client.Plan.AliasMaximum)
        {
            throw new ViolationException($"{client} allows {client.Plan.AliasMaximum} aliases and got {packet}");
        }

        if (packet.Topic.Length > 0)
        {
            _aliases[alias] = packet.Topic;
        }

        return _aliases.TryGetValue(alias, out string? topic) ? topic : throw new ViolationException($"{client} got an alias that stands for nothing: {packet}");
    }

    // Acknowledgements leave in the order of what they acknowledge, some time later.
    private void Acknowledge(byte[] packet, bool isLast)
    {
        int connection = client.ConnectionNumber;
        _ackAt = Math.Max(_ackAt, world.Agenda.Now + (client.Plan.AckDelayMax == 0 ? 0 : chance.Below(client.Plan.AckDelayMax)));
        world.Agenda.At(_ackAt, () =>
        {
            if (client.IsConnecting && client.ConnectionNumber == connection)
            {
                _unacknowledged -= isLast ? 1 : 0;
                client.Send(packet);
            }
        });
    }
}
