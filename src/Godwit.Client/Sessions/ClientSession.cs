using System.Text;
using Godwit.Protocol;

namespace Godwit.Client.Sessions;

/// <summary>
/// The client's side of one connection as a state machine: bytes, commands and the time come in; bytes (<see cref="TakeOutput"/>),
/// reports to the sink and one deadline go out. It knows no socket, task, lock or clock; the caller serialises all calls. What
/// outlives the connection lies in <see cref="ClientSessionState"/>. Times are milliseconds of any clock that does not go back.
/// </summary>
internal sealed partial class ClientSession
{
    /// <summary>No deadline.</summary>
    public const long Never = long.MaxValue;

    // A PINGREQ at three quarters of the keep alive leaves room for timers that are late ([MQTT-3.1.2-20]).
    private const int PingShareNumerator = 3;
    private const int PingShareDenominator = 4;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly MqttClientOptions _options;
    private readonly ClientSessionState _state;
    private readonly IClientSessionSink _sink;
    private readonly ProtocolVersion _version;
    private PacketBuffer _output = new();
    private Phase _phase;
    private long _connectDeadline = Never;
    private long _keepAliveMilliseconds;
    private long _lastWritten;
    private long _lastReceived;
    private long _pingSentAt;
    private bool _isPingUnanswered;
    private PingPlace _pingPlace;
    private bool _isReadingPaused;

    /// <param name="options">Validated options.</param>
    /// <param name="state">The client's half of the session, new or of an earlier connection.</param>
    /// <param name="sink">Who hears of what happens.</param>
    public ClientSession(MqttClientOptions options, ClientSessionState state, IClientSessionSink sink)
    {
        _options = options;
        _state = state;
        _sink = sink;
        _version = options.ProtocolVersion;
        Connection = new ConnectResult();
        state.Attach(this);
    }

    private enum Phase
    {
        New,
        Connecting,
        Connected,
        Closed,
    }

    private enum PingPlace
    {
        InOutput,
        Taken,
        Sent,
    }

    /// <summary>The CONNACK; meaningful while and after the session was connected.</summary>
    public ConnectResult Connection { get; private set; }

    public bool IsConnected => _phase == Phase.Connected;

    public bool IsClosed => _phase == Phase.Closed;

    /// <summary>Bytes that wait in the output.</summary>
    public int OutputLength => _output.Length;

    /// <summary>Bytes of the packet that is only partly there, once its header is known; else 0.</summary>
    public int ExpectedLength { get; private set; }

    /// <summary>Some command waits for the server: for an answer, or for it to read on.</summary>
    public bool IsAnswerAwaited => _inFlight > 0 || _requests.Count > 0 || !_waitingForRoom.IsEmpty;

    /// <summary>When <see cref="HandleTimeout"/> wants to be called, at the latest.</summary>
    public long NextDeadline
    {
        get
        {
            switch (_phase)
            {
                case Phase.Connecting:
                    return _connectDeadline;
                case Phase.Connected when _keepAliveMilliseconds != 0:
                    return _isPingUnanswered && !_isReadingPaused
                        ? PingDeadline
                        : Math.Min(Math.Max(_lastWritten, _pingSentAt), _isReadingPaused ? Never : _lastReceived) + PingInterval;
                default:
                    return Never;
            }
        }
    }

    private long PingInterval => _keepAliveMilliseconds * PingShareNumerator / PingShareDenominator;

    // While the PINGREQ waits behind other bytes, their progress counts; whatever arrives shows that the server lives.
    private long PingDeadline =>
        Math.Max(_lastReceived, _pingPlace == PingPlace.Sent ? _pingSentAt : Math.Max(_pingSentAt, _lastWritten)) + _keepAliveMilliseconds;

    /// <summary>Puts the CONNECT into the output.</summary>
    public void Start(long now)
    {
        _phase = Phase.Connecting;
        _lastWritten = now;
        _lastReceived = now;
        _connectDeadline = now + (long)_options.ConnectTimeout.TotalMilliseconds;
        WriteConnect();
    }

    /// <summary>Hands over what is to be written, and takes an empty buffer for what comes next.</summary>
    public PacketBuffer TakeOutput(PacketBuffer empty)
    {
        var full = _output;
        _output = empty;
        if (_pingPlace == PingPlace.InOutput)
        {
            _pingPlace = PingPlace.Taken;
        }

        SendWaiting();
        return full;
    }

    /// <summary>Bytes went out.</summary>
    /// <param name="isAll">They were the last ones of what <see cref="TakeOutput"/> gave.</param>
    /// <param name="now">The time.</param>
    public void HandleWritten(bool isAll, long now)
    {
        _lastWritten = now;
        if (isAll && _pingPlace == PingPlace.Taken)
        {
            _pingPlace = PingPlace.Sent;
            _pingSentAt = now;
        }
    }

    /// <summary>Nothing is read for now, since the readers are slow: that the server is not heard is no sign of its death.</summary>
    public void PauseReading() => _isReadingPaused = true;

    /// <summary>Reading goes on.</summary>
    public void ResumeReading(long now)
    {
        _isReadingPaused = false;
        _lastReceived = now;
    }

