namespace Godwit.Testing;

/// <summary>One cell of the test matrix: how many event loops the broker runs, and over which socket interface.</summary>
public enum BrokerCell
{
    /// <summary>One loop, epoll.</summary>
    OneLoopEpoll,

    /// <summary>Four loops, epoll, sessions dealt to the loops in turn.</summary>
    FourLoopsEpoll,

    /// <summary>One loop, System.Net.Sockets.</summary>
    OneLoopSockets,

    /// <summary>Four loops, System.Net.Sockets, sessions dealt to the loops in turn.</summary>
    FourLoopsSockets,
}
