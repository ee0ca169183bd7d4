using System.Text;
using System.Threading.Channels;
using Godwit.Broker.Loops.InProcess;
using Godwit.Engine;
using Godwit.Protocol;

namespace Godwit.Broker.InProcess;

/// <summary>
/// The process as a client of its own broker: the client's half of MQTT 5.0 over memory. Publishes, or reads one subscription.
/// </summary>
internal sealed class InProcessConnection : IInProcessPeer
{
    private static readonly ListenerProfile Profile = new("in process", Trusted: true);

    private readonly Lock _gate = new();
    private readonly InProcessTransport _transport;
    private readonly Dictionary<ushort, TaskCompletionSource<ReasonCode>> _requests = [];
    private readonly Queue<TaskCompletionSource> _flushes = new();

    // PUBREC told the outcome; PUBCOMP, which frees the identifier, tells no more.
    private readonly Dictionary<ushort, ReasonCode> _released = [];
    private readonly Channel<InProcessDelivery>? _received;
    private readonly int _capacity;
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _unread;
    private bool _isBlocked;
    private bool _hasEnded;
    private ushort _lastIdentifier;

    private InProcessConnection(int capacity)
    {
        _capacity = capacity;
        _received = capacity > 0 ? Channel.CreateUnbounded<InProcessDelivery>(new UnboundedChannelOptions { SingleReader = true }) : null;
        _transport = new InProcessTransport(Profile, this);
    }

    /// <summary>Publications that the broker takes at a time.</summary>
    public int ReceiveMaximum { get; private set; } = ushort.MaxValue;

    /// <summary>Bytes written that the broker has not read yet.</summary>
    public int WaitingBytes => _transport.WaitingBytes;

    /// <summary>Connects.</summary>
    /// <param name="driver">Of the loop that takes the connection first.</param>
    /// <param name="clientId">The Client Identifier.</param>
    /// <param name="capacity">Messages kept for the reader; 0: none are subscribed to.</param>
    public static async Task<InProcessConnection> OpenAsync(InProcessDriver driver, string clientId, int capacity)
    {
        var connection = new InProcessConnection(capacity);
        var packet = new ConnectPacket
        {
            Version = ProtocolVersion.Mqtt5,
            CleanStart = true,
            ClientIdentifier = Encoding.UTF8.GetBytes(clientId),
            RequestProblemInformation = true,
            ReceiveMaximum = (ushort)Math.Clamp(capacity, 1, ushort.MaxValue),
        };
        byte[] bytes = new byte[packet.GetEncodedLength()];
        packet.Encode(bytes);
        driver.Open(connection._transport);
        connection._transport.Write(bytes);
        await connection._connected.Task.ConfigureAwait(false);
        return connection;
    }

    /// <summary>Sends a packet that gets no answer.</summary>
    /// <exception cref="BrokerStoppedException">The broker has stopped.</exception>
    public void Send(ReadOnlySpan<byte> packet)
    {
        lock (_gate)
        {
            if (_hasEnded)
            {
                throw new BrokerStoppedException();
            }

            _transport.Write(packet);
        }
    }

    /// <summary>Completes when the broker has read all that was sent before.</summary>
    public Task FlushAsync()
    {
        var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_hasEnded)
            {
                return Task.FromException(new BrokerStoppedException());
            }

