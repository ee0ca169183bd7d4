using System.Text;
using Godwit.Client.Sessions;
using Godwit.Protocol;

namespace Godwit.Client.Tests.Sessions;

/// <summary>A session in virtual time with a scripted peer: bytes in by <see cref="Feed"/>, bytes out by <see cref="Output"/>, events as text.</summary>
internal sealed class SessionHarness : IClientSessionSink
{
    private readonly List<string> _events = [];

    public SessionHarness(MqttClientOptions? options = null)
    {
        Options = options ?? new MqttClientOptions { ClientId = "c", KeepAlive = 0 };
        State = Options.SessionState ?? new ClientSessionState(Options.ProtocolVersion, Options.ClientId);
        Session = new ClientSession(Options, State, this);
    }

    public MqttClientOptions Options { get; }

    public ClientSessionState State { get; }

    public ClientSession Session { get; }

    public long Now { get; set; } = 1_000_000;

    /// <summary>How many readers each message gets.</summary>
    public int Readers { get; set; } = 1;

    public MqttDisconnection? Disconnection { get; private set; }

    public ConnectResult? Refusal { get; private set; }

    public static SessionHarness Connected(MqttClientOptions? options = null, byte[]? connAck = null)
    {
        var harness = new SessionHarness(options);
        harness.Session.Start(harness.Now);
        harness.Output();
        harness.Feed(connAck ?? (harness.Options.ProtocolVersion == ProtocolVersion.Mqtt5 ? Wire.ConnAck() : Wire.ConnAck311()));
        Assert.True(harness.Session.IsConnected, harness.Disconnection?.Message);
        harness.Events();
        return harness;
    }

    /// <summary>A second connection that goes on with the state of this one.</summary>
    public SessionHarness Resume(bool sessionPresent = true, string connAckProperties = "")
    {
        Session.HandleTransportClosed(null);
        var options = Options with { CleanStart = false, SessionState = State };
        return Connected(
            options,
            options.ProtocolVersion == ProtocolVersion.Mqtt5 ? Wire.ConnAck(sessionPresent, 0, connAckProperties) : Wire.ConnAck311(sessionPresent));
    }

    public void Feed(params byte[][] packets)
    {
        var bytes = Wire.Join(packets);
        Assert.Equal(bytes.Length, Session.Receive(bytes, Now));
    }

    /// <summary>All bytes in the output, as hex.</summary>
    public string Output()
    {
        var result = new StringBuilder();
        while (Session.OutputLength > 0)
        {
            var buffer = Session.TakeOutput(new PacketBuffer());
            result.Append(Convert.ToHexString(buffer.Written.Span));
            Session.HandleWritten(true, Now);
        }

        return result.ToString();
    }

    public void AssertOutput(params byte[][] packets) => Assert.Equal(Convert.ToHexString(Wire.Join(packets)), Output());

    /// <summary>What happened since the last call, comma separated.</summary>
    public string Events()
    {
        var result = string.Join(", ", _events);
        _events.Clear();
        return result;
    }

    public PublishCommand Publish(string topic, string payload = "", int qos = 0, bool retain = false, MqttMessage? message = null)
    {
        var command = Command(topic, payload, qos, retain, message);
        var status = Session.Publish(command, out var reason, out var text);
        Assert.True(status != PublishStatus.Rejected, $"{reason}: {text}");
        Assert.Equal(qos == 0 && command.Queue is null, status == PublishStatus.Done);
        return command;
    }

    public ReasonCode Reject(string topic, string payload = "", int qos = 0, bool retain = false, MqttMessage? message = null)
    {
        var status = Session.Publish(Command(topic, payload, qos, retain, message), out var reason, out var text);
        Assert.Equal(PublishStatus.Rejected, status);
        Assert.NotEmpty(text);
        return reason;
    }

    public RequestCommand Subscribe(params string[] filters)
    {
        var command = new RequestCommand { IsSubscribe = true, Filters = [.. filters.Select(filter => new MqttTopicFilter(filter))] };
        Assert.True(Session.TryRequest(command, out _, out var message), message);
        return command;
    }

    public RequestCommand Unsubscribe(params string[] filters)
    {
        var command = new RequestCommand { IsSubscribe = false, Filters = [.. filters.Select(filter => new MqttTopicFilter(filter))] };
        Assert.True(Session.TryRequest(command, out _, out var message), message);
        return command;
    }

    /// <summary>The next packet is wrong in this way: the session says so in a DISCONNECT, and is closed.</summary>
    public void AssertFails(byte[] packet, ReasonCode reason)
    {
        Feed(packet);
        Assert.True(Session.IsClosed, "the session took it");
        Assert.Equal(MqttDisconnectionCause.ProtocolFault, Disconnection!.Cause);
        Assert.Equal(reason, Disconnection.Reason);
        Assert.EndsWith(Options.ProtocolVersion == ProtocolVersion.Mqtt5 ? $"E001{(byte)reason:X2}" : "", Output(), StringComparison.Ordinal);
    }

    void IClientSessionSink.HandleConnected(ConnectResult result) => _events.Add("connected");

    int IClientSessionSink.HandleMessage(scoped in PublishPacket packet, ReceivedTopic topic, long delivery)
    {
        Assert.Equal(topic.Text, Encoding.UTF8.GetString(topic.Utf8));
        _events.Add($"message {delivery} {topic.Text}={Encoding.UTF8.GetString(packet.Payload)}");
        return Readers;
    }

    void IClientSessionSink.HandlePublished(PublishCommand command, in PublishResult result) => _events.Add($"published {command.Topic} {result}");

    void IClientSessionSink.HandlePublishFailed(PublishCommand command, ReasonCode? reason, string message)
    {
        Assert.NotEmpty(message);
        _events.Add($"failed {command.Topic}");
    }

    void IClientSessionSink.HandleAnswered(RequestCommand command) =>
        _events.Add($"answered {string.Join('+', command.Filters.Select(filter => filter.Filter))} {string.Join('+', command.Reasons.Select(reason => ((byte)reason).ToString("X2", null)))}");

    void IClientSessionSink.HandleRequestFailed(RequestCommand command) => _events.Add($"unanswered {command.Filters[0].Filter}");

    void IClientSessionSink.HandleClosed(MqttDisconnection disconnection, ConnectResult? refusal)
    {
        Assert.Null(Disconnection);
        Disconnection = disconnection;
        Refusal = refusal;
        _events.Add("closed");
    }

    private static PublishCommand Command(string topic, string payload, int qos, bool retain, MqttMessage? message) => new()
    {
        Topic = topic,
        Payload = Encoding.UTF8.GetBytes(payload),
        QoS = (QualityOfService)qos,
        Retain = retain,
        Message = message,
    };
}
