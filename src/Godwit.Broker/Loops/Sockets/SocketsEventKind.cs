namespace Godwit.Broker.Loops.Sockets;

/// <summary>What a completion means.</summary>
internal enum SocketsEventKind : byte
{
    /// <summary>There is input, the end of it, or an error to collect.</summary>
    Readable,

    /// <summary>The send that was under way is over.</summary>
    Sent,

    /// <summary>A connection was accepted, or accepting failed.</summary>
    Accepted,
}
