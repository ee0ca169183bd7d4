using Godwit.Client.Sessions;
using Godwit.Protocol;

namespace Godwit.Client;

/// <summary>How to connect. Immutable: change a copy with <c>with</c>.</summary>
public sealed record MqttClientOptions
{
    /// <summary><see cref="SessionExpiryInterval"/> of a session that never expires.</summary>
    public const uint SessionNeverExpires = uint.MaxValue;

    /// <summary>
    /// The client identifier. Empty (the default): the server chooses one, in 3.1 this client does; then
    /// <see cref="CleanStart"/> has to be true before 5.0.
    /// </summary>
    public string ClientId { get; init; } = "";

    /// <summary>The version to speak; default 5.0.</summary>
    public ProtocolVersion ProtocolVersion { get; init; } = ProtocolVersion.Mqtt5;

    /// <summary>
    /// True (the default) begins a new session. False resumes the session that the server keeps for the client identifier,
    /// if any. Give <see cref="SessionState"/> too where it is known: without it the client takes its own half of the session
    /// for empty, as after a restart.
    /// </summary>
    public bool CleanStart { get; init; } = true;

    /// <summary>Seconds that the server keeps the session after the connection; 0 (the default): not at all. 5.0 only: before, a session without clean start is kept.</summary>
    public uint SessionExpiryInterval { get; init; }

    /// <summary>Seconds; 0 turns it off; default 60. The client sends PINGREQ in time and closes a connection whose server does not answer.</summary>
    public ushort KeepAlive { get; init; } = 60;

    /// <summary>User name and password, or null.</summary>
    public MqttCredentials? Credentials { get; init; }

    /// <summary>What the server publishes when the connection ends without a normal DISCONNECT, or null.</summary>
    public MqttWill? Will { get; init; }

    /// <summary>
    /// Unacknowledged QoS 1 and 2 messages that the server may have sent at a time, 1 to 65,535; default 1,024. A message is
    /// acknowledged when its reader takes it, so this bounds what the streams hold. Told to 5.0 servers; older ones have limits of their own.
    /// </summary>
    public ushort ReceiveMaximum { get; init; } = 1024;

    /// <summary>
    /// Close the connection with 0x93 when a 5.0 server exceeds <see cref="ReceiveMaximum"/>. The default, false, takes the messages all the
    /// same: brokers in wide use (mosquitto 2.0.11) exceed it while a backlog is delivered, and closing would only make them send it again.
    /// </summary>
    public bool EnforceReceiveMaximum { get; init; }

    /// <summary>Unacknowledged QoS 1 and 2 publications on their way at a time, 1 to 65,535; default 1,024. The server's Receive Maximum may lower it.</summary>
    public ushort SendMaximum { get; init; } = 1024;

    /// <summary>
    /// How many of these may be of QoS 2 before 5.0, where the server cannot tell its Receive Maximum; 1 to 65,535; default 20. It is the limit
    /// of mosquitto as it is installed, which (2.0.11) acknowledges what exceeds it and does not deliver it.
    /// </summary>
    public ushort SendMaximumExactlyOnce { get; init; } = 20;

    /// <summary>
    /// Largest packet taken from the server, in bytes with its fixed header, 16 to 268,435,460; default 16 MiB. A 5.0 server
    /// leaves out larger messages, an older one that sends one loses the connection.
    /// </summary>
    public int MaximumPacketSize { get; init; } = 16 * 1024 * 1024;

    /// <summary>Topic Aliases that the server may use, each costing memory for one topic; default 16. 5.0 only.</summary>
    public ushort TopicAliasMaximum { get; init; } = 16;

    /// <summary>Topic Aliases that this client gives to the first topics it publishes to, as far as the server allows; default 0: none. 5.0 only.</summary>
    public ushort OutgoingTopicAliasMaximum { get; init; }

    /// <summary>The server may send reason strings and user properties with its answers; default true. 5.0 only.</summary>
    public bool RequestProblemInformation { get; init; } = true;

    /// <summary>Ask for <see cref="ConnectResult.ResponseInformation"/>. 5.0 only.</summary>
    public bool RequestResponseInformation { get; init; }

    /// <summary>User Properties of the CONNECT. 5.0 only.</summary>
    public IReadOnlyList<MqttUserProperty> UserProperties { get; init; } = [];

    /// <summary>How long making the connection may take, from name resolution to CONNACK; default 10 seconds.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// <see cref="MqttClient.SessionState"/> of an earlier client whose session is to go on, or null. Needs
    /// <see cref="CleanStart"/> false and the same protocol version; <see cref="ClientId"/> may be left empty.
    /// </summary>
    public ClientSessionState? SessionState { get; init; }

