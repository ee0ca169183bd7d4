using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Godwit.Client.Connections;
using Godwit.Client.Sessions;
using Godwit.Client.Streams;
using Godwit.Protocol;

namespace Godwit.Client;

/// <summary>
/// A connection to an MQTT server, 5.0, 3.1.1 or 3.1. Made by <see cref="ConnectAsync(string, MqttClientOptions?, CancellationToken)"/>,
/// ended by <see cref="DisconnectAsync(ReasonCode, uint?, CancellationToken)"/> or by disposing; it does not reconnect. All members may be used by several threads at a time.
/// </summary>
/// <example>
/// <code>
/// await using var client = await MqttClient.ConnectAsync("mqtt://localhost");
/// await client.PublishAsync("greetings", "hello", QualityOfService.AtLeastOnce);
/// var subscription = await client.SubscribeAsync("sensors/#");
/// await foreach (var message in subscription)
///     Console.WriteLine($"{message.Topic}: {message.GetPayloadText()}");
/// </code>
/// </example>
public sealed partial class MqttClient : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Stream _stream;
    private readonly Socket? _socket;
    private readonly MqttClientOptions _options;
    private readonly TimeProvider _time;
    private readonly long _startedAt;
    private readonly ClientSession _session;
    private readonly MessageRouter _router;
    private readonly CompletionBatch _completions;
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<MqttDisconnection> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<MqttDisconnection> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private MqttClient(Stream stream, Socket? socket, MqttClientOptions options)
    {
        _stream = stream;
        _socket = socket;
        _options = options;
        _time = options.TimeProvider;
        _startedAt = _time.GetTimestamp();
        _completions = new CompletionBatch(_gate);
        var owner = new Callbacks(this);
        _callbacks = owner;
        _router = new MessageRouter(owner);
        SessionState = options.SessionState ?? new ClientSessionState(options.ProtocolVersion, ChooseClientId(options));
        if (!options.CleanStart && options.SessionState is null)
        {
            // The server may know identifiers of exchanges that this process has forgotten: do not begin with the likeliest ones.
            SessionState.LastPacketIdentifier = (ushort)Random.Shared.Next(1, ushort.MaxValue);
        }

        _session = new ClientSession(options, SessionState, owner);
        _timer = _time.CreateTimer(static client => ((MqttClient)client!).HandleTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What the server said in its CONNACK.</summary>
    public ConnectResult Connection => _session.Connection;

    /// <summary>The client identifier in force, also if the server assigned it.</summary>
    public string ClientId => _session.Connection.ClientId;

    /// <summary>The connection has not ended.</summary>
    public bool IsConnected => _session.IsConnected;

    /// <summary>
    /// The client's half of the session. To go on with the session after this connection has ended, give it to the next one in
    /// <see cref="MqttClientOptions.SessionState"/>.
    /// </summary>
    public ClientSessionState SessionState { get; }

    /// <summary>
    /// Messages that match no subscription of this client, such as those of a resumed session; kept from the CONNACK on. A later
    /// <see cref="SubscribeAsync(string, QualityOfService, CancellationToken)"/> takes over what fits its filters. Messages of QoS 1
    /// and 2 that nobody takes count against <see cref="MqttClientOptions.ReceiveMaximum"/>, so a client that resumes a session has to
    /// read this stream or to subscribe again. What comes late for a filter that was unsubscribed from is acknowledged at once. Of that and of
    /// QoS 0 the first 1,024 are kept. Ends with the connection: quietly if this client ended it, else
    /// with a <see cref="MqttConnectionClosedException"/>. One reader at a time.
    /// </summary>
    public IAsyncEnumerable<MqttMessage> Messages => new MessageSequence(_router.Unclaimed);

    /// <summary>QoS 0 messages that were discarded since their stream was full, over all streams.</summary>
    public long DiscardedCount
    {
        get
        {
            lock (_gate)
            {
                return _router.DiscardedCount;
            }
        }
    }

    /// <summary>
    /// Completes, never with a failure, once the connection has ended and everything of it is released. After <see cref="DisconnectAsync(ReasonCode, uint?, CancellationToken)"/> its
    /// cause is <see cref="MqttDisconnectionCause.ByClient"/> only if everything that was published has been written.
    /// </summary>
    public Task<MqttDisconnection> Closed => _closed.Task;

    /// <summary>Connects over TCP.</summary>
    /// <param name="server"><c>mqtt://[user[:password]@]host[:port]</c>; the port is 1883 if absent, <c>mqtt://</c> may be left out.</param>
    /// <param name="options">How to connect; the defaults are those of <see cref="MqttClientOptions"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="MqttConnectException">The server was not reached, did not answer in time or refused.</exception>
    /// <exception cref="ArgumentException">The address or the options are not valid.</exception>
    /// <exception cref="InvalidOperationException"><see cref="MqttClientOptions.SessionState"/> is in use by another connection.</exception>
    public static async Task<MqttClient> ConnectAsync(string server, MqttClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        var endpoint = MqttEndpoint.Parse(server);
        options ??= new MqttClientOptions();
        options = options with { Credentials = options.Credentials ?? endpoint.Credentials };
        options.Validate();
        var startedAt = options.TimeProvider.GetTimestamp();
        var socket = await OpenSocketAsync(endpoint, options, cancellationToken).ConfigureAwait(false);
        var rest = options.ConnectTimeout - options.TimeProvider.GetElapsedTime(startedAt);
        return await ConnectAsync(
            new NetworkStream(socket, ownsSocket: true),
            socket,
            options with { ConnectTimeout = rest > TimeSpan.FromMilliseconds(1) ? rest : TimeSpan.FromMilliseconds(1) },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Connects over a transport that is open already: TLS, a WebSocket's stream, a pipe, memory.</summary>
    /// <param name="stream">Readable and writable at the same time; the client's from now on, which disposes it.</param>
    /// <param name="options">How to connect; the defaults are those of <see cref="MqttClientOptions"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="MqttConnectException">The server did not answer in time or refused.</exception>
    /// <exception cref="ArgumentException">The options are not valid.</exception>
    /// <exception cref="InvalidOperationException"><see cref="MqttClientOptions.SessionState"/> is in use by another connection.</exception>
    public static Task<MqttClient> ConnectAsync(Stream stream, MqttClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        options ??= new MqttClientOptions();
        options.Validate();
        return ConnectAsync(stream, null, options, cancellationToken);
    }

    /// <summary>
    /// Ends the connection with DISCONNECT, behind everything that was published. Await publications before: what is not settled
    /// fails with <see cref="MqttConnectionClosedException"/>. Does nothing but wait if the connection has ended already.
    /// </summary>
    /// <param name="reason">
    /// <see cref="ReasonCode.Success"/>, <see cref="ReasonCode.DisconnectWithWillMessage"/> to have the will published, or a failure that
    /// a client may send (section 3.14.2.1). Before 5.0 only Success.
    /// </param>
    /// <param name="sessionExpiryInterval">Seconds that replace <see cref="MqttClientOptions.SessionExpiryInterval"/>, if that was not 0; null leaves it. 5.0 only.</param>
    /// <param name="cancellationToken">Waits no longer; the connection ends all the same.</param>
    /// <exception cref="ArgumentException">A reason or an expiry that the standard does not allow here.</exception>
    public Task DisconnectAsync(
        ReasonCode reason = ReasonCode.Success,
        uint? sessionExpiryInterval = null,
        CancellationToken cancellationToken = default) =>
        DisconnectAsync(new MqttDisconnectOptions { Reason = reason, SessionExpiryInterval = sessionExpiryInterval }, cancellationToken);

    /// <summary>Otherwise as <see cref="DisconnectAsync(ReasonCode, uint?, CancellationToken)"/>.</summary>
    /// <param name="options">What the DISCONNECT says.</param>
    /// <param name="cancellationToken">Waits no longer; the connection ends all the same.</param>
    /// <exception cref="ArgumentException">Something that the standard does not allow here.</exception>
    public async Task DisconnectAsync(MqttDisconnectOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var (reason, sessionExpiryInterval) = (options.Reason, options.SessionExpiryInterval);
        var isVersion5 = _options.ProtocolVersion == ProtocolVersion.Mqtt5;
        if (reason != ReasonCode.Success && (!isVersion5 || !MayClientSend(reason)))
        {
            throw new ArgumentException(
                isVersion5 ? $"A client may not disconnect with {reason.Describe()} (0x{(byte)reason:X2})." : "Before protocol version 5.0 DISCONNECT has no reason.",
                nameof(options));
        }

        if (sessionExpiryInterval is not null && !isVersion5)
        {
            throw new ArgumentException("Before protocol version 5.0 DISCONNECT has no session expiry.", nameof(options));
        }

        if (sessionExpiryInterval is > 0 && _options.SessionExpiryInterval == 0) // section 3.14.2.2.2
        {
            throw new ArgumentException("A session that was to end with the connection cannot be kept by DISCONNECT.", nameof(options));
        }

        if (!isVersion5 && (options.ReasonString is not null || options.UserProperties.Count > 0))
        {
            throw new ArgumentException("Before protocol version 5.0 DISCONNECT has no properties.", nameof(options));
        }

        if (Sessions.MessageProperties.FindFault(options.ReasonString, options.UserProperties) is { } fault)
        {
            throw new ArgumentException($"{fault}.", nameof(options));
        }

        List<ICompletion>? completions;
        lock (_gate)
        {
            _session.Disconnect(options);
            completions = EndTurn();
        }

        _completions.Run(completions);
        await _closed.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Disconnects normally, if that has not happened, and waits until everything is released.</summary>
    public async ValueTask DisposeAsync() => await DisconnectAsync().ConfigureAwait(false);

    private static string ChooseClientId(MqttClientOptions options) =>
        options.ClientId.Length == 0 && options.ProtocolVersion == ProtocolVersion.Mqtt31
            ? string.Create(null, $"godwit-{Random.Shared.NextInt64():x16}") // 3.1 knows no empty identifier; its limit is 23 characters
            : options.ClientId;

    // The rows of section 3.14.2.1 that are sent by a client.
    private static bool MayClientSend(ReasonCode reason) => reason is ReasonCode.DisconnectWithWillMessage or ReasonCode.UnspecifiedError
        or ReasonCode.MalformedPacket or ReasonCode.ProtocolError or ReasonCode.ImplementationSpecificError or ReasonCode.TopicNameInvalid
        or ReasonCode.ReceiveMaximumExceeded or ReasonCode.TopicAliasInvalid or ReasonCode.PacketTooLarge or ReasonCode.MessageRateTooHigh
        or ReasonCode.QuotaExceeded or ReasonCode.AdministrativeAction or ReasonCode.PayloadFormatInvalid;

    private static async Task<Socket> OpenSocketAsync(MqttEndpoint endpoint, MqttClientOptions options, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(options.ConnectTimeout);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(new DnsEndPoint(endpoint.Host, endpoint.Port), timeout.Token).ConfigureAwait(false);
            return socket;
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw new MqttConnectException(
                exception is SocketException
                    ? $"{endpoint.Host}:{endpoint.Port} cannot be reached: {exception.Message}"
                    : $"{endpoint.Host}:{endpoint.Port} did not answer within {options.ConnectTimeout.TotalSeconds:0.###} seconds.",
                exception);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<MqttClient> ConnectAsync(Stream stream, Socket? socket, MqttClientOptions options, CancellationToken cancellationToken)
    {
        MqttClient client;
        try
        {
            client = new MqttClient(stream, socket, options);
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false); // a session state that is in use
            throw;
        }

        return await client.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<MqttClient> StartAsync(CancellationToken cancellationToken)
    {
        List<ICompletion>? completions;
        lock (_gate)
        {
            _session.Start(Now);
            completions = EndTurn();
        }

        _completions.Run(completions);
        _ = RunAsync();
        try
        {
            await _connected.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            return this;
        }
        catch
        {
            lock (_gate)
            {
                _session.HandleTransportClosed(null); // given up: no DISCONNECT for a server that did not accept
                completions = EndTurn();
            }

            _completions.Run(completions);
            await _closed.Task.ConfigureAwait(false);
            throw;
        }
    }

    private MqttConnectionClosedException CreateClosedException()
    {
        Debug.Assert(_disconnection is not null, "The session has ended.");
        return new MqttConnectionClosedException(_disconnection);
    }

    private sealed class MessageSequence(MessageStream stream) : IAsyncEnumerable<MqttMessage>
    {
        public IAsyncEnumerator<MqttMessage> GetAsyncEnumerator(CancellationToken cancellationToken = default) => stream.GetAsyncEnumerator(cancellationToken);
    }
}
