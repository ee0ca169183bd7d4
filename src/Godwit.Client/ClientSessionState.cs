using Godwit.Client.Sessions;
using Godwit.Protocol;

namespace Godwit.Client;

/// <summary>
/// The client's half of a session (section 4.1): publications at QoS 1 and 2 that are not settled, and the identifiers of
/// received QoS 2 messages that await their PUBREL. It outlives a connection: get it from <see cref="MqttClient.SessionState"/>
/// and give it to the next one in <see cref="MqttClientOptions.SessionState"/>. Used by one connection at a time.
/// </summary>
public sealed class ClientSessionState
{
    private readonly Lock _lock = new();
    private ClientSession? _owner;

    internal ClientSessionState(ProtocolVersion version, string clientId)
    {
        Version = version;
        ClientId = clientId;
    }

    /// <summary>The client identifier of the session.</summary>
    public string ClientId { get; internal set; }

    /// <summary>Publications that were sent, but not settled by the server.</summary>
    public int UnsettledPublications => Outbound.Count;

    internal ProtocolVersion Version { get; }

    /// <summary>Publications on their way, by packet identifier and in the order in which they were sent.</summary>
    internal OutboundStore Outbound { get; } = new();

    /// <summary>Received QoS 2 identifiers from PUBREC to PUBREL ([MQTT-4.3.3-10]).</summary>
    internal HashSet<ushort> Received { get; } = [];

    /// <summary>The packet identifier given last; the next one is the first free one after it.</summary>
    internal ushort LastPacketIdentifier { get; set; }

    /// <summary>The highest Subscription Identifier given so far: those of an earlier connection must not come back for another filter.</summary>
    internal uint LastSubscriptionIdentifier { get; set; }

    /// <summary>Hands the state to a connection's session; only that one may change it from then on.</summary>
    internal void Attach(ClientSession session)
    {
        lock (_lock)
        {
            if (_owner is { IsClosed: false })
            {
                throw new InvalidOperationException("The session state is in use by a connected client.");
            }

            _owner = session;
        }
    }

    /// <summary>Records that a QoS 2 message was taken after the connection had ended, so that its redelivery is known for one.</summary>
    /// <returns>False if another connection has the state by now: the message comes again there.</returns>
    internal bool TryTakeLate(ClientSession session, ushort packetIdentifier, QualityOfService qos)
    {
        lock (_lock)
        {
            if (_owner != session)
            {
                return false;
            }

            if (qos == QualityOfService.ExactlyOnce)
            {
                Received.Add(packetIdentifier);
            }

            return true;
        }
    }

    /// <summary>[MQTT-3.2.2-5]: the server has no session, so this half is void.</summary>
    internal void Clear()
    {
        Outbound.Clear();
        Received.Clear();
    }
}
