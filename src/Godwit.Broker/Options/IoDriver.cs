namespace Godwit.Broker.Options;

/// <summary>How the loops talk to the network.</summary>
public enum IoDriver : byte
{
    /// <summary>Epoll where it exists, sockets elsewhere.</summary>
    Auto,

    /// <summary>Epoll: Linux on x64 and arm64.</summary>
    Epoll,

    /// <summary>System.Net.Sockets: everywhere.</summary>
    Sockets,
}
