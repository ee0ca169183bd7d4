using System.Text;
using Godwit.Engine.Connections;
using Godwit.Protocol;

namespace Godwit.Engine.Tests;

/// <summary>One scripted client: sends packets or raw bytes and keeps what comes back.</summary>
internal sealed class Peer(World world, ProtocolVersion version)
{
    private readonly List<byte> _outgoing = [];
    private readonly List<byte> _incoming = [];
    private readonly Queue<Received> _received = new();
    private bool _closing;
    private bool _finishing;

    public Connection Connection { get; set; } = null!;

    public Received ConnAck { get; set; } = null!;

    public bool IsClosed { get; set; }

    /// <summary>Bytes of the largest piece of output that came at once.</summary>
    public int LargestPiece { get; private set; }

    /// <summary>True: bytes of the broker stay in its buffer, as when a socket would block.</summary>
    public bool StopsReading { get; set; }

    /// <summary>The broker asked its driver at some time not to read from this peer.</summary>
    public bool WasReadPaused { get; set; }

    public int WaitingCount
    {
        get
        {
            world.Settle();
            return _received.Count;
        }
    }

    public void Send(ReadOnlySpan<byte> bytes)
    {
        _outgoing.AddRange(bytes);
        world.Settle();
    }

    /// <summary>Closes the network connection without DISCONNECT.</summary>
    public void Cut()
    {
        _closing = true;
        world.Settle();
    }

    /// <summary>Closes the network connection without DISCONNECT, as a process does that has said all it had to say.</summary>
    public void Finish()
    {
        _finishing = true;
        Cut();
    }

    public void SendConnect(
        string id,
        bool clean = true,
        uint? expiry = null,
        ushort keepAlive = 0,
        ushort? receiveMaximum = null,
        uint? maximumPacketSize = null,
        ushort aliasMaximum = 0,
        TestWill? will = null)
    {
        var packet = new ConnectPacket
        {
            Version = version,
            CleanStart = clean,
            KeepAlive = keepAlive,
            ClientIdentifier = Encoding.UTF8.GetBytes(id),
            RequestProblemInformation = true,
        };
        if (version == ProtocolVersion.Mqtt5)
        {
            packet.SessionExpiryInterval = expiry;
            packet.ReceiveMaximum = receiveMaximum;
            packet.MaximumPacketSize = maximumPacketSize;
            packet.TopicAliasMaximum = aliasMaximum;
        }

        if (will is not null)
        {
            packet.HasWill = true;
            packet.WillTopic = Encoding.UTF8.GetBytes(will.Topic);
            packet.WillPayload = Encoding.UTF8.GetBytes(will.Payload);
            packet.WillQoS = will.QoS;
            packet.WillRetain = will.Retain;
            if (will.DelaySeconds > 0)
            {
                packet.WillProperties = PublishProperties.ForEncoding(
                    (byte[])[0x18, (byte)(will.DelaySeconds >> 24), (byte)(will.DelaySeconds >> 16), (byte)(will.DelaySeconds >> 8), (byte)will.DelaySeconds]);
            }
        }

        byte[] bytes = new byte[packet.GetEncodedLength()];
        packet.Encode(bytes);
        Send(bytes);
    }

    public void SendPublish(
        string topic,
        string payload,
        int qos = 0,
        ushort id = 0,
        bool retain = false,
        bool dup = false,
        byte[]? properties = null)
    {
        var packet = new PublishPacket
        {
            Topic = Encoding.UTF8.GetBytes(topic),
            Payload = Encoding.UTF8.GetBytes(payload),
            QoS = (QualityOfService)qos,
            PacketIdentifier = id,
            Retain = retain,
            Dup = dup,
            Properties = PublishProperties.ForEncoding(properties ?? []),
        };
        byte[] bytes = new byte[packet.GetEncodedLength(version)];
        packet.Encode(bytes, version);
        Send(bytes);
    }

    /// <summary>Publishes at QoS 1 and takes the PUBACK.</summary>
    public ReasonCode Publish1(string topic, string payload, bool retain = false)
    {
        SendPublish(topic, payload, qos: 1, id: 0x7001, retain: retain);
        return Take(PacketType.PubAck).Reason;
    }

