using Godwit.Broker.Listeners;
using Godwit.Engine.Connections;

namespace Godwit.Broker.Loops;

/// <summary>One socket as its loop sees it. Small, since an idle connection pays for it; touched by its loop only.</summary>
internal abstract class Transport
{
    internal const int NoSlot = -1;

    /// <summary>The engine's side; null once the engine has been told that the transport is closed.</summary>
    public Connection? Connection { get; set; }

    /// <summary>Where the peer is counted for the accept limits.</summary>
    public PeerKey Peer { get; set; }

    /// <summary>True when the accept limits count it.</summary>
    public bool IsCounted { get; set; }

    /// <summary>Place in the driver's table, <see cref="NoSlot"/> while no loop has it.</summary>
    public int Slot { get; set; } = NoSlot;

    /// <summary>Bytes thrown away since the connection began to close.</summary>
    public int Discarded { get; set; }

    public TransportPhase Phase { get; set; }

    /// <summary>
    /// True when closing ends the stream as the peer expects it, as long as it has sent nothing that was not read. .NET's sockets reset a
    /// connection that is closed while a receive is under way, and some clients report that as an error.
    /// </summary>
    public virtual bool ClosesWithoutReset => false;

    /// <summary>False while the driver does not report input.</summary>
    public bool IsReading { get; set; } = true;

    /// <summary>True between a send that did not take everything and the driver's <see cref="ITransportEvents.Writable"/>.</summary>
    public bool IsWriteBlocked { get; set; }

    /// <summary>True while it stands on the loop's list of those to look at in this or the next turn.</summary>
    public bool IsDue { get; set; }
}
