namespace Godwit.Testing;

/// <summary>How a broker is started.</summary>
public sealed record BrokerSettings
{
    /// <summary>Loops and socket interface.</summary>
    public BrokerCell Cell { get; init; }

    /// <summary>Settings by environment, for example GODWIT__LIMITS__CONNECTTIMEOUT = 00:00:02.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Data directory of a broker at level fsync; null: all in memory.</summary>
    public string? Data { get; init; }

    /// <summary>Command line for the cell, without settings that go by environment.</summary>
    internal IReadOnlyList<string> Arguments =>
    [
        "--listen", "mqtt://127.0.0.1:0",
        .. Data is null ? (string[])["--memory"] : ["--data", Data],
        "--loops", Cell is BrokerCell.FourLoopsEpoll or BrokerCell.FourLoopsSockets ? "4" : "1",
        "--io", Cell is BrokerCell.OneLoopEpoll or BrokerCell.FourLoopsEpoll ? "epoll" : "sockets",
        "--admin", "off",
    ];
}
