using System.Net.Sockets;

namespace Godwit.Conformance.Wire;

/// <summary>
/// A TCP connection that speaks MQTT by hand: sends whatever bytes a test wants to see on the wire and takes apart what comes back.
/// For one test at a time; sending and receiving may overlap. Nothing is acknowledged unless the test does so.
/// </summary>
public sealed class RawMqttClient : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly Queue<ReceivedPacket> _setAside = new();
    private byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;

    private RawMqttClient(BrokerAddress broker, MqttVersion version, Socket socket)
    {
        Broker = broker;
        Version = version;
        _socket = socket;
    }

    /// <summary>Where the connection leads.</summary>
    public BrokerAddress Broker { get; }

    /// <summary>The protocol level by which packets from the broker are read.</summary>
    public MqttVersion Version { get; }

    /// <summary>What went over the wire, in order; null: not recorded.</summary>
    public Transcript? Transcript { get; private init; }

    /// <summary>The Maximum Packet Size that the client has announced, in bytes: a larger packet is an error. By default there is no limit.</summary>
    public int MaximumPacketSize { get; set; } = int.MaxValue;

    /// <summary>What the broker answered to CONNECT.</summary>
    public ReceivedPacket ConnAck { get; private set; } = null!;

    /// <summary>Opens the TCP connection and says nothing.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="version">How packets from the broker are read.</param>
    /// <param name="receiveBuffer">Size of the socket's receive buffer in bytes, for a client that will not read; 0 for the default.</param>
    public static async Task<RawMqttClient> OpenAsync(BrokerAddress broker, MqttVersion version = MqttVersion.V50, int receiveBuffer = 0)
    {
        ArgumentNullException.ThrowIfNull(broker);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer > 0)
        {
            socket.ReceiveBufferSize = receiveBuffer;
        }

        using var limit = new CancellationTokenSource(broker.Patience);
        try
        {
            await socket.ConnectAsync(broker.Host, broker.Port, limit.Token);
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            throw new MqttExpectationException($"no connection to {broker}: {error.Message}{broker.Diagnostics?.Invoke()}", error);
        }

        return new RawMqttClient(broker, version, socket) { Transcript = broker.Transcript?.Add() };
    }

    /// <summary>Opens a connection and expects the broker to accept the CONNECT.</summary>
    public static async Task<RawMqttClient> ConnectAsync(BrokerAddress broker, ConnectFields fields, int receiveBuffer = 0)
    {
        var client = await OpenAsync(broker, fields.Version, receiveBuffer);
        try
        {
            await client.SendAsync(Packet.Connect(fields));
            client.ConnAck = await client.ReceiveAsync(PacketType.ConnAck);
            if (client.ConnAck.ReasonCode != 0)
            {
                throw new MqttExpectationException($"the broker refused the connection: {client.ConnAck}");
            }

            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <summary>Opens a connection with a clean session and, unless one is given, a client identifier of its own.</summary>
    public static Task<RawMqttClient> ConnectAsync(BrokerAddress broker, MqttVersion version, string? clientId = null) =>
        ConnectAsync(broker, new ConnectFields { Version = version, ClientId = clientId ?? Unique.Name("c") });

    /// <summary>Sends bytes in one write.</summary>
    /// <returns>False when the broker has closed the connection meanwhile; what it said before can still be received.</returns>
    public async Task<bool> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        Transcript?.Sent(bytes.Span);
        using var limit = new CancellationTokenSource(Broker.Patience);
        try
        {
            while (bytes.Length > 0)
            {
                bytes = bytes[await _socket.SendAsync(bytes, limit.Token)..];
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
        catch (OperationCanceledException)
        {
            throw new MqttExpectationException($"the broker does not read: {bytes.Length} bytes are not sent after {Broker.Patience}");
        }
    }

    /// <summary>Sends bytes in one write.</summary>
    /// <returns>False when the broker has closed the connection meanwhile; what it said before can still be received.</returns>
    public Task<bool> SendAsync(params byte[] bytes) => SendAsync(bytes.AsMemory());

    /// <summary>Sends as much as goes out before the broker stops reading for the given time.</summary>
    /// <returns>The number of bytes sent, and whether the connection is closed.</returns>
    public async Task<(int Sent, bool IsClosed)> SendUntilStalledAsync(ReadOnlyMemory<byte> bytes, TimeSpan patience)
    {
        var sent = 0;
        while (sent < bytes.Length)
        {
            using var limit = new CancellationTokenSource(patience);
            try
            {
                sent += await _socket.SendAsync(bytes[sent..], limit.Token);
            }
            catch (SocketException)
            {
                return (sent, true);
            }
            catch (OperationCanceledException)
            {
                return (sent, false);
            }
        }

        return (sent, false);
    }

    /// <summary>Receives the next packet.</summary>
    /// <returns>Null when the broker has closed the connection.</returns>
    public async Task<ReceivedPacket?> TryReceiveAsync() => _setAside.TryDequeue(out var packet) ? packet : await TryReadAsync();

    private async Task<ReceivedPacket?> TryReadAsync()
    {
        ReceivedPacket? packet;
        while (!TryParse(out packet))
        {
            if (_start > 0)
            {
                Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
                _end -= _start;
                _start = 0;
            }

            if (_end == _buffer.Length)
            {
                Array.Resize(ref _buffer, _buffer.Length * 2);
            }

            using var limit = new CancellationTokenSource(Broker.Patience);
            int received;
            try
            {
                received = await _socket.ReceiveAsync(_buffer.AsMemory(_end), limit.Token);
            }
            catch (SocketException)
            {
                received = 0;
            }
            catch (OperationCanceledException)
            {
                throw new MqttExpectationException(
                    $"the broker sent nothing within {Broker.Patience} ({_end - _start} bytes of a packet are here){Broker.Diagnostics?.Invoke()}");
            }

            if (received == 0)
            {
                Transcript?.Closed();
                return _end == _start ? null : throw new MqttExpectationException($"the broker closed the connection within a packet, after {Convert.ToHexString(_buffer, _start, _end - _start)}");
            }

            _end += received;
        }

        return packet;
    }

    /// <summary>Receives the next packet.</summary>
    public async Task<ReceivedPacket> ReceiveAsync() =>
        await TryReceiveAsync() ?? throw new MqttExpectationException("expected a packet, but the broker closed the connection");

    /// <summary>Receives the next packet, which must be of this type.</summary>
    public async Task<ReceivedPacket> ReceiveAsync(PacketType type)
    {
        var packet = await TryReceiveAsync() ?? throw new MqttExpectationException($"expected {type}, but the broker closed the connection");
        return packet.Type == type ? packet : throw new MqttExpectationException($"expected {type}, got {packet}");
    }

    /// <summary>Receives a number of packets, all of this type.</summary>
    public async Task<IReadOnlyList<ReceivedPacket>> ReceiveAsync(PacketType type, int count)
    {
        var packets = new List<ReceivedPacket>(count);
        while (packets.Count < count)
        {
            packets.Add(await ReceiveAsync(type));
        }

        return packets;
    }

    /// <summary>The next packet must have exactly these bytes.</summary>
    public async Task ExpectAsync(params byte[] expected)
    {
        var packet = await ReceiveAsync();
        var actual = Packet.Frame(packet.FirstByte, packet.Body);
        if (!actual.AsSpan().SequenceEqual(expected))
        {
            throw new MqttExpectationException($"expected {Convert.ToHexString(expected)}, got {Convert.ToHexString(actual)}");
        }
    }

    /// <summary>The broker must close the connection without another packet.</summary>
    public async Task ExpectClosedAsync()
    {
        if (await TryReceiveAsync() is { } packet)
        {
            throw new MqttExpectationException($"expected the end of the connection, got {packet}");
        }
    }

    /// <summary>The broker must refuse what it got: in 5.0 by DISCONNECT with one of these reason codes, below 5.0 without a word; then it closes. §4.13.</summary>
    public async Task ExpectRefusalAsync(params int[] reasonCodes)
    {
        if (Version == MqttVersion.V50)
        {
            var packet = await ReceiveAsync(PacketType.Disconnect);
            if (!reasonCodes.Contains(packet.ReasonCode))
            {
                throw new MqttExpectationException($"expected DISCONNECT with {string.Join(" or ", reasonCodes.Select(code => $"0x{code:X2}"))}, got {packet}");
            }
        }

        await ExpectClosedAsync();
    }

    /// <summary>A round trip. All that the broker had for this client when it answered has arrived before, so the next packet being PINGRESP proves that there was nothing.</summary>
    public async Task PingAsync()
    {
        await SendAsync(Packet.PingReq);
        await ReceiveAsync(PacketType.PingResp);
    }

    /// <summary>A round trip that collects what arrives before the PINGRESP.</summary>
    public async Task<IReadOnlyList<ReceivedPacket>> PingAndCollectAsync()
    {
        await SendAsync(Packet.PingReq);
        List<ReceivedPacket> packets = [];
        while (await ReceiveAsync() is { Type: not PacketType.PingResp } packet)
        {
            packets.Add(packet);
        }

        return packets;
    }

    /// <summary>Subscribes to one filter and expects it to be granted as asked. Messages that come before the SUBACK are received next.</summary>
    /// <param name="filter">Topic Filter.</param>
    /// <param name="options">Subscription options; the two lowest bits are the maximum QoS.</param>
    /// <param name="properties">Properties (5.0 only).</param>
    public async Task SubscribeAsync(string filter, int options, Properties? properties = null)
    {
        const int PacketId = 0xFFF0;
        await SendAsync(Packet.Subscribe(Version, PacketId, filter, options, properties));
        var answer = await ReceiveSetAsideAsync(PacketType.SubAck);
        if (answer.PacketIdentifier != PacketId || answer.ReasonCodes is not [var code] || code != (options & 3))
        {
            throw new MqttExpectationException($"expected SUBACK with {options & 3} for {filter}, got {answer}");
        }
    }

    /// <summary>Receives a packet of this type; messages that come before it are set aside and received next. A broker may send messages before SUBACK, §3.8.4.</summary>
    public async Task<ReceivedPacket> ReceiveSetAsideAsync(PacketType type)
    {
        while (true)
        {
            var packet = await TryReadAsync() ?? throw new MqttExpectationException($"expected {type}, but the broker closed the connection");
            if (packet.Type == type)
            {
                return packet;
            }

            if (packet.Type != PacketType.Publish)
            {
                throw new MqttExpectationException($"expected {type}, got {packet}");
            }

            _setAside.Enqueue(packet);
        }
    }

    /// <summary>Publishes and goes through the handshake of the QoS; no other packet may arrive meanwhile.</summary>
    public async Task PublishAsync(string topic, string payload, int qos = 0, int packetId = 1, bool retain = false, Properties? properties = null)
    {
        await SendAsync(Packet.Publish(Version, topic, payload, qos, packetId, retain, properties: properties));
        if (qos == 1)
        {
            await ReceiveAckAsync(PacketType.PubAck, packetId);
        }
        else if (qos == 2)
        {
            await ReceiveAckAsync(PacketType.PubRec, packetId);
            await SendAsync(Packet.Ack(PacketType.PubRel, packetId));
            await ReceiveAckAsync(PacketType.PubComp, packetId);
        }
    }

    /// <summary>Receives a PUBLISH and acknowledges it as its QoS demands. What arrives before the PUBREL of a QoS 2 message is set aside and received next.</summary>
    public async Task<ReceivedPacket> ReceivePublishAsync()
    {
        var publish = await ReceiveAsync(PacketType.Publish);
        if (publish.QoS == 1)
        {
            await SendAsync(Packet.Ack(PacketType.PubAck, publish.PacketIdentifier));
        }
        else if (publish.QoS == 2)
        {
            await SendAsync(Packet.Ack(PacketType.PubRec, publish.PacketIdentifier));
            while (true)
            {
                var packet = await TryReadAsync() ?? throw new MqttExpectationException("expected PUBREL, but the broker closed the connection");
                if (packet.Type == PacketType.PubRel && packet.PacketIdentifier == publish.PacketIdentifier)
                {
                    break;
                }

                _setAside.Enqueue(packet);
            }

            await SendAsync(Packet.Ack(PacketType.PubComp, publish.PacketIdentifier));
        }

        return publish;
    }

    /// <summary>Receives PUBACK, PUBREC, PUBREL or PUBCOMP for this identifier, which must say success or "No matching subscribers".</summary>
    public async Task<ReceivedPacket> ReceiveAckAsync(PacketType type, int packetId)
    {
        var packet = await ReceiveAsync(type);
        return packet.PacketIdentifier == packetId && packet.ReasonCode is 0 or 0x10
            ? packet
            : throw new MqttExpectationException($"expected {type} for {packetId}, got {packet}");
    }

    /// <summary>Says DISCONNECT with reason 0 and waits until the broker has closed.</summary>
    public async Task DisconnectAsync(int reasonCode = 0, Properties? properties = null)
    {
        await SendAsync(Packet.Disconnect(Version, reasonCode, properties));
        await ExpectClosedAsync();
    }

    /// <summary>Ends this client's half of the connection; the broker reads the end of the stream.</summary>
    public void FinishSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Tears the connection down with a reset, as a crash or a lost network does.</summary>
    public void Abort()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private bool TryParse(out ReceivedPacket? packet)
    {
        packet = null;
        var length = 0;
        for (var index = 1; index <= 4; index++)
        {
            if (_start + index >= _end)
            {
                return false;
            }

            var digit = _buffer[_start + index];
            length |= (digit & 0x7F) << (7 * (index - 1));
            if ((digit & 0x80) != 0)
            {
                continue;
            }

            if (digit == 0 && index > 1)
            {
                throw new MqttExpectationException("the broker sent a Remaining Length that is not in its shortest form");
            }

            var bodyStart = _start + index + 1;
            if (_end - bodyStart < length)
            {
                return false;
            }

            Transcript?.Received(_buffer.AsSpan(_start, bodyStart + length - _start));
            int size = bodyStart + length - _start;
            if (size > MaximumPacketSize)
            {
                throw new MqttExpectationException($"the broker sent a packet of {size} bytes, and the client's Maximum Packet Size is {MaximumPacketSize}");
            }

            packet = ReceivedPacket.Parse(Version, _buffer[_start], _buffer.AsSpan(bodyStart, length).ToArray());
            _start = bodyStart + length;
            return true;
        }

        throw new MqttExpectationException("the broker sent a Remaining Length of more than four bytes");
    }
}
