using Godwit.Broker.Listeners;
using Godwit.Engine;

namespace Godwit.Broker.Loops;

/// <summary>What a driver reports while <see cref="LoopDriver.Dispatch"/> runs, on the loop's thread.</summary>
internal interface ITransportEvents
{
    /// <summary>A connection was accepted. The handler attaches or closes <paramref name="transport"/>.</summary>
    void Accepted(Listener listener, Transport transport, in PeerAddress peer);

    /// <summary>The process itself has opened a connection; the transport is attached.</summary>
    void Opened(Transport transport, ListenerProfile profile);

    /// <summary>The process or the machine has no descriptor or memory for one more connection: the handler pauses accepting.</summary>
    void AcceptStarved(Listener listener, string error);

    /// <summary>Bytes have arrived; <paramref name="bytes"/> is valid during the call only.</summary>
    void Received(Transport transport, ReadOnlySpan<byte> bytes);

    /// <summary>A send that did not take everything may go on; <paramref name="sent"/> bytes went out meanwhile.</summary>
    void Writable(Transport transport, int sent);

    /// <summary>The peer closed, or with <paramref name="reset"/> the connection failed. The handler closes the transport.</summary>
    void Closed(Transport transport, bool reset);
}
