using System.Text;
using Godwit.Client;
using Godwit.Client.Sessions;
using Godwit.Protocol;

namespace Godwit.Fuzz.Client;

/// <summary>The client's side of connections to a server that sends anything, and what the client's caller must be able to rely on.</summary>
internal sealed class FuzzedClient : IClientSessionSink
{
    private const int PacketSizeMax = 1024;

    private readonly MqttClientOptions _options;
    private readonly ClientSessionState _state;
    private readonly List<byte> _arrived = [];
    private readonly HashSet<PublishCommand> _publications = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<RequestCommand> _requests = new(ReferenceEqualityComparer.Instance);
    private readonly Queue<(ClientSession Session, long Delivery)> _untaken = new();
    private readonly int _readers;
    private ClientSession _session;
    private PacketJudge _received;
    private PacketJudge _sent;
    private bool _isClosed;
    private long _now = 1_000_000;

    /// <param name="version">The version that the client speaks.</param>
    /// <param name="options">Bits: 0 and 1 readers per message, 2 clean start, 3 enforce Receive Maximum, 4 keep alive.</param>
    public FuzzedClient(ProtocolVersion version, byte options)
    {
        _readers = options & 3;
        _options = new MqttClientOptions
        {
            ProtocolVersion = version,
            ClientId = "c",
            CleanStart = (options & 4) == 0,
            EnforceReceiveMaximum = (options & 8) != 0,
            KeepAlive = (ushort)((options & 16) != 0 ? 10 : 0),
            SessionExpiryInterval = version == ProtocolVersion.Mqtt5 ? 100u : 0,
            MaximumPacketSize = PacketSizeMax,
            ReceiveMaximum = 4,
            SendMaximum = 4,
            SendMaximumExactlyOnce = 2,
            TopicAliasMaximum = version == ProtocolVersion.Mqtt5 ? (ushort)4 : (ushort)0,
            OutgoingTopicAliasMaximum = version == ProtocolVersion.Mqtt5 ? (ushort)2 : (ushort)0,
        };
        _state = new ClientSessionState(version, _options.ClientId);
        Start(_options);
    }

    /// <summary>Messages handed to the caller; for the tests.</summary>
    public int Messages { get; private set; }

    public bool IsConnected => _session.IsConnected;

    public void Receive(ReadOnlySpan<byte> bytes)
    {
        if (_isClosed)
        {
            return;
        }

        _received.Read(bytes);
        _arrived.AddRange(bytes);
        byte[] all = [.. _arrived];
        int consumed = _session.Receive(all, _now);
        Oracle.That(consumed >= 0 && consumed <= all.Length, "more bytes are done with than there were");
        _arrived.RemoveRange(0, consumed);
        Oracle.That(_arrived.Count < PacketSizeMax, "a packet over the maximum is waited for");
        if (_received.Fault is { } fault)
        {
            Oracle.That(_isClosed, $"the connection stays open after {fault.Detail}");
        }

        Check();
    }

    public void Publish(string topic, QualityOfService qos, bool retain, int length)
    {
        var command = new PublishCommand { Topic = topic, QoS = qos, Retain = retain, Payload = new byte[length] };
        if (!IsConnected)
        {
            return;
        }

        _publications.Add(command);
        var status = _session.Publish(command, out _, out string message);
        Oracle.That(status != PublishStatus.Rejected || message.Length > 0, "a publication is rejected without a word");
        if (status != PublishStatus.Pending)
        {
            Oracle.That(_publications.Remove(command), "a publication is done that was reported already");
        }

        Check();
    }

    public void Request(bool isSubscribe, params string[] filters)
    {
        if (!IsConnected)
        {
            return;
        }

        var command = new RequestCommand { IsSubscribe = isSubscribe, Filters = [.. filters.Select(filter => new MqttTopicFilter(filter))] };
        if (_session.TryRequest(command, out _, out string message))
        {
            _requests.Add(command);
        }
        else
        {
            Oracle.That(message.Length > 0, "a request is rejected without a word");
        }

        Check();
    }

    public void TakeOldest()
    {
        if (_untaken.TryDequeue(out var entry))
        {
            entry.Session.TryTake(entry.Delivery);
        }

        Check();
    }

    public void Advance(long milliseconds)
    {
        long target = _now + milliseconds;
        for (int rounds = 0; _session.NextDeadline <= target; rounds++)
        {
            Oracle.That(rounds < 1000, "deadlines without end");
            _now = Math.Max(_now, _session.NextDeadline);
            _session.HandleTimeout(_now);
            TakeOutput();
        }

        _now = target;
    }

