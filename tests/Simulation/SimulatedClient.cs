using System.Globalization;
using Godwit.Conformance.Wire;

namespace Godwit.Simulation;

/// <summary>
/// An MQTT client that does what its standard asks of it: keeps its half of the session through reconnects, sends again what was not
/// settled, takes QoS 2 messages once, keeps to the server's window. Tells the model of everything it does and gets.
/// </summary>
internal sealed class SimulatedClient
{
    // PUBCOMP for a PUBREL that had arrived before the connection broke.
    private const int PacketIdentifierNotFound = 0x92;

    private readonly Simulation _world;
    private readonly Chance _chance;
    private readonly List<Outgoing> _outgoing = [];
    private readonly HashSet<int> _incoming = [];
    private readonly Queue<SentMessage> _waiting = new();
    private readonly Dictionary<int, Action<ReceivedPacket>> _requests = [];
    private readonly Dictionary<int, string> _aliases = [];
    private readonly PacketCutter _cutter = new();
    private Link? _link;
    private bool _isConnected;
    private int _serverMaximum = 65_535;
    private int _unacknowledged;
    private long _ackAt;

    public SimulatedClient(int index, ClientPlan plan, Simulation world)
    {
        Index = index;
        Plan = plan;
        _world = world;
        _chance = world.Chance.Fork();
    }

    public int Index { get; }

    public ClientPlan Plan { get; }

    /// <summary>The server's half as the model sees it; null before the first CONNACK.</summary>
    public ModelSession? Session { get; private set; }

    /// <summary>For a client outside of the model: what it receives, topic and payload.</summary>
    public Action<string, string>? Watch { get; init; }

    public bool IsConnected => _isConnected;

    /// <summary>There is a connection, with or without CONNACK.</summary>
    public bool IsConnecting => _link is not null;

    /// <summary>Nothing of this client is under way.</summary>
    public bool IsSettled => _isConnected && _outgoing.Count == 0 && _waiting.Count == 0 && _requests.Count == 0;

    private bool IsV5 => Plan.Version == MqttVersion.V50;

    public void Connect(bool cleanStart)
    {
        if (_world.Broker.IsDown)
        {
            return; // nobody answers, and nothing is sent
        }

        // Before 5.0 a session that is kept cannot be begun anew.
        cleanStart = IsV5 ? cleanStart || !Plan.IsPersistent : !Plan.IsPersistent;
        var will = Plan.HasWill ? _world.Model.NewWill(this) : null;
        if (_link is { } older)
        {
            // A takeover: the older connection ends by the broker's hand. One whose CONNECT may still be under way is torn, since
            // it could arrive behind the newer one.
            _world.Model.ConnectionEnds(this, _isConnected ? ConnectionEnd.TakenOver : ConnectionEnd.Cut);
            if (!_isConnected)
            {
                older.Cut();
            }

            Detach(older);
        }

        var link = _world.Broker.Accept(_chance.Pick(2_000, 64 * 1024));
        _link = link;
        _cutter.Clear();
        link.Received = bytes =>
        {
            if (ReferenceEquals(_link, link))
            {
                Receive(bytes);
            }
        };
        link.Closed = () => HandleClosed(link);
        _world.Trace.Write($"c{Index} CONNECT clean={cleanStart}");
        _world.Model.Connecting(this, cleanStart, will);
        var fields = new ConnectFields
        {
            Version = Plan.Version,
            ClientId = Plan.Id,
            CleanStart = cleanStart,
            KeepAlive = Plan.KeepAlive,
            SessionExpiry = IsV5 && Plan.IsPersistent ? Plan.SessionExpiry : null,
            WillTopic = will?.Topic,
            WillPayload = will?.Payload ?? "",
            WillQoS = will is null ? 0 : Plan.WillQoS,
            WillProperties = IsV5 && will is not null ? new Properties().FourByte(PropertyId.WillDelayInterval, (uint)Plan.WillDelay) : null,
            Properties = IsV5 ? new Properties().TwoByte(PropertyId.ReceiveMaximum, Plan.ReceiveMaximum).TwoByte(PropertyId.TopicAliasMaximum, Plan.AliasMaximum) : null,
        };

        Send(Packet.Connect(fields));
        if (Plan.KeepAlive > 0)
        {
            KeepAlive(link);
        }
    }

