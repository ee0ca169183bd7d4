using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Godwit.Client.Conformance.Tests.Scripting;

/// <summary>
/// A client and a broker that does what the test tells it to, over TCP. Each packet of the client is checked as it arrives, and so is that
/// CONNECT comes first and once and that nothing comes after DISCONNECT.
/// </summary>
internal sealed class Dialog : IAsyncDisposable
{
    private const int BarrierIdentifier = 65535;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Socket _socket;
    private readonly Channel<ClientPacket> _packets = Channel.CreateUnbounded<ClientPacket>();
    private readonly Task<MqttClient> _connecting;

    private Dialog(Socket socket, MqttVersion version, ManualTime time, Task<MqttClient> connecting)
    {
        _socket = socket;
        Version = version;
        Time = time;
        _connecting = connecting;
        _ = ReceiveAsync();
    }

    public MqttVersion Version { get; }

    public bool IsVersion5 => Version == V50;

    /// <summary>The client's clock.</summary>
    public ManualTime Time { get; }

    /// <summary>The CONNECT with its fields.</summary>
    public ClientPacket ConnectPacket { get; private set; } = null!;

    public ConnectFields Connect => ConnectPacket.Connect!;

    public MqttClient Client { get; private set; } = null!;

    /// <summary>Options without keep alive, for a client whose identifier is "client".</summary>
    public static MqttClientOptions Options(MqttVersion version) => new()
    {
        ProtocolVersion = (ProtocolVersion)(int)version,
        ClientId = "client",
        KeepAlive = 0,
        TimeProvider = new ManualTime(),
    };