    /// <summary>Subscribes to one filter and takes the SUBACK, which may come behind messages.</summary>
    public byte Subscribe(
        string filter,
        int qos = 0,
        bool noLocal = false,
        bool retainAsPublished = false,
        RetainHandling handling = RetainHandling.SendAtSubscribe,
        uint identifier = 0)
    {
        byte options = (byte)(qos | (noLocal ? 4 : 0) | (retainAsPublished ? 8 : 0) | ((int)handling << 4));
        byte[] name = Encoding.UTF8.GetBytes(filter);
        List<byte> body = [0x0A, 0x0B];
        if (version == ProtocolVersion.Mqtt5)
        {
            Span<byte> variable = stackalloc byte[4];
            int length = identifier == 0 ? 0 : VariableByteInteger.Write(variable, identifier);
            body.Add((byte)(length == 0 ? 0 : length + 1));
            if (length > 0)
            {
                body.Add(0x0B);
                body.AddRange(variable[..length]);
            }
        }

        body.Add((byte)(name.Length >> 8));
        body.Add((byte)name.Length);
        body.AddRange(name);
        body.Add(version == ProtocolVersion.Mqtt5 ? options : (byte)qos);
        SendPacket(0x82, [.. body]);
        return TakeAnywhere(PacketType.SubAck).Reasons[0];
    }

    public byte Unsubscribe(string filter)
    {
        byte[] name = Encoding.UTF8.GetBytes(filter);
        byte[] head = version == ProtocolVersion.Mqtt5 ? [0x0A, 0x0C, 0] : [0x0A, 0x0C];
        SendPacket(0xA2, [.. head, (byte)(name.Length >> 8), (byte)name.Length, .. name]);
        var answer = TakeAnywhere(PacketType.UnsubAck);
        return version == ProtocolVersion.Mqtt5 ? answer.Reasons[0] : (byte)0;
    }

    public void SendPacket(byte first, byte[] body)
    {
        byte[] header = new byte[5];
        header[0] = first;
        int length = 1 + VariableByteInteger.Write(header.AsSpan(1), (uint)body.Length);
        Send([.. header[..length], .. body]);
    }

    public void SendAck(PacketType type, ushort id, ReasonCode reason = ReasonCode.Success)
    {
        byte first = (byte)(((int)type << 4) | (type == PacketType.PubRel ? 2 : 0));
        byte[] body = [(byte)(id >> 8), (byte)id];
        SendPacket(first, reason == ReasonCode.Success ? body : [.. body, (byte)reason]);
    }

    public void SendDisconnect(byte reason = 0) => SendPacket(0xE0, reason == 0 ? [] : [reason]);

    public Received Take(PacketType type)
    {
        world.Settle();
        Assert.True(_received.Count > 0, $"expected {type}, nothing came (closed: {IsClosed})");
        var packet = _received.Dequeue();
        Assert.True(packet.Type == type, $"expected {type}, got {packet}");
        return packet;
    }

    public Received TakeMessage() => Take(PacketType.Publish);

    public void AssertNothing()
    {
        world.Settle();
        Assert.True(_received.Count == 0, _received.Count == 0 ? null : $"unexpected {_received.Peek()}");
    }

    public void AssertClosed(ReasonCode? reason = null)
    {
        world.Settle();
        if (reason is not null)
        {
            Assert.Equal(reason, Take(PacketType.Disconnect).Reason);
        }

        AssertNothing();
        Assert.True(IsClosed, "the connection is still open");
    }

    /// <summary>The wire: gives the broker what was sent. True when something moved.</summary>
    public bool Deliver(Shard shard)
    {
        bool moved = false;
        if (_outgoing.Count > 0 && !IsClosed)
        {
            byte[] bytes = [.. _outgoing];
            _outgoing.Clear();
            shard.Receive(Connection, bytes, world.Now);
            moved = true;
        }

        if (_closing && !IsClosed)
        {
            IsClosed = true;
            shard.TransportClosed(Connection, reset: !_finishing, world.Now);
            moved = true;
        }

        return moved;
    }

