namespace Godwit.Broker.Loops;

/// <summary>How far the life of a socket has come.</summary>
internal enum TransportPhase : byte
{
    /// <summary>Belongs to a connection of the engine.</summary>
    Open,

    /// <summary>Closes when its last bytes are sent; what arrives is discarded.</summary>
    Flushing,

    /// <summary>Our side is shut down and the engine has forgotten it; what arrives is discarded until the peer closes or patience ends.</summary>
    Lingering,

    /// <summary>The descriptor is gone.</summary>
    Closed,
}
