using Godwit.Broker.Listeners;

namespace Godwit.Broker.Loops;

/// <summary>
/// The sockets of one loop. All members but <see cref="Wake"/> are called on the loop's thread (before it starts: on the
/// thread that starts it). A turn is one <see cref="Wait"/> and one <see cref="Dispatch"/>, then sends.
/// </summary>
internal abstract class LoopDriver : IDisposable
{
    /// <summary>Size of the one receive buffer of a loop, in bytes: most of what a fast sender can have under way in one turn.</summary>
    protected const int ReceiveBufferSize = 128 * 1024;

    /// <summary>Connections accepted per listener and turn, so that a connect storm does not starve those who are in.</summary>
    protected const int AcceptsPerTurnMax = 64;

    public TransportTable Transports { get; } = new();

    /// <summary>Starts accepting on a bound and listening socket. The driver does not own it.</summary>
    public abstract void AddListener(Listener listener);

    /// <summary>Stops accepting; may be followed by <see cref="ResumeAccepting"/>.</summary>
    public abstract void PauseAccepting();

    /// <summary>Goes on accepting.</summary>
    public abstract void ResumeAccepting();

    /// <summary>Waits for events at most <paramref name="milliseconds"/>; −1: without limit, 0: not at all.</summary>
    public abstract void Wait(int milliseconds);

    /// <summary>Reports what the wait brought: per connection one receive at most.</summary>
    public abstract void Dispatch(ITransportEvents events);

    /// <summary>Ends the current or the next wait. Called on any thread.</summary>
    public abstract void Wake();

    /// <summary>Takes a socket into this loop. False when the system refuses: the caller closes it.</summary>
    public abstract bool Attach(Transport transport);

    /// <summary>Gives a socket away to the loop of <paramref name="target"/>, which will attach it.</summary>
    public abstract void Detach(Transport transport, LoopDriver target);

    /// <summary>
    /// Sends without waiting. Answers how many bytes are gone, −1 when the connection failed. When that is not all,
    /// <see cref="Transport.IsWriteBlocked"/> is set and <see cref="ITransportEvents.Writable"/> will follow.
    /// </summary>
    public abstract int Send(Transport transport, ReadOnlySpan<byte> bytes);

    /// <summary>Switches the reports of input on or off; bytes stay in the kernel meanwhile.</summary>
    public abstract void SetReading(Transport transport, bool reading);

    /// <summary>Tells the peer that nothing more will come.</summary>
    public abstract void ShutdownSend(Transport transport);

    /// <summary>Closes a socket, attached or not.</summary>
    public abstract void Close(Transport transport);

    /// <summary>Everything attached now.</summary>
    public virtual Transport[] AttachedTransports() => Transports.ToArray();

    /// <summary>Closes all sockets that are still attached, and what the driver itself holds. Its loop has ended.</summary>
    public void Dispose()
    {
        foreach (var transport in AttachedTransports())
        {
            Close(transport);
        }

        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