    /// <summary>Connects as far as CONNECT.</summary>
    public static async Task<Dialog> OpenAsync(MqttClientOptions options)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var connecting = MqttClient.ConnectAsync($"mqtt://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}", options);
        var socket = await listener.AcceptSocketAsync().WaitAsync(Patience);
        socket.NoDelay = true;
        var dialog = new Dialog(socket, (MqttVersion)(int)options.ProtocolVersion, (ManualTime)options.TimeProvider, connecting);
        dialog.ConnectPacket = await dialog.ReadAsync();
        return dialog;
    }

    /// <summary>Connects.</summary>
    public static async Task<Dialog> ConnectAsync(MqttClientOptions options, bool sessionPresent = false, Properties? properties = null)
    {
        var dialog = await OpenAsync(options);
        await dialog.AcceptAsync(sessionPresent, properties);
        return dialog;
    }

    /// <inheritdoc cref="ConnectAsync(MqttClientOptions, bool, Properties?)"/>
    public static Task<Dialog> ConnectAsync(MqttVersion version, Properties? properties = null) => ConnectAsync(Options(version), properties: properties);

    public async Task AcceptAsync(bool sessionPresent = false, Properties? properties = null)
    {
        await SendAsync(ServerPacket.ConnAck(Version, sessionPresent, properties: properties));
        Client = await _connecting.WaitAsync(Patience);
    }

    public async Task SendAsync(params byte[][] packets)
    {
        ReadOnlyMemory<byte> rest = Packet.Join(packets);
        while (!rest.IsEmpty)
        {
            rest = rest[await _socket.SendAsync(rest)..];
        }
    }

    public Task SendPublishAsync(string topic, string payload, int qos = 0, int packetId = 0, bool dup = false, bool retain = false, Properties? properties = null) =>
        SendAsync(Packet.Publish(Version, topic, payload, qos, packetId, retain, dup, properties));

    public async Task<ClientPacket> ReadAsync()
    {
        Assert.True(await _packets.Reader.WaitToReadAsync().AsTask().WaitAsync(Patience), "The client has closed the connection.");
        return _packets.Reader.TryRead(out var packet) ? packet : throw new InvalidOperationException("two readers");
    }

    public async Task<ClientPacket> ReadAsync(PacketType type)
    {
        var packet = await ReadAsync();
        Assert.True(packet.Type == type, $"{type} expected, {packet} came");
        return packet;
    }

    public async Task<ClientPacket> ReadAsync(PacketType type, int packetId)
    {
        var packet = await ReadAsync(type);
        Assert.Equal(packetId, packet.PacketIdentifier);
        return packet;
    }

    /// <summary>The next packets, whatever they are, up to the barrier: what the client had to say about all that went before.</summary>
    public async Task<IReadOnlyList<ClientPacket>> ReadAllAsync()
    {
        // A PUBREL of an exchange that the client does not know is answered in its turn, in every version.
        await SendAsync(Packet.Ack(PacketType.PubRel, BarrierIdentifier));
        List<ClientPacket> packets = [];
        while (await ReadAsync() is var packet && (packet.Type, packet.PacketIdentifier) != (PacketType.PubComp, BarrierIdentifier))
        {
            packets.Add(packet);
        }

        return packets;
    }

    /// <summary>The client has sent nothing.</summary>
    public async Task ExpectSilenceAsync() => Assert.Empty(await ReadAllAsync());

    /// <summary>The client closes the connection without another packet.</summary>
    public async Task ExpectEndAsync()
    {
        if (await _packets.Reader.WaitToReadAsync().AsTask().WaitAsync(Patience))
        {
            Assert.Fail($"The end expected, {await ReadAsync()} came.");
        }

        _socket.Dispose(); // the client waits for that, for a second
    }

    /// <summary>The client closes the connection since the server broke the protocol, and tells a server of 5.0 why.</summary>
    /// <param name="reasons">One of these goes into the DISCONNECT.</param>
    public async Task ExpectFaultAsync(params int[] reasons)
    {
        if (IsVersion5)
        {
            var disconnect = await ReadAsync(PacketType.Disconnect);
            Assert.True(reasons.Contains(disconnect.ReasonCode), $"Reason Code 0x{disconnect.ReasonCode:X2}");
        }

        await ExpectEndAsync();
        if (Client is null)
        {
            await Assert.ThrowsAsync<MqttConnectException>(() => _connecting.WaitAsync(Patience));
        }
        else
        {
            Assert.Equal(MqttDisconnectionCause.ProtocolFault, (await ClosedAsync()).Cause);
        }
    }

    /// <summary>The client's connection attempt fails.</summary>
    public Task<MqttConnectException> ExpectRefusalAsync() => Assert.ThrowsAsync<MqttConnectException>(() => _connecting.WaitAsync(Patience));

    /// <summary>Cuts the connection from the broker's side.</summary>
    public async Task CutAsync()
    {
        _socket.Dispose();
        await ClosedAsync();
    }

    public Task<MqttDisconnection> ClosedAsync() => Client.Closed.WaitAsync(Patience);

    /// <summary>A subscription that the broker has granted.</summary>
    public async Task<MqttSubscription> SubscribeAsync(string filter)
    {
        var subscribing = Client.SubscribeAsync(filter);
        var request = await ReadAsync(PacketType.Subscribe);
        await SendAsync(ServerPacket.SubAck(Version, request.PacketIdentifier, 2));
        return await subscribing.WaitAsync(Patience);
    }

    /// <summary>The next message of a subscription.</summary>
    public static async Task<MqttMessage> NextAsync(MqttSubscription subscription)
    {
        var message = await subscription.ReadAsync().AsTask().WaitAsync(Patience);
        Assert.NotNull(message);
        return message;
    }

    /// <summary>Moves the client's clock second by second, until it has sent a packet or closed the connection.</summary>
    /// <returns>Seconds, or null if nothing came.</returns>
    public async Task<int?> AdvanceAsync(int secondsMax)
    {
        for (var seconds = 1; seconds <= secondsMax; seconds++)
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1); // lets the client's pumps see the new time one after the other
            if (_packets.Reader.TryPeek(out _) || _packets.Reader.Completion.IsCompleted)
            {
                return seconds;
            }
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        if (Client is not null)
        {
            await Client.DisposeAsync();
        }
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[256 * 1024];
        var (filled, isConnected, isDisconnected) = (0, false, false);
        try
        {
            while (await _socket.ReceiveAsync(buffer.AsMemory(filled)) is var count and > 0)
            {
                filled += count;
                var consumed = 0;
                while (ClientPacket.TryParse(Version, buffer.AsSpan(consumed, filled - consumed)) is { } packet)
                {
                    consumed += packet.Whole.Length;
                    ClientPacket.Require(packet.Type == PacketType.Connect != isConnected, isConnected ? "a second CONNECT" : "a packet before CONNECT");
                    ClientPacket.Require(!isDisconnected, "a packet after DISCONNECT");
                    isConnected = true;
                    isDisconnected = packet.Type == PacketType.Disconnect;
                    _packets.Writer.TryWrite(packet);
                }

                buffer.AsSpan(consumed, filled - consumed).CopyTo(buffer);
                filled -= consumed;
                if (filled == buffer.Length)
                {
                    Array.Resize(ref buffer, 2 * buffer.Length);
                }
            }

            ClientPacket.Require(filled == 0, "a part of a packet at the end");
            _packets.Writer.TryComplete();
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            _packets.Writer.TryComplete(); // reset by the client, or closed by the test
        }
        catch (Exception exception)
        {
            _packets.Writer.TryComplete(exception);
        }
    }
}
