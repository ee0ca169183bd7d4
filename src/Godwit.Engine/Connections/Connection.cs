using Godwit.Engine.Access;
using Godwit.Engine.Delivery;
using Godwit.Engine.Observation;
using Godwit.Engine.Sessions;
using Godwit.Engine.Timing;
using Godwit.Protocol;

namespace Godwit.Engine.Connections;

/// <summary>
/// One network connection as the engine and its driver share it: the driver reads what it wants done
/// (<see cref="PendingOutput"/>, <see cref="ReadPaused"/>, <see cref="CloseWhenFlushed"/>, <see cref="CloseNow"/>,
/// <see cref="HandoverTarget"/>) whenever the shard calls for attention. Touched by its loop only.
/// </summary>
public sealed class Connection : DeadlineTimer
{
    private OutputBuffer _output;
    private InputCarry _carry;
    private AcknowledgementQueue _acknowledgements;

    internal Connection(Shard owner, ListenerProfile listener, string remoteAddress, object? transport)
    {
        Owner = owner;
        Listener = listener;
        RemoteAddress = remoteAddress;
        Transport = transport;
    }

    /// <summary>The driver's own; the engine never looks at it.</summary>
    public object? Transport { get; set; }

    /// <summary>The access policy's own, for example who the client turned out to be; the engine never looks at it.</summary>
    public object? Identity { get; set; }

    /// <summary>The listener that accepted the connection.</summary>
    public ListenerProfile Listener { get; }

    /// <summary>The peer's address as text.</summary>
    public string RemoteAddress { get; }

    /// <summary>Protocol version of CONNECT; 5.0 until one has come.</summary>
    public ProtocolVersion Version { get; internal set; } = ProtocolVersion.Mqtt5;

    /// <summary>How far the connection has come.</summary>
    public ConnectionPhase Phase { get; internal set; }

    /// <summary>The Client Identifier in use; empty before CONNECT.</summary>
    public ReadOnlySpan<byte> ClientIdentifier => Session is null ? default : Session.ClientIdentifier;

    /// <summary>Bytes to be sent, in one piece. After sending some of them call <see cref="Shard.OutputSent"/>.</summary>
    public ReadOnlySpan<byte> PendingOutput => _output.Span;

    /// <summary>True while the driver should not read: the peer does not take its answers, or what it publishes cannot be passed on.</summary>
    public bool ReadPaused { get; internal set; }

    /// <summary>True when the transport should be closed gently as soon as <see cref="PendingOutput"/> is empty.</summary>
    public bool CloseWhenFlushed { get; internal set; }

    /// <summary>With <see cref="CloseWhenFlushed"/>: the client has sent DISCONNECT and sends nothing after that ([MQTT-3.14.4-1]), so nobody need wait for its own close.</summary>
    public bool ClientHasLeft => CloseWhenFlushed && CloseCause == DisconnectCause.ClientDisconnected;

    /// <summary>True when the transport should be closed at once.</summary>
    public bool CloseNow { get; internal set; }

    /// <summary>Index of the shard to which the connection has to move; −1 for none.</summary>
    public int HandoverTarget { get; internal set; } = -1;

    /// <summary>Index of the shard that owns the connection.</summary>
    internal int OwnerIndex => Owner.Index;

    internal Shard Owner { get; set; }

    internal Session? Session { get; set; }

    internal DisconnectCause CloseCause { get; set; }

    internal ReasonCode CloseReason { get; set; }

    internal bool IsInAttention { get; set; }

    /// <summary>The transport is closed: nothing may be done with the connection any more.</summary>
    internal bool IsGone { get; set; }

    /// <summary>The home loop was chosen for a session that did not exist: it is made where the connection arrives.</summary>
    internal bool HomeChosen { get; set; }

    /// <summary>Reading pauses because what the client publishes cannot be passed on; ends when the mailboxes have room.</summary>
    internal bool IsPausedForMail { get; set; }

    /// <summary>Something of it was not acknowledged for want of room in the store.</summary>
    internal bool HasWithheld { get; set; }

    /// <summary>Place of its CONNECT among all that have come; 0 before.</summary>
    internal long ConnectNumber { get; set; }

    /// <summary>The Client Identifier that the broker chose; kept while CONNECT waits for its answer.</summary>
    internal byte[]? AssignedClientIdentifier { get; set; }

    /// <summary>The packet at the front of <see cref="Carry"/> waits for the access policy.</summary>
    internal bool AwaitsDecision { get; set; }

    /// <summary>The peer has closed while packets of it still waited for the access policy: they are handled all the same.</summary>
    internal bool PeerHasClosed { get; set; }

    /// <summary>What arrives stays in <see cref="Carry"/>: a packet waits for the access policy, or CONNACK for its commit and everything behind it for CONNACK ([MQTT-3.2.0-1]).</summary>
    internal bool HoldsInput => AwaitsDecision || Phase == ConnectionPhase.AwaitingCommit;

    internal AccessQuestion? PacketQuestion { get; set; }

    internal AccessQuestion? LiveQuestion { get; set; }

    internal AccessQuestion? QueuedQuestion { get; set; }

    /// <summary>QoS 0 messages that wait for the access policy's answer; null until the first.</summary>
    internal Queue<HeldDelivery>? Held { get; set; }

    internal int HeldBytes { get; set; }

    // Facts of CONNECT.
    internal long KeepAliveMilliseconds { get; set; }

    internal long ClientMaximumPacketSize { get; set; } = long.MaxValue;

    /// <summary>The client says that it is another broker: it wants RETAIN as published and none of its own messages back.</summary>
    internal bool IsBridge { get; set; }

    internal OutboundTopicAliases? OutboundAliases { get; set; }

    internal InboundTopicAliases? InboundAliases { get; set; }

    /// <summary>QoS 1 and 2 messages received and not finished: bounded by our Receive Maximum.</summary>
    internal int ReceiveQuotaUsed { get; set; }

    /// <summary>QoS 1 and 2 messages sent on this connection and not finished: bounded by the client's Receive Maximum.</summary>
    internal int SendQuotaUsed { get; set; }

    internal int SendQuota { get; set; }

    internal long LastPacketAt { get; set; }

    /// <summary>Since when bytes wait that the peer does not take; <see cref="long.MaxValue"/> when none do.</summary>
    internal long StalledSince { get; set; } = long.MaxValue;

    internal ref OutputBuffer Output => ref _output;

    internal ref InputCarry Carry => ref _carry;

    internal ref AcknowledgementQueue Acknowledgements => ref _acknowledgements;

    internal Connection? Previous { get; set; }

    internal Connection? Next { get; set; }

    internal bool IsOpen => Phase is ConnectionPhase.AwaitingConnect or ConnectionPhase.AwaitingCommit or ConnectionPhase.Connected;

    internal override void OnDeadline(long now) => Owner.HandleConnectionDeadline(this, now);
}
