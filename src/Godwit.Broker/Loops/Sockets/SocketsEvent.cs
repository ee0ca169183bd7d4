namespace Godwit.Broker.Loops.Sockets;

/// <summary>A completion on its way to the loop's thread.</summary>
internal readonly record struct SocketsEvent(SocketsEventKind Kind, SocketsTransport? Transport, SocketsAcceptor? Acceptor);