    public void Disconnect(bool withWill)
    {
        if (!_isConnected || _link is not { } link)
        {
            return;
        }

        if (withWill && !IsV5)
        {
            Cut();
            return;
        }

        _world.Trace.Write($"c{Index} DISCONNECT{(withWill ? " with will" : "")}");
        Send(Packet.Disconnect(Plan.Version, withWill ? 4 : 0));
        if (!link.IsSilent)
        {
            _world.Model.ConnectionEnds(this, withWill ? ConnectionEnd.DisconnectedWithWill : ConnectionEnd.Disconnected);
        }

        link.CloseByClient();
        Detach(link);
    }

    public void Cut()
    {
        if (_link is { } link)
        {
            _world.Trace.Write($"c{Index} CUT");
            _world.Model.ConnectionEnds(this, ConnectionEnd.Cut);
            link.Cut();
            Detach(link);
        }
    }

    /// <summary>The broker has died. True when that has ended a connection.</summary>
    public bool EndByCrash()
    {
        if (_link is not { } link)
        {
            return false;
        }

        link.Crash();
        if (!link.IsSilent)
        {
            _world.Model.ConnectionEnds(this, ConnectionEnd.Crashed);
        }

        Detach(link);
        return true;
    }

    /// <summary>The network goes silent; the client gives the connection up some time later.</summary>
    public void Silence(int duration)
    {
        if (_link is { } link && Plan.KeepAlive > 0)
        {
            _world.Trace.Write($"c{Index} SILENCE");
            _world.Model.ConnectionEnds(this, ConnectionEnd.Silent);
            link.Silence();
            _world.Agenda.After(duration, () =>
            {
                if (ReferenceEquals(_link, link))
                {
                    Detach(link);
                }
            });
        }
    }

    public void Stall(int duration)
    {
        if (_link is { } link)
        {
            _world.Trace.Write($"c{Index} STALL {duration} ms");
            Model.Stalled(this);
            link.Stall(duration);
        }
    }

    public void Subscribe(string filter, int qos, int options)
    {
        if (!_isConnected)
        {
            return;
        }

        int all = qos | (IsV5 && !filter.StartsWith("$share/", StringComparison.Ordinal) ? options : 0);
        var subscription = _world.Model.Subscribing(this, filter, all);
        int id = NextId();
        _world.Trace.Write($"c{Index} SUBSCRIBE {filter} options={all:X} id={id}");
        _requests[id] = answer =>
        {
            if (answer.Type != PacketType.SubAck || answer.ReasonCodes is not [var code] || code != qos)
            {
                throw new ViolationException($"c{Index} subscribed to {filter} at QoS {qos} and got {answer}");
            }

            _world.Model.Subscribed(subscription);
        };
        Send(Packet.Subscribe(Plan.Version, id, filter, all));
    }

    public void Unsubscribe(string filter)
    {
        if (!_isConnected)
        {
            return;
        }

        bool mayExist = Model.MayBeSubscribed(this, filter);
        var ended = _world.Model.Unsubscribing(this, filter);
        int id = NextId();
        _world.Trace.Write($"c{Index} UNSUBSCRIBE {filter} id={id}");
        _requests[id] = answer =>
        {
            bool existed = !IsV5 || answer.ReasonCodes[0] == 0;
            bool mustExist = ended.Exists(each => each.AckedAt != Model.Never) && Session!.MayEndAt == Model.Never;
            if (answer.Type != PacketType.UnsubAck || (IsV5 && (existed ? !mayExist && Session!.MayEndAt == Model.Never : mustExist)))
            {
                throw new ViolationException($"c{Index} unsubscribed from {filter} ({ended.Count} subscriptions) and got {answer}");
            }

            _world.Model.Unsubscribed(ended);
        };
        Send(Packet.Unsubscribe(Plan.Version, id, filter));
    }