    public void TakeOutput()
    {
        while (_session.OutputLength > 0)
        {
            var buffer = _session.TakeOutput(new PacketBuffer());
            _sent.Read(buffer.Written.Span);
            Oracle.That(_sent.Fault is null, $"the client sends a packet that no server may take: {_sent.Fault?.Detail}");
            Oracle.That(_sent.WaitingCount == 0, "the client sends half a packet");
            _session.HandleWritten(true, _now);
        }

        Oracle.That(_sent.Types.Count == 0 || _sent.Types.IndexOf(PacketType.Connect) == 0 && _sent.Types.LastIndexOf(PacketType.Connect) == 0, "CONNECT is not the first packet alone");
        int disconnect = _sent.Types.IndexOf(PacketType.Disconnect);
        Oracle.That(disconnect < 0 || disconnect == _sent.Types.Count - 1, "the client goes on after its DISCONNECT");
    }

    public void Disconnect()
    {
        _session.Disconnect(new MqttDisconnectOptions());
        Check();
        TakeOutput();
    }

    /// <summary>The connection is cut; another one goes on with the session.</summary>
    public void Resume()
    {
        TakeOutput();
        _session.HandleTransportClosed(null);
        Check();
        Start(_options with { CleanStart = false, SessionState = _state });
    }

    /// <summary>Everything that was asked for has had an answer when the connection is over.</summary>
    public void Finish()
    {
        TakeOutput();
        _session.HandleTransportClosed(null);
        Check();
        Oracle.That(_isClosed, "the session is open without a connection");
        while (_untaken.Count > 0)
        {
            TakeOldest();
        }
    }

    void IClientSessionSink.HandleConnected(ConnectResult result) => Oracle.That(result.Reason == ReasonCode.Success, "connected without success");

    int IClientSessionSink.HandleMessage(scoped in PublishPacket packet, ReceivedTopic topic, long delivery)
    {
        Messages++;
        Oracle.That(!_isClosed, "a message after the end");
        Oracle.That(topic.Text == Encoding.UTF8.GetString(topic.Utf8), "a topic of two minds");
        Oracle.That(TopicName.IsValid(topic.Utf8), "a message without a topic");
        Oracle.That(packet.QoS == QualityOfService.AtMostOnce == (delivery == 0), "a delivery without a number");
        for (int i = 0; i < _readers && delivery != 0; i++)
        {
            _untaken.Enqueue((_session, delivery));
        }

        return _readers;
    }

    void IClientSessionSink.HandlePublished(PublishCommand command, in PublishResult result) =>
        Oracle.That(_publications.Remove(command), "a publication is reported twice");

    void IClientSessionSink.HandlePublishFailed(PublishCommand command, ReasonCode? reason, string message) =>
        Oracle.That(_publications.Remove(command) && message.Length > 0, "a failed publication is reported twice");

    void IClientSessionSink.HandleAnswered(RequestCommand command)
    {
        Oracle.That(_requests.Remove(command), "a request is answered twice");
        Oracle.That(command.Reasons.Length == command.Filters.Count, "an answer for another number of filters");
    }

    void IClientSessionSink.HandleRequestFailed(RequestCommand command) => Oracle.That(_requests.Remove(command), "a failed request is reported twice");

    void IClientSessionSink.HandleClosed(MqttDisconnection disconnection, ConnectResult? refusal)
    {
        Oracle.That(!_isClosed, "the end is reported twice");
        Oracle.That(disconnection.Message.Length > 0, "the end has no message");
        _isClosed = true;
    }

    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(_session), nameof(_received), nameof(_sent))]
    private void Start(MqttClientOptions options)
    {
        _isClosed = false;
        _arrived.Clear();
        _received = new PacketJudge(PacketSender.Server, PacketSizeMax) { Version = options.ProtocolVersion };
        _sent = new PacketJudge(PacketSender.Client, Frame.PacketSizeMax) { Version = options.ProtocolVersion };
        _session = new ClientSession(options, _state, this);
        _session.Start(_now);
        TakeOutput();
    }

    private void Check()
    {
        Oracle.That(_session.IsClosed == _isClosed, "the end is not reported");
        Oracle.That(!_isClosed || (_publications.Count == 0 && _requests.Count == 0), "somebody waits for ever");
        Oracle.That(_session.OutputLength <= ClientSession.OutputLengthMax + 4096, $"{_session.OutputLength} bytes wait in the output");
    }
}
