using System.Net;
using System.Net.Sockets;
using Godwit.Client.Connections;
using Godwit.Protocol;

namespace Godwit.Client.Tests;

public class MqttClientConnectTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_refusal_throws_with_the_ConnAck()
    {
        var (near, far) = DuplexStream.Create();
        var broker = new ScriptedBroker(far);
        var connecting = MqttClient.ConnectAsync(near, cancellationToken: Cancellation);
        await broker.ReadAsync();
        await broker.SendAsync(Wire.ConnAck(reason: 0x86));
        var exception = await Assert.ThrowsAsync<MqttConnectException>(() => connecting);
        Assert.Equal((ReasonCode.BadUserNameOrPassword, ReasonCode.BadUserNameOrPassword), (exception.ReasonCode, exception.Result?.Reason));
        await broker.ExpectEndAsync();
    }

    [Fact]
    public async Task A_server_that_closes_instead_of_answering_is_told_in_words()
    {
        var (near, far) = DuplexStream.Create();
        var connecting = MqttClient.ConnectAsync(near, cancellationToken: Cancellation);
        await far.DisposeAsync();
        var exception = await Assert.ThrowsAsync<MqttConnectException>(() => connecting);
        Assert.Equal("The server closed the connection instead of answering CONNECT.", exception.Message);
    }

    [Fact]
    public async Task A_server_that_says_nothing_times_out()
    {
        var (near, far) = DuplexStream.Create();
        var exception = await Assert.ThrowsAsync<MqttConnectException>(
            () => MqttClient.ConnectAsync(near, new MqttClientOptions { ConnectTimeout = TimeSpan.FromMilliseconds(20) }, Cancellation));
        Assert.Equal("The server did not answer CONNECT in time.", exception.Message);
        await far.DisposeAsync();
    }

    [Fact]
    public async Task Connecting_can_be_cancelled()
    {
        var (near, far) = DuplexStream.Create();
        using var cancellation = new CancellationTokenSource();
        var broker = new ScriptedBroker(far);
        var connecting = MqttClient.ConnectAsync(near, cancellationToken: cancellation.Token);
        await broker.ReadAsync();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        await broker.ExpectEndAsync();
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_told_in_words()
    {
        using var placeholder = new Socket(SocketType.Stream, ProtocolType.Tcp);
        placeholder.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // bound but not listening: connections are refused
        var port = ((IPEndPoint)placeholder.LocalEndPoint!).Port;
        var exception = await Assert.ThrowsAsync<MqttConnectException>(() => MqttClient.ConnectAsync($"mqtt://127.0.0.1:{port}", cancellationToken: Cancellation));
        Assert.StartsWith($"127.0.0.1:{port} cannot be reached:", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Over_TCP_everything_published_arrives_before_the_end()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var accepting = listener.AcceptTcpClientAsync(Cancellation);
        var connecting = MqttClient.ConnectAsync($"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}", cancellationToken: Cancellation);
        using var accepted = await accepting;
        var broker = new ScriptedBroker(accepted.GetStream());
        await broker.ReadAsync();
        await broker.SendAsync(Wire.ConnAck());
        var client = await connecting;
        await broker.SendAsync(Wire.Publish("unread", new string('x', 1000)));
        await client.PublishAsync("a", "1", cancellationToken: Cancellation);
        var disposing = client.DisposeAsync();
        await broker.ExpectAsync(Wire.Publish("a", "1"), Wire.Hex("E000"));
        await broker.ExpectEndAsync();
        await broker.DisposeAsync();
        await disposing;
    }

    [Fact]
    public async Task A_protocol_fault_is_answered_before_the_end()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        await broker.SendAsync(Wire.Hex("36 05 0001 74 0001"));
        await broker.ExpectAsync(Wire.Disconnect(0x81));
        await broker.DisposeAsync();
        var disconnection = await client.Closed;
        Assert.Equal((MqttDisconnectionCause.ProtocolFault, ReasonCode.MalformedPacket), (disconnection.Cause, disconnection.Reason));
        Assert.Contains("MQTT-3.3.1-4", disconnection.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_keep_alive_pings_and_gives_up_a_silent_server()
    {
        var time = new ManualTime();
        var (client, broker) = await ScriptedBroker.ConnectAsync(new MqttClientOptions { KeepAlive = 10, TimeProvider = time });
        time.Advance(TimeSpan.FromSeconds(7.5));
        await broker.ExpectAsync(Wire.Hex("C000"));
        await broker.SendAsync(Wire.Hex("D000"), Wire.Publish("fence", ""));
        await using (var fence = client.Messages.GetAsyncEnumerator(Cancellation))
        {
            Assert.True(await fence.MoveNextAsync());
        }

        // The next PINGREQ comes no later than this; then silence.
        time.Advance(TimeSpan.FromSeconds(7.5));
        await broker.ExpectAsync(Wire.Hex("C000"));
        while (!client.Closed.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        var disconnection = await client.Closed;
        Assert.Equal((MqttDisconnectionCause.Timeout, "The server did not answer PINGREQ within the keep alive of 10 seconds."), (disconnection.Cause, disconnection.Message));
        await broker.DisposeAsync();
    }

    [Fact]
    public async Task Waiting_for_the_end_can_be_cancelled_and_the_connection_ends_all_the_same()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.DisconnectAsync(cancellationToken: cancellation.Token));
        await broker.ExpectAsync(Wire.Hex("E000"));
        await broker.DisposeAsync();
        Assert.Equal(MqttDisconnectionCause.ByClient, (await client.Closed).Cause);
    }

    [Fact]
    public async Task Disconnect_carries_reason_and_expiry()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync(new MqttClientOptions { KeepAlive = 0, SessionExpiryInterval = 5 });
        var disconnecting = client.DisconnectAsync(ReasonCode.DisconnectWithWillMessage, 0, Cancellation);
        await broker.ExpectAsync(Wire.Hex("E0 07 04 05 1100000000"));
        await broker.DisposeAsync();
        await disconnecting;
        await client.DisconnectAsync(cancellationToken: Cancellation); // once more does nothing
    }

    [Theory]
    [InlineData("", "E0 10 83 0E 1F0003 627965 26 0001 6E 0002 7631")]
    [InlineData("27 00000011", "E0 01 83")] // one byte less than it takes: reason string and user properties are left out
    public async Task Disconnect_carries_its_properties_as_far_as_the_server_takes_them(string connAckProperties, string expected)
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync(connAck: Wire.ConnAck(properties: connAckProperties));
        var disconnecting = client.DisconnectAsync(
            new MqttDisconnectOptions { Reason = ReasonCode.ImplementationSpecificError, ReasonString = "bye", UserProperties = [new("n", "v1")] },
            Cancellation);
        await broker.ExpectAsync(Wire.Hex(expected));
        await broker.DisposeAsync();
        await disconnecting;
    }

    [Fact]
    public async Task A_session_state_in_use_is_refused_and_its_stream_closed()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync(new MqttClientOptions { ClientId = "c", KeepAlive = 0 });
        var (near, far) = DuplexStream.Create();
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => MqttClient.ConnectAsync(near, new MqttClientOptions { CleanStart = false, SessionState = client.SessionState }, Cancellation));
        await new ScriptedBroker(far).ExpectEndAsync();
        await broker.DisposeAsync();
        await client.DisposeAsync();
    }

    [Fact]
    public async Task Disconnects_that_the_standard_forbids_are_refused()
    {
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        await Assert.ThrowsAsync<ArgumentException>(() => client.DisconnectAsync(ReasonCode.ServerShuttingDown, cancellationToken: Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => client.DisconnectAsync(sessionExpiryInterval: 5, cancellationToken: Cancellation));
        Assert.True(client.IsConnected);
        await broker.DisposeAsync();
        await client.DisposeAsync();
        (client, broker) = await ScriptedBroker.ConnectAsync(new MqttClientOptions { ProtocolVersion = ProtocolVersion.Mqtt311 }, Wire.ConnAck311());
        await Assert.ThrowsAsync<ArgumentException>(() => client.DisconnectAsync(ReasonCode.UnspecifiedError, cancellationToken: Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => client.DisconnectAsync(sessionExpiryInterval: 0, cancellationToken: Cancellation));
        await broker.DisposeAsync();
        await client.DisposeAsync();
    }

    [Fact]
    public async Task A_large_packet_in_many_pieces_arrives_whole()
    {
        var payload = new string('x', 300_000);
        var (client, broker) = await ScriptedBroker.ConnectAsync();
        for (var round = 0; round < 3; round++)
        {
            var sending = broker.SendAsync(Wire.Publish("big", payload), Wire.Publish("small", "y"));
            foreach (var expected in new[] { payload, "y" })
            {
                await using var reader = client.Messages.GetAsyncEnumerator(Cancellation);
                Assert.True(await reader.MoveNextAsync());
                Assert.Equal(expected, reader.Current.GetPayloadText());
            }

            await sending;
        }

        await broker.DisposeAsync();
        await client.DisposeAsync();
    }

    [Theory]
    [InlineData("mqtt://h", "h", 1883, null, null)]
    [InlineData("h", "h", 1883, null, null)]
    [InlineData("h:1884", "h", 1884, null, null)]
    [InlineData("mqtt://u:p%40@h:1/", "h", 1, "u", "p@")]
    [InlineData("mqtt://u@[::1]:2", "::1", 2, "u", null)]
    public void Addresses_are_understood(string text, string host, int port, string? userName, string? password)
    {
        var endpoint = MqttEndpoint.Parse(text);
        Assert.Equal((host, port, userName), (endpoint.Host.Trim('[', ']'), endpoint.Port, endpoint.Credentials?.UserName));
        Assert.Equal(password, endpoint.Credentials?.Password is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes.Span) : null);
    }

    [Theory]
    [InlineData("mqtts://h")]
    [InlineData("ws://h")]
    [InlineData("mqtt://")]
    [InlineData("mqtt://h/topic")]
    [InlineData("mqtt://h:99999")]
    public async Task Addresses_that_cannot_be_served_are_refused(string text) =>
        await Assert.ThrowsAsync<ArgumentException>(() => MqttClient.ConnectAsync(text, cancellationToken: Cancellation));

    [Fact]
    public void Options_are_checked()
    {
        var v311 = new MqttClientOptions { ProtocolVersion = ProtocolVersion.Mqtt311 };
        v311.Validate();
        MqttClientOptions[] wrong =
        [
            v311 with { CleanStart = false },
            v311 with { SessionExpiryInterval = 1 },
            v311 with { UserProperties = [new("a", "b")] },
            v311 with { Credentials = new MqttCredentials(null, "p") },
            v311 with { Will = new MqttWill(new MqttMessage { Topic = "t" }, 1) },
            new() { ProtocolVersion = (ProtocolVersion)6 },
            new() { ReceiveMaximum = 0 },
            new() { SendMaximum = 0 },
            new() { SendMaximumExactlyOnce = 0 },
            new() { MaximumPacketSize = 15 },
            new() { ConnectTimeout = TimeSpan.Zero },
            new() { ClientId = new string('x', 65536) },
            new() { Will = new MqttWill(new MqttMessage { Topic = "t", Payload = new byte[65536] }) },
            new() { ClientId = "a\0" },
            new() { ClientId = "a" + (char)0xD800 },
            new() { Credentials = new MqttCredentials("\0", "") },
            new() { Credentials = new MqttCredentials("u", (ReadOnlyMemory<byte>)new byte[65536]) },
            new() { UserProperties = [new("a", "\0")] },
            new() { Will = new MqttWill(new MqttMessage { Topic = "" }) },
            new() { Will = new MqttWill(new MqttMessage { Topic = "a/#" }) },
            new() { Will = new MqttWill(new MqttMessage { Topic = "a", QoS = (QualityOfService)3 }) },
            new() { Will = new MqttWill(new MqttMessage { Topic = "a", TopicAlias = 1 }) },
            new() { Will = new MqttWill(new MqttMessage { Topic = "a", ResponseTopic = "+" }) },
            new() { SessionState = new ClientSessionState(ProtocolVersion.Mqtt5, "c") },
            new() { CleanStart = false, ClientId = "d", SessionState = new ClientSessionState(ProtocolVersion.Mqtt5, "c") },
            new() { CleanStart = false, SessionState = new ClientSessionState(ProtocolVersion.Mqtt311, "c") },
        ];
        Assert.All(wrong, options => Assert.Throws<ArgumentException>(options.Validate));
    }
}
