using Godwit.Conformance.Wire;

namespace Godwit.Simulation;

/// <summary>What a simulated client publishes: its half of the handshakes, kept through reconnects, within the server's window.</summary>
internal sealed class OutgoingMessages(SimulatedClient client, Simulation world)
{
    // PUBCOMP for a PUBREL that had arrived before the connection broke.
    private const int PacketIdentifierNotFound = 0x92;
    private const int QuotaExceeded = 0x97;

    private readonly List<Outgoing> _outgoing = [];
    private readonly Queue<SentMessage> _waiting = new();
    private int _serverMaximum = 65_535;

    /// <summary>Nothing is under way.</summary>
    public bool IsSettled => _outgoing.Count == 0 && _waiting.Count == 0;

    /// <summary>Something was sent of which it is not known whether it has arrived.</summary>
    public bool HasUnacknowledged => _outgoing.Exists(each => !each.IsReleased);

    public bool IsInUse(int id) => _outgoing.Exists(each => each.Id == id);

    public void Publish(SentMessage message)
    {
        _waiting.Enqueue(message);
        SendWaiting();
    }

    /// <summary>A connection begins: what was not settled goes first, if the server still has its half.</summary>
    public void Resume(bool sessionPresent, int serverMaximum)
    {
        _serverMaximum = serverMaximum;
        if (!sessionPresent)
        {
            _outgoing.Clear();
        }

        foreach (var outgoing in _outgoing)
        {
            if (!outgoing.IsReleased)
            {
                world.Model.SentAgain(outgoing.Message);
            }

            client.Send(outgoing.IsReleased ? Packet.Ack(PacketType.PubRel, outgoing.Id) : Encode(outgoing.Message, outgoing.Id, dup: true));
        }

        SendWaiting();
    }

    public void HandlePubRec(ReceivedPacket packet)
    {
        var outgoing = _outgoing.Find(each => each.Id == packet.PacketIdentifier)
            ?? throw new ViolationException($"{client} got PUBREC for an identifier that is not in use: {packet}");
        if (packet.ReasonCode == QuotaExceeded && !outgoing.IsReleased)
        {
            Refuse(outgoing);
            return;
        }

        outgoing.IsReleased = true;
        world.Model.Acknowledged(outgoing.Message);
        client.Send(Packet.Ack(PacketType.PubRel, outgoing.Id));
    }

    public void Settle(ReceivedPacket packet, bool isReleased)
    {
        var outgoing = _outgoing.Find(each => each.Id == packet.PacketIdentifier);
        if (outgoing is not null && packet.ReasonCode == QuotaExceeded && !isReleased && outgoing.Message.QoS == 1)
        {
            Refuse(outgoing);
            return;
        }

        if (outgoing is null || outgoing.IsReleased != isReleased || (packet.ReasonCode >= 0x80 && !(isReleased && packet.ReasonCode == PacketIdentifierNotFound)))
        {
            throw new ViolationException($"{client} did not expect {packet}");
        }

        world.Model.Acknowledged(outgoing.Message);
        _outgoing.Remove(outgoing);
        SendWaiting();
    }

    private void Refuse(Outgoing outgoing)
    {
        world.Model.Refused(client, outgoing.Message);
        _outgoing.Remove(outgoing);
        SendWaiting();
    }

    private void SendWaiting()
    {
        while (client.IsConnected && _waiting.TryPeek(out var message))
        {
            if (message.QoS > 0 && client.IsV5 && _outgoing.Count >= _serverMaximum)
            {
                return;
            }

            _waiting.Dequeue();
            world.Model.Sent(client, message);
            int id = 0;
            if (message.QoS > 0)
            {
                id = client.NextId();
                _outgoing.Add(new Outgoing(id, message));
            }

            world.Trace.Write($"c{client.Index} PUBLISH {message} id={id}");
            client.Send(Encode(message, id, dup: false));
        }
    }

    private byte[] Encode(SentMessage message, int id, bool dup)
    {
        var properties = message.Expiry > 0 ? new Properties().FourByte(PropertyId.MessageExpiryInterval, (uint)message.Expiry) : null;
        return Packet.Publish(client.Plan.Version, message.Topic, message.Payload, message.QoS, id, message.Retain, dup, properties);
    }

    private sealed class Outgoing(int id, SentMessage message)
    {
        public int Id { get; } = id;

        public SentMessage Message { get; } = message;

        public bool IsReleased { get; set; }
    }
}