    public void Publish(string topic, int qos, bool retain, bool isEmpty, int expiry)
    {
        if (!_isConnected)
        {
            return;
        }

        var message = _world.Model.NewMessage(this, topic, qos, retain, isEmpty, IsV5 ? expiry : 0);
        _waiting.Enqueue(message);
        SendWaiting();
    }

    private void Detach(Link link)
    {
        if (ReferenceEquals(_link, link))
        {
            _link = null;
            _isConnected = false;
            _requests.Clear();
            _aliases.Clear();
            link.Received = _ => { };
        }
    }

    private void HandleClosed(Link link)
    {
        if (!ReferenceEquals(_link, link))
        {
            return;
        }

        if (!link.IsCut && !link.IsSilent)
        {
            throw new ViolationException($"the broker closed the connection of c{Index}, which had done nothing wrong");
        }

        Detach(link);
    }

    private void KeepAlive(Link link) => _world.Agenda.After(Plan.KeepAlive * 1000L * 3 / 4, () =>
    {
        if (ReferenceEquals(_link, link))
        {
            // Also where something was sent meanwhile, or CONNACK has not come yet.
            Send(Packet.PingReq);
            KeepAlive(link);
        }
    });

    private void Send(byte[] packet) => _link!.Send(packet);

    private void Receive(byte[] bytes)
    {
        foreach (var packet in _cutter.Cut(Plan.Version, bytes))
        {
            if (_link is null)
            {
                return;
            }

            Handle(packet);
        }
    }

    private void Handle(ReceivedPacket packet)
    {
        if (packet.Type != PacketType.PingResp)
        {
            _world.Trace.Write($"c{Index} <- {packet.Type} id={packet.PacketIdentifier} {packet.Topic} {(packet.Type == PacketType.Publish ? packet.Text : "")}");
        }

        switch (packet.Type)
        {
            case PacketType.ConnAck:
                HandleConnAck(packet);
                break;
            case PacketType.Publish:
                HandlePublish(packet);
                break;
            case PacketType.PubAck:
                Settle(packet, isReleased: false);
                break;
            case PacketType.PubRec:
                HandlePubRec(packet);
                break;
            case PacketType.PubComp:
                Settle(packet, isReleased: true);
                break;
            case PacketType.PubRel:
                _incoming.Remove(packet.PacketIdentifier);
                Acknowledge(Packet.Ack(PacketType.PubComp, packet.PacketIdentifier), isLast: true);
                break;
            case PacketType.SubAck or PacketType.UnsubAck:
                if (!_requests.Remove(packet.PacketIdentifier, out var request))
                {
                    throw new ViolationException($"c{Index} got {packet} without having asked");
                }

                request(packet);
                break;
            case PacketType.PingResp:
                break;
            default:
                throw new ViolationException($"c{Index} got {packet}");
        }
    }

    private void HandleConnAck(ReceivedPacket packet)
    {
        if (packet.ReasonCode != 0)
        {
            throw new ViolationException($"c{Index} was refused: {packet}");
        }

        _world.Trace.Write($"c{Index} CONNACK present={packet.SessionPresent}");
        Session = _world.Model.Connected(this, Session, packet.SessionPresent);
        _isConnected = true;
        _unacknowledged = 0;
        _serverMaximum = (int)packet.Number(PropertyId.ReceiveMaximum, 65_535);
        if (!packet.SessionPresent)
        {
            _outgoing.Clear();
            _incoming.Clear();
        }

        foreach (var outgoing in _outgoing)
        {
            _world.Model.SentAgain(outgoing.Message);
            Send(outgoing.IsReleased ? Packet.Ack(PacketType.PubRel, outgoing.Id) : Encode(outgoing.Message, outgoing.Id, dup: true));
        }

        SendWaiting();
    }