    /// <summary>Does what the time asks for.</summary>
    public void HandleTimeout(long now)
    {
        if (now < NextDeadline)
        {
            return;
        }

        if (_phase == Phase.Connecting)
        {
            Close(new MqttDisconnection(
                MqttDisconnectionCause.Timeout,
                null,
                "The server did not answer CONNECT in time."));
        }
        else if (_isPingUnanswered && !_isReadingPaused)
        {
            Close(new MqttDisconnection(
                MqttDisconnectionCause.Timeout,
                null,
                $"The server did not answer PINGREQ within the keep alive of {_keepAliveMilliseconds / 1000} seconds."));
        }
        else
        {
            _output.Advance(PingReqPacket.Encode(_output.GetSpan(PingReqPacket.EncodedLength))); // [MQTT-3.1.2-20]
            _isPingUnanswered = true;
            _pingPlace = PingPlace.InOutput;
            _pingSentAt = now;
        }
    }

    /// <summary>Ends the connection in good order: DISCONNECT is the last packet in the output ([MQTT-3.14.4-1]).</summary>
    /// <param name="options">What it says; checked.</param>
    public void Disconnect(MqttDisconnectOptions options)
    {
        if (_phase == Phase.Closed)
        {
            return;
        }

        WriteDisconnect(options);
        Close(new MqttDisconnection(MqttDisconnectionCause.ByClient, options.Reason, "The client has disconnected."));
    }

    /// <summary>The transport has ended or failed.</summary>
    /// <param name="exception">What failed, or null when the server closed it.</param>
    public void HandleTransportClosed(Exception? exception)
    {
        var message = exception is null
            ? _phase == Phase.Connecting ? "The server closed the connection instead of answering CONNECT." : "The server closed the connection."
            : $"The connection broke: {exception.Message}";
        Close(new MqttDisconnection(MqttDisconnectionCause.ConnectionLost, null, message) { Exception = exception });
    }

    private void Fail(in ProtocolFault fault)
    {
        // A server before 5.0 knows DISCONNECT as "all is well, drop the will": closing without it is the only answer.
        if (_version == ProtocolVersion.Mqtt5)
        {
            WriteDisconnect(new MqttDisconnectOptions { Reason = fault.Reason }); // [MQTT-4.13.2-1]
        }

        Close(new MqttDisconnection(
            MqttDisconnectionCause.ProtocolFault,
            fault.Reason,
            $"The server broke the protocol: {fault.Detail} ({fault.Reason.Describe()}, {fault.Statement})."));
    }

    private void FailProtocol(string statement, string detail) => Fail(new ProtocolFault(ReasonCode.ProtocolError, statement, detail));

    private void Close(MqttDisconnection disconnection, ConnectResult? refusal = null)
    {
        if (_phase == Phase.Closed)
        {
            return;
        }

        _phase = Phase.Closed;
        _sink.HandleClosed(disconnection, refusal);
        AbandonPublications(disconnection);
        foreach (var request in _requests.Values)
        {
            _sink.HandleRequestFailed(request);
        }

        _requests.Clear();
    }

    private void WriteDisconnect(MqttDisconnectOptions options)
    {
        var packet = new DisconnectPacket { Reason = options.Reason };
        if (_version == ProtocolVersion.Mqtt5)
        {
            packet.SessionExpiryInterval = options.SessionExpiryInterval;
            if (options.ReasonString is { } reasonString)
            {
                packet.ReasonString = StrictUtf8.GetBytes(reasonString);
            }

            packet.UserProperties = new UserProperties(UserPropertyList.Encode(options.UserProperties));
            if (packet.GetEncodedLength(_version) > GetPacketSizeMax()) // [MQTT-3.14.2-3] [MQTT-3.14.2-4]
            {
                packet = new DisconnectPacket { Reason = options.Reason, SessionExpiryInterval = options.SessionExpiryInterval };
            }
        }

        _output.Advance(packet.Encode(_output.GetSpan(packet.GetEncodedLength(_version)), _version));
    }

    private void WriteConnect()
    {
        var isVersion5 = _version == ProtocolVersion.Mqtt5;
        var packet = new ConnectPacket
        {
            Version = _version,
            CleanStart = _options.CleanStart,
            KeepAlive = _options.KeepAlive,
            ClientIdentifier = StrictUtf8.GetBytes(_state.ClientId),
            RequestProblemInformation = true,
        };
        if (_options.Credentials is { } credentials)
        {
            if (credentials.UserName is not null)
            {
                packet.UserName = StrictUtf8.GetBytes(credentials.UserName);
            }

            if (credentials.Password is { } password)
            {
                packet.Password = password.Span;
            }
        }

        if (isVersion5)
        {
            packet.SessionExpiryInterval = _options.SessionExpiryInterval == 0 ? null : _options.SessionExpiryInterval;
            packet.ReceiveMaximum = _options.ReceiveMaximum;
            packet.MaximumPacketSize = (uint)_options.MaximumPacketSize;
            packet.TopicAliasMaximum = _options.TopicAliasMaximum;
            packet.RequestProblemInformation = _options.RequestProblemInformation;
            packet.RequestResponseInformation = _options.RequestResponseInformation;
            packet.UserProperties = new UserProperties(UserPropertyList.Encode(_options.UserProperties));
        }

        if (_options.Will is { } will)
        {
            packet.HasWill = true;
            packet.WillQoS = will.Message.QoS;
            packet.WillRetain = will.Message.Retain;
            packet.WillTopic = StrictUtf8.GetBytes(will.Message.Topic);
            packet.WillPayload = will.Message.Payload.Span;
            if (isVersion5)
            {
                packet.WillProperties = PublishProperties.ForEncoding(MessageProperties.Encode(will.Message, will.DelayInterval));
            }
        }

        var length = packet.GetEncodedLength();
        _output.Advance(packet.Encode(_output.GetSpan(length)));
    }
}
