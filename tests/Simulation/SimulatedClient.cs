using System.Globalization;
using Godwit.Conformance.Wire;

namespace Godwit.Simulation;

/// <summary>
/// An MQTT client that does what its standard asks of it: keeps its half of the session through reconnects, sends again what was not
/// settled, takes QoS 2 messages once, keeps to the server's window. Tells the model of everything it does and gets.
/// </summary>
internal sealed class SimulatedClient
{
    private const int QuotaExceeded = 0x97;

    private readonly Simulation _world;
    private readonly Chance _chance;
    private readonly OutgoingMessages _outgoing;
    private readonly IncomingMessages _incoming;
    private readonly Dictionary<int, Action<ReceivedPacket>> _requests = [];
    private readonly PacketCutter _cutter = new();
    private Link? _link;
    private bool _isConnected;
    private bool _isToldOfQuota;

    public SimulatedClient(int index, ClientPlan plan, Simulation world)
    {
        Index = index;
        Plan = plan;
        _world = world;
        _chance = world.Chance.Fork();
        _outgoing = new OutgoingMessages(this, world);
        _incoming = new IncomingMessages(this, world, _chance);
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
    public bool IsSettled => _isConnected && _outgoing.IsSettled && _requests.Count == 0;

    /// <summary>Connections so far.</summary>
    public int ConnectionNumber { get; private set; }

    public bool IsV5 => Plan.Version == MqttVersion.V50;

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
        ConnectionNumber++;
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

        _outgoing.Publish(_world.Model.NewMessage(this, topic, qos, retain, isEmpty, IsV5 ? expiry : 0));
    }

    private void Detach(Link link)
    {
        if (ReferenceEquals(_link, link))
        {
            _link = null;
            _isConnected = false;
            _requests.Clear();
            _incoming.ForgetAliases();
            link.Received = _ => { };
        }
    }

    private void HandleClosed(Link link)
    {
        if (!ReferenceEquals(_link, link))
        {
            return;
        }

        bool isSentAway = !link.IsCut && !link.IsSilent;
        if (isSentAway)
        {
            _world.Trace.Write($"c{Index} SENT AWAY");
            _world.Model.SentAway(this, _outgoing.HasUnacknowledged, _isToldOfQuota);
            _world.Model.ConnectionEnds(this, ConnectionEnd.SentAway);
        }

        Detach(link);
        if (isSentAway)
        {
            ComeBack();
        }
    }

    private void ComeBack() => _world.Agenda.After(_chance.Between(0, 1_000), () =>
    {
        if (!IsConnecting)
        {
            Connect(cleanStart: false);
        }
    });

    private void KeepAlive(Link link) => _world.Agenda.After(Plan.KeepAlive * 1000L * 3 / 4, () =>
    {
        if (ReferenceEquals(_link, link))
        {
            // Also where something was sent meanwhile, or CONNACK has not come yet.
            Send(Packet.PingReq);
            KeepAlive(link);
        }
    });

    /// <summary>Sends on the connection that there is.</summary>
    public void Send(byte[] packet) => _link!.Send(packet);

    /// <summary>A packet identifier for the next packet: the lowest that is free, used again as soon as it may be.</summary>
    public int NextId()
    {
        int id = 1;
        while (_outgoing.IsInUse(id) || _requests.ContainsKey(id))
        {
            id++;
        }

        return id;
    }

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
                _incoming.HandlePublish(packet);
                break;
            case PacketType.PubAck:
                _outgoing.Settle(packet, isReleased: false);
                break;
            case PacketType.PubRec:
                _outgoing.HandlePubRec(packet);
                break;
            case PacketType.PubComp:
                _outgoing.Settle(packet, isReleased: true);
                break;
            case PacketType.PubRel:
                _incoming.HandlePubRel(packet);
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
            case PacketType.Disconnect when packet.ReasonCode == QuotaExceeded:
                _isToldOfQuota = true; // and its connection closed
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
        _isToldOfQuota = false;
        _incoming.Resume(packet.SessionPresent);
        _outgoing.Resume(packet.SessionPresent, (int)packet.Number(PropertyId.ReceiveMaximum, 65_535));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"c{Index}");
}
