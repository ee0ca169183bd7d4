using Godwit.Protocol;

namespace Godwit.Engine.Access;

/// <summary>Who knocks: the facts of a CONNECT on which the decision rests.</summary>
public readonly ref struct ConnectRequest
{
    /// <summary>The Client Identifier, assigned by the broker where the client sent none.</summary>
    public ReadOnlySpan<byte> ClientIdentifier { get; init; }

    /// <summary>The packet as it came.</summary>
    public ConnectPacket Packet { get; init; }

    /// <summary>The peer's address.</summary>
    public string RemoteAddress { get; init; }

    /// <summary>The listener that accepted the connection.</summary>
    public ListenerProfile Listener { get; init; }
}