    /// <summary>The clock; replaced by tests.</summary>
    internal TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal void Validate()
    {
        if (ProtocolVersion is < ProtocolVersion.Mqtt31 or > ProtocolVersion.Mqtt5)
        {
            throw new ArgumentException($"{nameof(ProtocolVersion)} {(int)ProtocolVersion} is none of 3 (3.1), 4 (3.1.1) and 5 (5.0).");
        }

        RequireText(ClientId, nameof(ClientId)); // [MQTT-3.1.3-4]
        RequireText(Credentials?.UserName ?? "", "The user name"); // [MQTT-3.1.3-11]
        Require(MessageProperties.FindFault(UserProperties) is null, $"{MessageProperties.FindFault(UserProperties)}.");
        Require(Credentials?.Password is not { Length: > ushort.MaxValue }, "The password has more than 65,535 bytes.");
        Require(ReceiveMaximum > 0, $"{nameof(ReceiveMaximum)} 0 is not allowed: 1 to 65,535.");
        Require(SendMaximum > 0, $"{nameof(SendMaximum)} 0 is not allowed: 1 to 65,535.");
        Require(SendMaximumExactlyOnce > 0, $"{nameof(SendMaximumExactlyOnce)} 0 is not allowed: 1 to 65,535.");
        Require(MaximumPacketSize is >= 16 and <= Frame.PacketSizeMax, $"{nameof(MaximumPacketSize)} {MaximumPacketSize} is not within 16 to {Frame.PacketSizeMax}.");
        Require(ConnectTimeout > TimeSpan.Zero && ConnectTimeout.TotalMilliseconds <= int.MaxValue, $"{nameof(ConnectTimeout)} {ConnectTimeout} is not above zero and at most 24 days.");
        if (ProtocolVersion != ProtocolVersion.Mqtt5)
        {
            Require(SessionExpiryInterval == 0, $"{nameof(SessionExpiryInterval)} needs protocol version 5.0; before, the session is kept when {nameof(CleanStart)} is false.");
            Require(UserProperties.Count == 0, "User Properties need protocol version 5.0.");
            Require(Credentials is not { UserName: null, Password: not null }, "A password without a user name needs protocol version 5.0."); // 3.1.1 [MQTT-3.1.2-22]
            Require(
                CleanStart || ClientId.Length > 0 || SessionState is { ClientId.Length: > 0 },
                $"Without {nameof(CleanStart)} a {nameof(ClientId)} is needed before protocol version 5.0."); // 3.1.1 [MQTT-3.1.3-7]
        }

        if (SessionState is { } state)
        {
            Require(!CleanStart, $"{nameof(SessionState)} is of use only with {nameof(CleanStart)} false.");
            Require(state.Version == ProtocolVersion, $"{nameof(SessionState)} belongs to a session of another protocol version.");
            Require(ClientId.Length == 0 || ClientId == state.ClientId, $"{nameof(SessionState)} belongs to the client identifier '{state.ClientId}', not '{ClientId}'.");
        }

        if (Will is { } will)
        {
            RequireText(will.Message.Topic, "The topic of the will"); // [MQTT-3.1.3-10]
            Require(will.Message.Topic.Length > 0 && will.Message.Topic.AsSpan().IndexOfAny('+', '#') < 0, "The topic of the will is empty or has wildcards.");
            Require(will.Message.QoS <= QualityOfService.ExactlyOnce, "The QoS of the will is none of 0, 1 and 2."); // [MQTT-3.1.2-12]
            Require(MessageProperties.FindFault(will.Message) is null, $"The will: {MessageProperties.FindFault(will.Message)}.");
            Require(will.Message.TopicAlias == 0, "A will has no topic alias.");
            Require(will.Message.Payload.Length <= ushort.MaxValue, "The payload of the will has more than 65,535 bytes.");
            Require(
                ProtocolVersion == ProtocolVersion.Mqtt5 || (will.DelayInterval == 0 && !will.Message.HasProperties),
                "Delay and properties of the will need protocol version 5.0.");
        }
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
        {
            throw new ArgumentException(message);
        }
    }

    private static void RequireText(string text, string what)
    {
        ArgumentNullException.ThrowIfNull(text, what);
        Require(Utf8Rules.CanEncode(text), $"{what} has more than 65,535 bytes, U+0000 or a lone surrogate.");
    }
}