    private void HandlePublish(ReceivedPacket packet)
    {
        string topic = Resolve(packet);
        if (packet.QoS > 0 && ++_unacknowledged > Plan.ReceiveMaximum && IsV5)
        {
            throw new ViolationException($"c{Index} has {_unacknowledged} unacknowledged messages, its Receive Maximum is {Plan.ReceiveMaximum}");
        }

        bool isNew = packet.QoS != 2 || _incoming.Add(packet.PacketIdentifier);
        if (isNew && Watch is not null)
        {
            Watch(topic, packet.Text);
        }
        else if (isNew)
        {
            _world.Model.Delivered(this, Session!, packet, topic);
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

    private string Resolve(ReceivedPacket packet)
    {
        int alias = (int)packet.Number(PropertyId.TopicAlias, 0);
        if (alias == 0)
        {
            return packet.Topic;
        }

        if (alias > Plan.AliasMaximum)
        {
            throw new ViolationException($"c{Index} allows {Plan.AliasMaximum} aliases and got {packet}");
        }

        if (packet.Topic.Length > 0)
        {
            _aliases[alias] = packet.Topic;
        }

        return _aliases.TryGetValue(alias, out string? topic) ? topic : throw new ViolationException($"c{Index} got an alias that stands for nothing: {packet}");
    }

    // Acknowledgements leave in the order of what they acknowledge, some time later.
    private void Acknowledge(byte[] packet, bool isLast)
    {
        var link = _link!;
        _ackAt = Math.Max(_ackAt, _world.Agenda.Now + (Plan.AckDelayMax == 0 ? 0 : _chance.Below(Plan.AckDelayMax)));
        _world.Agenda.At(_ackAt, () =>
        {
            if (ReferenceEquals(_link, link))
            {
                _unacknowledged -= isLast ? 1 : 0;
                Send(packet);
            }
        });
    }

    private void HandlePubRec(ReceivedPacket packet)
    {
        var outgoing = _outgoing.Find(each => each.Id == packet.PacketIdentifier);
        if (outgoing is null)
        {
            throw new ViolationException($"c{Index} got PUBREC for an identifier that is not in use: {packet}");
        }

        outgoing.IsReleased = true;
        _world.Model.Acknowledged(outgoing.Message);
        Send(Packet.Ack(PacketType.PubRel, outgoing.Id));
    }

    private void Settle(ReceivedPacket packet, bool isReleased)
    {
        int index = _outgoing.FindIndex(each => each.Id == packet.PacketIdentifier);
        if (index < 0 || _outgoing[index].IsReleased != isReleased || (packet.ReasonCode >= 0x80 && !(isReleased && packet.ReasonCode == PacketIdentifierNotFound)))
        {
            throw new ViolationException($"c{Index} did not expect {packet}");
        }

        _world.Model.Acknowledged(_outgoing[index].Message);
        _outgoing.RemoveAt(index);
        SendWaiting();
    }

    private void SendWaiting()
    {
        while (_isConnected && _waiting.TryPeek(out var message))
        {
            if (message.QoS > 0 && IsV5 && _outgoing.Count >= _serverMaximum)
            {
                return;
            }

            _waiting.Dequeue();
            _world.Model.Sent(this, message);
            int id = 0;
            if (message.QoS > 0)
            {
                id = NextId();
                _outgoing.Add(new Outgoing(id, message));
            }

            _world.Trace.Write($"c{Index} PUBLISH {message} id={id}");
            Send(Encode(message, id, dup: false));
        }
    }

    private byte[] Encode(SentMessage message, int id, bool dup)
    {
        var properties = message.Expiry > 0 ? new Properties().FourByte(PropertyId.MessageExpiryInterval, (uint)message.Expiry) : null;
        return Packet.Publish(Plan.Version, message.Topic, message.Payload, message.QoS, id, message.Retain, dup, properties);
    }

    private int NextId()
    {
        // The lowest that is free: used again as soon as it may be.
        int id = 1;
        while (_outgoing.Exists(each => each.Id == id) || _requests.ContainsKey(id))
        {
            id++;
        }

        return id;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"c{Index}");

    private sealed class Outgoing(int id, SentMessage message)
    {
        public int Id { get; } = id;

        public SentMessage Message { get; } = message;

        public bool IsReleased { get; set; }
    }
}
