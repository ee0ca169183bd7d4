namespace Godwit.LoadBench;

/// <summary>One line of the table: a load, and what is counted.</summary>
/// <param name="Key">The letter of <c>--rows</c>.</param>
/// <param name="Window">Messages outstanding per publisher; 0 for an open loop at <paramref name="RatePerSecond"/>.</param>
/// <param name="RatePerSecond">Messages per second of all publishers together; 0 for a closed loop.</param>
/// <param name="IsPersistent">The sessions outlive their connections, and Godwit keeps what it acknowledges on disk, at level fsync.</param>
/// <param name="ConnectWindow">Connections between their SYN and their CONNACK or SUBACK; 1: they come to the broker in their order.</param>
internal sealed record Row(
    char Key, string Title, ScenarioKind Kind, int Publishers, int Subscribers, int PayloadLength, byte QoS, int Window, int RatePerSecond,
    bool IsPersistent = false, int ConnectWindow = 100)
{
    internal static readonly Row[] All =
    [
        new('a', "100 pairs, 32 B, QoS 0, window 1", ScenarioKind.Pairs, 100, 100, 32, 0, 1, 0),
        new('b', "1,000 pairs, 32 B, QoS 0, 20,000 msg/s in all", ScenarioKind.Pairs, 1_000, 1_000, 32, 0, 0, 20_000),
        new('c', "1 -> 200 fan-out, 64 B, QoS 0, window 20", ScenarioKind.FanOut, 1, 200, 64, 0, 20, 0),
        new('d', "100 pairs, 32 B, QoS 0, window 20", ScenarioKind.Pairs, 100, 100, 32, 0, 20, 0),
        new('e', "100 pairs, 32 B, QoS 1, window 20", ScenarioKind.Pairs, 100, 100, 32, 1, 20, 0),
        new('f', "100 pairs, 32 B, QoS 2, window 20", ScenarioKind.Pairs, 100, 100, 32, 2, 20, 0),
        new('g', "200 -> 1 fan-in, 32 B, QoS 1, window 20", ScenarioKind.FanIn, 200, 1, 32, 1, 20, 0),
        new('h', "idle connections, one subscription each", ScenarioKind.Idle, 0, 18_000, 0, 0, 0, 0),
        new('i', "connect storm of 15,000", ScenarioKind.Storm, 15_000, 0, 0, 0, 0, 0),
        new('j', "50 pairs, 4 KiB, QoS 0, window 20", ScenarioKind.Pairs, 50, 50, 4_096, 0, 20, 0),
        new('k', "100 pairs, 128 B, QoS 1, window 100, persistent sessions", ScenarioKind.Pairs, 100, 100, 128, 1, 100, 0, IsPersistent: true),
        new('l', "100 pairs, 128 B, QoS 1, 10,000 msg/s in all, persistent sessions", ScenarioKind.Pairs, 100, 100, 128, 1, 0, 10_000, IsPersistent: true),
    ];

    /// <summary>What the cost of this row is counted in.</summary>
    internal string CostUnit => Kind switch
    {
        ScenarioKind.Idle => "KiB/connection",
        ScenarioKind.Storm => "us/CONNECT",
        _ => "us/message",
    };

    internal bool HasAcknowledgements => HasTraffic && QoS > 0;

    internal bool HasTraffic => Kind is ScenarioKind.Pairs or ScenarioKind.FanOut or ScenarioKind.FanIn;

    /// <summary>What the clients are and do.</summary>
    internal Scenario ToScenario(bool v5) => new()
    {
        Kind = Kind,
        Publishers = HasTraffic ? Publishers : 0,
        Subscribers = Subscribers,
        Silent = Kind == ScenarioKind.Storm ? Publishers : 0,
        PayloadLength = PayloadLength,
        QoS = QoS,
        Window = Window,
        RatePerSecond = RatePerSecond,
        IsVersion5 = v5,
        IsPersistent = IsPersistent,
        ConnectWindow = ConnectWindow,
        Topic = new NamePattern(Kind switch { ScenarioKind.Pairs => "load/pair/%i", ScenarioKind.Idle => "load/idle/%i", _ => "load/all" }),
        ClientId = new NamePattern("load-%i"),
    };
}