            _flushes.Enqueue(completion);
            _transport.Write([0xC0, 0]); // PINGREQ
        }

        return completion.Task;
    }

    /// <summary>Sends a packet under a new packet identifier; completes with the reason code of its answer.</summary>
    public Task<ReasonCode> RequestAsync(Func<ushort, byte[]> encode)
    {
        var completion = new TaskCompletionSource<ReasonCode>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_hasEnded)
            {
                return Task.FromException<ReasonCode>(new BrokerStoppedException());
            }

            ushort identifier = NextIdentifier();
            byte[] packet = encode(identifier);
            _requests.Add(identifier, completion);
            _transport.Write(packet);
        }

        return completion.Task;
    }

    /// <summary>The next message, acknowledged with this; null at the end.</summary>
    public async ValueTask<BrokerMessage?> ReadAsync(CancellationToken cancellation)
    {
        if (!await _received!.Reader.WaitToReadAsync(cancellation).ConfigureAwait(false) || !_received.Reader.TryRead(out var delivery))
        {
            return null;
        }

        bool isRelieved;
        lock (_gate)
        {
            _unread--;
            isRelieved = _isBlocked && _unread <= _capacity / 2;
            _isBlocked &= !isRelieved;
            if (delivery.Message.QoS != QualityOfService.AtMostOnce && !_hasEnded)
            {
                bool isQoS1 = delivery.Message.QoS == QualityOfService.AtLeastOnce;
                Write(isQoS1 ? PacketType.PubAck : PacketType.PubRec, delivery.PacketIdentifier);
            }
        }

        if (isRelieved)
        {
            _transport.RequestOutput();
        }

        return delivery.Message;
    }

    public void Close()
    {
        lock (_gate)
        {
            if (!_hasEnded)
            {
                _transport.Write([0xE0, 0]); // DISCONNECT
            }
        }

        _transport.CloseFromPeer();
    }

    int IInProcessPeer.Take(ReadOnlySpan<byte> bytes)
    {
        int taken = 0;
        while (taken < bytes.Length)
        {
            // The engine writes whole packets.
            if (Frame.TryRead(bytes[taken..], Frame.PacketSizeMax, ProtocolVersion.Mqtt5, DecodeLeniency.None, out var header, out _) != FrameStatus.Complete)
            {
                break;
            }

            if (header.Type == PacketType.Publish && !TryReserve())
            {
                break;
            }

            Handle(header, bytes.Slice(taken + header.HeaderLength, header.RemainingLength));
            taken += header.TotalLength;
        }

        return taken;
    }

    void IInProcessPeer.Ended()
    {
        List<TaskCompletionSource<ReasonCode>> open;
        List<TaskCompletionSource> flushes;
        lock (_gate)
        {
            _hasEnded = true;
            open = [.. _requests.Values];
            flushes = [.. _flushes];
            _requests.Clear();
            _flushes.Clear();
        }

        var error = new BrokerStoppedException();
        _connected.TrySetException(error);
        open.ForEach(request => request.TrySetException(error));
        flushes.ForEach(flush => flush.TrySetException(error));
        _received?.Writer.TryComplete();
    }

    private bool TryReserve()
    {
        lock (_gate)
        {
            if (_unread >= _capacity)
            {
                _isBlocked = true;
                return false;
            }

            _unread++;
            return true;
        }
    }

    private void Handle(FrameHeader header, ReadOnlySpan<byte> body)
    {
        switch (header.Type)
        {
            case PacketType.ConnAck when ConnAckPacket.TryDecode(body, ProtocolVersion.Mqtt5, DecodeLeniency.None, out var packet, out _):
                ReceiveMaximum = packet.ReceiveMaximum ?? ushort.MaxValue;
                if (packet.Reason.IsFailure())
                {
                    _connected.TrySetException(new InvalidOperationException($"The broker refused its own process: {packet.Reason.Describe()}."));
                }
                else
                {
                    _connected.TrySetResult();
                }

                break;
            case PacketType.Publish when PublishPacket.TryDecode(
                body, header.Flags, ProtocolVersion.Mqtt5, PacketSender.Server, DecodeLeniency.None, out var packet, out _):
                _received!.Writer.TryWrite(new InProcessDelivery(MessageCodec.Read(in packet), packet.PacketIdentifier));
                break;
            case PacketType.PubAck when PubAckPacket.TryDecode(body, ProtocolVersion.Mqtt5, DecodeLeniency.None, out var packet, out _):
                Complete(packet.PacketIdentifier, packet.Reason);
                break;
            case PacketType.PubRec when PubRecPacket.TryDecode(body, ProtocolVersion.Mqtt5, DecodeLeniency.None, out var packet, out _):
                if (packet.Reason.IsFailure())
                {
                    Complete(packet.PacketIdentifier, packet.Reason);
                }
                else
                {
                    Remember(packet.PacketIdentifier, packet.Reason);
                }

                break;
            case PacketType.PubRel when PubRelPacket.TryDecode(body, ProtocolVersion.Mqtt5, DecodeLeniency.None, out var packet, out _):
                lock (_gate)
                {
                    Write(PacketType.PubComp, packet.PacketIdentifier);
                }

                break;
            case PacketType.PubComp when PubCompPacket.TryDecode(body, ProtocolVersion.Mqtt5, DecodeLeniency.None, out var packet, out _):
                Complete(packet.PacketIdentifier, null);
                break;
            case PacketType.SubAck when SubAckPacket.TryDecode(body, ProtocolVersion.Mqtt5, DecodeLeniency.None, out var packet, out _):
                Complete(packet.PacketIdentifier, (ReasonCode)packet.ReasonCodes[0]);
                break;
            case PacketType.PingResp:
                lock (_gate)
                {
                    _flushes.Dequeue().TrySetResult();
                }

                break;
            default:
                break; // DISCONNECT: the end follows
        }
    }

    private void Remember(ushort identifier, ReasonCode reason)
    {
        lock (_gate)
        {
            _released[identifier] = reason;
            Write(PacketType.PubRel, identifier);
        }
    }

    private void Complete(ushort identifier, ReasonCode? reason)
    {
        TaskCompletionSource<ReasonCode>? request;
        lock (_gate)
        {
            _requests.Remove(identifier, out request);
            if (_released.Remove(identifier, out var told))
            {
                reason ??= told;
            }
        }

        request?.TrySetResult(reason ?? ReasonCode.Success);
    }

    private void Write(PacketType type, ushort identifier) =>
        _transport.Write([(byte)(((int)type << 4) | (type == PacketType.PubRel ? 2 : 0)), 2, (byte)(identifier >> 8), (byte)identifier]);

    private ushort NextIdentifier()
    {
        do
        {
            _lastIdentifier = _lastIdentifier == ushort.MaxValue ? (ushort)1 : (ushort)(_lastIdentifier + 1);
        }
        while (_requests.ContainsKey(_lastIdentifier));
        return _lastIdentifier;
    }
}