    public void Accept(ReadOnlySpan<byte> bytes)
    {
        LargestPiece = Math.Max(LargestPiece, bytes.Length);
        _incoming.AddRange(bytes);
        while (true)
        {
            byte[] buffer = [.. _incoming];
            if (Frame.TryRead(buffer, Frame.PacketSizeMax, out var header, out _) != FrameStatus.Complete)
            {
                return;
            }

            _received.Enqueue(Parse(header, buffer.AsSpan(0, header.TotalLength)));
            _incoming.RemoveRange(0, header.TotalLength);
        }
    }

    private Received TakeAnywhere(PacketType type)
    {
        world.Settle();
        Received? found = null;
        for (int count = _received.Count; count > 0; count--)
        {
            var packet = _received.Dequeue();
            if (found is null && packet.Type == type)
            {
                found = packet;
            }
            else
            {
                _received.Enqueue(packet);
            }
        }

        Assert.True(found is not null, $"no {type} came");
        return found;
    }

    private Received Parse(FrameHeader header, ReadOnlySpan<byte> bytes)
    {
        var body = bytes[header.HeaderLength..];
        switch (header.Type)
        {
            case PacketType.ConnAck:
                Assert.True(ConnAckPacket.TryDecode(body, version, DecodeLeniency.None, out var connAck, out var fault), fault.Detail);
                return new Received
                {
                    Type = header.Type,
                    Bytes = bytes.ToArray(),
                    Reason = connAck.Reason,
                    SessionPresent = connAck.SessionPresent,
                    ServerKeepAlive = connAck.ServerKeepAlive,
                    AssignedClientIdentifier = Encoding.UTF8.GetString(connAck.AssignedClientIdentifier),
                    Expiry = connAck.SessionExpiryInterval,
                };
            case PacketType.Publish:
                return ParsePublish(header, bytes, body);
            case PacketType.SubAck:
                Assert.True(SubAckPacket.TryDecode(body, version, DecodeLeniency.None, out var subAck, out _));
                return new Received { Type = header.Type, PacketIdentifier = subAck.PacketIdentifier, Reasons = subAck.ReasonCodes.ToArray() };
            case PacketType.UnsubAck:
                Assert.True(UnsubAckPacket.TryDecode(body, version, DecodeLeniency.None, out var unsubAck, out _));
                return new Received { Type = header.Type, PacketIdentifier = unsubAck.PacketIdentifier, Reasons = unsubAck.ReasonCodes.ToArray() };
            case PacketType.Disconnect:
                return new Received { Type = header.Type, Reason = body.IsEmpty ? ReasonCode.Success : (ReasonCode)body[0] };
            case PacketType.PingResp:
                return new Received { Type = header.Type };
            default:
                return new Received
                {
                    Type = header.Type,
                    PacketIdentifier = (ushort)((body[0] << 8) | body[1]),
                    Reason = body.Length > 2 ? (ReasonCode)body[2] : ReasonCode.Success,
                };
        }
    }

    private Received ParsePublish(FrameHeader header, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> body)
    {
        Assert.True(PublishPacket.TryDecode(body, header.Flags, version, PacketSender.Server, DecodeLeniency.None, out var publish, out var fault), fault.Detail);
        List<uint> identifiers = [];
        foreach (uint identifier in publish.Properties.SubscriptionIdentifiers)
        {
            identifiers.Add(identifier);
        }

        List<string> user = [];
        foreach (var property in publish.Properties.UserProperties)
        {
            user.Add($"{Encoding.UTF8.GetString(property.Name)}={Encoding.UTF8.GetString(property.Value)}");
        }

        return new Received
        {
            Type = header.Type,
            Bytes = bytes.ToArray(),
            QoS = publish.QoS,
            Dup = publish.Dup,
            Retain = publish.Retain,
            PacketIdentifier = publish.PacketIdentifier,
            Topic = Encoding.UTF8.GetString(publish.Topic),
            Payload = Encoding.UTF8.GetString(publish.Payload),
            Expiry = publish.Properties.MessageExpiryInterval,
            Alias = publish.Properties.TopicAlias,
            Identifiers = [.. identifiers],
            UserProperties = [.. user],
            ContentType = Encoding.UTF8.GetString(publish.Properties.ContentType),
        };
    }
}
